import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { linkStatus, replayStatus } from './links.ts';

export const systemStatus = z.object({
  stationName: z.string(),
  version: z.string(),
  nowMs: z.number(),
  dataDirectory: z.string(),
  links: z.array(linkStatus),
  vehiclesHeard: z.number().int(),
  /** Not null: what the page shows of vehicles is a recording, and none of them can be commanded. */
  replay: replayStatus.nullable(),
  database: z.object({
    /** RESTARTING: it stopped and is started again. */
    state: z.enum(['OPEN', 'RESTARTING', 'FAILED']),
    notice: z.string().nullable(),
    sizeBytes: z.number(),
    slowQueries: z.number(),
  }),
  /** Seals tokens, signing keys and second factors: in the system's key store, or a file beside the records. */
  stationKey: z.object({ keptIn: z.enum(['KEY_STORE', 'FILE']), notice: z.string().nullable() }),
  /** Null until this station has a central server to talk to. */
  sync: z
    .object({
      connected: z.boolean(),
      sinceMs: z.number().nullable(),
      changesWaiting: z.number(),
      paused: z.boolean(),
      /** Something was refused, two stations disagree, or the connection itself waits for somebody. */
      needsPerson: z.boolean(),
    })
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
