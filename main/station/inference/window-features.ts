import { MOTOR_COUNT, type TelemetrySample } from './telemetry-sampler.ts';

/** Samples of a window: 10 s at 4 Hz. */
export const WINDOW_SAMPLES = 40;
export const SAMPLE_PERIOD_MS = 250;
/** A window begins this many samples after the one before: every 2 s. */
export const HOP_SAMPLES = 8;

/** An alarm is raised by this many windows in a row above the limit. */
export const WINDOWS_FOR_ALARM = 3;

/** What the features say something about. */
export const CHANNELS = ['BATTERY', 'VIBRATION', 'ATTITUDE', 'MOTORS'] as const;
type Channel = (typeof CHANNELS)[number];
/** What a window is compared with: the beginning of its own flight, or the drone's earlier flights. */
export const COMPARISONS = ['BEGINNING', 'EARLIER_FLIGHTS'] as const;
export type ComparedWith = (typeof COMPARISONS)[number];
/** The model's input that takes what is compared with, and its output with the scores. */
export const TENSORS = {
  BEGINNING: { input: 'beginning', output: 'beginningChannels' },
  EARLIER_FLIGHTS: { input: 'earlier', output: 'earlierChannels' },
} as const satisfies Record<ComparedWith, { input: string; output: string }>;
/** Those in which the detector tells faults better than plain limits do (its model card), in the order of its outputs. */
export const SHIPPED_CHANNELS = ['VIBRATION', 'MOTORS'] as const satisfies readonly Channel[];

type Column = readonly number[];
/** Of a window, by quantity. */
interface Columns {
  readonly count: number;
  of(read: (sample: TelemetrySample) => number): Column;
}

interface Feature {
  readonly name: string;
  /** CONTEXT only says what the aircraft was doing. */
  readonly channel: Channel | 'CONTEXT';
  read(window: Columns): number;
}

/** Signs of the motors of a quadcopter in a roll, a pitch and a yaw contrast. ArduPilot numbers them FR, RL, FL, RR. */
const CONTRASTS = {
  roll: [-1, 1, 1, -1],
  pitch: [1, -1, 1, -1],
  yaw: [1, 1, -1, -1],
} as const;

/** In the order in which the model takes them. A change here needs a new training. */
export const FEATURES: readonly Feature[] = [
  feature('airSpeedMps', 'CONTEXT', (w) => mean(w.of((s) => s.airSpeedMps))),
  feature('airSpeedScatterMps', 'CONTEXT', (w) => deviation(w.of((s) => s.airSpeedMps))),
  feature('climbRateMps', 'CONTEXT', (w) => mean(w.of((s) => s.climbRateMps))),
  feature('climbRateScatterMps', 'CONTEXT', (w) => deviation(w.of((s) => s.climbRateMps))),
  feature('tiltDeg', 'CONTEXT', (w) => mean(w.of((s) => Math.hypot(s.rollDeg, s.pitchDeg)))),
  feature('rollDeg', 'CONTEXT', (w) => mean(w.of((s) => s.rollDeg))),
  feature('pitchDeg', 'CONTEXT', (w) => mean(w.of((s) => s.pitchDeg))),
  feature('rollRateDps', 'CONTEXT', (w) => rootMeanSquare(w.of((s) => s.rollRateDps))),
  feature('pitchRateDps', 'CONTEXT', (w) => rootMeanSquare(w.of((s) => s.pitchRateDps))),
  feature('yawRateDps', 'CONTEXT', (w) => rootMeanSquare(w.of((s) => s.yawRateDps))),
  feature('remainingPercent', 'CONTEXT', (w) => mean(w.of((s) => s.remainingPercent))),
  feature('currentA', 'BATTERY', (w) => mean(w.of((s) => s.currentA))),
  feature('currentScatterA', 'BATTERY', (w) => deviation(w.of((s) => s.currentA))),
  feature('voltageV', 'BATTERY', (w) => mean(w.of((s) => s.voltageV))),
  feature('cellSpreadV', 'BATTERY', (w) => mean(w.of((s) => s.cellSpreadV))),
  feature('vibrationXMps2', 'VIBRATION', (w) => mean(w.of((s) => s.vibrationMps2[0]))),
  feature('vibrationYMps2', 'VIBRATION', (w) => mean(w.of((s) => s.vibrationMps2[1]))),
  feature('vibrationZMps2', 'VIBRATION', (w) => mean(w.of((s) => s.vibrationMps2[2]))),
  feature('clippingsLog', 'VIBRATION', (w) => Math.log1p(growth(w.of((s) => s.clippings)))),
  feature('rollErrorDeg', 'ATTITUDE', (w) => rootMeanSquare(w.of((s) => s.rollDeg - s.desiredRollDeg))),
  feature('pitchErrorDeg', 'ATTITUDE', (w) => rootMeanSquare(w.of((s) => s.pitchDeg - s.desiredPitchDeg))),
  feature('motorPulseUs', 'MOTORS', (w) => mean(w.of((s) => mean(s.motorPulsesUs)))),
  ...Object.entries(CONTRASTS).flatMap(([name, signs]) => [
    feature(`motor${capital(name)}Us`, 'MOTORS', (w) => mean(w.of((s) => contrast(s.motorPulsesUs, signs)))),
    feature(`motor${capital(name)}Rpm`, 'MOTORS', (w) =>
      mean(w.of((s) => contrast(s.motorSpeedsRpm, signs))),
    ),
  ]),
  feature('motorSpeedRpm', 'MOTORS', (w) => mean(w.of((s) => mean(s.motorSpeedsRpm)))),
  feature('escTemperatureSpreadC', 'MOTORS', (w) => mean(w.of((s) => spread(s.escTemperaturesC)))),
];

/** The features of a full window, in the order of FEATURES. */
export function featuresOf(window: readonly TelemetrySample[]): Float32Array {
  const columns: Columns = { count: window.length, of: (read) => window.map(read) };
  return Float32Array.from(FEATURES, ({ read }) => read(columns));
}

function feature(name: string, channel: Feature['channel'], read: Feature['read']): Feature {
  return { name, channel, read };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function mean(values: Column): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function deviation(values: Column): number {
  const middle = mean(values);
  return rootMeanSquare(values.map((value) => value - middle));
}

function rootMeanSquare(values: Column): number {
  return Math.sqrt(mean(values.map((value) => value * value)));
}

function spread(values: Column): number {
  return Math.max(...values) - Math.min(...values);
}

/** How much a counter grew; one that began anew did not. */
function growth(values: Column): number {
  return Math.max(0, (values.at(-1) ?? 0) - (values[0] ?? 0));
}

function contrast(motors: readonly number[], signs: readonly number[]): number {
  return signs.reduce((sum, sign, motor) => sum + sign * (motors[motor] ?? 0), 0) / MOTOR_COUNT;
}
