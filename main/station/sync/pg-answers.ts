import { z } from 'zod';
import type { Json } from '../../../db/sync/wire.ts';
import { SyncFault } from './central-transport.ts';

/**
 * The forms of the central server's answers. None is used before it was looked at: what has another form is MALFORMED,
 * and nothing of it reaches the records. Fields that a newer server adds are left out.
 */
const json: z.ZodType<Json> = z.json();
const count = z.number().int().nonnegative();
const decimal = z.string().regex(/^-?\d{1,20}$/);
const stamps = z.record(z.string(), z.string());
const cursor = z.object({ epoch: z.string().min(1), txid: decimal, seq: decimal });

const pulledRow = z
  .object({
    table: z.string().min(1),
    rowId: z.string().min(1),
    op: z.enum(['UPSERT', 'DELETE', 'MOVE_OUT']),
    row: z.record(z.string(), json).nullable(),
    stamps: stamps.nullable(),
    origin: z.string().nullable(),
  })
  .refine(({ op, row }) => (op === 'UPSERT') === (row !== null));

export const welcome = z.object({
  epoch: z.string().min(1),
  schema: z.object({ min: count, max: count, current: count }),
  lastSeq: count,
  lastStamp: z.string().nullable(),
  incarnation: count,
  telemetryPosition: count,
  visibility: count,
  serverNowMs: z.number(),
  stationName: z.string(),
});

export const pushAnswer = z.object({
  lastSeq: count,
  refused: z.array(z.object({ seq: count, sqlState: z.string(), sentence: z.string() })),
  conflicts: count,
  serverNowMs: z.number(),
  horizon: cursor,
});

export const pullPage = z.object({
  rows: z.array(pulledRow),
  cursor,
  more: z.boolean(),
  visibility: count,
  serverNowMs: z.number(),
});

export const telemetryColumns = z.array(z.string()).min(1);
export const telemetryAnswer = z.object({ rows: count, refused: count, serverNowMs: z.number() });
export const bucketDigests = z.record(z.string(), z.string()).nullable();
export const bucketRows = z.array(pulledRow);
export const leaseAnswer = z.discriminatedUnion('state', [
  z.object({ state: z.literal('HELD') }),
  z.object({ state: z.literal('TAKEN'), byStationId: z.string() }),
]);

export function readAnswer<Answer>(form: z.ZodType<Answer>, answer: unknown): Answer {
  const read = form.safeParse(answer);
  if (read.success) return read.data;
  throw new SyncFault(
    'MALFORMED',
    `The central server's answer does not have the agreed form (${read.error.issues[0]?.path.join('.') || 'as a whole'}). It was not used. Ask its administrator to run "npm run central -- verify".`,
    { cause: read.error },
  );
}
