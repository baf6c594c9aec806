import { z } from 'zod';
import type { Json, PulledRow, PullPage } from '../../../db/sync/wire.ts';
import { SyncFault } from './central-transport.ts';

/**
 * The forms of the central server's answers. None is used before it was looked at: what has another form is MALFORMED,
 * and nothing of it reaches the records. Fields that a newer server adds are left out.
 */
/** It was read as JSON, and can be nothing else: to look at every value again took longer than to store it. */
const json = z.custom<Json>((value) => value !== undefined);
const count = z.number().int().nonnegative();
const decimal = z.string().regex(/^-?\d{1,20}$/);
/** Of another form it would decide at random which of two values holds. */
const stamp = z.string().regex(/^\d{15}-\d{5}-.{1,58}$/);
const stamps = z.record(z.string(), stamp);
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
/** What can still be said of a row that has another form. */
const rowOfSomeForm = z.looseObject({ table: z.string().min(1).max(63), rowId: z.string().min(1).max(100) });

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

const pullPage = z.object({
  rows: z.array(z.unknown()),
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

/** One row that has not the agreed form is put aside; all others are of use. */
export function readPage(answer: unknown): PullPage {
  const { rows, ...page } = readAnswer(pullPage, answer);
  const sound: PulledRow[] = [];
  const misshapen: { table: string; rowId: string }[] = [];
  for (const row of rows) {
    const read = pulledRow.safeParse(row);
    if (read.success) sound.push(read.data);
    else misshapen.push(readAnswer(rowOfSomeForm, row));
  }
  return { ...page, rows: sound, misshapen };
}

export function readAnswer<Answer>(form: z.ZodType<Answer>, answer: unknown): Answer {
  const read = form.safeParse(answer);
  if (read.success) return read.data;
  throw new SyncFault(
    'MALFORMED',
    `The central server's answer does not have the agreed form (${read.error.issues[0]?.path.join('.') || 'as a whole'}). It was not used, and everything else goes on. Ask its administrator to run "npm run central -- verify".`,
    { cause: read.error },
  );
}
