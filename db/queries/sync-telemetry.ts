import { sql } from 'kysely';
import type { Columns } from '../sync/wire.ts';
import type { WriteImplementation, Writer } from '../transactions.ts';
import type { SyncWrites } from './query-map-sync.ts';

/** As the outbox: a server restored from a backup of this age gets it again. */
const KEEP_ACKNOWLEDGED_DAYS = 14;

interface Line {
  position: number;
  samples: number;
}

export const syncTelemetryWrites: WriteImplementation<
  Pick<SyncWrites, 'syncTakeTelemetry' | 'syncTelemetryAcked'>
> = {
  async syncTakeTelemetry(writer, { afterPosition, maxRows }) {
    let from = afterPosition;
    for (;;) {
      const lines = await nextLines(writer, from, maxRows);
      const last = lines.at(-1);
      if (last === undefined) return null;
      const positions = lines.map(({ position }) => position);
      await writer.run(
        sql`UPDATE sync_telemetry SET sealed = TRUE WHERE position = ANY (${positions}::bigint[])`,
      );
      const rows = await writer.all(sql<{ row: Columns }>`
        SELECT to_jsonb(telemetry) AS "row" FROM sync_telemetry JOIN telemetry
          ON telemetry.mission_id = sync_telemetry.mission_id AND time BETWEEN from_time AND until_time
        WHERE position = ANY (${positions}::bigint[]) ORDER BY position, time`);
      if (rows.length > 0) return { position: last.position, rows: rows.map(({ row }) => row) };
      // What the lines speak of is gone.
      from = last.position;
    }
  },

  async syncTelemetryAcked(writer, { position, nowMs }) {
    await writer.run(sql`UPDATE sync_station SET telemetry_acked = ${position}`);
    const beforeMs = nowMs - KEEP_ACKNOWLEDGED_DAYS * 24 * 3_600_000;
    await writer.run(sql`
      DELETE FROM sync_telemetry WHERE position <= ${position} AND until_time < to_timestamp(${beforeMs}::float8 / 1000)`);
  },
};

/** Lines in their order, so many that they hold about `maxRows`; at least one. */
async function nextLines(writer: Writer, afterPosition: number | null, maxRows: number): Promise<Line[]> {
  const lines = await writer.all(sql<Line>`
    SELECT position, samples FROM sync_telemetry, sync_station
    WHERE position > coalesce(${afterPosition}::bigint, telemetry_acked) ORDER BY position LIMIT ${maxRows}`);
  let rows = 0;
  const end = lines.findIndex(({ samples }, index) => {
    rows += samples;
    return index > 0 && rows > maxRows;
  });
  return end === -1 ? lines : lines.slice(0, end);
}
