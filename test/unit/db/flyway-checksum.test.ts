import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { flywayChecksum, readMigrations } from '../../../db/migrate.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'skyrescue-migrations-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

// CRC-32 of "123456789" is the check value CBF43926 of its definition; Flyway keeps it as a signed integer.
test.each(['123456789', '123456789\n', '1234\n56789', '1234\r\n56789\r\n', '\uFEFF1234\r56789'])(
  'the checksum of %j ignores line endings and a byte order mark',
  (text) => expect(flywayChecksum(text)).toBe(0xcbf43926 | 0),
);

test('a changed character changes the checksum', () => {
  expect(flywayChecksum('12345678')).not.toBe(flywayChecksum('123456789'));
});

test('migrations come in the order of their versions, not of their names', () => {
  for (const name of ['V10__ten.sql', 'V2__two.sql', 'V2_1__two_and_a_bit.sql']) write(name);
  expect(readMigrations(directory).map(({ version, description }) => [version, description])).toEqual([
    ['2', 'two'],
    ['2.1', 'two and a bit'],
    ['10', 'ten'],
  ]);
});

test('a file that Flyway would pass over is refused', () => {
  write('2__two.sql');
  expect(() => readMigrations(directory)).toThrow('2__two.sql is not named like');
});

test('two files of one version are refused', () => {
  write('V2__two.sql');
  write('V2__too.sql');
  expect(() => readMigrations(directory)).toThrow('Two migrations have version 2.');
});

function write(name: string): void {
  writeFileSync(join(directory, name), 'SELECT 1;');
}
