import type { Clock } from '../ports/clock.ts';

const SECOND_MS = 1000;
const WINDOW_S = 10;
/** So far behind the newest, a number still counts as late and not as a jump. */
const LATE = 32;
/** After so many seconds without a packet the sender may have restarted: its numbers start anew. */
const RESTART_S = 5;
/** Before all others, as nothing was heard yet. */
const NEVER = -1_000;

/** A second lies in three fields of the past: its number, what was received, what was lost. */
const FIELDS = 3;
const RECEIVED = 1;
const LOST = 2;

/**
 * How much of what one sender sent was lost, from the gaps in its sequence numbers over the last ten seconds. Late
 * packets are taken back out of the loss, repeated ones are not counted.
 *
 * What every packet changes lies in this one object, the seconds before it apart: with a thousand senders in turn, each
 * piece of memory that a packet touches is fetched anew, and that costs more than the counting.
 */
export class SequenceLoss {
  readonly #clock: Clock;
  #second = NEVER;
  #received = 0;
  #lost = 0;
  #newest = 0;
  /** Bit n is set when the number n before the newest has come; 0: none has. */
  #history = 0;
  readonly #past = new Int32Array(WINDOW_S * FIELDS).fill(NEVER);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(sequence: number, nowMs = this.#clock.monotonicMs()): void {
    const second = Math.floor(nowMs / SECOND_MS);
    if (second !== this.#second) this.#begin(second);
    const behind = (this.#newest - sequence) & 0xff;
    if (this.#history === 0) {
      this.#newest = sequence;
      this.#history = 1;
    } else if (behind < LATE) {
      if (((this.#history >>> behind) & 1) === 1) return;
      this.#history |= 1 << behind;
      this.#lost--;
    } else {
      const ahead = 256 - behind;
      this.#history = ahead < LATE ? (this.#history << ahead) | 1 : 1;
      this.#newest = sequence;
      this.#lost += ahead - 1;
    }
    this.#received++;
  }

  /** 0–100, or null when nothing was heard in the last ten seconds. */
  percent(): number | null {
    const oldest = Math.floor(this.#clock.monotonicMs() / SECOND_MS) - WINDOW_S + 1;
    const isPast = this.#second < oldest;
    let received = isPast ? 0 : this.#received;
    let lost = isPast ? 0 : this.#lost;
    const past = this.#past;
    for (let at = 0; at < past.length; at += FIELDS) {
      if ((past[at] as number) < oldest) continue;
      received += past[at + RECEIVED] as number;
      lost += past[at + LOST] as number;
    }
    if (received === 0) return null;
    // A late packet may be taken back in a later second than its gap was counted in.
    const certainlyLost = Math.max(0, lost);
    return (100 * certainlyLost) / (received + certainlyLost);
  }

  #begin(second: number): void {
    if (second - this.#second > RESTART_S) this.#history = 0;
    if (this.#second !== NEVER) {
      const at = (this.#second % WINDOW_S) * FIELDS;
      this.#past[at] = this.#second;
      this.#past[at + RECEIVED] = this.#received;
      this.#past[at + LOST] = this.#lost;
    }
    this.#second = second;
    this.#received = 0;
    this.#lost = 0;
  }
}
