import type { Callable, ReadQueries, WriteQueries } from '../../../db/queries/query-map.ts';
import type { RetentionRun } from '../../../preload/contract/records.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

const DAY_MS = 24 * 3_600_000;
/** Wall-clock time is looked at this often, so that a machine that slept catches up soon after it wakes. */
const LOOK_EVERY_MS = 15 * 60_000;
/** What a mission's write may have to wait for: about 20 ms. */
const ROWS_AT_ONCE = 500;
const RUNS_SHOWN = 60;

/**
 * How long what is kept. The limit on transcripts is the law's (the data specification names HIPAA): it holds even for
 * what could not be sent yet. Telemetry waits for it; its sums by the minute stay for good.
 */
const RULES: readonly { table: RetentionRun['table']; keepMs: number; lawful: boolean }[] = [
  { table: 'voice_transcripts', keepMs: 7 * DAY_MS, lawful: true },
  { table: 'telemetry', keepMs: 90 * DAY_MS, lawful: false },
];

export interface Retention {
  status(): Promise<{ runs: RetentionRun[]; running: boolean; nextAtMs: number }>;
  close(): Promise<void>;
}

export interface RetentionPorts {
  read: Pick<Callable<ReadQueries>, 'retentionRuns'>;
  write: Pick<Callable<WriteQueries>, 'removeExpired' | 'recordRetentionRun'>;
  /** The time (UTC, ms) of the oldest row that still waits to be sent to the central server; null: none waits. */
  unsentFrom: (table: RetentionRun['table']) => Promise<number | null>;
  /** Removes the records that restores set aside long enough ago. */
  removeReplaced: () => Promise<void>;
  clock: Clock;
  alerts: Alerts;
  log: Log;
}

/** Removes once a day what has been kept long enough, and records what it removed. */
export function createRetention(ports: RetentionPorts): Retention {
  const { read, write, unsentFrom, removeReplaced, clock, alerts, log } = ports;
  let running: Promise<void> | null = null;
  let closing = false;

  async function nextAtMs(): Promise<number> {
    const [last] = await read.retentionRuns({ limit: 1 });
    // A run of a time that has not come was recorded by a clock that was wrong.
    return last === undefined || last.atMs > clock.nowMs() ? clock.nowMs() : last.atMs + DAY_MS;
  }

  async function runWhenDue(): Promise<void> {
    try {
      if ((await nextAtMs()) > clock.nowMs()) return;
      if (!closing) await removeReplaced();
      for (const rule of RULES) if (!closing) await apply(rule);
      alerts.clear('retention-failed');
    } catch (error) {
      log.warn('retention-failed', { error: error instanceof Error ? error.name : 'unknown' });
      alerts.raise({
        cause: 'retention-failed',
        level: 'CAUTION',
        subject: 'Station',
        sentence:
          'Records whose time is over could not be removed. The station tries again in a quarter of an hour.',
      });
    }
  }

  async function apply({ table, keepMs, lawful }: (typeof RULES)[number]): Promise<void> {
    const atMs = clock.nowMs();
    const expiredMs = atMs - keepMs;
    const unsentMs = await unsentFrom(table);
    const waits = unsentMs !== null && unsentMs < expiredMs;
    const beforeMs = waits && !lawful ? unsentMs : expiredMs;
    const total = { removed: 0, removedUnsent: 0 };
    for (let isMore = true; isMore && !closing; ) {
      const batch = await write.removeExpired({
        table,
        beforeMs,
        unsentFromMs: unsentMs ?? beforeMs,
        limit: ROWS_AT_ONCE,
      });
      total.removed += batch.removed;
      total.removedUnsent += batch.removedUnsent;
      isMore = batch.removed === ROWS_AT_ONCE;
    }
    await write.recordRetentionRun({
      ...{ atMs, table, beforeMs, ...total },
      waitingSinceMs: waits && !lawful ? unsentMs : null,
    });
    log.info('retention-applied', { table, ...total });
    if (total.removedUnsent > 0)
      alerts.raise({
        cause: 'retention-unsent',
        level: 'CAUTION',
        subject: 'Station',
        sentence: `${total.removedUnsent} lines of transcripts were removed before the central server had them: the law allows seven days. Bring the connection back.`,
      });
    else if (lawful) alerts.clear('retention-unsent');
  }

  const look = (): void => {
    running ??= runWhenDue().finally(() => {
      running = null;
    });
  };
  look();
  const stop = clock.every(LOOK_EVERY_MS, look);

  return {
    status: async () => ({
      runs: await read.retentionRuns({ limit: RUNS_SHOWN }),
      running: running !== null,
      nextAtMs: await nextAtMs(),
    }),
    async close() {
      closing = true;
      stop();
      await running;
    },
  };
}
