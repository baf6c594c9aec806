import type { Frame } from '../frame.ts';
import { TIMESYNC } from '../generated/messages.ts';
import { isForUs, type ProtocolPort } from './protocol-port.ts';

const PERIOD_MS = 10_000;
const ANSWER_WITHIN_MS = 5_000;
/** A clock of an autopilot drifts less than this against ours: a worse measurement is replaced when it has aged. */
const DRIFT_MS_PER_S = 0.05;
/** So much less than before is a restart, not drift. */
const RESTART_MS = 1_000;

export interface VehicleClock {
  /** What is to be added to the vehicle's time since boot to get UTC, ms. */
  readonly offsetMs: number;
  /** The truth lies within this of `offsetMs`. */
  readonly errorMs: number;
  readonly roundTripMs: number;
  /** Monotonic clock. */
  readonly measuredAtMs: number;
}

/**
 * The vehicle's clock against ours (https://mavlink.io/en/services/timesync.html).
 *
 * ```
 *            every 10 s: send our time in ts1
 *             +----+
 *             v    |      answer with that ts1, within 5 s
 *  start --> ASKED-+ ---------------------------------------> offset = our time at half the round trip - its time
 *                                                              error = half the round trip + drift since then
 * ```
 *
 * A new measurement takes the place of the old when its error is smaller than the old one's has become by drift, or
 * when the two contradict each other: then the vehicle's clock was set anew.
 */
export class TimeSync {
  readonly #port: ProtocolPort;
  readonly #target: { readonly systemId: number; readonly componentId: number };
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #sentNs = 0n;
  #clock: VehicleClock | null = null;

  constructor(port: ProtocolPort, target: { readonly systemId: number; readonly componentId: number }) {
    this.#port = port;
    this.#target = target;
  }

  /** With the error as it has grown until now; null: not known yet. */
  reading(): VehicleClock | null {
    const clock = this.#clock;
    return clock === null ? null : { ...clock, errorMs: this.#errorNowMs(clock) };
  }

  /** A few times a second. What the port throws is the caller's to judge. */
  tick(): void {
    const nowMs = this.#port.clock.monotonicMs();
    if (nowMs - this.#askedAtMs < PERIOD_MS) return;
    this.#askedAtMs = nowMs;
    this.#sentNs = nanoseconds(nowMs);
    const { systemId, componentId } = this.#target;
    this.#port.send(TIMESYNC, {
      tc1: 0n,
      ts1: this.#sentNs,
      targetSystem: systemId,
      targetComponent: componentId,
    });
  }

  receive(frame: Frame): void {
    if (frame.messageId !== TIMESYNC.id) return;
    const { tc1, ts1, targetSystem, targetComponent } = TIMESYNC.read(frame);
    const sentMs = this.#askedAtMs;
    const nowMs = this.#port.clock.monotonicMs();
    const answers = tc1 > 0n && ts1 === this.#sentNs && nowMs - sentMs <= ANSWER_WITHIN_MS;
    if (!answers || !isForUs(this.#port, { targetSystem, targetComponent })) return;
    this.#sentNs = 0n;
    const roundTripMs = nowMs - sentMs;
    const offsetMs = this.#port.clock.nowMs() - roundTripMs / 2 - Number(tc1 / 1_000n) / 1_000;
    this.#take({ offsetMs, errorMs: roundTripMs / 2, roundTripMs, measuredAtMs: nowMs });
  }

  #take(measured: VehicleClock): void {
    const before = this.#clock;
    if (before !== null) {
      const apartMs = Math.abs(measured.offsetMs - before.offsetMs);
      const errorMs = this.#errorNowMs(before);
      const contradicts = apartMs > errorMs + measured.errorMs || apartMs > RESTART_MS;
      if (!contradicts && measured.errorMs > errorMs) return;
    }
    this.#clock = measured;
  }

  #errorNowMs({ errorMs, measuredAtMs }: VehicleClock): number {
    const ageS = (this.#port.clock.monotonicMs() - measuredAtMs) / 1_000;
    return errorMs + ageS * DRIFT_MS_PER_S;
  }
}

/** Never 0, which would be a question and no answer. */
function nanoseconds(monotonicMs: number): bigint {
  return BigInt(Math.round(monotonicMs * 1_000) + 1) * 1_000n;
}
