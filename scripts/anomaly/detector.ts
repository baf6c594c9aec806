import { seededRandom } from '../../main/simulator/random.ts';
import { FlightReference } from '../../main/station/inference/flight-reference.ts';
import { CHANNELS, FEATURES } from '../../main/station/inference/window-features.ts';
import { DenseNetwork, type Layer, type Loss } from './dense-network.ts';

const CONTEXT = indices((channel) => channel === 'CONTEXT');
const HEALTH = indices((channel) => channel !== 'CONTEXT');
const HIDDEN = 32;
const EPOCHS = 20;
const SMALLEST_DEVIATION = 1e-3;
/** Context beyond this many standard deviations says nothing that was learnt. */
const CONTEXT_LIMIT = 6;
const LOG_SCALE_LOW = -5;
const LOG_SCALE_HIGH = 3;
const RESIDUAL_LIMIT = 60;
/** Slopes are bounded, so that a few wild windows do not rule the rest. */
const MEAN_SLOPE_LIMIT = 5;
const SCALE_SLOPE_LIMIT = 3;
/** A residual is measured by what this share of healthy windows stays below. */
const ORDINARY_SHARE = 0.9995;

/** A window, and what it is compared with: the mean of those from the beginning of its flight, or of earlier flights. */
export interface Pair {
  readonly features: Float32Array;
  readonly reference: Float32Array;
}

/**
 * Given what the aircraft does now and did when its reference was flown (CONTEXT), a network says how its health
 * features should have changed and how much that scatters. What remains, in units of that scatter, are the residuals;
 * a channel's score is their length, 1 at its limit.
 */
export interface Detector {
  readonly context: readonly number[];
  readonly health: readonly number[];
  /** Of every feature. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  /** Of the change of every health feature. */
  readonly changeMeans: Float64Array;
  readonly changeDeviations: Float64Array;
  readonly layers: readonly Layer[];
  /** By residual: what an ordinary window stays below. */
  readonly ordinary: Float64Array;
  readonly bounds: typeof BOUNDS;
}

const BOUNDS = {
  context: CONTEXT_LIMIT,
  logScaleLow: LOG_SCALE_LOW,
  logScaleHigh: LOG_SCALE_HIGH,
  residual: RESIDUAL_LIMIT,
} as const;

export interface TrainedDetector {
  readonly detector: Detector;
  readonly residualsOf: (pair: Pair) => Float32Array;
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
}

/** Learns from windows of healthy flights. */
export function trainDetector(pairs: readonly Pair[], seed: number): TrainedDetector {
  const { means, deviations } = momentsOf(pairs.map(({ features }) => features));
  const changes = momentsOf(pairs.map(changeOf));
  const standard = (row: Float32Array, feature: number): number =>
    clamp(((row[feature] ?? 0) - (means[feature] ?? 0)) / (deviations[feature] ?? 1), CONTEXT_LIMIT);
  const contextOf = ({ features, reference }: Pair): Float64Array =>
    Float64Array.from(
      [features, reference].flatMap((row) => CONTEXT.map((feature) => standard(row, feature))),
    );
  const targetOf = (pair: Pair): Float64Array =>
    Float64Array.from(
      changeOf(pair),
      (change, index) => (change - (changes.means[index] ?? 0)) / (changes.deviations[index] ?? 1),
    );
  const random = seededRandom(seed);
  const network = new DenseNetwork([2 * CONTEXT.length, HIDDEN, HIDDEN, 2 * HEALTH.length], random);
  const training = { epochs: EPOCHS, loss: gaussianLoss, random };
  const losses = network.train(pairs.map(contextOf), pairs.map(targetOf), training);

  const surprisesOf = (pair: Pair): Float64Array => {
    const outputs = network.run(contextOf(pair));
    return targetOf(pair).map((value, index) => {
      const scale = Math.exp(logScale(outputs[HEALTH.length + index] ?? 0));
      return clamp((value - (outputs[index] ?? 0)) / scale, RESIDUAL_LIMIT);
    });
  };
  const ordinary = ordinaryOf(pairs.map(surprisesOf));
  return {
    losses,
    residualsOf: (pair) =>
      Float32Array.from(surprisesOf(pair), (value, index) => value / (ordinary[index] ?? 1)),
    detector: {
      ...{
        context: CONTEXT,
        health: HEALTH,
        means,
        deviations,
        layers: network.layers,
        ordinary,
        bounds: BOUNDS,
      },
      changeMeans: changes.means,
      changeDeviations: changes.deviations,
    },
  };
}

