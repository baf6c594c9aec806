import { expect, test } from 'vitest';
import { reconnectDelayMs } from '../../../renderer/client/backoff.ts';

test('doubles from a quarter of a second up to ten seconds', () => {
  expect([0, 1, 2, 3, 5, 6, 40].map((attempt) => reconnectDelayMs(attempt, 1))).toEqual([
    250, 500, 1_000, 2_000, 8_000, 10_000, 10_000,
  ]);
});

test('the upper half is drawn at random, so that pages do not come back together', () => {
  expect(reconnectDelayMs(3, 0)).toBe(1_000);
  expect(reconnectDelayMs(3, 0.5)).toBe(1_500);
});
