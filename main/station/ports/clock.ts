/**
 * Time as the station sees it. Nothing in a capability reads the wall clock itself: the clock is handed in, so that
 * tests and the seeded simulation own time.
 */
export interface Clock {
  /** Wall-clock time, UTC, milliseconds since 1970-01-01. May jump when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds on a clock that never jumps and never goes back. For ages, timeouts and durations. */
  monotonicMs(): number;
  /**
   * Milliseconds as the machine itself spends them, never scaled. Only for reporting how fast the program is, never
   * for a decision.
   */
  machineMs(): number;
  /** Calls `callback` once after `delayMs`. Returns the function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls `callback` every `periodMs` until the returned function is called. */
  every(periodMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  machineMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    return () => clearInterval(timer);
  },
};

/**
 * A clock on which time passes `factor` times faster, starting from `anchorMs`: a whole station can keep pace with a
 * simulator that does the same, and one that is started again with the same anchor does not go back in time. Machine
 * time stays what it is.
 */
export function scaledClock(clock: Clock, factor: number, anchorMs = clock.nowMs()): Clock {
  if (factor === 1) return clock;
  const startMs = anchorMs + (clock.nowMs() - anchorMs) * factor;
  const startMonotonicMs = clock.monotonicMs();
  const passedMs = (): number => (clock.monotonicMs() - startMonotonicMs) * factor;
  return {
    nowMs: () => Math.round(startMs + passedMs()),
    monotonicMs: passedMs,
    machineMs: () => clock.machineMs(),
    after: (delayMs, callback) => clock.after(delayMs / factor, callback),
    every: (periodMs, callback) => clock.every(periodMs / factor, callback),
  };
}
