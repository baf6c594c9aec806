import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import {
  CHANNELS,
  FEATURES,
  SHIPPED_CHANNELS,
  WINDOWS_FOR_ALARM,
} from '../main/station/inference/window-features.ts';
import { channelLengths, type Pair, pairsOf, trainDetector } from './anomaly/detector.ts';
import {
  falseAlarmsPerHour,
  figuresOf,
  hoursOf,
  limitFor,
  type ScoredFlight,
  scoredFlight,
} from './anomaly/evaluate.ts';
import { detectorAsOnnx } from './anomaly/export-detector.ts';
import { FAULT_CLASSES, type Flight, faultyFlights, healthyFlights } from './anomaly/flight-sets.ts';
import { type Comparison, modelCard, ON_CHANGE, PLAIN } from './anomaly/model-card.ts';
import { changeThresholds, plainThresholds } from './anomaly/thresholds.ts';

/**
 * `node scripts/train-anomaly-detector.ts [--seed N] [--check]`: flies, trains, measures on flights that were held out,
 * and writes the model, its card and its golden scores. The same seed gives the same file: with --check nothing is
 * written, and it ends with 1 where what is shipped is not what comes out. About two and a half minutes of one core.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, check: { type: 'boolean', default: false } },
});
const SEED = Number(values.seed);
const ROOT = join(import.meta.dirname, '..');
const FLIGHTS = { train: 400, tune: 400, test: 400, faulty: 60 } as const;
/** Of every hour of healthy flight, for all channels together; the thresholds get the same. */
const FALSE_ALARMS_PER_HOUR = 0.2;
/** A limit found on some flights is a little low for others. */
const LIMIT_MARGIN = 1.1;
/** Until the limits are found, a window with a longer residual does not count as ordinary. */
const FIRST_LIMIT = 2;
const GOLDEN_WINDOWS = 12;

type ChannelName = (typeof CHANNELS)[number];
type ScoreWindows = (windows: readonly Float32Array[]) => readonly (number | null)[];

const first = SEED * 1_000_000;
say('flying');
const train = await healthyFlights(first, FLIGHTS.train);
const tune = await healthyFlights(first + 10_000, FLIGHTS.tune);
const test = await healthyFlights(first + 20_000, FLIGHTS.test);
const faulty: { name: string; flights: Flight[] }[] = [];
for (const [index, kind] of FAULT_CLASSES.entries())
  faulty.push({
    name: kind.name,
    flights: await faultyFlights(kind, first + 30_000 + 1_000 * index, FLIGHTS.faulty),
  });
for (const [index, kind] of FAULT_CLASSES.slice(0, 3).entries())
  faulty.push({
    name: `${kind.name}, from the ground on`,
    flights: await faultyFlights(kind, first + 40_000 + 1_000 * index, FLIGHTS.faulty, 'ON_GROUND'),
  });

say('training');
const rows = train.flatMap(rowsOf);
const pairs = train.flatMap((flight) => pairsOf(rowsOf(flight), () => false).filter((pair) => pair !== null));
const { detector, residualsOf, losses } = trainDetector(pairs, SEED);
say(`loss ${losses[0]?.toFixed(3)} to ${losses.at(-1)?.toFixed(3)}`);
const limits = channelLimits(SHIPPED_CHANNELS);
const allLimits = channelLimits(CHANNELS);

say('measuring');
const plain = plainThresholds(rows);
const comparisons = [
  compare('detector', detectorScores(SHIPPED_CHANNELS, limits), 1),
  compare('detector with all channels', detectorScores(CHANNELS, allLimits), 1),
  compare(PLAIN, (windows) => windows.map(plain), null),
  compare(ON_CHANGE, changeThresholds(pairs), null),
];
const onnx = detectorAsOnnx(detector, limits);
const sha256 = createHash('sha256').update(onnx).digest('hex');
write('resources/models/telemetry-anomaly.onnx', onnx);
write(
  'resources/models/telemetry-anomaly.md',
  modelCard({ seed: SEED, sha256, bytes: onnx.length, flights: FLIGHTS, windows: rows.length, comparisons }),
);
write('test/golden/inference/anomaly-scores.json', `${JSON.stringify(goldenScores(), null, 1)}\n`);
for (const { name, falseAlarms, classes } of comparisons) {
  say(`${name}: ${falseAlarms.toFixed(2)} false alarms an hour`);
  for (const [kind, { auc, detected, flights, medianDelayS }] of classes)
    say(
      `  ${kind}: AUC ${auc?.toFixed(3) ?? '-'}, ${detected} of ${flights}, delay ${medianDelayS?.toFixed(1) ?? '-'} s`,
    );
}

