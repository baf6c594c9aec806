import { WINDOWS_FOR_ALARM } from '../../main/station/inference/window-features.ts';
import type { Flight } from './flight-sets.ts';

/** A flight with a number for each window: the higher, the stranger. Null where nothing could be said. */
export interface ScoredFlight {
  readonly windows: readonly { readonly atS: number; readonly score: number | null }[];
  /** When the fault began; null: there was none. */
  readonly faultAfterS: number | null;
}

export interface ClassFigures {
  /** Area under the ROC curve: windows wholly after the fault's beginning against windows of healthy flights. */
  readonly auc: number | null;
  readonly detected: number;
  readonly flights: number;
  /** From the beginning of the fault to the alarm, median of the flights in which it came, s. */
  readonly medianDelayS: number | null;
}

const WINDOW_S = 10;

/** @param scoreWindows gives the scores of the flight's windows in their order */
export function scoredFlight(
  flight: Flight,
  scoreWindows: (flight: Flight) => readonly (number | null)[],
): ScoredFlight {
  const scores = scoreWindows(flight);
  return {
    windows: flight.windows.map(({ atS }, index) => ({ atS, score: scores[index] ?? null })),
    faultAfterS: flight.fault?.afterS ?? null,
  };
}

/** When the alarm is raised: one instant for each time that the score stays above the limit. */
function alarmsOf({ windows }: ScoredFlight, limit: number): number[] {
  const alarms: number[] = [];
  let above = 0;
  for (const { atS, score } of windows) {
    above = score !== null && score > limit ? above + 1 : 0;
    if (above === WINDOWS_FOR_ALARM) alarms.push(atS);
  }
  return alarms;
}

export function hoursOf(flights: readonly ScoredFlight[]): number {
  const seconds = flights.map(({ windows }) => (windows.at(-1)?.atS ?? 0) - (windows[0]?.atS ?? 0));
  return seconds.reduce((sum, value) => sum + value, 0) / 3_600;
}

export function falseAlarmsPerHour(flights: readonly ScoredFlight[], limit: number): number {
  return flights.reduce((sum, flight) => sum + alarmsOf(flight, limit).length, 0) / hoursOf(flights);
}

/** The lowest limit with which no more false alarms come than allowed, found on healthy flights. */
export function limitFor(flights: readonly ScoredFlight[], allowedPerHour: number): number {
  // Between two scores that a window has, nothing changes.
  const values = scoresOf(flights).sort((a, b) => a - b);
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (falseAlarmsPerHour(flights, values[middle] ?? 0) <= allowedPerHour) high = middle;
    else low = middle + 1;
  }
  return values[low] ?? 0;
}

export function figuresOf(
  faulty: readonly ScoredFlight[],
  healthy: readonly ScoredFlight[],
  limit: number,
): ClassFigures {
  const positives = faulty.flatMap(({ windows, faultAfterS }) =>
    windows
      .filter(({ atS }) => atS >= (faultAfterS ?? 0) + WINDOW_S)
      .map(({ score }) => score)
      .filter((score) => score !== null),
  );
  const delays = faulty
    .map((flight) => {
      const afterS = flight.faultAfterS ?? 0;
      const first = alarmsOf(flight, limit).find((atS) => atS >= afterS);
      return first === undefined ? null : first - afterS;
    })
    .filter((delayS) => delayS !== null)
    .sort((a, b) => a - b);
  return {
    auc: areaUnderCurve(positives, scoresOf(healthy)),
    detected: delays.length,
    flights: faulty.length,
    medianDelayS: delays[Math.floor(delays.length / 2)] ?? null,
  };
}

function scoresOf(flights: readonly ScoredFlight[]): number[] {
  return flights.flatMap(({ windows }) =>
    windows.map(({ score }) => score).filter((score) => score !== null),
  );
}

/** The share of pairs in which the positive scores higher; ties count half (Mann and Whitney). */
function areaUnderCurve(positives: readonly number[], negatives: readonly number[]): number | null {
  if (positives.length === 0 || negatives.length === 0) return null;
  const sorted = [...negatives].sort((a, b) => a - b);
  const below = (value: number, orEqual: boolean): number => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const candidate = sorted[middle] ?? 0;
      if (candidate < value || (orEqual && candidate === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const wins = positives.reduce((sum, value) => sum + (below(value, false) + below(value, true)) / 2, 0);
  return wins / positives.length / negatives.length;
}
