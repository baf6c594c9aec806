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
import { pairsOf } from './anomaly/detector.ts';
import {
  falseAlarmsPerHour,
  figuresOf,
  hoursOf,
  limitFor,
  type ScoredFlight,
  scoredFlight,
} from './anomaly/evaluate.ts';
import { detectorAsOnnx } from './anomaly/export-detector.ts';
import {
  FAULT_CLASSES,
  FLIGHTS_OF_AIRFRAME,
  type Flight,
  faultyFlights,
  healthyFlights,
} from './anomaly/flight-sets.ts';
import {
  ALL_EARLIER,
  type Comparison,
  modelCard,
  NEW_DRONE,
  ON_CHANGE,
  ON_EARLIER,
  PLAIN,
} from './anomaly/model-card.ts';
import { type Comparer, channelScores, highestScores, trainComparer, withLimits } from './anomaly/scores.ts';
import { changeThresholds, plainThresholds } from './anomaly/thresholds.ts';

/**
 * `node scripts/train-anomaly-detector.ts [--seed N] [--check]`: flies, trains, measures on airframes that were held
 * out, and writes the model, its card and its golden scores. The same seed gives the same file: with --check nothing is
 * written, and it ends with 1 where what is shipped is not what comes out. About three minutes of one core.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, check: { type: 'boolean', default: false } },
});
const SEED = Number(values.seed);
const ROOT = join(import.meta.dirname, '..');
/** Each with FLIGHTS_OF_AIRFRAME healthy flights. */
const AIRFRAMES = { train: 100, tune: 100, test: 100 } as const;
/** Flights of each kind of fault, by airframes that were held out. */
const FAULTY = 60;
/** Of every hour of healthy flight, for all channels together; the thresholds get the same. */
const FALSE_ALARMS_PER_HOUR = 0.2;
const GOLDEN_WINDOWS = 12;

const firstAirframe = SEED * 10_000;
const heldOut = firstAirframe + 2_000;
say('flying');
const train = await healthyFlights(firstAirframe, AIRFRAMES.train);
const tune = await healthyFlights(firstAirframe + 1_000, AIRFRAMES.tune);
const test = await healthyFlights(heldOut, AIRFRAMES.test);
const begins = [
  ...FAULT_CLASSES.map((kind) => ({ kind, begins: 'IN_FLIGHT' as const })),
  ...FAULT_CLASSES.slice(0, 3).map((kind) => ({ kind, begins: 'ON_GROUND' as const })),
];
const faulty: { name: string; flights: Flight[] }[] = [];
for (const [variant, fault] of begins.entries())
  faulty.push({
    name: fault.begins === 'IN_FLIGHT' ? fault.kind.name : `${fault.kind.name}, from the ground on`,
    flights: await faultyFlights(fault.kind, {
      ...{ firstAirframe: heldOut, healthy: test.slice(0, FAULTY * FLIGHTS_OF_AIRFRAME) },
      ...{ variant, begins: fault.begins },
    }),
  });

say('training');
const rows = train.flatMap(rowsOf);
const beginning = trainComparer(train, (flight, looksWrong) => pairsOf(rowsOf(flight), looksWrong), SEED);
const earlier = trainComparer(
  train,
  (flight) => rowsOf(flight).map((features) => ({ features, reference: flight.earlier })),
  SEED + 1,
);
sayLosses('beginning', beginning);
sayLosses('earlier flights', earlier);
const limited = (...parts: Parameters<typeof withLimits>[0]) =>
  withLimits(parts, tune, FALSE_ALARMS_PER_HOUR);
const [ofBeginning, ofEarlier] = limited([beginning, SHIPPED_CHANNELS], [earlier, SHIPPED_CHANNELS]);
if (ofBeginning === undefined || ofEarlier === undefined) throw new Error('There are two comparisons.');
const shipped = { BEGINNING: ofBeginning, EARLIER_FLIGHTS: ofEarlier };

say('measuring');
const plain = plainThresholds(rows);
const comparisons = [
  compare('detector', highestScores([ofBeginning, ofEarlier]), 1),
  compare(NEW_DRONE, highestScores([ofBeginning]), 1),
  compare(ALL_EARLIER, highestScores(limited([earlier, CHANNELS])), 1),
  compare(PLAIN, (flight) => rowsOf(flight).map(plain), null),
  compare(ON_CHANGE, changeThresholds(beginning), null),
  compare(ON_EARLIER, changeThresholds(earlier), null),
];
const onnx = detectorAsOnnx(shipped);
const sha256 = createHash('sha256').update(onnx).digest('hex');
write('resources/models/telemetry-anomaly.onnx', onnx);
write(
  'resources/models/telemetry-anomaly.md',
  modelCard({
    ...{ seed: SEED, sha256, bytes: onnx.length, windows: rows.length, comparisons },
    ...{ airframes: AIRFRAMES, faulty: FAULTY },
  }),
);
write('test/golden/inference/anomaly-scores.json', `${JSON.stringify(goldenScores(), null, 1)}\n`);
for (const { name, falseAlarms, classes } of comparisons) {
  say(`${name}: ${falseAlarms.toFixed(2)} false alarms an hour`);
  for (const [kind, { auc, detected, flights, medianDelayS }] of classes)
    say(
      `  ${kind}: AUC ${auc?.toFixed(3) ?? '-'}, ${detected} of ${flights}, delay ${medianDelayS?.toFixed(1) ?? '-'} s`,
    );
}

/** With its own limit where it has one, else with the limit that gives the allowed false alarms on the tuning flights. */
function compare(
  name: string,
  score: (flight: Flight) => readonly (number | null)[],
  ownLimit: number | null,
): Comparison {
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

/**
 * The last windows of a healthy held-out flight and of that with the most worn motor, with the scores that the exported
 * model must give.
 */
function goldenScores() {
  const [worn] = (faulty.find(({ name }) => name === 'worn motor')?.flights ?? []).toSorted(
    (a, b) => (b.fault?.value ?? 0) - (a.fault?.value ?? 0),
  );
  const cases = [test[0], worn].flatMap((flight) => (flight === undefined ? [] : goldenCases(flight)));
  return {
    sha256,
    channelNames: SHIPPED_CHANNELS,
    featureNames: FEATURES.map(({ name }) => name),
    windowsForAlarm: WINDOWS_FOR_ALARM,
    cases,
  };
}

function goldenCases(flight: Flight) {
  const { BEGINNING, EARLIER_FLIGHTS } = shipped;
  return BEGINNING.by
    .pairsOf(flight, (pair) => Math.max(...channelScores(BEGINNING, pair)) > 1)
    .filter((pair) => pair !== null)
    .slice(-GOLDEN_WINDOWS)
    .map((pair) => ({
      flight: flight.seed,
      features: [...pair.features],
      beginning: [...pair.reference],
      earlier: [...flight.earlier],
      scores: {
        BEGINNING: channelScores(BEGINNING, pair),
        EARLIER_FLIGHTS: channelScores(EARLIER_FLIGHTS, { ...pair, reference: flight.earlier }),
      },
    }));
}

function rowsOf(flight: Flight): Float32Array[] {
  return flight.windows.map(({ features }) => features);
}

function sayLosses(name: string, { losses }: Comparer): void {
  say(`${name}: loss ${losses[0]?.toFixed(3)} to ${losses.at(-1)?.toFixed(3)}`);
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
