import { join } from 'node:path';
import { backupFolderOf, chooseBackupFolder, listBackups, originOf } from '../../db/backup/backup-folder.ts';
import { putInPlace } from '../../db/backup/put-in-place.ts';
import { removeReplacedRecords } from '../../db/backup/replaced-records.ts';
import { runPrepareRestore } from '../../db/backup/run-backup.ts';
import { lockDirectory } from '../../db/directory-lock.ts';
import { POSTGRES_MAJOR } from '../../db/postgres-major.ts';
import { Refusal } from '../../preload/contract/errors.ts';
import type { BackupManifest } from '../../preload/contract/records.ts';

/** The backups of a station's records as files: there also when the database cannot be opened. */
export interface BackupFiles {
  folder(): string;
  /** Refuses (INVALID_INPUT) a folder that cannot be written to. */
  choose(folder: string): Promise<void>;
  /** Finished backups, newest first. Rejects when the folder cannot be read. */
  list(): Promise<BackupManifest[]>;
  /** Tells the backups of these records from those of others in the same folder. */
  origin: string;
  /** Unpacks and opens a backup beside the database, which may be in use. Refuses with a sentence. */
  prepare(archive: string): Promise<BackupManifest>;
  /** Replaces the closed database by what was prepared. Returns the name that the replaced one is kept under. */
  putInPlace(): string | null;
  /** Removes records that earlier restores set aside, except the newest for 30 days. Returns what they were called. */
  removeReplaced(): Promise<string[]>;
  /** What restores a backup from a shell. */
  command(archive: string): string;
}

export function backupFiles(options: {
  dataDirectory: string;
  preparedDirectory: string;
  backupWorkerUrl: string;
  nowMs: () => number;
}): BackupFiles {
  const { dataDirectory, preparedDirectory, backupWorkerUrl, nowMs } = options;
  let folder = backupFolderOf(dataDirectory);
  const list = (): Promise<BackupManifest[]> => listBackups(folder);
  return {
    folder: () => folder,
    async choose(chosen) {
      await chooseBackupFolder(dataDirectory, chosen);
      folder = backupFolderOf(dataDirectory);
    },
    list,
    origin: originOf(dataDirectory),
    async prepare(archive) {
      // Only what the folder lists: a name is not a path.
      const found = (await list()).some((manifest) => manifest.archive === archive);
      if (!found)
        throw new Refusal('NOT_FOUND', 'This backup is no longer in the folder. Choose another one.');
      return runPrepareRestore(backupWorkerUrl, {
        dataDirectory,
        preparedDirectory,
        archivePath: join(folder, archive),
        postgresMajor: POSTGRES_MAJOR,
      });
    },
    putInPlace() {
      const unlock = lockDirectory(join(dataDirectory, 'database.lock'));
      try {
        return putInPlace(dataDirectory, nowMs());
      } finally {
        unlock();
      }
    },
    removeReplaced: () => removeReplacedRecords(dataDirectory, nowMs()),
    command: (archive) =>
      `npm run restore -- --data-dir "${dataDirectory}" --from "${join(folder, archive)}"`,
  };
}
