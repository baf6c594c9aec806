import type { ActiveFaults } from './faults.ts';
import { between, type Random } from './random.ts';

/** A radio that is this far behind drops what is new. */
const MAXIMUM_WAITING = 2_000;
/** A limited radio's buffer, and how full it may be for what is sent only where there is room. */
const LONGEST_QUEUE_MS = 2_000;
const ROOM_MS = 60;

interface Waiting {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** One direction of a vehicle's radio link: loses, delays and reorders as its faults say. */
export class Channel {
  readonly #faults: ActiveFaults;
  readonly #random: Random;
  readonly #deliver: (bytes: Uint8Array) => void;
  /** In order of delivery. */
  #waiting: Waiting[] = [];
  /** What the radio carries; infinite: as much as it is given. */
  readonly #bytesPerS: number;
  #busyUntilMs = 0;

  constructor(
    faults: ActiveFaults,
    random: Random,
    deliver: (bytes: Uint8Array) => void,
    bytesPerS = Number.POSITIVE_INFINITY,
  ) {
    this.#bytesPerS = bytesPerS;
    this.#faults = faults;
    this.#random = random;
    this.#deliver = deliver;
  }

  /** Whether what is pushed now goes out without waiting long behind other bytes. */
  hasRoom(nowMs: number): boolean {
    return this.#busyUntilMs - nowMs < ROOM_MS;
  }

  push(bytes: Uint8Array, nowMs: number): void {
    const limited = Number.isFinite(this.#bytesPerS);
    if (limited) {
      if (this.#busyUntilMs - nowMs > LONGEST_QUEUE_MS) return;
      this.#busyUntilMs = Math.max(nowMs, this.#busyUntilMs) + (1000 * bytes.length) / this.#bytesPerS;
    }
    const faults = this.#faults;
    if (!limited && !faults.linkImpaired && this.#waiting.length === 0) {
      this.#deliver(bytes);
      return;
    }
    if (faults.has('link-drop')) return;
    if (faults.has('packet-loss') && this.#random() < faults.value('packet-loss')) return;
    if (this.#waiting.length >= MAXIMUM_WAITING) return;
    let atMs = Math.max(nowMs, limited ? this.#busyUntilMs : 0) + faults.value('delay');
    const overtaken = faults.has('reordering') && this.#random() < faults.value('reordering');
    if (overtaken) atMs += between(this.#random, 40, 250);
    // Without reordering nothing overtakes, even when the delay was just switched off.
    else if (!faults.has('reordering')) atMs = Math.max(atMs, this.#waiting.at(-1)?.atMs ?? 0);
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1]?.atMs ?? 0) > atMs) place--;
    this.#waiting.splice(place, 0, { atMs, bytes });
  }

  step(nowMs: number): void {
    if (this.#waiting.length === 0) return;
    if (this.#faults.has('link-drop')) {
      this.#waiting = [];
      return;
    }
    let due = 0;
    for (const frame of this.#waiting) {
      if (frame.atMs > nowMs) break;
      due++;
      this.#deliver(frame.bytes);
    }
    if (due > 0) this.#waiting.splice(0, due);
  }
}
