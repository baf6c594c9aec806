import type { AnomalyChannel } from '../../../preload/contract/models.ts';
import { FLIGHTS_TO_COMPARE } from './earlier-flights.ts';
import { COMPARISONS, type ComparedWith } from './window-features.ts';

/** Of one window: a channel in one of its comparisons, 1 at the limit. */
export interface ChannelScore {
  readonly channel: AnomalyChannel;
  readonly score: number;
  readonly comparedWith: ComparedWith;
}

const CHANNEL_WORDS: Record<AnomalyChannel, string> = {
  VIBRATION: 'Vibration',
  MOTORS: 'The balance of its motors',
};
const AS_WHAT: Record<ComparedWith, string> = {
  BEGINNING: 'as at the beginning of this flight',
  EARLIER_FLIGHTS: 'as in its earlier flights',
};

/**
 * How it flies now, and how many flights have been learnt from where that is too few.
 * @param scores none: nothing was scored yet
 * @param learnt null: nothing is learnt of it
 */
export function flyingSentence(scores: readonly ChannelScore[], learnt: number | null): string {
  const learning =
    learnt === null || learnt >= FLIGHTS_TO_COMPARE
      ? ''
      : ` Learning: ${learnt} of ${FLIGHTS_TO_COMPARE} flights.`;
  if (scores.length === 0) return `Not scored yet: the flight has just begun.${learning}`;
  const isHigh = scores.some(({ score }) => score > 1);
  return `${isHigh ? highSentence(scores) : ordinarySentence(scores)}${learning}`;
}

/** What began in this flight is said of this flight alone. */
export function highSentence(scores: readonly ChannelScore[]): string {
  const said = new Set<AnomalyChannel>();
  const sentences = COMPARISONS.map((comparison) => {
    const high = scores
      .filter(
        ({ score, comparedWith, channel }) => score > 1 && comparedWith === comparison && !said.has(channel),
      )
      .map(({ channel }) => channel);
    for (const channel of high) said.add(channel);
    if (high.length === 0) return null;
    const what = listed(high.map((channel) => CHANNEL_WORDS[channel]));
    return `${what} ${high.length > 1 ? 'are' : 'is'} not ${AS_WHAT[comparison]}.`;
  }).filter((sentence) => sentence !== null);
  return sentences.join(' ');
}

function ordinarySentence(scores: readonly ChannelScore[]): string {
  const compared = COMPARISONS.filter((comparison) =>
    scores.some(({ comparedWith }) => comparedWith === comparison),
  );
  return `Flies ${compared.map((comparison) => AS_WHAT[comparison]).join(' and ')}.`;
}

/** "Vibration and the balance of its motors". */
function listed(words: readonly string[]): string {
  return words.join(' and ').replace(' and The', ' and the');
}
