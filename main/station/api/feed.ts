import type { Clock } from '../ports/clock.ts';
import type { Connection } from './connection.ts';

/** Above this much unsent data a page is behind: its feeds skip instead of queueing. */
const CONGESTED_BYTES = 1_000_000;
const CONGESTED_RETRY_MS = 100;
/** An `every` feed that is further behind than this starts again from a snapshot. */
const EVERY_FEED_LIMIT = 1_000;

/** Something that changes: its value now, and word of each change. */
export interface Watched<Value> {
  current(): Value | Promise<Value>;
  /** Returns its unsubscribe. */
  subscribe(changed: () => void): () => void;
}

interface FeedOptions {
  clock: Clock;
  connection: Connection;
  signal: AbortSignal | undefined;
}

/** A `latest` feed: the value now, then again after changes, never faster than the pace; what came between is skipped. */
export async function* latest<Value>(
  watched: Watched<Value>,
  options: FeedOptions & { paceMs: number },
): AsyncGenerator<Value, void, void> {
  const { clock, connection, signal, paceMs } = options;
  const wake = createWake(signal);
  const unsubscribe = watched.subscribe(wake.ring);
  try {
    while (!wake.aborted()) {
      while (connection.bufferedBytes() > CONGESTED_BYTES && !wake.aborted())
        await wake.pause(clock, CONGESTED_RETRY_MS);
      if (wake.aborted()) return;
      wake.reset();
      yield await watched.current();
      await wake.pause(clock, paceMs);
      await wake.rung();
    }
  } finally {
    unsubscribe();
    wake.close();
  }
}

/** An `every` feed: a snapshot, then each change in order; one that falls too far behind gets a fresh snapshot. */
export async function* every<Snapshot, Change>(
  source: { snapshot(): Snapshot; subscribe(changed: (change: Change) => void): () => void },
  options: FeedOptions,
): AsyncGenerator<Snapshot | Change, void, void> {
  const { clock, connection, signal } = options;
  const wake = createWake(signal);
  let pending: Change[] = [];
  let overflowed = true;
  const unsubscribe = source.subscribe((change) => {
    if (pending.length >= EVERY_FEED_LIMIT) overflowed = true;
    else pending.push(change);
    wake.ring();
  });
  try {
    while (!wake.aborted()) {
      while (connection.bufferedBytes() > CONGESTED_BYTES && !wake.aborted())
        await wake.pause(clock, CONGESTED_RETRY_MS);
      if (wake.aborted()) return;
      wake.reset();
      const changes = pending;
      pending = [];
      if (overflowed) {
        overflowed = false;
        yield source.snapshot();
      } else {
        yield* changes;
      }
      await wake.rung();
    }
  } finally {
    unsubscribe();
    wake.close();
  }
}

/** Rings from a change or from the end of the subscription, and is waited for by one generator. */
function createWake(signal: AbortSignal | undefined) {
  let rang = false;
  let resume: (() => void) | null = null;
  const stir = (): void => {
    resume?.();
    resume = null;
  };
  signal?.addEventListener('abort', stir);
  const aborted = (): boolean => signal?.aborted === true;
  return {
    aborted,
    ring(): void {
      rang = true;
      stir();
    },
    reset(): void {
      rang = false;
    },
    async rung(): Promise<void> {
      while (!rang && !aborted()) await new Promise<void>((resolve) => (resume = resolve));
    },
    pause(clock: Clock, forMs: number): Promise<void> {
      return new Promise((resolve) => {
        if (aborted()) return resolve();
        const finish = (): void => {
          cancel();
          signal?.removeEventListener('abort', finish);
          resolve();
        };
        const cancel = clock.after(forMs, finish);
        signal?.addEventListener('abort', finish);
      });
    },
    close(): void {
      signal?.removeEventListener('abort', stir);
    },
  };
}
