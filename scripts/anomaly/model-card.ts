import { FLIGHTS_TO_COMPARE } from '../../main/station/inference/earlier-flights.ts';
import {
  FEATURES,
  SHIPPED_CHANNELS,
  WINDOWS_FOR_ALARM,
} from '../../main/station/inference/window-features.ts';
import type { ClassFigures } from './evaluate.ts';
import { FAULT_CLASSES, FLIGHTS_OF_AIRFRAME } from './flight-sets.ts';

/** The baseline that the detector has to beat. */
export const PLAIN = 'plain thresholds';

/** The detector as long as a drone has fewer earlier flights than it takes. */
export const NEW_DRONE = 'detector without earlier flights';
/** What the channels would give that are not shipped. */
export const ALL_EARLIER = 'earlier flights alone, all channels';
/** The bands on the change since the beginning of the flight. */
export const ON_CHANGE = 'thresholds on the change';
/** The bands on the change since the drone's earlier flights. */
export const ON_EARLIER = 'thresholds on the change since earlier flights';

/** Of the area under the curve: less is chance. */
const LEAST_GAIN = 0.02;

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
  readonly airframes: { readonly train: number; readonly tune: number; readonly test: number };
  /** Flights of each kind of fault. */
  readonly faulty: number;
  readonly windows: number;
  readonly comparisons: readonly Comparison[];
}

const USE_AND_LIMITS = `## Use

An alarm in flight is an advisory: nothing is flown by it. It does not end with the flight: the drone then stands at its base with an advisory and a caution in the go/no-go, and its health check shows the score, until a technician has signed a health check of it. A caution and not a no-go, because the detector has seen simulated flights only: it must not keep the only drone in reach from an arrest, and must not be forgotten either.

## Limits

- It has seen simulated flights only, of one simulated model of quadcopter under ArduPilot. On a real fleet its limits must be set anew; until then its alarm stops no launch.
- What is wrong from the ground on shows only against earlier flights: a new drone has none. A flight is learnt from when it ended on the ground after about a minute in the air at least, without an alarm, and no earlier alarm waits for a signed health check. Whether the drone was sound in its first ${FLIGHTS_TO_COMPARE} flights nobody tells the detector: have a health check signed before them.
- Slow wear passes into the mean of the last flights (about ten): the trends of the health checks are for that.
- The simulated drone weighs the same with its AED and without. A real one does not: its flights with and without the load would have to be told apart.
- After motors, propellers or other parts were changed, the drone flies differently, and its alarm may be about that. Its maintenance page has "Learn anew" for it.
- Against earlier flights it speaks after the first window (10 s) in the air, against the beginning of the flight after about ${8 + 5} windows (half a minute); never while it takes off or lands, or where a message is missing (battery cells, vibration, attitude, wanted attitude, motor outputs, ESC telemetry, VFR_HUD).
- Compass and GPS show in none of its channels. The autopilot reports both by itself.
`;

