import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { personText, requiredText } from './geo.ts';

export const serverHealth = z.object({
  /** OFF: not set up. */
  state: z.enum(['UP', 'DOWN', 'OFF']),
  /** UTC, ms: since when it is so. */
  sinceMs: z.number(),
  /** What is wrong and what to do; null while there is nothing to say. */
  sentence: z.string().nullable(),
  /** Host and port; never a name, a password or a token. */
  address: z.string().nullable(),
});
export type ServerHealth = z.infer<typeof serverHealth>;

export const syncPhase = z.enum([
  'NOT_SET_UP',
  'CONNECTING',
  /** Sending or receiving. */
  'WORKING',
  'UP_TO_DATE',
  /** Without a connection; tries again by itself. */
  'OFFLINE',
  'PAUSED',
  /** Waits for a person: `central.sentence` says for what. */
  'STOPPED',
]);
export type SyncPhase = z.infer<typeof syncPhase>;

export const syncStatus = z.object({
  phase: syncPhase,
  stationId: z.string().nullable(),
  central: serverHealth,
  redis: serverHealth,
  waiting: z.object({
    /** Groups of changes; each is what one action of a person or a drone changed. */
    changes: z.number().int(),
    bytes: z.number(),
    oldestAtMs: z.number().nullable(),
    telemetryRows: z.number().int(),
    /** Removed by retention before they had been sent. */
    telemetryDropped: z.number().int(),
    /** Received, and waiting for what they refer to. */
    parked: z.number().int(),
    /** Received in another form than agreed, and put aside. */
    misshapen: z.number().int(),
  }),
  /** Over the last ten seconds. */
  throughput: z.object({ sentPerS: z.number(), receivedPerS: z.number() }),
  lastSuccessAtMs: z.number().nullable(),
  /** By how much the server's clock is ahead of the station's. */
  clockOffsetMs: z.number(),
  refused: z.number().int(),
  conflicts: z.number().int(),
});
export type SyncStatus = z.infer<typeof syncStatus>;

/** One field of a record, in words that people use. */
const field = z.object({ name: z.string(), inForce: z.string().nullable(), other: z.string().nullable() });

/** Two versions of a record, one of which is in force. A person looks at both and decides. */
export const syncConflict = z.object({
  conflictId: z.string(),
  /**
   * TWO_FLIGHTS: two stations flew the drone at the same time, each in a mission of its own; `inForce` tells of the
   * earlier one. Both stay as they are: the decision says which station has the drone.
   */
  kind: z.enum(['VALUES', 'TWO_FLIGHTS']),
  /** "No-fly zone Logan", "Drone Alpha-3". */
  about: z.string(),
  fields: z.array(field),
  /** The station whose version is in force, and when it was written; null: not known. */
  inForceBy: z.string().nullable(),
  inForceAtMs: z.number().nullable(),
  /** Who did it at that station, by name; null: the station itself, or not known. */
  inForcePerson: z.string().nullable(),
  otherBy: z.string(),
  otherPerson: z.string().nullable(),
  otherAtMs: z.number(),
  noticedAtMs: z.number(),
});
export type SyncConflict = z.infer<typeof syncConflict>;

/** Changes that the central server did not take. They stay in force at this station. */
export const syncRefusal = z.object({
  refusedId: z.string(),
  /** What was refused, without its contents. */
  about: z.array(z.string()),
  reason: z.string(),
  whatToDo: z.string(),
  atMs: z.number(),
});
export type SyncRefusal = z.infer<typeof syncRefusal>;

const MOST_SHOWN = 200;

export const sync = {
  /** Feed, latest: once a second at most. */
  watch: call.output(eventIterator(syncStatus)),
  /** Oldest first, at most 200. */
  conflicts: call.output(z.array(syncConflict).max(MOST_SHOWN)),
  refused: call.output(z.array(syncRefusal).max(MOST_SHOWN)),
  decide: call
    .input(z.object({ conflictId: z.string().max(100), decision: z.enum(['KEEP', 'TAKE_OTHER']) }))
    .output(z.object({})),
  /** Offers it to the server again. */
  retry: call.input(z.object({ refusedId: z.string().max(100) })).output(z.object({})),
  /** Leaves it at that: the record stays here, and the refusal stays on record. */
  dismiss: call.input(z.object({ refusedId: z.string().max(100) })).output(z.object({})),
  pause: call.output(z.object({})),
  resume: call.output(z.object({})),
  /** Does not wait for the next turn. */
  syncNow: call.output(z.object({})),
  /** Connects this station to its central servers, or corrects how. What is left out stays as it is. */
  configure: call
    .input(
      z.object({
        /** `postgres://HOST:PORT/DATABASE`; the login, if it is not the stations' usual one, may be in it. */
        serverUrl: requiredText('The address of the central server', 1_000),
        stationId: requiredText('The station id', 50).regex(
          /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
          'A station id has letters, digits, dots, dashes and underscores only.',
        ),
        /** As `npm run central -- add-station` printed it. */
        token: personText('The token', 500).optional(),
        /** A file at the station, PEM; empty: the system's authorities. */
        authorityFile: personText('The file of the authority', 1_000),
        /** `redis://` or `rediss://`; empty: none. A password in it is kept with the token. */
        redisUrl: personText('The address of Redis', 1_000).optional(),
      }),
    )
    .output(z.object({})),
  /** What was configured, without anything secret. */
  configuration: call.output(
    z.object({
      serverUrl: z.string().nullable(),
      stationId: z.string().nullable(),
      hasToken: z.boolean(),
      authorityFile: z.string().nullable(),
      redisUrl: z.string().nullable(),
      /** Given by the command line: it holds again after the next start. */
      byCommandLine: z.boolean(),
    }),
  ),
};
