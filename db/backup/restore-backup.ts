import { existsSync, rmSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Refusal } from '../../preload/contract/errors.ts';
import type { BackupManifest } from '../../preload/contract/records.ts';
import { syncDirectory } from '../durable-fs.ts';
import { manifestOf } from './backup-folder.ts';
import { assertUnchanged, countRows, syncTree, unpack } from './open-copy.ts';
import { RESTORING } from './put-in-place.ts';

export interface RestoreOrder {
  dataDirectory: string;
  preparedDirectory: string | null;
  archivePath: string;
  /** The engine's: a backup of another major version cannot be opened. */
  postgresMajor: string;
}

export type RestoreStep = 'UNPACKING' | 'OPENING' | 'SYNCING' | 'PREPARED';

/**
 * Unpacks a backup beside the database, opens it there and counts its rows; the database is not touched, and may be in
 * use. Then `putInPlace` replaces it. Throws NOT_FOUND, STORAGE_FULL or STORAGE_UNAVAILABLE with a sentence.
 */
export async function prepareRestore(
  order: RestoreOrder,
  onStep: (step: RestoreStep) => void,
  onAbort: () => never,
): Promise<BackupManifest> {
  const { dataDirectory, archivePath } = order;
  const restoring = join(dataDirectory, RESTORING);
  const manifest = await requireManifest(order);
  rmSync(restoring, { recursive: true, force: true });
  try {
    onStep('UNPACKING');
    await assertUnchanged(archivePath, manifest.sha256);
    await unpack(archivePath, manifest.archiveBytes, restoring, () => undefined);
    onStep('OPENING');
    const { rows } = await countRows(restoring, order.preparedDirectory, onAbort);
    for (const [table, count] of Object.entries(manifest.rows))
      if (rows[table] !== count) throw new Error(`The table ${table} has ${rows[table]} rows, not ${count}.`);
    onStep('SYNCING');
    syncTree(restoring);
    syncDirectory(dataDirectory);
    onStep('PREPARED');
    return manifest;
  } catch (error) {
    rmSync(restoring, { recursive: true, force: true });
    if (error instanceof Refusal) throw error;
    throw new Refusal(
      'STORAGE_UNAVAILABLE',
      `The backup ${basename(archivePath)} cannot be used. Choose another one. The records are as they were. (${error instanceof Error ? error.message : String(error)})`,
      { cause: error },
    );
  }
}

async function requireManifest(order: RestoreOrder): Promise<BackupManifest> {
  const { archivePath, dataDirectory, postgresMajor } = order;
  const manifest = await manifestOf(archivePath);
  if (manifest === null || !existsSync(archivePath))
    throw new Refusal(
      'NOT_FOUND',
      `There is no backup at ${archivePath}. It consists of two files: the archive (.tar.gz) and its description (.tar.gz.json) beside it.`,
    );
  if (manifest.postgresMajor !== postgresMajor)
    throw new Refusal(
      'STORAGE_UNAVAILABLE',
      `This backup was made by PostgreSQL ${manifest.postgresMajor}; this program needs PostgreSQL ${postgresMajor}. Restore it with the program that made it.`,
    );
  const { bavail, bsize } = statfsSync(dataDirectory);
  if (bavail * bsize < manifest.databaseBytes * 1.2)
    throw new Refusal(
      'STORAGE_FULL',
      `Restoring needs ${Math.ceil((manifest.databaseBytes * 1.2) / 1e6)} MB free where ${dataDirectory} is. Free some space. The records are as they were.`,
    );
  return manifest;
}
