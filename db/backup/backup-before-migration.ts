import type { PGlite } from '@electric-sql/pglite';
import type { DatabasePaths } from '../open-database.ts';
import { POSTGRES_MAJOR } from '../postgres-major.ts';
import { backupFolderOf, defaultBackupFolder, originOf } from './backup-folder.ts';
import { backupSourceOf } from './backup-source.ts';
import { runBackup } from './run-backup.ts';

/**
 * A backup of the database as an earlier version of the program left it, when it holds anything. The folder that was
 * chosen may be away at this moment: then it goes to the one beside the records, rather than nowhere. Throws Refusal
 * when neither takes it: the database is then not changed.
 */
export async function backUpBeforeMigration(
  database: PGlite,
  setup: DatabasePaths & { backupWorkerPath: string },
): Promise<void> {
  if (!(await hasRows(database))) return;
  const { dataDirectory, preparedDirectory, backupWorkerPath } = setup;
  const backUpTo = (folder: string) =>
    runBackup(
      backupWorkerPath,
      {
        dataDirectory,
        preparedDirectory,
        folder,
        reason: 'MIGRATION',
        origin: originOf(dataDirectory),
        postgresMajor: POSTGRES_MAJOR,
        nowMs: Date.now(),
      },
      backupSourceOf(database),
      () => undefined,
    ).finished;
  const chosen = backupFolderOf(dataDirectory);
  const beside = defaultBackupFolder(dataDirectory);
  await backUpTo(chosen).catch((error: unknown) => {
    if (chosen === beside) throw error;
    return backUpTo(beside);
  });
}

/** What the migrations themselves fill is nobody's record. */
async function hasRows(database: PGlite): Promise<boolean> {
  const tables = await database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables
     WHERE schemaname = 'public' AND tablename NOT IN ('spatial_ref_sys', 'flyway_schema_history', 'checklists')
       AND tablename NOT LIKE 'sync\\_%'`,
  );
  for (const { name } of tables.rows) {
    const { rows } = await database.query(`SELECT 1 FROM "${name}" LIMIT 1`);
    if (rows.length > 0) return true;
  }
  return false;
}
