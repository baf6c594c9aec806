import { expect, test } from 'vitest';
import { createRetention } from '../../../main/station/records/retention.ts';
import type { RetentionRun } from '../../../preload/contract/records.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Rows are only their times; the runs are kept as the database would. */
function createBench(rows: Record<RetentionRun['table'], number[]>) {
  const clock = new FakeClock(1_700_000_000_000);
  const runs: RetentionRun[] = [];
  const raised = new Map<string, string>();
  const unsent = { voice_transcripts: null, telemetry: null } as Record<RetentionRun['table'], number | null>;
  const batches: number[] = [];
  let isBroken = false;
  const parts = {
    read: {
      async retentionRuns({ limit }: { limit: number }) {
        return runs.toSorted((one, other) => other.atMs - one.atMs).slice(0, limit);
      },
    },
    write: {
      async removeExpired({
        table,
        beforeMs,
        unsentFromMs,
        limit,
      }: {
        table: RetentionRun['table'];
        beforeMs: number;
        unsentFromMs: number;
        limit: number;
      }) {
        if (isBroken) throw new Error('The disk is gone.');
        const old = rows[table].filter((atMs) => atMs < beforeMs).slice(0, limit);
        rows[table] = rows[table].filter((atMs) => !old.includes(atMs));
        batches.push(old.length);
        return { removed: old.length, removedUnsent: old.filter((atMs) => atMs >= unsentFromMs).length };
      },
      recordRetentionRun: async (run: RetentionRun) => void runs.push(run),
    },
    unsentFrom: async (table: RetentionRun['table']) => unsent[table],
    removeReplaced: async () => undefined,
    alerts: {
      raise: ({ cause, sentence }: { cause: string; sentence: string }) => void raised.set(cause, sentence),
      clear: (cause: string) => void raised.delete(cause),
    },
    clock,
    log,
  };
  return {
    ...{ clock, rows, runs, raised, unsent, batches },
    breakDisk: (broken: boolean) => {
      isBroken = broken;
    },
    start: () => createRetention(parts),
  };
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

test('removes in batches what is too old, keeps the rest, and records both tables', async () => {
  const nowMs = 1_700_000_000_000;
  const bench = createBench({
    voice_transcripts: [nowMs - 7 * DAY_MS - 1, nowMs - 7 * DAY_MS],
    telemetry: [...Array.from({ length: 1_200 }, (_, index) => nowMs - 91 * DAY_MS + index), nowMs - DAY_MS],
  });
  const retention = bench.start();
  await settle();
  expect(bench.rows.voice_transcripts).toEqual([nowMs - 7 * DAY_MS]);
  expect(bench.rows.telemetry).toEqual([nowMs - DAY_MS]);
  expect(bench.batches).toEqual([1, 500, 500, 200]);
  expect(bench.runs.map(({ table, removed, removedUnsent }) => [table, removed, removedUnsent])).toEqual([
    ['voice_transcripts', 1, 0],
    ['telemetry', 1_200, 0],
  ]);
  expect(await retention.status()).toMatchObject({ running: false, nextAtMs: nowMs + DAY_MS });
  await retention.close();
});

test('runs once a day; a machine that slept catches up within a quarter of an hour; a restart does not repeat it', async () => {
  const bench = createBench({ voice_transcripts: [], telemetry: [] });
  const first = bench.start();
  await bench.clock.run(23 * HOUR_MS, 15 * 60_000);
  expect(bench.runs).toHaveLength(2);
  await first.close();
  const second = bench.start();
  await settle();
  expect(bench.runs).toHaveLength(2);
  // Asleep for five days: one run when it wakes, not five.
  bench.clock.advance(5 * DAY_MS);
  await settle();
  expect(bench.runs).toHaveLength(4);
  await second.close();
});

test('telemetry waits for the central server; transcripts do not, and it is said how many went unsent', async () => {
  const nowMs = 1_700_000_000_000;
  const bench = createBench({
    voice_transcripts: [nowMs - 9 * DAY_MS, nowMs - 8 * DAY_MS],
    telemetry: [nowMs - 100 * DAY_MS, nowMs - 95 * DAY_MS],
  });
  bench.unsent.voice_transcripts = nowMs - 8 * DAY_MS;
  bench.unsent.telemetry = nowMs - 95 * DAY_MS;
  const retention = bench.start();
  await settle();
  expect(bench.rows).toEqual({ voice_transcripts: [], telemetry: [nowMs - 95 * DAY_MS] });
  const [transcripts, telemetry] = bench.runs;
  expect(transcripts).toMatchObject({ removed: 2, removedUnsent: 1, waitingSinceMs: null });
  expect(telemetry).toMatchObject({ removed: 1, removedUnsent: 0, waitingSinceMs: nowMs - 95 * DAY_MS });
  expect(bench.raised.get('retention-unsent')).toContain('1 lines of transcripts were removed before');
  await retention.close();
});

test('a run that fails is said, tried again, and no longer said when it succeeds', async () => {
  const bench = createBench({ voice_transcripts: [0], telemetry: [] });
  bench.breakDisk(true);
  const retention = bench.start();
  await settle();
  expect(bench.raised.has('retention-failed')).toBe(true);
  bench.breakDisk(false);
  bench.clock.advance(15 * 60_000);
  await settle();
  expect(bench.raised.size).toBe(0);
  expect(bench.rows.voice_transcripts).toEqual([]);
  await retention.close();
});
