import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { DurableFs, syncDirectory } from '../durable-fs.ts';
import { spatialExtension } from '../spatial-extension.ts';
import { isMissing } from './backup-folder.ts';
import { readArchive } from './tape-archive.ts';

export interface CopyContent {
  rows: Record<string, number>;
  schemaVersion: string;
}

/** Throws unless the file is the one that was written. */
export async function assertUnchanged(archivePath: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(archivePath)) hash.update(chunk);
  if (hash.digest('hex') !== sha256) throw new Error('The archive is not the one that was written.');
}

/** Unpacks a backup into `directory`, which must not exist yet. `onShare` is told how much was read, 0–1. */
export async function unpack(
  archivePath: string,
  archiveBytes: number,
  directory: string,
  onShare: (share: number) => void,
): Promise<void> {
  const packed = createReadStream(archivePath);
  const unpacked = createGunzip();
  packed.on('error', (error) => unpacked.destroy(error));
  packed.on('data', () => onShare(Math.min(1, packed.bytesRead / Math.max(1, archiveBytes))));
  await writeEntries(packed.pipe(unpacked), directory);
}

/** Writes what an archive holds into `directory`, which must not exist yet. */
export async function writeEntries(archive: AsyncIterable<Uint8Array>, directory: string): Promise<void> {
  mkdirSync(directory, { mode: 0o700 });
  await readArchive(archive, async (entry, content) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return;
    }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const part of content) await file.writeFile(part);
    } finally {
      await file.close();
    }
  });
}

/**
 * Opens an unpacked backup, which makes it whole from its log, reads every row of every table, and closes it. A page
 * whose checksum is wrong fails the count. `change` is done before. `onAbort` is called from within a call that would
 * never return.
 */
export async function countRows(
  directory: string,
  preparedDirectory: string | null,
  onAbort: () => never,
  change: (database: PGlite) => Promise<void> = async () => undefined,
): Promise<CopyContent> {
  const database = await PGlite.create({
    fs: new DurableFs(directory, onAbort),
    // Not synced write by write: whoever keeps the copy syncs it as a whole.
    // No part of the log is used again: it would hold what it held before.
    startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB', '-c', 'wal_recycle=off'],
    extensions: { postgis: spatialExtension(preparedDirectory), pg_trgm },
  });
  try {
    await change(database);
    const tables = await database.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys' ORDER BY 1",
    );
    const rows: Record<string, number> = {};
    for (const { name } of tables.rows) {
      const counted = await database.query<{ count: number }>(
        `SELECT count(*)::float8 AS count FROM "${name}"`,
      );
      rows[name] = counted.rows[0]?.count ?? 0;
    }
    const newest = await database.query<{ version: string }>(
      'SELECT version FROM flyway_schema_history WHERE success ORDER BY installed_rank DESC LIMIT 1',
    );
    return { rows, schemaVersion: newest.rows[0]?.version ?? '0' };
  } finally {
    await database.close();
  }
}

/**
 * Takes the transcripts out of a copy: the law has them removed after seven days, and a backup is kept for thirty. With
 * them goes what the planner noted of their words, and the log that wrote them.
 */
export async function removeTranscripts(database: PGlite): Promise<void> {
  const { rows } = await database.query<{ parked: string | null }>(
    "SELECT to_regclass('sync_parked')::text AS parked",
  );
  // Lines of other stations may wait there for their missions. A copy of an older version has no such table.
  const parked = [
    "DELETE FROM sync_parked WHERE table_name = 'voice_transcripts'",
    'VACUUM FULL sync_parked',
  ];
  for (const statement of [
    ...(rows[0]?.parked === null ? [] : parked),
    'TRUNCATE voice_transcripts',
    "DELETE FROM pg_statistic WHERE starelid = 'voice_transcripts'::regclass",
    'VACUUM FULL pg_statistic',
    'SELECT pg_switch_wal()',
    'CHECKPOINT',
  ])
    await database.exec(statement);
}

/** Makes a whole directory tree durable, also one that is in use. */
export function syncTree(directory: string): void {
  for (const item of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, item.name);
    if (item.isDirectory()) syncTree(path);
    else syncFile(path);
  }
  syncDirectory(directory);
}

function syncFile(path: string): void {
  try {
    const descriptor = openSync(path, 'r+');
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch (error) {
    // A database in use removes files meanwhile.
    if (!isMissing(error)) throw error;
  }
}