/** Each channel alone may give its share of the false alarms. */
function channelLimits(names: readonly ChannelName[]): number[] {
  const lengthsOf = (pair: Pair): number[] => channelLengths(residualsOf(pair));
  const lengths = tune.map((flight) =>
    pairsOf(rowsOf(flight), (pair) => Math.max(...lengthsOf(pair)) > FIRST_LIMIT).map((pair) =>
      pair === null ? null : lengthsOf(pair),
    ),
  );
  return names.map((name) => {
    const channel = CHANNELS.indexOf(name);
    const scored = tune.map((flight, index) =>
      scoredFlight(flight, () => (lengths[index] ?? []).map((row) => row?.[channel] ?? null)),
    );
    return LIMIT_MARGIN * limitFor(scored, FALSE_ALARMS_PER_HOUR / names.length);
  });
}

function scoresOf(pair: Pair, names: readonly ChannelName[], limitOf: readonly number[]): number[] {
  const lengths = channelLengths(residualsOf(pair));
  return names.map((name, index) => (lengths[CHANNELS.indexOf(name)] ?? 0) / (limitOf[index] ?? 1));
}

function detectorScores(names: readonly ChannelName[], limitOf: readonly number[]): ScoreWindows {
  const score = (pair: Pair): number => Math.max(...scoresOf(pair, names, limitOf));
  return (windows) =>
    pairsOf(windows, (pair) => score(pair) > 1).map((pair) => (pair === null ? null : score(pair)));
}

/** With its own limit where it has one, else with the limit that gives the allowed false alarms on the tuning flights. */
function compare(name: string, score: ScoreWindows, ownLimit: number | null): Comparison {
  const scored = (flights: readonly Flight[]): ScoredFlight[] =>
    flights.map((flight) => scoredFlight(flight, score));
  const limit = ownLimit ?? limitFor(scored(tune), FALSE_ALARMS_PER_HOUR);
  const healthy = scored(test);
  return {
    name,
    falseAlarms: falseAlarmsPerHour(healthy, limit),
    healthyHours: hoursOf(healthy),
    classes: new Map(faulty.map((kind) => [kind.name, figuresOf(scored(kind.flights), healthy, limit)])),
  };
}

/** Windows of one healthy and one faulty held-out flight with the scores that the exported model must give. */
function goldenScores() {
  const worn = faulty.find(({ name }) => name === 'worn motor')?.flights[0];
  const flights = [test[0], worn].filter((flight) => flight !== undefined);
  const cases = flights.flatMap((flight) =>
    pairsOf(rowsOf(flight), (pair) => Math.max(...scoresOf(pair, SHIPPED_CHANNELS, limits)) > 1)
      .filter((pair) => pair !== null)
      .slice(-GOLDEN_WINDOWS)
      .map((pair) => ({
        flight: flight.seed,
        features: [...pair.features],
        reference: [...pair.reference],
        channels: scoresOf(pair, SHIPPED_CHANNELS, limits),
      })),
  );
  return {
    sha256,
    channelNames: SHIPPED_CHANNELS,
    featureNames: FEATURES.map(({ name }) => name),
    windowsForAlarm: WINDOWS_FOR_ALARM,
    cases,
  };
}

function rowsOf(flight: Flight): Float32Array[] {
  return flight.windows.map(({ features }) => features);
}

function write(path: string, content: string | Uint8Array): void {
  const file = join(ROOT, path);
  if (values.check) {
    const shipped = readFileSync(file);
    // The formatter lays JSON out in its own way.
    const same =
      typeof content === 'string' && path.endsWith('.json')
        ? isDeepStrictEqual(JSON.parse(shipped.toString()), JSON.parse(content))
        : shipped.equals(Buffer.from(content));
    say(`${path} ${same ? 'is' : 'is NOT'} what the training gives`);
    if (!same) process.exitCode = 1;
    return;
  }
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
}

function say(text: string): void {
  console.error(`${performance.now().toFixed(0).padStart(7)} ms  ${text}`);
}
