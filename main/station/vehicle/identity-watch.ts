import type { Frame } from '../mavlink/frame.ts';
import { ATTITUDE, GLOBAL_POSITION_INT, SYSTEM_TIME } from '../mavlink/generated/messages.ts';

/** Two packets of one vehicle can differ by so much in how long they were under way. */
const TOLERANCE_MS = 2_000;
/** A late packet of before a reboot looks like a return once; two vehicles return again and again. */
const RETURNS_THAT_PROVE = 3;
const PROOF_WITHIN_MS = 10_000;
const MAXIMUM_LIVES = 4;

interface Life {
  bootedAtMs: number;
}

/**
 * Tells a reboot from two vehicles that share one system id. Each message with a time since boot says when its sender
 * booted. A rebooted vehicle leaves its old boot time behind; two vehicles keep coming back to theirs, over whatever
 * paths they are heard.
 */
export class IdentityWatch {
  readonly #onReboot: () => void;
  readonly #lives: Life[] = [];
  #current: Life | null = null;
  #returnsAtMs: number[] = [];
  #type: number | null = null;
  #typeBefore: number | null = null;

  constructor(onReboot: () => void) {
    this.#onReboot = onReboot;
  }

  /** `monotonicMs` on the station's clock. */
  accept(frame: Frame, monotonicMs: number): void {
    const sinceBootMs = sinceBootMsOf(frame);
    // Long after its boot the 32-bit count begins anew (after 49 days): nobody flies that long.
    if (sinceBootMs === null) return;
    const bootedAtMs = monotonicMs - sinceBootMs;
    const life = this.#lives.find((known) => Math.abs(known.bootedAtMs - bootedAtMs) <= TOLERANCE_MS);
    if (life === undefined) {
      this.#begin(bootedAtMs);
      return;
    }
    // Clocks drift apart slowly.
    life.bootedAtMs = bootedAtMs;
    if (life === this.#current) return;
    this.#current = life;
    this.#return(monotonicMs);
  }

  /** Returns whether the type is another than before. Types that alternate prove two vehicles. */
  acceptType(type: number, monotonicMs: number): boolean {
    if (type === this.#type) return false;
    const changed = this.#type !== null;
    if (type === this.#typeBefore) this.#return(monotonicMs);
    this.#typeBefore = this.#type;
    this.#type = type;
    return changed;
  }

  /** Two vehicles speak under this system id. */
  ambiguous(monotonicMs: number): boolean {
    const lately = this.#returnsAtMs.filter((atMs) => monotonicMs - atMs <= PROOF_WITHIN_MS);
    return lately.length >= RETURNS_THAT_PROVE;
  }

  #begin(bootedAtMs: number): void {
    // Earlier than before is no reboot: another vehicle, or a clock that runs fast.
    const rebooted = this.#current !== null && bootedAtMs > this.#current.bootedAtMs;
    this.#current = { bootedAtMs };
    this.#lives.push(this.#current);
    if (this.#lives.length > MAXIMUM_LIVES) this.#lives.shift();
    if (rebooted) this.#onReboot();
  }

  #return(monotonicMs: number): void {
    this.#returnsAtMs.push(monotonicMs);
    if (this.#returnsAtMs.length > RETURNS_THAT_PROVE) this.#returnsAtMs.shift();
  }
}

function sinceBootMsOf(frame: Frame): number | null {
  switch (frame.messageId) {
    case ATTITUDE.id:
      return ATTITUDE.read(frame).timeBootMs;
    case GLOBAL_POSITION_INT.id:
      return GLOBAL_POSITION_INT.read(frame).timeBootMs;
    case SYSTEM_TIME.id:
      return SYSTEM_TIME.read(frame).timeBootMs;
    default:
      return null;
  }
}
