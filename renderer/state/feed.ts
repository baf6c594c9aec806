import { reconnectDelayMs } from '../client/backoff.ts';
import type { Readable } from './store.ts';

type Open<Value> = (signal: AbortSignal) => Promise<AsyncIterable<Value>>;

interface Followed<Value> {
  open: Open<Value>;
  apply(value: Value): void;
  failed(error: unknown): void;
}

/**
 * Follows a feed for as long as the gate shows a number, and subscribes afresh whenever that number changes (a new
 * line, a new session). A feed that ends or fails while the gate stays is opened again after a growing pause.
 * `failed` is told why one failed. Returns its unsubscribe.
 */
export function followFeed<Value>(
  gate: Readable<number | null>,
  open: Open<Value>,
  apply: (value: Value) => void,
  failed: (error: unknown) => void = () => undefined,
): () => void {
  let running: AbortController | null = null;
  let epoch: number | null = null;

  const onGate = (): void => {
    if (gate.get() === epoch) return;
    running?.abort();
    running = null;
    epoch = gate.get();
    if (epoch === null) return;
    running = new AbortController();
    void keepOpen({ open, apply, failed }, running.signal);
  };
  const leave = gate.subscribe(onGate);
  onGate();
  return () => {
    leave();
    running?.abort();
  };
}

async function keepOpen<Value>({ open, apply, failed }: Followed<Value>, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    let failure: unknown = null;
    try {
      for await (const value of await open(signal)) {
        if (signal.aborted) return;
        attempt = 0;
        apply(value);
      }
    } catch (error) {
      failure = error;
      if (!signal.aborted) failed(error);
    }
    if (!signal.aborted) await pause(reconnectDelayMs(attempt, Math.random()), signal);
    // A line that broke ends its feeds a moment before it is known to be gone: only the others are worth a word.
    if (failure !== null && !signal.aborted) console.warn('A feed of the station ended.', failure);
  }
}

function pause(forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, forMs);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/**
 * Hands on only the newest value, at most once per painted frame. A page in the background paints nothing, and alerts
 * must still be heard there: it gets its values from a timer.
 */
export function latestPerFrame<Value>(apply: (value: Value) => void): (value: Value) => void {
  let newest: { value: Value } | null = null;
  const flush = (): void => {
    const taken = newest;
    newest = null;
    if (taken !== null) apply(taken.value);
  };
  return (value) => {
    const scheduled = newest !== null;
    newest = { value };
    if (scheduled) return;
    if (document.hidden) setTimeout(flush, 100);
    else requestAnimationFrame(flush);
  };
}
