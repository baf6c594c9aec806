import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  backupFolderOf,
  chooseBackupFolder,
  listBackups,
  pruneBackups,
  writeManifest,
} from '../../../db/backup/backup-folder.ts';
import { unpack } from '../../../db/backup/open-copy.ts';
import { putInPlace } from '../../../db/backup/put-in-place.ts';
import { removeReplacedRecords } from '../../../db/backup/replaced-records.ts';
import { prepareRestore } from '../../../db/backup/restore-backup.ts';
import type { BackupManifest } from '../../../preload/contract/records.ts';
import {
  emergencyInput,
  missionEvent,
  NOW_MS,
  newId,
  newMission,
  telemetryRow,
} from '../db/build-records.ts';
import {
  copyMigrations,
  openTestStore,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../db/temporary-database.ts';

const PROCESS = fileURLToPath(new URL('./interrupted-process.ts', import.meta.url));
const DAY_MS = 24 * 3_600_000;

/** One station with records and a backup of them, from which every test takes a copy. */
let origin: TemporaryDirectory;
let backups = '';
let manifest: BackupManifest;
const missionId = newId();
/** Long enough to stand in one piece wherever it is kept. */
const SPOKEN = 'He is not breathing and I am alone with him';

beforeAll(async () => {
  origin = temporaryDirectory();
  backups = join(origin.path, 'backups');
  const { store, backUp, close } = await openTestStore(origin.path);
  await store.write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
  const emergencyId = newId();
  await store.write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
  await store.write.createMission({ ...newMission({ emergencyId, droneId: 'Alpha-1' }), missionId });
  await store.write.appendTranscript({
    ...{ missionId, transcriptId: newId(), atMs: NOW_MS, speaker: 'BYSTANDER', text: SPOKEN, language: 'en' },
    ...{ confidence: null, conversationState: null },
  });
  manifest = await backUp({ folder: backups, reason: 'DAILY' }, () => undefined);
  await close();
}, 120_000);
afterAll(() => origin.remove());

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
  return () => directory.remove();
});

function copyOfTheDatabase(): void {
  cpSync(join(origin.path, 'database'), join(directory.path, 'database'), { recursive: true });
}

const archivePath = (): string => join(backups, manifest.archive);

function restoreInto(dataDirectory: string, path = archivePath()): Promise<BackupManifest> {
  const order = { dataDirectory, preparedDirectory, archivePath: path, postgresMajor: '18' };
  return prepareRestore(
    order,
    () => undefined,
    () => process.exit(1),
  );
}

async function run(...args: string[]): Promise<{ signal: string | null; output: string }> {
  const child = spawn(process.execPath, [PROCESS, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
    if (output.includes('MIGRATING')) setTimeout(() => child.kill('SIGKILL'), 300);
  });
  const [, signal] = await once(child, 'exit');
  return { signal, output };
}

test('a backup made while missions are recorded is of one moment', async () => {
  copyOfTheDatabase();
  const opened = await openTestStore(directory.path);
  const { write } = opened.store;
  let recorded = 0;
  let rows = 0;
  let isOver = false;
  const recordEvents = async (): Promise<void> => {
    while (!isOver) {
      await write.recordMissionProgress({ missionId, events: [missionEvent()], changes: {} });
      recorded++;
      await wait(10);
    }
  };
  const recordTelemetry = async (): Promise<void> => {
    while (!isOver) {
      const batch = Array.from({ length: 250 }, () => telemetryRow(missionId, { atMs: NOW_MS + rows++ }));
      await write.appendTelemetry({ rows: batch });
      await wait(50);
    }
  };
  const recording = [recordEvents(), recordTelemetry()];
  await wait(300);
  const recordedBefore = recorded;
  const made = await opened.backUp(
    { folder: join(directory.path, 'b'), reason: 'ON_DEMAND' },
    () => undefined,
  );
  isOver = true;
  await Promise.all(recording);
  await opened.close();
  // One event came with the mission.
  expect(made.rows.mission_events).toBeGreaterThanOrEqual(recordedBefore + 1);
  expect(made.rows.mission_events).toBeLessThanOrEqual(recorded + 1);

  const elsewhere = join(directory.path, 'elsewhere');
  mkdirSync(elsewhere);
  await restoreInto(elsewhere, join(directory.path, 'b', made.archive));
  putInPlace(elsewhere, NOW_MS);
  const copy = await openTestStore(elsewhere);
  expect(await copy.store.read.missionEvents({ missionId })).toHaveLength(made.rows.mission_events ?? -1);
  expect(await copy.store.read.telemetryCount({ missionId })).toBe(made.rows.telemetry);
  await copy.close();
}, 90_000);

test('a backup holds no transcript, nor the words of one anywhere in its files', async () => {
  const unpacked = join(directory.path, 'unpacked');
  await unpack(archivePath(), manifest.archiveBytes, unpacked, () => undefined);
  const filesWith = (root: string): string[] =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (name) => statSync(join(root, name)).isFile() && readFileSync(join(root, name)).includes(SPOKEN),
    );
  expect(manifest.rows.voice_transcripts).toBe(0);
  expect(filesWith(unpacked)).toEqual([]);
  expect(filesWith(join(origin.path, 'database'))).not.toEqual([]);
}, 60_000);

test('one at a time; a cancelled one leaves nothing, and the next succeeds', async () => {
  copyOfTheDatabase();
  const opened = await openTestStore(directory.path);
  const folder = join(directory.path, 'b');
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const first = opened.backUp({ folder, reason: 'ON_DEMAND' }, () => start());
  const refused = expect(first).rejects.toMatchObject({ code: 'CONFLICT' });
  await started;
  await expect(opened.backUp({ folder, reason: 'ON_DEMAND' }, () => undefined)).rejects.toThrow('already');
  opened.cancelBackup();
  await refused;
  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync(join(directory.path, 'database.verifying'))).toBe(false);
  expect((await opened.backUp({ folder, reason: 'ON_DEMAND' }, () => undefined)).rows.missions).toBe(1);
  await opened.close();
}, 60_000);

