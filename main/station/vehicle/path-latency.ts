import type { Frame } from '../mavlink/frame.ts';
import { TIMESYNC } from '../mavlink/generated/messages.ts';
import type { VehicleLinks, VehiclePath } from './vehicle-links.ts';

const PERIOD_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;
const AUTOPILOT_COMPONENT = 1;
/** Tells these questions from those of the time synchronisation, whose times are whole microseconds. */
const MARK_NS = 7n;

/** How long a packet is under way to the vehicle and back, on each of the paths that lead to it (TIMESYNC). */
export class PathLatency {
  readonly #links: VehicleLinks;
  readonly #systemId: number;
  readonly #asked = new WeakMap<VehiclePath, { atMs: number; stampNs: bigint }>();

  constructor(links: VehicleLinks, systemId: number) {
    this.#links = links;
    this.#systemId = systemId;
  }

  /** A few times a second. */
  tick(nowMs: number): void {
    for (const path of this.#links.paths(this.#systemId)) {
      if (nowMs - (this.#asked.get(path)?.atMs ?? Number.NEGATIVE_INFINITY) < PERIOD_MS) continue;
      const stampNs = BigInt(Math.round(nowMs * 1_000)) * 1_000n + MARK_NS;
      this.#asked.set(path, { atMs: nowMs, stampNs });
      this.#links.sendOn(path, TIMESYNC, {
        tc1: 0n,
        ts1: stampNs,
        targetSystem: this.#systemId,
        targetComponent: AUTOPILOT_COMPONENT,
      });
    }
  }

  /** An answer that came another way than its question says nothing of either. */
  receive(frame: Frame, path: VehiclePath, nowMs: number): void {
    const asked = this.#asked.get(path);
    if (asked === undefined || nowMs - asked.atMs > ANSWER_WITHIN_MS) return;
    const { tc1, ts1 } = TIMESYNC.read(frame);
    if (tc1 > 0n && ts1 === asked.stampNs) this.#links.measured(path, nowMs - asked.atMs);
  }
}
