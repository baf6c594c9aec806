import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';

export const linkStatus = z.object({
  linkId: z.string(),
  /** As given: `udpin:127.0.0.1:14550`. */
  address: z.string(),
  state: z.enum(['OPENING', 'OPEN', 'FAILED', 'CLOSED']),
  /** Why it failed, in words; or a notice such as a receive buffer smaller than asked for. */
  notice: z.string().nullable(),
  packetsPerSecond: z.number(),
  bytesPerSecond: z.number(),
  lossPercent: z.number(),
  badCrc: z.number(),
  unknownIds: z.number(),
  refusedFlags: z.number(),
  vehicles: z.number().int(),
});
export type LinkStatus = z.infer<typeof linkStatus>;

export const systemStatus = z.object({
  stationName: z.string(),
  version: z.string(),
  nowMs: z.number(),
  dataDirectory: z.string(),
  links: z.array(linkStatus),
  vehiclesHeard: z.number().int(),
  database: z.object({
    state: z.enum(['OPEN', 'FAILED']),
    notice: z.string().nullable(),
    sizeBytes: z.number(),
    slowQueries: z.number(),
  }),
  /** Null until this station has a central server to talk to. */
  sync: z
    .object({ connected: z.boolean(), sinceMs: z.number().nullable(), changesWaiting: z.number() })
    .nullable(),
  startupMs: z.number(),
  rssBytes: z.number(),
  cpuSeconds: z.number(),
});
export type SystemStatus = z.infer<typeof systemStatus>;

export const system = {
  /** Feed, latest: once a second. */
  watch: call.output(eventIterator(systemStatus)),
};
