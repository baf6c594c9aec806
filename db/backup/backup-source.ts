import type { PGlite } from '@electric-sql/pglite';
import type { BackupSource } from './run-backup.ts';

/** PostgreSQL's online backup on a connection. */
export function backupSourceOf(database: PGlite): BackupSource {
  let begun = false;
  return {
    async begin() {
      const { rows } = await database.query<{ file: string }>(
        "SELECT pg_walfile_name(pg_backup_start('skyrescue', true)) AS file",
      );
      begun = true;
      return { firstWalFile: rows[0]?.file ?? '' };
    },
    async end() {
      const { rows } = await database.query<{ label: string; file: string }>(
        'SELECT labelfile AS label, pg_walfile_name(lsn) AS file FROM pg_backup_stop(false)',
      );
      begun = false;
      return { label: rows[0]?.label ?? '', lastWalFile: rows[0]?.file ?? '' };
    },
    async release() {
      if (begun) await database.query('SELECT pg_backup_stop(false)');
      begun = false;
    },
  };
}