test('own backups older than 30 days go, never the newest, never those of others; leftovers go after a day', async () => {
  const folder = directory.path;
  const make = (day: number, from: string): string => {
    const archive = `skyrescue-202601${String(day).padStart(2, '0')}T000000Z.tar.gz`;
    writeFileSync(join(folder, archive), '');
    writeManifest(folder, { ...manifest, archive, origin: from, madeAtMs: Date.UTC(2026, 0, day) });
    return archive;
  };
  make(1, 'us');
  const second = make(2, 'us');
  const theirs = make(3, 'them');
  const leftover = 'skyrescue-20260104T000000Z.tar.gz.unfinished';
  const fresh = 'skyrescue-20260105T000000Z.tar.gz';
  for (const name of [leftover, fresh]) writeFileSync(join(folder, name), '');
  utimesSync(join(folder, leftover), new Date(0), new Date(0));
  await pruneBackups(folder, 'us', Date.UTC(2026, 0, 1) + 400 * DAY_MS);
  expect((await listBackups(folder)).map(({ archive }) => archive)).toEqual([theirs, second]);
  // Without a manifest it was never finished: it is not listed, and may still be being made.
  expect(readdirSync(folder)).toContain(fresh);
  expect(readdirSync(folder)).not.toContain(leftover);
});

test('of the records that restores set aside the newest stays for 30 days, and nothing else is touched', async () => {
  const names = [
    'database.replaced-20260101T000000Z',
    'database.replaced-20260110T000000Z',
    'database.replaced-20260110T000000Z-2',
  ];
  for (const name of [...names, 'database', 'database.replaced-by-hand']) {
    mkdirSync(join(directory.path, name));
    writeFileSync(join(directory.path, name, 'PG_VERSION'), '18');
  }
  const on = (day: number) => removeReplacedRecords(directory.path, Date.UTC(2026, 0, day));
  expect((await on(20)).sort()).toEqual(names.slice(0, 2));
  expect(await on(39)).toEqual([]);
  expect(await on(41)).toEqual(names.slice(2));
  expect(readdirSync(directory.path).sort()).toEqual(['database', 'database.replaced-by-hand']);
});

test('the folder is kept beside the records; one that cannot be written to is refused in words', async () => {
  expect(backupFolderOf(directory.path)).toBe(join(directory.path, 'backups'));
  await expect(chooseBackupFolder(directory.path, 'relative')).rejects.toThrow('whole path');
  await expect(chooseBackupFolder(directory.path, '/nowhere/at/all')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('Make the folder first'),
  });
  const chosen = join(directory.path, 'disk');
  mkdirSync(chosen);
  await chooseBackupFolder(directory.path, chosen);
  expect(backupFolderOf(directory.path)).toBe(chosen);
});

test('a backup that was changed, or of another PostgreSQL, is refused and leaves the records alone', async () => {
  copyOfTheDatabase();
  const path = join(directory.path, manifest.archive);
  cpSync(archivePath(), path);
  writeManifest(directory.path, { ...manifest, sha256: '0'.repeat(64) });
  await expect(restoreInto(directory.path, path)).rejects.toThrow(/not the one that was written/);
  writeManifest(directory.path, { ...manifest, postgresMajor: '17' });
  await expect(restoreInto(directory.path, path)).rejects.toThrow('made by PostgreSQL 17');
  writeManifest(directory.path, { ...manifest, rows: { ...manifest.rows, missions: 2 } });
  await expect(restoreInto(directory.path, path)).rejects.toThrow('missions has 1 rows, not 2');
  rmSync(`${path}.json`);
  await expect(restoreInto(directory.path, path)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(readdirSync(directory.path)).not.toContain('database.restoring');
}, 60_000);

describe('interrupted', () => {
  async function expectTheRecords(): Promise<void> {
    const opened = await openTestStore(directory.path);
    expect(opened.startup.created).toBe(false);
    expect(await opened.store.read.mission({ missionId })).not.toBe(null);
    await opened.close();
    expect(readdirSync(directory.path)).not.toContain('database.restoring');
    expect(readdirSync(directory.path)).not.toContain('restore-journal');
  }

  test.each(['COPYING', 'VERIFYING'])('a backup while %s leaves the records and no backup', async (step) => {
    copyOfTheDatabase();
    const folder = join(directory.path, 'backups');
    expect((await run('backup', directory.path, step, folder)).signal).toBe('SIGKILL');
    expect(await listBackups(folder)).toEqual([]);
    await expectTheRecords();
  });

  test.each(['OPENING', 'SET_ASIDE'])('a restore at %s leaves the old records', async (step) => {
    copyOfTheDatabase();
    expect((await run('restore', directory.path, step, archivePath())).signal).toBe('SIGKILL');
    await expectTheRecords();
    expect(readdirSync(directory.path).some((name) => name.includes('replaced'))).toBe(false);
  });

  test('a migration leaves the records as they were', async () => {
    copyOfTheDatabase();
    const migrations = copyMigrations(directory.path);
    writeFileSync(
      join(migrations, 'V99__long.sql'),
      'DELETE FROM mission_events; CREATE TABLE half (id INT); SELECT pg_sleep(600);',
    );
    expect((await run('migrate', directory.path, '', migrations)).signal).toBe('SIGKILL');
    await expectTheRecords();
  });
});