/** Which residuals belong to each channel, in the order of CHANNELS. */
export const CHANNEL_RESIDUALS: readonly (readonly number[])[] = CHANNELS.map((channel) =>
  HEALTH.flatMap((feature, index) => (FEATURES[feature]?.channel === channel ? [index] : [])),
);

/** The length of each channel's residuals, before they are divided by the channel's limit. */
export function channelLengths(residuals: Float32Array): number[] {
  return CHANNEL_RESIDUALS.map((own) =>
    Math.sqrt(own.reduce((sum, index) => sum + (residuals[index] ?? 0) ** 2, 0)),
  );
}

/** The windows of a flight with what each is compared with; null where too little has been flown. */
export function pairsOf(
  windows: readonly Float32Array[],
  looksWrong: (pair: Pair) => boolean,
): (Pair | null)[] {
  const flown = new FlightReference();
  return windows.map((features) => {
    const reference = flown.mean();
    const pair = reference === null ? null : { features, reference };
    flown.add(features, pair !== null && looksWrong(pair));
    return pair;
  });
}

/** Negative log-likelihood of a normal distribution: half of the outputs are its means, half its log scales. */
const gaussianLoss: Loss = (outputs, target, slopes) => {
  const count = target.length;
  let loss = 0;
  for (let index = 0; index < count; index++) {
    const log = logScale(outputs[count + index] ?? 0);
    const precision = Math.exp(-2 * log);
    const difference = (outputs[index] ?? 0) - (target[index] ?? 0);
    const surprise = difference * difference * precision;
    loss += log + surprise / 2;
    slopes[index] = clamp(difference * precision, MEAN_SLOPE_LIMIT);
    slopes[count + index] = clamp(1 - surprise, SCALE_SLOPE_LIMIT);
  }
  return loss / count;
};

function changeOf({ features, reference }: Pair): Float32Array {
  return Float32Array.from(HEALTH, (feature) => (features[feature] ?? 0) - (reference[feature] ?? 0));
}

function logScale(value: number): number {
  return Math.min(LOG_SCALE_HIGH, Math.max(LOG_SCALE_LOW, value));
}

function ordinaryOf(rows: readonly Float64Array[]): Float64Array {
  return Float64Array.from(HEALTH, (_, index) => {
    const sizes = rows.map((row) => Math.abs(row[index] ?? 0)).sort((a, b) => a - b);
    return Math.max(sizes[Math.floor(sizes.length * ORDINARY_SHARE)] ?? 1, SMALLEST_DEVIATION);
  });
}

function momentsOf(rows: readonly Float32Array[]): { means: Float64Array; deviations: Float64Array } {
  const size = rows[0]?.length ?? 0;
  const means = new Float64Array(size);
  const squares = new Float64Array(size);
  for (const row of rows)
    row.forEach((value, index) => {
      means[index] = (means[index] ?? 0) + value / rows.length;
    });
  for (const row of rows)
    row.forEach((value, index) => {
      squares[index] = (squares[index] ?? 0) + (value - (means[index] ?? 0)) ** 2 / rows.length;
    });
  return { means, deviations: squares.map((square) => Math.max(Math.sqrt(square), SMALLEST_DEVIATION)) };
}

function indices(wanted: (channel: string) => boolean): number[] {
  return FEATURES.flatMap(({ channel }, index) => (wanted(channel) ? [index] : []));
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
