import { type RawBuilder, sql } from 'kysely';
import type { Reader, WriteImplementation, Writer } from '../transactions.ts';
import type { SyncWrites } from './query-map-sync.ts';

/** As the outbox: a server restored from a backup of this age gets it again. */
const KEEP_ACKNOWLEDGED_DAYS = 14;

interface Column {
  name: string;
  /** Numbers and times: nothing in them that COPY reads as anything else. */
  plain: boolean;
}

export const syncTelemetryWrites: WriteImplementation<
  Pick<SyncWrites, 'syncTakeTelemetry' | 'syncTelemetryAcked'>
> = {
  async syncTakeTelemetry(writer, { afterPosition, maxRows }) {
    const columns = await telemetryColumns(writer);
    let from = afterPosition;
    for (;;) {
      const { positions, more } = await nextLines(writer, from, maxRows);
      const last = positions.at(-1);
      if (last === undefined) return null;
      await writer.run(
        sql`UPDATE sync_telemetry SET sealed = TRUE WHERE position = ANY (${positions}::bigint[]) AND NOT sealed`,
      );
      const taken = await writer.first(sql<{ text: string | null; rows: number }>`
        SELECT string_agg(${copyLine(columns)}, '' ORDER BY position, time) AS text, count(*) AS rows
        FROM sync_telemetry JOIN telemetry
          ON telemetry.mission_id = sync_telemetry.mission_id AND time BETWEEN from_time AND until_time
        WHERE position = ANY (${positions}::bigint[])`);
      if (typeof taken?.text === 'string') {
        const names = columns.map(({ name }) => name);
        return { position: last, rows: taken.rows, columns: names, text: [taken.text], more };
      }
      // What the lines speak of is gone.
      from = last;
    }
  },

  async syncTelemetryAcked(writer, { position, nowMs }) {
    await writer.run(sql`UPDATE sync_station SET telemetry_acked = ${position}`);
    const beforeMs = nowMs - KEEP_ACKNOWLEDGED_DAYS * 24 * 3_600_000;
    await writer.run(sql`
      DELETE FROM sync_telemetry WHERE position <= ${position} AND until_time < to_timestamp(${beforeMs}::float8 / 1000)`);
  },
};

/** Lines in their order, so many that they hold `maxRows` at most; at least one. */
async function nextLines(
  writer: Writer,
  afterPosition: number | null,
  maxRows: number,
): Promise<{ positions: number[]; more: boolean }> {
  const lines = await writer.all(sql<{ position: number; waiting: number }>`
    SELECT position, waiting
    FROM (SELECT position, count(*) OVER () AS waiting, samples, sum(samples) OVER (ORDER BY position) AS until
      FROM (SELECT position, samples FROM sync_telemetry, sync_station
        WHERE position > coalesce(${afterPosition}::bigint, telemetry_acked)
        ORDER BY position LIMIT ${maxRows + 1}) AS next) AS counted
    WHERE until <= ${maxRows}::int OR until = samples ORDER BY position`);
  const positions = lines.map(({ position }) => position);
  return { positions, more: positions.length < (lines[0]?.waiting ?? 0) };
}

function telemetryColumns(reader: Reader): Promise<Column[]> {
  return reader.all(sql<Column>`
    SELECT attname AS name, typcategory IN ('N', 'D') AS plain
    FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = 'telemetry'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`);
}

/** A row in COPY's text form (PostgreSQL, COPY, "Text Format"). */
function copyLine(columns: readonly Column[]): RawBuilder<string> {
  const fields = columns.map(({ name, plain }) => {
    const text = sql`${sql.ref(`telemetry.${name}`)}::text`;
    return sql`coalesce(${plain ? text : escaped(text)}, '\\N')`;
  });
  return sql`concat_ws(E'\\t', ${sql.join(fields)}) || E'\\n'`;
}

function escaped(text: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`replace(replace(replace(replace(${text}, '\\', '\\\\'), E'\\t', '\\t'), E'\\n', '\\n'), E'\\r', '\\r')`;
}
