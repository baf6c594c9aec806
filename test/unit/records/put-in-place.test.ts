import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { putInPlace, type ReplaceStep, settleRestore } from '../../../db/backup/put-in-place.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 17, 39, 1);
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'skyrescue-restore-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function databaseWith(name: string, content: string): void {
  mkdirSync(join(directory, name));
  writeFileSync(join(directory, name, 'rows'), content);
}

const rows = (name = 'database'): string => readFileSync(join(directory, name, 'rows'), 'utf8');

/** As a power cut at this step: nothing after it happens. */
function cutAt(step: ReplaceStep): void {
  expect(() =>
    putInPlace(directory, NOW_MS, (reached) => {
      if (reached === step) throw new Error('power cut');
    }),
  ).toThrow('power cut');
}

test('the restored records take the place; the replaced ones are kept under a name of their own', () => {
  for (const round of ['one', 'two']) {
    databaseWith('database.restoring', `restored ${round}`);
    if (round === 'one') databaseWith('database', 'old');
    putInPlace(directory, NOW_MS);
  }
  expect(rows()).toBe('restored two');
  expect(rows('database.replaced-20261122T173901Z')).toBe('old');
  expect(rows('database.replaced-20261122T173901Z-2')).toBe('restored one');
});

test.each([
  ['ANNOUNCED', 'old'],
  ['SET_ASIDE', 'old'],
  ['IN_PLACE', 'restored'],
] as const)('cut at %s, the next start finds the %s records, whole', (step, expected) => {
  databaseWith('database', 'old');
  databaseWith('database.restoring', 'restored');
  cutAt(step);
  settleRestore(directory);
  settleRestore(directory);
  expect(rows()).toBe(expected);
  const kept = readdirSync(directory).filter((name) => name !== 'database');
  expect(kept).toEqual(expected === 'old' ? [] : ['database.replaced-20261122T173901Z']);
});

test('where there was no database, a cut leaves none, and a restore needs none', () => {
  databaseWith('database.restoring', 'restored');
  cutAt('SET_ASIDE');
  settleRestore(directory);
  expect(existsSync(join(directory, 'database'))).toBe(false);
  databaseWith('database.restoring', 'restored');
  expect(putInPlace(directory, NOW_MS)).toBe(null);
  expect(rows()).toBe('restored');
});
