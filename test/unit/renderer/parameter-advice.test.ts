import { expect, test } from 'vitest';
import type { ParameterDescription } from '../../../preload/contract/vehicle-tools.ts';
import {
  asOfText,
  isAgainstAdvice,
  rangeText,
  valueWords,
} from '../../../renderer/features/vehicle/parameter-advice.ts';

const described = (more: Partial<ParameterDescription>): ParameterDescription => ({
  ...{ name: 'P', summary: '', details: '', unit: 'm', usual: null, lowest: null, highest: null },
  ...{ values: [], needsReboot: false },
  ...more,
});

test('a person is asked before a value is sent that its maker advises against', () => {
  expect(isAgainstAdvice(described({ lowest: 0, highest: 150 }), 150)).toBe(false);
  expect(isAgainstAdvice(described({ lowest: 0, highest: 150 }), 150.5)).toBe(true);
  expect(isAgainstAdvice(described({ lowest: 0.1 }), Math.fround(0.1))).toBe(false);
  const values = [{ value: 2, words: 'Return mode' }];
  expect(isAgainstAdvice(described({ values }), 3)).toBe(true);
  expect(isAgainstAdvice(described({ values, lowest: 0 }), 3)).toBe(false);
  expect(isAgainstAdvice(described({}), 1e9)).toBe(false);
});

test('range, value and age are said in words', () => {
  expect(rangeText(described({ lowest: 0, highest: 150 }))).toBe('advised 0 to 150 m');
  expect(rangeText(described({ highest: 9, unit: null }))).toBe('advised at most 9');
  expect(rangeText(described({}))).toBeNull();
  expect(valueWords(described({ values: [{ value: 2, words: 'Return mode' }] }), 2)).toBe('Return mode');
  expect(valueWords(null, 2)).toBeNull();
  const kept = { count: 1, readAtMs: Date.UTC(2026, 10, 3, 12), verified: false };
  expect(asOfText(kept)).toMatch(/^As of 3 Nov 2026, .*Not yet asked/);
  expect(asOfText({ ...kept, verified: true })).toMatch(/^Read 3 Nov 2026/);
});
