import { createInterface } from 'node:readline';
import type { PGlite } from '@electric-sql/pglite';
import { openDatabase } from '../../db/open-database.ts';
import { MIGRATIONS_DIRECTORY, preparedDirectory } from '../integration/db/temporary-database.ts';

/** What is in a database that was opened again after a crash. */
export interface Survivors {
  created: boolean;
  emergencies: string[];
  events: string[];
  missions: { missionId: string; status: string; telemetryRows: number }[];
  /** Records that are there more than once, or were counted more than once. */
  duplicated: number;
  /** Records without their place in the outbox, places without their record, and numbers left out (docs/sync.md, S1, S2). */
  unmatched: number;
  /** Transactions of which a part is there, and events that are not in the order of their mission. */
  torn: number;
}

/** A database that has rows twice, or whose sums do not agree with what they sum up. */
const DUPLICATES = `
  SELECT (SELECT count(*) - count(DISTINCT address) FROM emergencies)
    + (SELECT count(*) - count(DISTINCT sentence) FROM mission_events)
    + (SELECT abs((SELECT count(*) FROM telemetry) - coalesce(sum(samples), 0)) FROM telemetry_1min)
    + (SELECT abs((SELECT count(*) FROM missions) - coalesce(sum(total_missions), 0)) FROM drones) AS duplicated`;

/** The workload's station is connected: what is written and what waits to be sent are one. */
const UNMATCHED = `
  WITH written AS (
    SELECT 'emergencies' AS table_name, emergency_id::text AS row_id FROM emergencies
    UNION ALL SELECT 'missions', mission_id::text FROM missions
    UNION ALL SELECT 'mission_events', event_id::text FROM mission_events
  ), waiting AS (
    SELECT DISTINCT table_name, row_id FROM sync_outbox
    WHERE table_name IN ('emergencies', 'missions', 'mission_events')
  )
  SELECT (SELECT count(*) FROM written FULL JOIN waiting USING (table_name, row_id)
      WHERE written.row_id IS NULL OR waiting.row_id IS NULL)
    + (SELECT last_seq - count(DISTINCT seq) FROM sync_station LEFT JOIN sync_outbox USING (incarnation) GROUP BY last_seq)
    + (SELECT count(*) FROM telemetry WHERE NOT EXISTS (SELECT FROM sync_telemetry AS line
        WHERE line.mission_id = telemetry.mission_id AND time BETWEEN from_time AND until_time)) AS unmatched
  FROM sync_station WHERE station_id IS NOT NULL`;

/** The workload numbers the events of a mission, and says which were written together and how many. */
const TORN = `
  SELECT (SELECT count(*) FROM (SELECT FROM mission_events WHERE event_data ? 'together'
      GROUP BY event_data ->> 'together' HAVING count(*) <> min((event_data ->> 'size')::int)) AS halves)
    + (SELECT count(*) FROM (SELECT (event_data ->> 'number')::int AS number,
        row_number() OVER (PARTITION BY mission_id ORDER BY recorded_order) AS place FROM mission_events) AS events
      WHERE number <> place) AS torn`;

const KEYS = [
  ['emergencies', 'emergency_id'],
  ['missions', 'mission_id'],
  ['mission_events', 'event_id'],
  ['telemetry', 'time'],
] as const;

/** Opens what a crash left, reads all of it, and closes it. */
export async function survivorsIn(dataDirectory: string): Promise<Survivors> {
  const { database, created } = await openDatabase({
    dataDirectory,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
  });
  const survivors = await readSurvivors(database, created);
  await database.close();
  return survivors;
}

/** Page checksums are on: reading everything proves that no page is torn. */
export async function readSurvivors(database: PGlite, created: boolean): Promise<Survivors> {
  const column = async (sql: string): Promise<string[]> =>
    (await database.query<{ value: string }>(sql)).rows.map(({ value }) => value);
  const count = async (sql: string): Promise<number | undefined> =>
    Object.values((await database.query<Record<string, number>>(sql)).rows[0] ?? {})[0];
  const survivors: Survivors = {
    created,
    emergencies: await column('SELECT emergency_id AS value FROM emergencies'),
    events: await column('SELECT event_id AS value FROM mission_events'),
    missions: (
      await database.query<Survivors['missions'][number]>(`
        SELECT mission_id AS "missionId", status,
          (SELECT count(*) FROM telemetry WHERE telemetry.mission_id = missions.mission_id) AS "telemetryRows"
        FROM missions`)
    ).rows,
    duplicated: (await count(DUPLICATES)) ?? -1,
    // Nothing is compared where the crash came before the station was connected.
    unmatched: (await count(UNMATCHED)) ?? 0,
    torn: (await count(TORN)) ?? -1,
  };
  for (const [table, key] of KEYS) {
    // The same rows by way of the index: one that lost or kept what its table did not counts otherwise.
    const rows = (await column(`SELECT ${key}::text AS value FROM ${table}`)).length;
    await database.exec('SET enable_seqscan = off; SET enable_bitmapscan = off');
    const found = (await column(`SELECT ${key}::text AS value FROM ${table} ORDER BY ${key}`)).length;
    await database.exec('RESET enable_seqscan; RESET enable_bitmapscan');
    if (found !== rows) throw new Error(`${table} has ${rows} rows and its index ${found}.`);
  }
  return survivors;
}

/**
 * Run as a process of its own, because a damaged database may end the engine, and with it whoever asked: a directory a
 * line comes in, what survived in it goes out. An error ends the process, so that nothing is checked in its wake.
 */
if (import.meta.main)
  for await (const dataDirectory of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await survivorsIn(dataDirectory)));
