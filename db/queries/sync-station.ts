import { sql } from 'kysely';
import type { Reader } from '../transactions.ts';

/** Beyond every place: all records were offered. */
export const ALL_OFFERED = '9999999999';

interface StationRow {
  station_id: string | null;
  incarnation: number;
  last_seq: number;
  acked_seq: number;
  offered: string;
  epoch: string | null;
  cursor_txid: string | null;
  cursor_seq: string | null;
  full_pull: boolean;
  full_pull_noted: boolean;
  visibility: number | null;
  paused: boolean;
  last_success_at: number | null;
  clock_offset_ms: number;
  telemetry_acked: number;
}

export async function stationOf(reader: Reader): Promise<StationRow> {
  const row = await reader.first(sql<StationRow>`SELECT * FROM sync_station`);
  if (row === null) throw new Error('sync_station always has its row.');
  return row;
}

/** The newest migration that is not a station's alone (`V…__station_…`). */
export async function sharedSchema(reader: Reader): Promise<number> {
  const row = await reader.first(sql<{ version: number }>`
    SELECT max(version::int) AS version FROM flyway_schema_history
    WHERE success AND version ~ '^[0-9]+$' AND description NOT LIKE 'station %'`);
  return row?.version ?? 0;
}
