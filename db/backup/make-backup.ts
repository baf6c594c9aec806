import { mkdirSync, readdirSync, renameSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../preload/contract/errors.ts';
import type { BackupManifest, BackupReason, BackupStep } from '../../preload/contract/records.ts';
import { syncDirectory } from '../durable-fs.ts';
import {
  archiveName,
  pruneBackups,
  removeUnfinished,
  unfinishedPaths,
  writeManifest,
} from './backup-folder.ts';
import { assertUnchanged, countRows, removeTranscripts, syncTree, writeEntries } from './open-copy.ts';
import { type BackupSpan, openEntries, writeArchive } from './write-archive.ts';

/** What a backup is to be made of and where it goes. */
export interface BackupOrder {
  dataDirectory: string;
  preparedDirectory: string | null;
  folder: string;
  reason: BackupReason;
  origin: string;
  postgresMajor: string;
  nowMs: number;
}

export type BackupProgress = (step: BackupStep, share: number) => void;

/** Room that is left to the station whatever a backup takes: its records are on the same disk more often than not. */
const LEFT_TO_THE_STATION_BYTES = 256_000_000;

/**
 * Makes a backup: copies the database, opens the copy, takes the transcripts out, counts its rows and packs it; only then
 * it gets its name and, last, its manifest. Interrupted at any step it leaves earlier backups and the database as they
 * were. Throws STORAGE_FULL when there is no room, Error when the copy is not what it should be.
 */
export async function makeBackup(
  order: BackupOrder,
  span: BackupSpan,
  onProgress: BackupProgress,
  onAbort: () => never,
): Promise<BackupManifest> {
  mkdirSync(order.folder, { recursive: true, mode: 0o700 });
  const archive = archiveName(order.nowMs);
  const { unfinished, verifying } = unfinishedPaths(order);
  removeUnfinished(order);
  requireRoom(order);
  const source = join(order.dataDirectory, 'database');
  // A backup begins with a checkpoint, during which nothing else is recorded: the less it has to sync, the shorter.
  syncTree(source);
  try {
    await writeEntries(
      openEntries(source, span, (share) => onProgress('COPYING', share)),
      verifying,
    );
    onProgress('VERIFYING', 0);
    const content = await countRows(verifying, order.preparedDirectory, onAbort, removeTranscripts);
    const written = await writeArchive({
      source: verifying,
      path: unfinished,
      onShare: (share) => onProgress('VERIFYING', share),
    });
    await assertUnchanged(unfinished, written.sha256);
    renameSync(unfinished, join(order.folder, archive));
    syncDirectory(order.folder);
    const { reason, origin, postgresMajor, nowMs } = order;
    const manifest: BackupManifest = {
      ...{ archive, madeAtMs: nowMs, reason, origin, postgresMajor },
      ...written,
      ...content,
      verifiedAtMs: Date.now(),
    };
    writeManifest(order.folder, manifest);
    await pruneBackups(order.folder, origin, nowMs);
    return manifest;
  } finally {
    removeUnfinished(order);
  }
}

/** A copy that fills the disk would stop the station from recording missions. */
function requireRoom({ dataDirectory, folder }: BackupOrder): void {
  const databaseBytes = directoryBytes(join(dataDirectory, 'database'));
  const sameDisk = statSync(dataDirectory).dev === statSync(folder).dev;
  // The copy that is opened to verify it lies beside the records.
  requireFree(dataDirectory, databaseBytes * (sameDisk ? 2 : 1) + LEFT_TO_THE_STATION_BYTES);
  if (!sameDisk) requireFree(folder, databaseBytes);
}

function directoryBytes(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).reduce(
    (sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function requireFree(directory: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize < bytes)
    throw new Refusal(
      'STORAGE_FULL',
      `A backup needs ${Math.ceil(bytes / 1e6)} MB free where ${directory} is; ${Math.floor((bavail * bsize) / 1e6)} MB are. Free some space or choose another folder.`,
    );
}
