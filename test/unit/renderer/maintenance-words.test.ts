import { describe, expect, test } from 'vitest';
import type { HealthItem, MaintenanceDue } from '../../../preload/contract/health.ts';
import {
  byDue,
  dueWords,
  failingFirst,
  problemWords,
} from '../../../renderer/features/maintenance/maintenance-words.ts';

const due = (droneId: string, daysLeft: number | null, lastCheckAtMs: number | null = 1): MaintenanceDue => ({
  ...{ droneId, model: 'SR-1000', flightHours: 3, lastCheckAtMs, lastDecision: null, daysLeft },
  nextDue: daysLeft === null ? null : '2026-12-01',
});

const item = (checkId: string, result: HealthItem['result'], needed = true): HealthItem => ({
  ...{ checkId, title: checkId, group: 'BATTERY', result, measured: null, value: null, limit: '' },
  ...{ bounds: null, limitSource: '', messages: [], sentence: null, remedy: null, needed },
});

test('overdue drones come first, then the next due; without a date those never checked come first', () => {
  const fleet = [due('D', null, 5), due('C', null, null), due('B-10', 3), due('B-9', 3), due('A', -1)];
  expect(byDue(fleet).map(({ droneId }) => droneId)).toEqual(['A', 'B-9', 'B-10', 'C', 'D']);
});

describe('what is due is said in days, with a mark from two weeks before', () => {
  test.each([
    [-1, 'Overdue by 1 day', 'OVERDUE'],
    [-12, 'Overdue by 12 days', 'OVERDUE'],
    [0, 'Due today', 'SOON'],
    [1, 'Due in 1 day', 'SOON'],
    [14, 'Due in 14 days', 'SOON'],
    [15, 'Due in 15 days', null],
    [null, 'No due date', null],
  ])('%s', (daysLeft, words, mark) => {
    expect(dueWords(due('A', daysLeft))).toEqual({ words, mark });
  });
});

test('what failed comes first; what a drone need not have comes last', () => {
  const items = [
    item('pass', 'PASS'),
    item('absent', 'NOT_TESTABLE', false),
    item('untested', 'NOT_TESTABLE'),
    item('caution', 'CAUTION'),
    item('fail', 'FAIL'),
    item('waiting', 'WAITING'),
  ];
  expect(failingFirst(items).map(({ checkId }) => checkId)).toEqual([
    ...['fail', 'caution', 'untested', 'waiting', 'pass', 'absent'],
  ]);
});

test('problems are counted in words', () => {
  const manual = [
    {
      ...{ itemId: 'props', title: 'Propellers', required: true, result: 'DEFECT' as const },
      ...{ note: 'nick', photos: 0, byName: 'Dana', atMs: 1 },
    },
  ];
  const automatic = [item('a', 'FAIL'), item('b', 'CAUTION'), item('c', 'CAUTION'), item('d', 'PASS')];
  expect(problemWords({ automatic, manual })).toBe('1 failed, 2 cautions, 1 defect');
  expect(problemWords({ automatic: [item('d', 'PASS')], manual: [] })).toBeNull();
});
