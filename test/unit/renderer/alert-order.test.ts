import { expect, test } from 'vitest';
import type { Alert } from '../../../preload/contract/alerts.ts';
import { byUrgency, soundOf } from '../../../renderer/features/frame/alert-order.ts';

function alert(alertId: string, part: Partial<Alert>): Alert {
  return {
    alertId,
    cause: alertId,
    level: 'CAUTION',
    subject: 'Alpha-1',
    sentence: 'Something is wrong.',
    droneId: null,
    missionId: null,
    raisedAtMs: 0,
    repeats: 1,
    acknowledgedBy: null,
    ...part,
  };
}

const loud = { cautionSound: true, mutedUntilMs: 0 };

test('U1: level first, then what nobody acknowledged, then the newest', () => {
  const ordered = byUrgency([
    alert('advisory', { level: 'ADVISORY', raisedAtMs: 9 }),
    alert('old caution', { raisedAtMs: 1 }),
    alert('new caution', { raisedAtMs: 5 }),
    alert('seen caution', { raisedAtMs: 8, acknowledgedBy: 'Ana' }),
    alert('seen warning', { level: 'WARNING', raisedAtMs: 7, acknowledgedBy: 'Ana' }),
    alert('warning', { level: 'WARNING', raisedAtMs: 2 }),
  ]);
  expect(ordered.map(({ alertId }) => alertId)).toEqual([
    'warning',
    'seen warning',
    'new caution',
    'old caution',
    'seen caution',
    'advisory',
  ]);
});

test('U1: the most urgent alert that nobody acknowledged sounds', () => {
  const warning = alert('w', { level: 'WARNING' });
  const caution = alert('c', {});
  expect(soundOf([caution, warning], loud, 1)).toBe('WARNING');
  expect(soundOf([caution, { ...warning, acknowledgedBy: 'Ana' }], loud, 1)).toBe('CAUTION');
  expect(soundOf([{ ...caution, acknowledgedBy: 'Ana' }], loud, 1)).toBeNull();
  expect(soundOf([alert('a', { level: 'ADVISORY' })], loud, 1)).toBeNull();
});

test('U1: a setting silences cautions, never warnings; a mute ends by itself', () => {
  const both = [alert('w', { level: 'WARNING' }), alert('c', {})];
  const quiet = { cautionSound: false, mutedUntilMs: 0 };
  expect(soundOf([alert('c', {})], quiet, 1)).toBeNull();
  expect(soundOf(both, quiet, 1)).toBe('WARNING');
  expect(soundOf(both, { cautionSound: true, mutedUntilMs: 60_000 }, 59_999)).toBeNull();
  expect(soundOf(both, { cautionSound: true, mutedUntilMs: 60_000 }, 60_000)).toBe('WARNING');
});
