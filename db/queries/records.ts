import { sql } from 'kysely';
import type { RetentionRun } from '../../preload/contract/records.ts';
import { build, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import type { ReadQueries, WriteQueries } from './query-map.ts';

type RetainedTable = RetentionRun['table'];

/** The column by which a row's age is reckoned, and what names the row. Both are indexed. */
const TABLES: Record<RetainedTable, { table: string; time: string; key: string }> = {
  voice_transcripts: { table: 'voice_transcripts', time: 'timestamp', key: 'transcript_id' },
  telemetry: { table: 'telemetry', time: 'time', key: '(time, mission_id)' },
};

export const recordsReads: ReadImplementation<Pick<ReadQueries, 'retentionRuns'>> = {
  async retentionRuns(reader, { limit }) {
    const rows = await reader.all(
      build.selectFrom('retention_runs').selectAll().orderBy('at', 'desc').orderBy('table_name').limit(limit),
    );
    return rows.map((row) => ({
      atMs: row.at,
      table: row.table_name === 'telemetry' ? 'telemetry' : 'voice_transcripts',
      beforeMs: row.removed_before,
      removed: row.removed,
      removedUnsent: row.removed_unsent,
      waitingSinceMs: row.waiting_since,
    }));
  },
};

export const recordsWrites: WriteImplementation<Pick<WriteQueries, 'removeExpired' | 'recordRetentionRun'>> =
  {
    async removeExpired(writer, { table, beforeMs, unsentFromMs, limit }) {
      const { table: name, time, key } = TABLES[table];
      // What came from elsewhere and waits for its mission is as old.
      await writer.run(sql`DELETE FROM sync_parked WHERE table_name = ${name}
        AND (pulled #>> ${['row', time]}::text[])::timestamptz < to_timestamp(${beforeMs}::float8 / 1000)`);
      const counted = await writer.first(sql<{ removed: number; unsent: number }>`
      WITH removed AS (
        DELETE FROM ${sql.table(name)} WHERE ${sql.raw(key)} IN (
          SELECT ${sql.raw(key.replace(/[()]/g, ''))} FROM ${sql.table(name)}
          WHERE ${sql.ref(time)} < to_timestamp(${beforeMs}::float8 / 1000) ORDER BY ${sql.ref(time)} LIMIT ${limit}
        ) RETURNING ${sql.ref(time)} AS at
      )
      SELECT count(*) AS removed,
        count(*) FILTER (WHERE at >= to_timestamp(${unsentFromMs}::float8 / 1000)) AS unsent
      FROM removed`);
      return { removed: counted?.removed ?? 0, removedUnsent: counted?.unsent ?? 0 };
    },

    async recordRetentionRun(writer, run) {
      await writer.run(
        build
          .insertInto('retention_runs')
          .values({
            at: run.atMs,
            table_name: run.table,
            removed_before: run.beforeMs,
            removed: run.removed,
            removed_unsent: run.removedUnsent,
            waiting_since: run.waitingSinceMs,
          })
          .onConflict((conflict) => conflict.doNothing()),
      );
    },
  };
