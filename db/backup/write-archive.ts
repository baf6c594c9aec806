import { createHash } from 'node:crypto';
import { opendirSync, statSync } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { isMissing } from './backup-folder.ts';
import { directoryEntry, endOfArchive, fileEntry, textEntry } from './tape-archive.ts';

/** The two ends of PostgreSQL's own online backup (documentation, section 25.3.4), as the database's thread does them. */
export interface BackupSpan {
  /** From now on the log holds whole pages of everything that changes, and none of it is recycled. */
  begin(): Promise<{ firstWalFile: string }>;
  /** The log up to now makes every file that was read since `begin` whole. */
  end(): Promise<{ label: string; lastWalFile: string }>;
}

export interface WrittenArchive {
  sha256: string;
  archiveBytes: number;
  databaseBytes: number;
}

/** What a started database makes anew: the list of pg_basebackup. */
const CONTENT_LEFT_OUT = new Set([
  'pg_wal',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_replslot',
]);
const FILE_LEFT_OUT =
  /^(postmaster\.(pid|opts)|backup_label.*|tablespace_map.*|.*pg_internal\.init.*|pgsql_tmp.*)$/;
const CONTROL_FILE = 'global/pg_control';
/** The disk is told to keep what it was given in portions: one large one would delay a mission's commit. */
const SYNC_EVERY_BYTES = 2_000_000;
const PORTION_BYTES = 1_000_000;

/** Writes the closed database in `source` into a gzipped archive at `path`. `onShare` is told how much is written, 0–1. */
export async function writeArchive(options: {
  source: string;
  path: string;
  onShare: (share: number) => void;
}): Promise<WrittenArchive> {
  const counted = { databaseBytes: 0 };
  const hash = createHash('sha256');
  const file = await open(options.path, 'w', 0o600);
  let archiveBytes = 0;
  let unsyncedBytes = 0;
  try {
    for await (const portion of portions(closedEntries(options, counted))) {
      // Each a whole gzip file: one after the other they are one as well (RFC 1952, section 2.2).
      const packed = gzipSync(portion, { level: constants.Z_BEST_SPEED });
      hash.update(packed);
      await file.writeFile(packed);
      archiveBytes += packed.length;
      unsyncedBytes += packed.length;
      if (unsyncedBytes >= SYNC_EVERY_BYTES) {
        await file.datasync();
        unsyncedBytes = 0;
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), archiveBytes, ...counted };
}

/** The same bytes in portions large enough to be worth compressing by themselves. */
async function* portions(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  for await (const part of source) {
    gathered.push(part);
    gatheredBytes += part.length;
    if (gatheredBytes < PORTION_BYTES) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    gatheredBytes = 0;
  }
  yield Buffer.concat(gathered);
}

async function* closedEntries(
  { source, onShare }: { source: string; onShare: (share: number) => void },
  counted: { databaseBytes: number },
): AsyncGenerator<Uint8Array> {
  const { directories, files } = walk(source);
  counted.databaseBytes = files.reduce((sum, file) => sum + file.size, 0);
  yield* copies(source, directories, files, onShare);
  for (const name of await logSegments(source)) yield* fileOf(source, `pg_wal/${name}`);
  yield* fileOf(source, CONTROL_FILE);
  yield endOfArchive();
}

/**
 * The database in `source` as an archive, while it is written to. The span makes the copy consistent; without it the
 * files would be of different moments. `onShare` is told how much has been copied, 0–1.
 */
export async function* openEntries(
  source: string,
  span: BackupSpan,
  onShare: (share: number) => void,
): AsyncGenerator<Uint8Array> {
  const { firstWalFile } = await span.begin();
  const { directories, files } = walk(source);
  yield* copies(source, directories, files, onShare);
  const { label, lastWalFile } = await span.end();
  yield* textEntry('backup_label', label);
  for (const name of await logSegments(source))
    if (name >= firstWalFile && name <= lastWalFile) yield* fileOf(source, `pg_wal/${name}`);
  yield* fileOf(source, CONTROL_FILE);
  yield endOfArchive();
}

async function* copies(
  source: string,
  directories: readonly string[],
  files: readonly { name: string; size: number }[],
  onShare: (share: number) => void,
): AsyncGenerator<Uint8Array> {
  const totalBytes = files.reduce((sum, file) => sum + file.size, 0);
  for (const name of directories) yield* directoryEntry(name);
  let copiedBytes = 0;
  for (const { name, size } of files) {
    yield* fileOf(source, name);
    copiedBytes += size;
    onShare(totalBytes === 0 ? 1 : copiedBytes / totalBytes);
  }
}

async function logSegments(source: string): Promise<string[]> {
  const names = await readdir(join(source, 'pg_wal'));
  return names.filter((name) => /^[0-9A-F]{24}$/.test(name)).sort();
}

async function* fileOf(source: string, name: string): AsyncGenerator<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(join(source, name), 'r');
  } catch (error) {
    // Removed since the directory was read: the log says so too.
    if (isMissing(error)) return;
    throw error;
  }
  try {
    yield* fileEntry(name, file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

function walk(source: string): { directories: string[]; files: { name: string; size: number }[] } {
  const directories: string[] = ['pg_wal', 'pg_wal/archive_status', 'pg_wal/summaries'];
  const files: { name: string; size: number }[] = [];
  const visit = (directory: string): void => {
    const handle = opendirSync(join(source, directory));
    for (let item = handle.readSync(); item !== null; item = handle.readSync()) {
      const name = directory === '' ? item.name : `${directory}/${item.name}`;
      if (item.isDirectory()) {
        if (name !== 'pg_wal') directories.push(name);
        if (!CONTENT_LEFT_OUT.has(name)) visit(name);
      } else if (!FILE_LEFT_OUT.test(item.name) && name !== CONTROL_FILE) {
        const size = statSync(join(source, name), { throwIfNoEntry: false })?.size;
        if (size !== undefined) files.push({ name, size });
      }
    }
    handle.closeSync();
  };
  visit('');
  return { directories, files };
}
