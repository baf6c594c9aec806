import {
  FEATURES,
  SHIPPED_CHANNELS,
  WINDOWS_FOR_ALARM,
} from '../../main/station/inference/window-features.ts';
import type { ClassFigures } from './evaluate.ts';
import { FAULT_CLASSES } from './flight-sets.ts';

/** The baseline that the detector has to beat. */
export const PLAIN = 'plain thresholds';

/** The bands on the change since the beginning of the flight. */
export const ON_CHANGE = 'thresholds on the change';

/** One way of scoring, measured on the held-out flights. */
export interface Comparison {
  readonly name: string;
  readonly falseAlarms: number;
  readonly healthyHours: number;
  readonly classes: ReadonlyMap<string, ClassFigures>;
}

interface CardFacts {
  readonly seed: number;
  readonly sha256: string;
  readonly bytes: number;
  readonly flights: {
    readonly train: number;
    readonly tune: number;
    readonly test: number;
    readonly faulty: number;
  };
  readonly windows: number;
  readonly comparisons: readonly Comparison[];
}

/** The model card, written by the training itself: no figure in it is typed. */
export function modelCard({ seed, sha256, bytes, flights, windows, comparisons }: CardFacts): string {
  const [detector] = comparisons;
  const plain = comparisons.find(({ name }) => name === PLAIN);
  const onChange = comparisons.find(({ name }) => name === ON_CHANGE);
  const classes = [...(detector?.classes.keys() ?? [])];
  const channels = Map.groupBy(FEATURES, ({ channel }) => channel);
  return `# Telemetry anomaly detector

Written by \`node scripts/train-anomaly-detector.ts --seed ${seed}\`, which also wrote the model: the same seed gives the same file, byte for byte. With \`--check\` the script trains anew, writes nothing and says whether the shipped model, this card and the golden scores are what comes out. Do not edit.

| | |
|---|---|
| file | telemetry-anomaly.onnx, ${bytes} bytes |
| SHA-256 | ${sha256} |
| what it does | From what a quadcopter does now and did at the beginning of the same flight, a small network (22-32-32, tanh) says how its health features should have changed since, and how much that scatters. A channel's score is what remains, 1 at its limit. |
| alarm | ${WINDOWS_FOR_ALARM} windows in a row above 1 |
| window | 10 s at 4 Hz, one every 2 s, only in the air and not while it takes off or lands |

## Data

Flights of the simulator in \`main/simulator\`, its frames decoded by the station: ${flights.train} healthy flights to learn from (${windows} windows), ${flights.tune} to set the limits, ${flights.test} held out, and ${flights.faulty} held-out flights of each fault. Split by flight; wind 0 to 11 m/s, charge, route, height, speed and the airframe's own traits follow from the flight's seed. No fault is learnt from. Strength of the faults: ${FAULT_CLASSES.map(({ name, weakest, strongest }) => (weakest === strongest ? name : `${name} ${weakest} to ${strongest} (log-uniform)`)).join(', ')}.

## Features

${[...channels].map(([channel, list]) => `- ${channel}: ${list.map(({ name }) => name).join(', ')}`).join('\n')}

## Held-out flights

The detector is shipped with its channels ${SHIPPED_CHANNELS.join(' and ')} alone; "all channels" shows what the others would give: no more than plain limits, which the health check has. (Chosen on these same flights.)

Plain thresholds: a band for each health feature, tuned on the same flights to the same false alarms. Thresholds on the change: the same bands on the difference from the flight's own beginning, to show what that alone is worth.

${table(comparisons, classes)}

${verdicts(detector, plain, classes)}

${verdicts(detector, onChange, classes)} The detector raises ${falseAlarmsOf(detector)} false alarms an hour of healthy flight, thresholds on the change ${falseAlarmsOf(onChange)}.

## Use

An alarm in flight is an advisory: nothing is flown by it. It does not end with the flight: the drone then stands at its base with an advisory and a caution in the go/no-go, and its health check shows the score, until a technician has signed a health check of it. A caution and not a no-go, because the detector has seen simulated flights only: it must not keep the only drone in reach from an arrest, and must not be forgotten either.

## Limits

- It has seen simulated flights only, of one simulated model of quadcopter under ArduPilot. On a real fleet its limits must be set anew; until then its alarm stops no launch.
- What is wrong from the ground on is part of the beginning that it compares with: it does not see it (the rows "from the ground on" above). The limits of the health check and its trends are for that. The station keeps no windows of a drone's earlier flights. In a trial, a detector that was trained with the mean of three earlier flights of the same airframe as its reference saw most of the worn motors and more than half of the vibrations that are there from the ground on, without more false alarms: keeping such a mean for each drone is the next step, and not done.
- It says nothing before about ${8 + 5} windows (half a minute) of flight, while it takes off or lands, or where a message is missing (battery cells, vibration, attitude, wanted attitude, motor outputs, ESC telemetry, VFR_HUD).
- Compass and GPS show in none of its channels. The autopilot reports both by itself.
`;
}

function falseAlarmsOf(comparison: Comparison | undefined): string {
  return comparison?.falseAlarms.toFixed(2) ?? '–';
}

function table(comparisons: readonly Comparison[], classes: readonly string[]): string {
  const header = `| | ${comparisons.map(({ name }) => `${name}: AUC | alarms | delay`).join(' | ')} |`;
  const rule = `|---|${'---|'.repeat(3 * comparisons.length)}`;
  const lines = classes.map((kind) => {
    const cells = comparisons.map(({ classes: figures }) => {
      const { auc, detected, flights, medianDelayS } = figures.get(kind) ?? {
        auc: null,
        detected: 0,
        flights: 0,
        medianDelayS: null,
      };
      return `${auc?.toFixed(3) ?? '–'} | ${detected}/${flights} | ${medianDelayS === null ? '–' : `${medianDelayS.toFixed(1)} s`}`;
    });
    return `| ${kind} | ${cells.join(' | ')} |`;
  });
  const alarms = comparisons.map(({ falseAlarms }) => `${falseAlarms.toFixed(2)} | | `);
  return [
    header,
    rule,
    ...lines,
    `| false alarms an hour of healthy flight (${comparisons[0]?.healthyHours.toFixed(1)} h) | ${alarms.join(' | ')} |`,
  ].join('\n');
}

/** Better: tells faulty from healthy windows better, and raises the alarm in at least as many flights. */
function verdicts(
  detector: Comparison | undefined,
  plain: Comparison | undefined,
  classes: readonly string[],
): string {
  const better: string[] = [];
  const worse: string[] = [];
  for (const kind of classes) {
    const own = detector?.classes.get(kind);
    const other = plain?.classes.get(kind);
    if (own === undefined || other === undefined) continue;
    const auc = own.auc !== null && other.auc !== null ? own.auc - other.auc : 0;
    const isBetter = auc >= 0.02 && own.detected >= other.detected;
    (isBetter ? better : worse).push(kind);
  }
  return `Better than ${plain?.name ?? 'nothing'}: ${better.join('; ') || 'nothing'}. Not better: ${worse.join('; ') || 'nothing'}.`;
}