/** The model card, written by the training itself: no figure in it is typed. */
export function modelCard({
  seed,
  sha256,
  bytes,
  airframes,
  faulty,
  windows,
  comparisons,
}: CardFacts): string {
  const [detector] = comparisons;
  const classes = [...(detector?.classes.keys() ?? [])];
  const channels = Map.groupBy(FEATURES, ({ channel }) => channel);
  return `# Telemetry anomaly detector

Written by \`node scripts/train-anomaly-detector.ts --seed ${seed}\`, which also wrote the model: the same seed gives the same file, byte for byte. With \`--check\` the script trains anew, writes nothing and says whether the shipped model, this card and the golden scores are what comes out. Do not edit.

| | |
|---|---|
| file | telemetry-anomaly.onnx, ${bytes} bytes |
| SHA-256 | ${sha256} |
| what it does | Compares a window with the beginning of the same flight and, once ${FLIGHTS_TO_COMPARE} of them are known, with the mean of the drone's earlier flights. For each of the two, a small network (22-32-32, tanh) says from what the quadcopter does now and did then how its health features should have changed since, and how much that scatters. A channel's score is what remains, 1 at its limit; the higher of the two counts. |
| alarm | ${WINDOWS_FOR_ALARM} windows in a row above 1 |
| window | 10 s at 4 Hz, one every 2 s, only in the air and not while it takes off or lands |

## Data

Flights of the simulator in \`main/simulator\`, its frames decoded by the station: ${FLIGHTS_OF_AIRFRAME} healthy flights of each of ${airframes.train} airframes to learn from (${windows} windows), of ${airframes.tune} to set the limits and of ${airframes.test} held out; and ${faulty} flights of each fault, each by a held-out airframe of its own. Split by airframe and so by flight; each flight is compared with three others of its airframe. Every flight has a seed of its own: wind 0 to 11 m/s, battery and its charge, route, height, speed and every noise follow from it, so that flights of one airframe share nothing but its traits. No fault is learnt from. Strength of the faults: ${FAULT_CLASSES.map(({ name, weakest, strongest }) => (weakest === strongest ? name : `${name} ${weakest} to ${strongest} (log-uniform)`)).join(', ')}.

## Features

${[...channels].map(([channel, list]) => `- ${channel}: ${list.map(({ name }) => name).join(', ')}`).join('\n')}

## Held-out flights

The detector is shipped with its channels ${SHIPPED_CHANNELS.join(' and ')} alone. "${ALL_EARLIER}" shows what the others would give: of the battery no more than plain limits, which the health check has, because batteries are changed from flight to flight. (Chosen on these same flights.) "${NEW_DRONE}" is how it works for a drone that has flown fewer than ${FLIGHTS_TO_COMPARE} flights.

Plain thresholds: a band for each health feature, tuned on the same flights to the same false alarms. Thresholds on the change: the same bands on the difference from the flight's own beginning, or from the earlier flights, to show what that alone is worth.

Area under the ROC curve, window by window:

${table(comparisons, classes, ({ auc }) => auc?.toFixed(3) ?? '–')}

Flights with an alarm, and the median delay from the beginning of the fault (from the ground on: from take-off) to the alarm:

${table(comparisons, classes, alarmsAndDelay)}
${falseAlarms(comparisons)}

${[PLAIN, ON_CHANGE, ON_EARLIER]
  .map((name) =>
    verdicts(
      detector,
      comparisons.find((other) => other.name === name),
    ),
  )
  .join('\n\n')}

${USE_AND_LIMITS}`;
}

function table(
  comparisons: readonly Comparison[],
  classes: readonly string[],
  cell: (figures: ClassFigures) => string,
): string {
  return [
    `| | ${comparisons.map(({ name }) => name).join(' | ')} |`,
    `|---|${'---|'.repeat(comparisons.length)}`,
    ...classes.map((kind) => {
      const cells = comparisons.map(({ classes: figures }) => {
        const own = figures.get(kind);
        return own === undefined ? '–' : cell(own);
      });
      return `| ${kind} | ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

function alarmsAndDelay({ detected, flights, medianDelayS }: ClassFigures): string {
  return `${detected}/${flights}${medianDelayS === null ? '' : `, ${medianDelayS.toFixed(1)} s`}`;
}

function falseAlarms(comparisons: readonly Comparison[]): string {
  const hours = comparisons[0]?.healthyHours.toFixed(1);
  const rates = comparisons.map(({ falseAlarms: perHour }) => perHour.toFixed(2));
  return `| false alarms an hour of healthy flight (${hours} h) | ${rates.join(' | ')} |`;
}

/** Better: tells faulty from healthy windows better, and raises the alarm in at least as many flights. */
function verdicts(detector: Comparison | undefined, other: Comparison | undefined): string {
  if (detector === undefined || other === undefined) throw new Error('There is nothing to compare.');
  const better: string[] = [];
  const notBetter: string[] = [];
  for (const [kind, own] of detector.classes) {
    const theirs = other.classes.get(kind);
    if (theirs === undefined) continue;
    const gain = own.auc !== null && theirs.auc !== null ? own.auc - theirs.auc : 0;
    (gain >= LEAST_GAIN && own.detected >= theirs.detected ? better : notBetter).push(kind);
  }
  return `Better than ${other.name}: ${better.join('; ') || 'nothing'}. Not better: ${notBetter.join('; ') || 'nothing'}.`;
}
