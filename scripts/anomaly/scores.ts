import { CHANNELS } from '../../main/station/inference/window-features.ts';
import { channelLengths, type Pair, type TrainedDetector, trainDetector } from './detector.ts';
import { limitFor, scoredFlight } from './evaluate.ts';
import type { Flight } from './flight-sets.ts';

type ChannelName = (typeof CHANNELS)[number];
/** The windows of a flight with what each is compared with; null where there is nothing yet. */
export type PairWindows = (flight: Flight, looksWrong: (pair: Pair) => boolean) => readonly (Pair | null)[];

/** A detector with what it compares windows with. */
export interface Comparer extends TrainedDetector {
  readonly pairs: readonly Pair[];
  readonly pairsOf: PairWindows;
}

/** The channels of a comparison that count, each with the length at which its score is 1. */
export interface LimitedComparer {
  readonly by: Comparer;
  readonly names: readonly ChannelName[];
  readonly limits: readonly number[];
}

/** Until the limits are found, a window with a longer residual does not count as ordinary. */
const FIRST_LIMIT = 2;
/** A limit found on some flights is a little low for others. */
const LIMIT_MARGIN = 1.1;

export function trainComparer(flights: readonly Flight[], pairsOf: PairWindows, seed: number): Comparer {
  const pairs = flights.flatMap((flight) => pairsOf(flight, () => false)).filter((pair) => pair !== null);
  return { ...trainDetector(pairs, seed), pairs, pairsOf };
}

/** Each channel alone may give its share of the false alarms of all. */
export function withLimits(
  parts: readonly (readonly [by: Comparer, names: readonly ChannelName[]])[],
  healthy: readonly Flight[],
  falseAlarmsPerHour: number,
): LimitedComparer[] {
  const share = falseAlarmsPerHour / parts.reduce((sum, [, names]) => sum + names.length, 0);
  return parts.map(([by, names]) => {
    const lengthsOf = (pair: Pair): number[] => channelLengths(by.residualsOf(pair));
    const lengths = healthy.map((flight) =>
      by
        .pairsOf(flight, (pair) => Math.max(...lengthsOf(pair)) > FIRST_LIMIT)
        .map((pair) => (pair === null ? null : lengthsOf(pair))),
    );
    const limits = names.map((name) => {
      const channel = CHANNELS.indexOf(name);
      const scored = healthy.map((flight, index) =>
        scoredFlight(flight, () => (lengths[index] ?? []).map((row) => row?.[channel] ?? null)),
      );
      return LIMIT_MARGIN * limitFor(scored, share);
    });
    return { by, names, limits };
  });
}

/** Of each channel that counts, 1 at its limit. */
export function channelScores({ by, names, limits }: LimitedComparer, pair: Pair): number[] {
  const lengths = channelLengths(by.residualsOf(pair));
  return names.map((name, index) => (lengths[CHANNELS.indexOf(name)] ?? 0) / (limits[index] ?? 1));
}

/** The highest score of all comparisons that say something; null where none does. */
export function highestScores(parts: readonly LimitedComparer[]) {
  return (flight: Flight): (number | null)[] => {
    const scores = parts.map((part) => {
      const score = (pair: Pair): number => Math.max(...channelScores(part, pair));
      return part.by
        .pairsOf(flight, (pair) => score(pair) > 1)
        .map((pair) => (pair === null ? null : score(pair)));
    });
    return flight.windows.map((_, index) =>
      scores.reduce<number | null>((most, own) => {
        const score = own[index] ?? null;
        return score === null ? most : Math.max(most ?? 0, score);
      }, null),
    );
  };
}
