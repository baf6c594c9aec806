import { between, type Random } from './random.ts';

/** How one airframe differs from the next of its model: nothing is built twice the same. */
export interface AirframeTraits {
  /** Vibration in a hover, m/s². */
  readonly vibrationMps2: number;
  /** What the current sensor shows for each ampere. */
  readonly currentGain: number;
  /** What each motor is given beyond its share, µs: motor mounts and speed controllers are never quite alike. */
  readonly motorTrimUs: readonly number[];
  /** Each motor's speed at the same pulse. */
  readonly motorSpeedGain: readonly number[];
}

export const MOTOR_COUNT = 4;

export function airframeTraits(random: Random): AirframeTraits {
  const motors = <Value>(make: () => Value): Value[] => Array.from({ length: MOTOR_COUNT }, make);
  return {
    vibrationMps2: between(random, 6, 12),
    currentGain: between(random, 0.96, 1.04),
    motorTrimUs: motors(() => between(random, -12, 12)),
    motorSpeedGain: motors(() => between(random, 0.985, 1.015)),
  };
}
