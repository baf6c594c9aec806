import type { Clock } from '../ports/clock.ts';

interface Timer {
  dueMs: number;
  readonly periodMs: number | null;
  readonly callback: () => void;
}

/**
 * Time as the recording tells it: it moves only when the player moves it, so that silence lasts as long in a replay at
 * any speed as it did in the air. What was received carries the present's dates, as if it happened now.
 */
export class ReplayClock implements Clock {
  readonly #present: Clock;
  readonly #timers = new Set<Timer>();
  #atMs: number;
  /** How long ago, by the recording, what is played now was: while a seek catches up. */
  #behindMs = 0;

  constructor(present: Clock, atMs: number) {
    this.#present = present;
    this.#atMs = atMs;
  }

  nowMs(): number {
    return this.#present.nowMs() - this.#behindMs;
  }

  monotonicMs(): number {
    return this.#atMs;
  }

  machineMs(): number {
    return this.#present.machineMs();
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#add({ dueMs: this.#atMs + delayMs, periodMs: null, callback });
  }

  every(periodMs: number, callback: () => void): () => void {
    return this.#add({ dueMs: this.#atMs + periodMs, periodMs, callback });
  }

  /** Recordings whose clock was set back do not go back. */
  moveTo(atMs: number, targetMs = atMs): void {
    this.#behindMs = Math.max(0, targetMs - atMs);
    for (let timer = this.#due(atMs); timer !== null; timer = this.#due(atMs)) {
      this.#atMs = Math.max(this.#atMs, timer.dueMs);
      if (timer.periodMs === null) this.#timers.delete(timer);
      // After a gap in the recording, once is enough.
      else timer.dueMs = Math.max(timer.dueMs + timer.periodMs, atMs - timer.periodMs);
      timer.callback();
    }
    this.#atMs = Math.max(this.#atMs, atMs);
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #due(atMs: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers)
      if (timer.dueMs <= atMs && (first === null || timer.dueMs < first.dueMs)) first = timer;
    return first;
  }
}
