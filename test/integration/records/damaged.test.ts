import {
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { DatabaseDamaged } from '../../../db/refusals.ts';
import { freeUdpPort, type RunningProgram, startProgram } from '../../../scripts/child-programs.ts';
import { connectToStation } from '../../../scripts/station-client.ts';
import { NOW_MS } from '../db/build-records.ts';
import { openTestStore, type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';

let origin: TemporaryDirectory;
let zonesFile = '';
beforeAll(async () => {
  origin = temporaryDirectory();
  const opened = await openTestStore(origin.path);
  await opened.store.write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
  await opened.backUp({ folder: join(origin.path, 'backups'), reason: 'DAILY' }, () => undefined);
  await opened.close();
  zonesFile = largestFile(join(origin.path, 'database/base/5'));
}, 120_000);
afterAll(() => origin.remove());

let directory: TemporaryDirectory;
let station: RunningProgram | null = null;
beforeEach(() => {
  directory = temporaryDirectory();
  cpSync(origin.path, directory.path, { recursive: true });
});
afterEach(async () => {
  await station?.stop();
  station = null;
  directory.remove();
});

const inDatabase = (name: string): string => join(directory.path, 'database', name);

function flipBit(path: string, position: number): void {
  const bytes = readFileSync(path);
  writeSync(openSync(path, 'r+'), Buffer.from([(bytes[position] ?? 0) ^ 1]), 0, 1, position);
}

function largestFile(folder: string): string {
  const size = (name: string): number => readFileSync(join(folder, name)).length;
  const [largest = ''] = readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .sort((one, other) => size(other) - size(one));
  return `base/5/${largest}`;
}

const DAMAGE: [what: string, how: () => void, sentence: string][] = [
  ['no version file', () => rmSync(inDatabase('PG_VERSION')), 'its version file is missing'],
  ['no control file', () => rmSync(inDatabase('global/pg_control')), 'its control file is missing'],
  ['a short control file', () => truncateSync(inDatabase('global/pg_control'), 512), 'is cut short'],
  [
    'a changed control file',
    () => flipBit(inDatabase('global/pg_control'), 40),
    'the checksum of its control file',
  ],
  [
    'no commit status',
    () => rmSync(inDatabase('pg_xact'), { recursive: true }),
    'its folder pg_xact is missing',
  ],
  [
    'a log that is gone',
    () => rmSync(inDatabase('pg_wal'), { recursive: true }),
    'its folder pg_wal is missing',
  ],
  ['a table that is gone', () => rmSync(inDatabase(zonesFile)), 'cannot be opened'],
  ['a log of zeros', zeroLog, 'cannot be opened'],
];

function zeroLog(): void {
  for (const name of readdirSync(inDatabase('pg_wal')))
    if (/^[0-9A-F]{24}$/.test(name))
      writeFileSync(inDatabase(`pg_wal/${name}`), Buffer.alloc(16 * 1024 * 1024));
}

test.each(DAMAGE)('%s is recognised at the start, said, and left as it is', async (_, damage, sentence) => {
  damage();
  const before = filesLeft();
  const opening = openTestStore(directory.path);
  await expect(opening).rejects.toBeInstanceOf(DatabaseDamaged);
  await expect(opening).rejects.toThrow(sentence);
  expect(filesLeft()).toEqual(before);
});

/** Without the mark that an engine leaves that tried. */
function filesLeft(): string[] {
  const names = readdirSync(join(directory.path, 'database'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name !== 'postmaster.pid').sort();
}

test('the station starts its page all the same, leads to the backups, and starts anew with one', async () => {
  rmSync(inDatabase('global/pg_control'));
  const udpPort = await freeUdpPort();
  station = await startProgram('headless', [
    ...['--data-dir', directory.path, '--no-open', '--link', `udpin:127.0.0.1:${udpPort}`],
  ]);
  const url = String(station.ready.url);
  const first = await connectToStation(url);
  await expect(first.client.session.greeting()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  await expect(first.client.records.backUpNow()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  const recovery = await first.client.records.recovery();
  expect(recovery?.sentence).toContain('its control file is missing');
  expect(recovery?.command).toMatch(/^npm run restore -- --data-dir ".*" --from ".*\.tar\.gz"$/);
  const archive = recovery?.backups[0]?.archive ?? '';
  await expect(first.client.records.restoreDamaged({ archive: '../elsewhere' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  // The station hangs up when it has started anew; the answer may or may not come before.
  await first.client.records.restoreDamaged({ archive }).catch(() => undefined);
  await expect.poll(async () => isWhole(url), { timeout: 20_000, interval: 200 }).toBe(true);
  const kept = readdirSync(directory.path).find((name) => name.startsWith('database.replaced-')) ?? '';
  expect(existsSync(join(directory.path, kept, 'PG_VERSION'))).toBe(true);
  const second = await connectToStation(url);
  await expect(second.client.records.restoreDamaged({ archive })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  expect((await second.client.session.greeting()).needsFirstAdministrator).toBe(false);
  first.close();
  second.close();
}, 60_000);

async function isWhole(url: string): Promise<boolean> {
  const { client, close } = await connectToStation(url);
  try {
    return (await client.records.recovery()) === null;
  } finally {
    close();
  }
}
