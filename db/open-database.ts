import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { Refusal } from '../preload/contract/errors.ts';
import { settleRestore } from './backup/put-in-place.ts';
import { settleToken } from './database-token.ts';
import {
  assertDurable,
  DURABLE_START_PARAMETERS,
  DurableFs,
  isDiskFull,
  syncDirectory,
} from './durable-fs.ts';
import { inspectDirectory } from './inspect-directory.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import { POSTGRES_MAJOR } from './postgres-major.ts';
import { DatabaseDamaged, losesTheEngine } from './refusals.ts';
import { spatialExtension } from './spatial-extension.ts';

export interface DatabasePaths {
  /** The folder that holds the database and what stands beside it. Made when missing. */
  dataDirectory: string;
  /** Where `prepared.tar.gz` is; null: a new database is made from nothing, which takes longer. */
  preparedDirectory: string | null;
  /** What every database of SkyRescue has; what only a station's has is in `station` beside it. */
  migrationsDirectory: string;
}

export interface OpenDatabase {
  database: PGlite;
  filesystem: DurableFs;
  created: boolean;
  migrated: number;
}

export const PREPARED_FILE = 'prepared.tar.gz';

const TIMESTAMPTZ = 1184;
const NUMERIC = 1700;
const INT8 = 20;

/** Timestamps are milliseconds since 1970 and decimals are numbers, in both directions. */
const PARSERS = {
  [TIMESTAMPTZ]: (text: string): number => Date.parse(text),
  [NUMERIC]: (text: string): number => Number(text),
  [INT8]: (text: string): number => Number(text),
};

/**
 * Opens the database in `dataDirectory`/database, making it when there is none, and brings it to the newest version.
 * The caller holds the lock. `onAbort` is called when the engine is lost; it must end the thread. `beforeMigration` is
 * awaited before an older database is changed. Throws STORAGE_UNAVAILABLE with the reason in words, DatabaseDamaged
 * when it is the files that are at fault.
 */
export async function openDatabase(
  paths: DatabasePaths,
  onAbort: (diskFull: boolean) => void = endProcess,
  filesystemAt = (path: string, aborted: () => void): DurableFs => new DurableFs(path, aborted),
  beforeMigration: (database: PGlite) => Promise<void> = async () => undefined,
): Promise<OpenDatabase> {
  const directory = join(paths.dataDirectory, 'database');
  mkdirSync(paths.dataDirectory, { recursive: true, mode: 0o700 });
  settleRestore(paths.dataDirectory);
  const unfinished = join(paths.dataDirectory, 'database.unfinished');
  // Of a directory that was still being made nothing can be said, not even its version: it is made again.
  if (!existsSync(unfinished)) {
    refuseOtherVersion(directory);
    inspectDirectory(directory);
  }
  const created = !existsSync(join(directory, 'PG_VERSION')) || existsSync(unfinished);
  if (created) {
    // A directory that was still being made when the power went has never held a record: it is made again.
    writeFileSync(unfinished, '', { flush: true });
    syncDirectory(paths.dataDirectory);
    rmSync(directory, { recursive: true, force: true });
  }
  const migrations = stationMigrations(paths.migrationsDirectory);
  const filesystem: DurableFs = filesystemAt(directory, () => onAbort(filesystem.takeDiskFull()));
  const database = await startEngine(
    filesystem,
    paths.preparedDirectory,
    created ? preparedArchive(paths.preparedDirectory) : undefined,
  ).catch((error: unknown) => Promise.reject(created || isDiskFull(error) ? error : damaged(error)));
  try {
    await assertDurable(database, filesystem);
    if (!created) await assertWhole(database);
    const migrated = await migrate(database, migrations, async () => {
      if (!created) await beforeMigration(database);
    });
    if (created) {
      await database.exec('CHECKPOINT');
      rmSync(unfinished);
      syncDirectory(paths.dataDirectory);
    }
    await settleToken(database, paths.dataDirectory);
    return { database, filesystem, created, migrated };
  } catch (error) {
    await database.close();
    throw losesTheEngine(error) ? damaged(error) : error;
  }
}

/** The migrations of a station's database, in one order. */
export function stationMigrations(migrationsDirectory: string): Migration[] {
  return readMigrations(migrationsDirectory, join(migrationsDirectory, '../station'));
}

/** A table or an index whose file is gone would be noticed only when somebody asks for it. */
async function assertWhole(database: PGlite): Promise<void> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relkind IN ('r', 'i', 't', 'm', 'S') AND (pg_stat_file(pg_relation_filepath(oid), true)).size IS NULL
     ORDER BY oid DESC LIMIT 1`,
  );
  if (rows[0] !== undefined) throw new DatabaseDamaged(`the file of ${rows[0].name} is missing`);
}

function damaged(error: unknown): DatabaseDamaged {
  const reason = error instanceof Error ? error.message.split('\n', 1)[0] : 'the engine gave it up';
  return new DatabaseDamaged(`${reason}`, { cause: error });
}

function endProcess(): never {
  process.exit(1);
}

async function startEngine(
  filesystem: DurableFs,
  preparedDirectory: string | null,
  archive?: Blob,
): Promise<PGlite> {
  return PGlite.create({
    fs: filesystem,
    startParams: DURABLE_START_PARAMETERS,
    extensions: { postgis: spatialExtension(preparedDirectory), pg_trgm },
    parsers: PARSERS,
    ...(archive === undefined ? {} : { loadDataDir: archive }),
  });
}

function preparedArchive(preparedDirectory: string | null): Blob | undefined {
  if (preparedDirectory === null) return undefined;
  const path = join(preparedDirectory, PREPARED_FILE);
  if (!existsSync(path)) return undefined;
  return new Blob([readFileSync(path)], { type: 'application/gzip' });
}

function refuseOtherVersion(directory: string): void {
  const path = join(directory, 'PG_VERSION');
  if (!existsSync(path)) return;
  const version = readFileSync(path, 'utf8').trim();
  if (version !== POSTGRES_MAJOR)
    throw new Refusal(
      'STORAGE_UNAVAILABLE',
      `The database in ${dirname(directory)} was made by PostgreSQL ${version}; this program needs PostgreSQL ${POSTGRES_MAJOR}. It was left untouched. Open it with the program that made it, back it up there, and restore the backup here.`,
    );
}
