import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listBackups, writeDurably } from '../../../db/backup/backup-folder.ts';
import { putInPlace } from '../../../db/backup/put-in-place.ts';
import { prepareRestore } from '../../../db/backup/restore-backup.ts';
import { systemClock } from '../../../main/station/ports/clock.ts';
import { openStore } from '../../../main/station/store/open-store.ts';
import { emergencyInput, NOW_MS, newId } from '../db/build-records.ts';
import {
  BACKUP_WORKER_URL,
  copyMigrations,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../db/temporary-database.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
let directory: TemporaryDirectory;
let migrations = '';
beforeEach(() => {
  directory = temporaryDirectory();
  migrations = copyMigrations(directory.path);
});
afterEach(() => directory.remove());

function open() {
  return openStore({
    workerUrl: new URL('../../../db/worker.ts', import.meta.url),
    backupWorkerUrl: BACKUP_WORKER_URL,
    dataDirectory: directory.path,
    preparedDirectory,
    migrationsDirectory: migrations,
    log: silent,
    clock: systemClock,
  });
}

test('a database with rows is backed up before it is brought up to date; the backup is of the version before', async () => {
  const older = await open();
  const emergencyId = newId();
  await older.store.write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: NOW_MS });
  await older.close();
  // The disk of the chosen folder is away: rather beside the records than nowhere.
  writeDurably(
    directory.path,
    'backup-folder',
    join(directory.path, 'migrations/V1__initial_schema.sql/away'),
  );
  writeFileSync(
    join(migrations, 'V98__careless.sql'),
    'ALTER TABLE emergencies DROP COLUMN symptoms CASCADE;',
  );
  const newer = await open();
  expect(newer.startup.migrated).toBe(1);
  await newer.close();
  const folder = join(directory.path, 'backups');
  const [backup, ...others] = await listBackups(folder);
  expect(others).toEqual([]);
  expect(backup).toMatchObject({ reason: 'MIGRATION', rows: { emergencies: 1 } });
  expect(Number(backup?.schemaVersion)).toBeLessThan(98);

  rmSync(join(migrations, 'V98__careless.sql'));
  await prepareRestore(
    {
      dataDirectory: directory.path,
      preparedDirectory,
      archivePath: join(folder, backup?.archive ?? ''),
      postgresMajor: '18',
    },
    () => undefined,
    () => process.exit(1),
  );
  putInPlace(directory.path, NOW_MS);
  const restored = await open();
  expect((await restored.store.read.emergency({ emergencyId }))?.callerWords).toBe(
    emergencyInput().callerWords,
  );
  await restored.close();
}, 60_000);

test('one that cannot be backed up anywhere is not changed; an empty one needs none', async () => {
  await (await open()).close();
  writeFileSync(join(directory.path, 'backups'), 'A file where the folder should be.');
  writeFileSync(join(migrations, 'V98__harmless.sql'), 'CREATE TABLE harmless (id INT);');
  const filled = await open();
  expect(filled.startup.migrated).toBe(1);
  await filled.store.write.createEmergency({ ...emergencyInput(), emergencyId: newId(), nowMs: NOW_MS });
  await filled.close();
  writeFileSync(join(migrations, 'V99__late.sql'), 'CREATE TABLE late (id INT);');
  await expect(open()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  rmSync(join(directory.path, 'backups'));
  mkdirSync(join(directory.path, 'backups'));
  const opened = await open();
  expect(opened.startup.migrated).toBe(1);
  await opened.close();
}, 60_000);
