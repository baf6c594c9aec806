import { FEATURES } from '../../main/station/inference/window-features.ts';
import type { Pair } from './detector.ts';
import type { Flight } from './flight-sets.ts';
import type { Comparer } from './scores.ts';

/** Of the windows of healthy flights, so many lie outside a feature's band on either side. */
const OUTSIDE = 0.0005;
const SMALLEST_HALF = 1e-3;

const HEALTH = FEATURES.flatMap(({ channel }, index) => (channel === 'CONTEXT' ? [] : [index]));

/** Scores windows by the feature that is farthest out of its band: 1 at the edge of the band. */
type ThresholdScore = (features: Float32Array) => number;

/**
 * What a technician would do without a model: a band for every health feature, as wide as healthy flights of all
 * airframes in all winds need it.
 */
export function plainThresholds(rows: readonly Float32Array[]): ThresholdScore {
  const bands = HEALTH.map((feature) => {
    const values = rows.map((row) => row[feature] ?? 0).sort((a, b) => a - b);
    const low = values[Math.floor(values.length * OUTSIDE)] ?? 0;
    const high = values[Math.floor(values.length * (1 - OUTSIDE))] ?? 0;
    return { feature, middle: (low + high) / 2, half: Math.max((high - low) / 2, SMALLEST_HALF) };
  });
  return (features) =>
    bands.reduce(
      (most, { feature, middle, half }) => Math.max(most, Math.abs((features[feature] ?? 0) - middle) / half),
      0,
    );
}

/** The same bands, on the change since what a window is compared with: tells what that alone is worth. */
export function changeThresholds({ pairs, pairsOf }: Pick<Comparer, 'pairs' | 'pairsOf'>) {
  const score = plainThresholds(pairs.map(changeOf));
  return (flight: Flight): (number | null)[] =>
    pairsOf(flight, (pair) => score(changeOf(pair)) > 1).map((pair) =>
      pair === null ? null : score(changeOf(pair)),
    );
}

function changeOf({ features, reference }: Pair): Float32Array {
  return features.map((value, index) => value - (reference[index] ?? 0));
}
