import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backupFolderOf, listBackups } from '../db/backup/backup-folder.ts';
import { putInPlace, settleRestore } from '../db/backup/put-in-place.ts';
import { prepareRestore, type RestoreStep } from '../db/backup/restore-backup.ts';
import { lockDirectory } from '../db/directory-lock.ts';
import { POSTGRES_MAJOR } from '../db/postgres-major.ts';
import { Refusal } from '../preload/contract/errors.ts';

/** Replaces the records of a stopped station by a backup. The replaced ones are kept beside them. */
const USAGE = 'npm run restore -- --data-dir DIR --from FILE.tar.gz   (without --from: lists the backups)';

const STEP_WORDS: Record<RestoreStep, string> = {
  UNPACKING: 'Checking and unpacking the backup …',
  OPENING: 'Opening the copy and counting its rows …',
  SYNCING: 'Writing it through to the disk …',
  PREPARED: 'Replacing the records …',
};

try {
  const { values } = parseArgs({
    options: { 'data-dir': { type: 'string' }, from: { type: 'string' } },
  });
  const dataDirectory = values['data-dir'];
  if (dataDirectory === undefined || !existsSync(dataDirectory)) throw new Refusal('INVALID_INPUT', USAGE);
  if (values.from === undefined) await list(resolve(dataDirectory));
  else await restore(resolve(dataDirectory), resolve(values.from));
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}

async function list(dataDirectory: string): Promise<void> {
  const folder = backupFolderOf(dataDirectory);
  const backups = await listBackups(folder);
  console.log(backups.length === 0 ? `There are no backups in ${folder}.` : `Backups in ${folder}:`);
  for (const { archive, archiveBytes, rows, reason } of backups)
    console.log(
      `${archive}  ${(archiveBytes / 1e6).toFixed(1)} MB  ${rows.missions ?? 0} missions  ${reason.toLowerCase()}`,
    );
  console.log(USAGE);
}

async function restore(dataDirectory: string, archivePath: string): Promise<void> {
  const unlock = lockDirectory(join(dataDirectory, 'database.lock'));
  try {
    settleRestore(dataDirectory);
    const prepared = join(import.meta.dirname, '../resources/database');
    const manifest = await prepareRestore(
      {
        dataDirectory,
        preparedDirectory: existsSync(prepared) ? prepared : null,
        archivePath,
        postgresMajor: POSTGRES_MAJOR,
      },
      (step) => console.log(STEP_WORDS[step]),
      () => process.exit(1),
    );
    const keptAs = putInPlace(dataDirectory, Date.now());
    console.log(`Restored: the records as they were on ${new Date(manifest.madeAtMs).toISOString()}.`);
    if (keptAs !== null) console.log(`The replaced records are kept in ${join(dataDirectory, keptAs)}.`);
  } finally {
    unlock();
  }
}
