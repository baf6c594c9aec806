import { expect, it } from 'vitest';
import { flyingSentence, highSentence } from '../../../main/station/inference/anomaly-words.ts';

const since = (vibration: number, motors: number) =>
  [
    { channel: 'VIBRATION', score: vibration, comparedWith: 'BEGINNING' },
    { channel: 'MOTORS', score: motors, comparedWith: 'BEGINNING' },
  ] as const;
const sinceEarlier = (vibration: number, motors: number) =>
  [
    { channel: 'VIBRATION', score: vibration, comparedWith: 'EARLIER_FLIGHTS' },
    { channel: 'MOTORS', score: motors, comparedWith: 'EARLIER_FLIGHTS' },
  ] as const;

it.each([
  [[], 0, 'Not scored yet: the flight has just begun. Learning: 0 of 3 flights.'],
  [since(0.2, 0.3), 1, 'Flies as at the beginning of this flight. Learning: 1 of 3 flights.'],
  [since(0.2, 0.3), null, 'Flies as at the beginning of this flight.'],
  [sinceEarlier(0.2, 0.3), 3, 'Flies as in its earlier flights.'],
  [
    [...since(0.2, 0.3), ...sinceEarlier(0.1, 0.1)],
    3,
    'Flies as at the beginning of this flight and as in its earlier flights.',
  ],
  [
    since(0.2, 1.3),
    2,
    'The balance of its motors is not as at the beginning of this flight. Learning: 2 of 3 flights.',
  ],
])('says how it flies and how much is learnt: %#', (scores, learnt, sentence) => {
  expect(flyingSentence(scores, learnt)).toBe(sentence);
});

it('says of what began in this flight that it did, and of the rest that it was there at take-off', () => {
  expect(highSentence([...since(2, 0.5), ...sinceEarlier(3, 1.2)])).toBe(
    'Vibration is not as at the beginning of this flight. The balance of its motors is not as in its earlier flights.',
  );
  expect(highSentence(sinceEarlier(3, 1.2))).toBe(
    'Vibration and the balance of its motors are not as in its earlier flights.',
  );
});
