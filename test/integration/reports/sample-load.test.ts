import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockDirectory } from '../../../db/directory-lock.ts';
import { type OpenDatabase, openDatabase } from '../../../db/open-database.ts';
import { SAMPLE_SIZES } from '../../../db/sample-data/city.ts';
import { loadSample } from '../../../db/sample-data/load-sample.ts';
import { sampleTables } from '../../../db/sample-data/tables.ts';
import {
  MIGRATIONS_DIRECTORY,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../db/temporary-database.ts';

const TINY = { ...SAMPLE_SIZES.small, emergencies: 60 };
const NOW_MS = Date.UTC(2026, 10, 1, 12);

let directory: TemporaryDirectory;
let opened: OpenDatabase;
const tables = sampleTables(TINY, 3, NOW_MS);

beforeAll(async () => {
  directory = temporaryDirectory();
  opened = await openDatabase({
    dataDirectory: directory.path,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
  });
});
afterAll(async () => {
  await opened.database.close();
  directory.remove();
});

const count = async (sql: string): Promise<number> =>
  (await opened.database.query<{ count: number }>(`SELECT count(*) FROM ${sql}`)).rows[0]?.count ?? -1;

test('every index, trigger and view of the specification is there', async () => {
  const { rows } = await opened.database.query<{ name: string }>(
    `SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' UNION SELECT tgname FROM pg_trigger
     UNION SELECT viewname FROM pg_views WHERE schemaname = 'public'`,
  );
  // idx_dispatchers_email is the index of the unique constraint.
  const named = [
    ...['emergencies_timestamp', 'emergencies_location', 'emergencies_type', 'emergencies_cad'],
    ...['drones_status', 'drones_battery', 'drones_location', 'drones_base'],
    ...['missions_status', 'missions_drone', 'missions_emergency', 'missions_launch_time'],
    ...['missions_destination', 'voice_transcripts_mission', 'voice_transcripts_time'],
    ...['voice_transcripts_speaker', 'mission_events_mission', 'mission_events_type', 'mission_events_time'],
    ...['base_stations_location', 'base_stations_operational', 'no_fly_zones_polygon', 'no_fly_zones_type'],
    ...['no_fly_zones_active', 'dispatchers_center', 'dispatchers_active', 'weather_mission', 'weather_time'],
    ...['ai_models_type', 'ai_models_version', 'ai_models_active'],
  ].map((name) => `idx_${name}`);
  const others = [
    'dispatchers_email_unique',
    'update_emergencies_updated_at',
    'active_missions',
    'fleet_availability',
  ];
  const there = new Set(rows.map(({ name }) => name));
  expect([...named, ...others].filter((name) => !there.has(name))).toEqual([]);
});

test('every row of a sample is taken by every rule of the database', async () => {
  const loaded = await loadSample(opened.database, tables, () => undefined);
  expect(loaded.map(({ name }) => name)).toEqual(tables.map(({ name }) => name));
  for (const { name, rows } of loaded)
    expect(await count(name), name)[name === 'telemetry_1min' ? 'toBeGreaterThan' : 'toBe'](rows);
});

test('the minutes of the telemetry were added up as it came in', async () => {
  const wrong = await count(`(
    SELECT date_trunc('minute', time) AS bucket, mission_id, drone_id, count(*) AS samples, sum(altitude_meters) AS altitude_sum
    FROM telemetry GROUP BY 1, 2, 3
  ) AS expected LEFT JOIN telemetry_1min AS kept USING (bucket, mission_id, drone_id)
  WHERE kept.samples IS DISTINCT FROM expected.samples OR kept.altitude_sum IS DISTINCT FROM expected.altitude_sum`);
  expect(wrong).toBe(0);
});

test('no flight crosses a zone that reaches up to it', async () => {
  const crossed = await count(`missions JOIN no_fly_zones ON ST_Intersects(zone_polygon, flight_path)
    WHERE altitude_restriction_meters IS NULL OR altitude_restriction_meters >= 60`);
  expect(crossed).toBe(0);
  const landedInside = await count(
    'missions JOIN no_fly_zones ON ST_Intersects(zone_polygon, destination_location)',
  );
  expect(landedInside).toBe(0);
});

test('made-up records never come among others', async () => {
  await expect(loadSample(opened.database, tables, () => undefined)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('Give an empty one with --data-dir.'),
  });
});

test('a directory that a station has open is left alone', () => {
  const path = join(directory.path, 'database.lock');
  const unlock = lockDirectory(path);
  try {
    // What scripts/seed.ts asks first: the same lock as the station's.
    expect(() => lockDirectory(path)).toThrow('Close the other ground control first.');
  } finally {
    unlock();
  }
});
