import type { Frame } from '../mavlink/frame.ts';
import { ATTITUDE, GLOBAL_POSITION_INT, SYSTEM_TIME } from '../mavlink/generated/messages.ts';
import type { VehiclePath } from './vehicle-links.ts';

/** Two packets of one vehicle can differ by so much in how long they were under way. */
const TOLERANCE_MS = 2_000;
/** A late packet of before a reboot looks like a return once; two vehicles return again and again. */
const RETURNS_THAT_PROVE = 3;
const PROOF_WITHIN_MS = 10_000;
const MAXIMUM_LIVES = 4;
/** As long as the last boot time over a path says who is there. */
const HEARD_MS = 3_000;
const MOST_PATHS = 8;
/** A path that goes on being heard is noted this often: every packet comes by here. */
const NOTE_MS = 250;

/** Alone for so long, a vehicle in the air is the one that a station started meanwhile has to do with. */
const ALONE_MS = 30_000;

interface Life {
  bootedAtMs: number;
  /** First heard; monotonic. */
  readonly sinceMs: number;
  /** When over which path; monotonic, within 250 ms. */
  readonly heardAtMs: Map<VehiclePath, number>;
  /** As noted last. */
  path: VehiclePath | null;
  notedAtMs: number;
}

/**
 * Tells a reboot from two vehicles that share one system id. Each message with a time since boot says when its sender
 * booted. A rebooted vehicle leaves its old boot time behind; two vehicles keep coming back to theirs, over whatever
 * paths they are heard.
 *
 * ```
 *  one vehicle --- boot times, or types, take turns three times in 10 s --> ambiguous
 *      ^                                                                     |   |
 *      +------------------- none for 10 s -----------------------------------+   +-- over the path of the launch only
 *                                                                                    the boot time of then: own path
 * ```
 */
export class IdentityWatch {
  readonly #onReboot: () => void;
  readonly #lives: Life[] = [];
  #current: Life | null = null;
  #launched: { readonly life: Life; readonly path: VehiclePath } | null = null;
  #returnsAtMs: number[] = [];
  #type: number | null = null;
  #typeBefore: number | null = null;

  constructor(onReboot: () => void) {
    this.#onReboot = onReboot;
  }

  /** `monotonicMs` on the station's clock. */
  accept(frame: Frame, path: VehiclePath, monotonicMs: number): void {
    const sinceBootMs = sinceBootMsOf(frame);
    // Long after its boot the 32-bit count begins anew (after 49 days): nobody flies that long.
    if (sinceBootMs === null) return;
    const bootedAtMs = monotonicMs - sinceBootMs;
    if (this.#current !== null && isOf(this.#current, bootedAtMs)) {
      // Clocks drift apart slowly.
      this.#current.bootedAtMs = bootedAtMs;
      hear(this.#current, path, monotonicMs);
      return;
    }
    const life = this.#lives.find((known) => isOf(known, bootedAtMs));
    if (life === undefined) {
      hear(this.#begin(bootedAtMs, monotonicMs), path, monotonicMs);
      return;
    }
    life.bootedAtMs = bootedAtMs;
    hear(life, path, monotonicMs);
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
    const [first] = this.#returnsAtMs;
    if (first === undefined || this.#returnsAtMs.length < RETURNS_THAT_PROVE) return false;
    return monotonicMs - first <= PROOF_WITHIN_MS;
  }

  /** The vehicle that is heard over this path is being launched. */
  launchedOver(path: VehiclePath, monotonicMs: number): void {
    const life = this.#lives.find((known) => wasHeardOver(known, path, monotonicMs, HEARD_MS));
    this.#launched = life === undefined ? null : { life, path };
  }

  /**
   * It flies, and this is the path in use. One that was launched may have come over to it; one that was not launched
   * from here flew before the station was started.
   */
  fliesOver(path: VehiclePath, monotonicMs: number): void {
    const current = this.#current;
    if (current === null || this.ambiguous(monotonicMs)) return;
    if (this.#launched?.life === current) {
      if (wasHeardOver(current, path, monotonicMs, HEARD_MS)) this.#launched = { life: current, path };
      return;
    }
    if (monotonicMs - current.sinceMs < ALONE_MS) return;
    const others = this.#lives.some((life) => life !== current && wasHeard(life, monotonicMs, ALONE_MS));
    if (!others) this.launchedOver(path, monotonicMs);
  }

  /** The path over which the vehicle that was launched is heard, and no other; null: there is none for certain. */
  ownPath(monotonicMs: number): VehiclePath | null {
    if (this.#launched === null) return null;
    const { life, path } = this.#launched;
    const others = this.#lives.filter((other) => other !== life);
    const itself = wasHeardOver(life, path, monotonicMs, HEARD_MS);
    const alone = !others.some((other) => wasHeardOver(other, path, monotonicMs, PROOF_WITHIN_MS));
    // Two that booted at the same moment are told apart by their type alone, which no command tells.
    const elsewhere = others.some((other) => wasHeard(other, monotonicMs, PROOF_WITHIN_MS));
    return itself && alone && elsewhere ? path : null;
  }

  #begin(bootedAtMs: number, sinceMs: number): Life {
    // Earlier than before is no reboot: another vehicle, or a clock that runs fast.
    const rebooted = this.#current !== null && bootedAtMs > this.#current.bootedAtMs;
    this.#current = { bootedAtMs, sinceMs, heardAtMs: new Map(), path: null, notedAtMs: 0 };
    this.#lives.push(this.#current);
    if (this.#lives.length > MAXIMUM_LIVES) this.#lives.shift();
    if (rebooted) this.#onReboot();
    return this.#current;
  }

  #return(monotonicMs: number): void {
    this.#returnsAtMs.push(monotonicMs);
    if (this.#returnsAtMs.length > RETURNS_THAT_PROVE) this.#returnsAtMs.shift();
  }
}

function isOf(life: Life, bootedAtMs: number): boolean {
  return Math.abs(life.bootedAtMs - bootedAtMs) <= TOLERANCE_MS;
}

function hear(life: Life, path: VehiclePath, monotonicMs: number): void {
  if (path === life.path && monotonicMs - life.notedAtMs < NOTE_MS) return;
  life.path = path;
  life.notedAtMs = monotonicMs;
  life.heardAtMs.set(path, monotonicMs);
  const [oldest] = life.heardAtMs.keys();
  if (life.heardAtMs.size > MOST_PATHS && oldest !== undefined) life.heardAtMs.delete(oldest);
}

function wasHeard({ heardAtMs }: Life, monotonicMs: number, withinMs: number): boolean {
  for (const atMs of heardAtMs.values()) if (monotonicMs - atMs <= withinMs) return true;
  return false;
}

function wasHeardOver(
  { heardAtMs }: Life,
  path: VehiclePath,
  monotonicMs: number,
  withinMs: number,
): boolean {
  return monotonicMs - (heardAtMs.get(path) ?? Number.NEGATIVE_INFINITY) <= withinMs;
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
