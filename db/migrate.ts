import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Refusal } from '../preload/contract/errors.ts';

export interface Migration {
  version: string;
  description: string;
  script: string;
  checksum: number;
  sql: string;
}

/** What a migration needs of a database: the embedded one has it, and a connection to a server (scripts/central.ts). */
export interface MigrationSession {
  /** Several statements, without values. */
  exec(sql: string): Promise<unknown>;
  query<Row>(sql: string, parameters?: unknown[]): Promise<{ rows: Row[] }>;
}

export interface MigrationDatabase extends MigrationSession {
  transaction(work: (session: MigrationSession) => Promise<void>): Promise<void>;
}

/** Flyway's own history table, column for column, so that Flyway can take over the same database. */
export const HISTORY_TABLE = `
  CREATE TABLE IF NOT EXISTS flyway_schema_history (
    installed_rank INTEGER NOT NULL CONSTRAINT flyway_schema_history_pk PRIMARY KEY,
    version VARCHAR(50),
    description VARCHAR(200) NOT NULL,
    type VARCHAR(20) NOT NULL,
    script VARCHAR(1000) NOT NULL,
    checksum INTEGER,
    installed_by VARCHAR(100) NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT now(),
    execution_time INTEGER NOT NULL,
    success BOOLEAN NOT NULL
  );
  CREATE INDEX IF NOT EXISTS flyway_schema_history_s_idx ON flyway_schema_history (success);`;

const FILE_NAME = /^V(\d+(?:[._]\d+)*)__(.+)\.sql$/;
const BYTE_ORDER_MARK = /^\uFEFF/;

/** Flyway's checksum: CRC-32 over the UTF-8 lines without their line endings and without a byte order mark, signed. */
export function flywayChecksum(text: string): number {
  const lines = text.replace(BYTE_ORDER_MARK, '').split(/\r\n|\r|\n/);
  let checksum = 0;
  for (const line of lines) checksum = crc32(line, checksum);
  return checksum | 0;
}

/** The migrations of some folders in the order of their versions. Throws on a file whose name Flyway would not take. */
export function readMigrations(...directories: readonly string[]): Migration[] {
  const migrations = directories
    .flatMap((directory) => readdirSync(directory).map((script) => ({ directory, script })))
    .filter(({ script }) => script.endsWith('.sql'))
    .map(({ directory, script }): Migration => {
      const [, version, words] = FILE_NAME.exec(script) ?? [];
      if (version === undefined || words === undefined)
        throw new Error(`${script} is not named like V1__what_it_does.sql.`);
      const sql = readFileSync(join(directory, script), 'utf8');
      return {
        version: version.replaceAll('_', '.'),
        description: words.replaceAll('_', ' '),
        script,
        checksum: flywayChecksum(sql),
        sql: sql.replace(BYTE_ORDER_MARK, ''),
      };
    })
    .sort((one, other) => compareVersions(one.version, other.version));
  migrations.forEach((migration, index) => {
    if (migrations[index + 1]?.version === migration.version)
      throw new Error(`Two migrations have version ${migration.version}.`);
  });
  return migrations;
}

/**
 * Brings the database to the newest version, one transaction a migration: one that fails leaves everything as it was
 * before it. `beforeFirst` is awaited when there is one to apply. Returns how many were applied. Throws
 * STORAGE_UNAVAILABLE when the database and the migrations disagree.
 */
export async function migrate(
  database: MigrationDatabase,
  migrations: readonly Migration[],
  beforeFirst: () => Promise<void> = async () => undefined,
  onEach: (migration: Migration) => void = () => undefined,
): Promise<number> {
  await database.exec(HISTORY_TABLE);
  const history = await database.query<AppliedMigration>(
    'SELECT version, checksum, success FROM flyway_schema_history WHERE version IS NOT NULL ORDER BY installed_rank',
  );
  const pending = pendingMigrations(history.rows, migrations);
  if (pending.length > 0) await beforeFirst();
  for (const migration of pending) {
    onEach(migration);
    await apply(database, migration);
  }
  return pending.length;
}

export interface AppliedMigration {
  readonly version: string;
  readonly checksum: number;
  readonly success: boolean;
}

/** What is not applied yet. Throws STORAGE_UNAVAILABLE when the database and the migrations disagree. */
export function pendingMigrations(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): Migration[] {
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]));
  let newest: string | null = null;
  for (const row of applied) {
    const migration = byVersion.get(row.version);
    if (migration === undefined)
      throw disagreement(
        `it has version ${row.version}, which this program does not know. Install the newer program again.`,
      );
    if (migration.checksum !== row.checksum || !row.success)
      throw disagreement(
        `${migration.script} was changed after it had been applied. Restore the file; put changes into a new one.`,
      );
    byVersion.delete(row.version);
    if (newest === null || compareVersions(row.version, newest) > 0) newest = row.version;
  }
  const pending = [...byVersion.values()];
  for (const migration of pending)
    if (newest !== null && compareVersions(migration.version, newest) < 0)
      throw disagreement(`${migration.script} is older than version ${newest}, which is already applied.`);
  return pending;
}

async function apply(database: MigrationDatabase, migration: Migration): Promise<void> {
  const startedMs = performance.now();
  try {
    await database.transaction(async (transaction) => {
      await transaction.exec(migration.sql);
      await transaction.query(
        `INSERT INTO flyway_schema_history
           (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
         SELECT coalesce(max(installed_rank), 0) + 1, $1, $2, 'SQL', $3, $4, current_user, $5, TRUE
         FROM flyway_schema_history`,
        [
          migration.version,
          migration.description,
          migration.script,
          migration.checksum,
          Math.round(performance.now() - startedMs),
        ],
      );
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(
      'STORAGE_UNAVAILABLE',
      `The database could not be brought up to date: ${migration.script} failed (${reason}). The records are as they were before.`,
      { cause: error },
    );
  }
}

function disagreement(sentence: string): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    `The database does not fit this program: ${sentence} The records were not touched.`,
  );
}

function compareVersions(one: string, other: string): number {
  const left = one.split('.').map(Number);
  const right = other.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
