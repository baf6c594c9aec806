import { sql } from 'kysely';
import type { ReadImplementation } from '../transactions.ts';
import { missionOf, missionRows, TERMINAL } from './missions.ts';
import type { SyncLiveQueries } from './sync-live-map.ts';

/** What ended lately was launched not long before: the index on the launch finds it. */
const LONGEST_FLIGHT_MS = 3_600_000;

export const syncLiveReads: ReadImplementation<SyncLiveQueries> = {
  async settledMissions(reader, { missionIds }) {
    const rows = await reader.all(
      sql<{ missionId: string }>`SELECT m.mission_id AS "missionId" FROM missions m
        WHERE m.mission_id = ANY (${missionIds}::uuid[]) AND is_own_mission(m.station_id)
          AND EXISTS (SELECT FROM sync_stamps s WHERE s.table_name = 'missions' AND s.row_id = m.mission_id::text)
          AND NOT EXISTS (
            SELECT FROM sync_outbox o, sync_station
            WHERE o.table_name = 'missions' AND o.row_id = m.mission_id::text
              AND o.incarnation = sync_station.incarnation AND o.seq > sync_station.acked_seq
          )`,
    );
    return rows.map(({ missionId }) => missionId);
  },

  async remoteMissions(reader, { endedAfterMs, limit }) {
    const rows = await reader.all(
      missionRows()
        .where(sql<boolean>`NOT is_own_mission(station_id)`)
        .where((where) =>
          where.or([
            where('status', 'not in', TERMINAL),
            where.and([
              where(
                'launch_time',
                '>',
                sql<number>`to_timestamp(${endedAfterMs - LONGEST_FLIGHT_MS}::float8 / 1000)`,
              ),
              where(
                sql<number>`coalesce(completion_time, abort_time)`,
                '>',
                sql<number>`to_timestamp(${endedAfterMs}::float8 / 1000)`,
              ),
            ]),
          ]),
        )
        .orderBy('launch_time', 'desc')
        .orderBy('mission_id')
        .limit(limit),
    );
    return rows.map(missionOf);
  },

  async remoteDrones(reader, { limit }) {
    return reader.all(
      sql<{
        droneId: string;
        stationId: string;
      }>`SELECT row_id AS "droneId", origin AS "stationId" FROM sync_stamps
        WHERE table_name = 'drones' AND origin IS NOT NULL AND origin IS DISTINCT FROM own_station_id()
        ORDER BY row_id LIMIT ${limit}`,
    );
  },
};
