import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Frame } from '../mavlink/frame.ts';
import {
  LANDING_TARGET,
  NAMED_VALUE_FLOAT,
  NAMED_VALUE_INT,
  OBSTACLE_DISTANCE,
  type ObstacleDistance,
} from '../mavlink/generated/messages.ts';

/** What was said longer ago says nothing of what is sensed now. */
const FRESH_MS = 3_000;
/** Anything may be said under any name: these are the onboard AI's. */
const AI_VALUE = /^ai_/i;
const MOST_VALUES = 16;
const NOT_MEASURED_CM = 0xffff;

type Senses = NonNullable<VehicleState['onboardSenses']>;

/**
 * What an onboard computer senses that says so in MAVLink's common messages only. They carry no state of the AI, no
 * model and no certainty: they never stand in for SKYRESCUE_INFERENCE_STATUS, and never make a check pass.
 */
export class OnboardSenses {
  readonly #values = new Map<string, { value: number; atMs: number }>();
  #landingTargetAtMs = Number.NEGATIVE_INFINITY;
  #obstacle: { nearestM: number | null; atMs: number } | null = null;

  accept(frame: Frame, nowMs: number): void {
    switch (frame.messageId) {
      case LANDING_TARGET.id:
        this.#landingTargetAtMs = nowMs;
        break;
      case OBSTACLE_DISTANCE.id:
        this.#obstacle = { nearestM: nearestM(OBSTACLE_DISTANCE.read(frame)), atMs: nowMs };
        break;
      case NAMED_VALUE_FLOAT.id:
        this.#name(NAMED_VALUE_FLOAT.read(frame), nowMs);
        break;
      case NAMED_VALUE_INT.id:
        this.#name(NAMED_VALUE_INT.read(frame), nowMs);
        break;
    }
  }

  /** Null: nothing was said within 3 s. */
  reading(nowMs: number): Senses | null {
    const isFresh = (atMs: number): boolean => nowMs - atMs <= FRESH_MS;
    const obstacle = this.#obstacle !== null && isFresh(this.#obstacle.atMs) ? this.#obstacle : null;
    const values = [...this.#values].filter(([, { atMs }]) => isFresh(atMs));
    const seesLandingTarget = isFresh(this.#landingTargetAtMs);
    if (!seesLandingTarget && obstacle === null && values.length === 0) return null;
    return {
      seesLandingTarget,
      nearestObstacleM: obstacle?.nearestM ?? null,
      values: values.map(([name, { value }]) => ({ name, value })),
      receivedAtMs: Math.max(
        this.#landingTargetAtMs,
        obstacle?.atMs ?? 0,
        ...values.map(([, { atMs }]) => atMs),
      ),
    };
  }

  #name({ name, value }: { name: string; value: number }, nowMs: number): void {
    if (!AI_VALUE.test(name) || !Number.isFinite(value)) return;
    if (!this.#values.has(name) && this.#values.size >= MOST_VALUES) return;
    this.#values.set(name, { value, atMs: nowMs });
  }
}

/** Metres; null: nothing within the range of the sensor. */
function nearestM({ distances, minDistance, maxDistance }: ObstacleDistance): number | null {
  const seen = distances.filter((cm) => cm !== NOT_MEASURED_CM && cm >= minDistance && cm <= maxDistance);
  return seen.length === 0 ? null : Math.min(...seen) / 100;
}
