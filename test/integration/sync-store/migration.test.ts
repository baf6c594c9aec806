import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openDatabase } from '../../../db/open-database.ts';
import { copyMigrations, type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';
import { openTestStation } from './test-station.ts';

let directory: TemporaryDirectory;
let migrationsDirectory = '';
beforeAll(() => {
  directory = temporaryDirectory();
  migrationsDirectory = copyMigrations(directory.path);
});
afterAll(() => directory.remove());

const versionOf = (name: string): number => Number(/^V(\d+)/.exec(name)?.[1]);
/** The bundle alone: a prepared database would be of the newest version. */
const open = (): Promise<OpenDatabase> =>
  openDatabase({ dataDirectory: directory.path, preparedDirectory: null, migrationsDirectory });

test('case 24: a station of the version before sync keeps its records; cut short, the next start finishes; then all are offered', async () => {
  for (const folder of [migrationsDirectory, join(directory.path, 'station')])
    for (const name of readdirSync(folder)) if (versionOf(name) >= 11) rmSync(join(folder, name));
  const older = await open();
  await older.database.exec(`
    INSERT INTO base_stations (base_station_id, name, location, capacity) VALUES ('BOS-1', 'Ten', 'POINT(-71 42)', 2);
    INSERT INTO drones (drone_id, serial_number, status, base_station_id) VALUES ('Alpha-1', 'S1', 'IN_FLIGHT', 'BOS-1');
    INSERT INTO emergencies (emergency_type, location_point) VALUES ('cardiac_arrest', 'POINT(-71 42)');
    INSERT INTO missions (emergency_id, drone_id, dispatcher_id, status, destination_location)
      SELECT emergency_id, 'Alpha-1', 'x', status, location_point FROM emergencies, unnest('{COMPLETED,IN_FLIGHT}'::text[]) AS status;
    INSERT INTO mission_events (mission_id, event_type) SELECT mission_id, 'LANDED' FROM missions;
    INSERT INTO telemetry (time, mission_id, drone_id, latitude, longitude, altitude_meters)
      SELECT now(), mission_id, 'Alpha-1', 42, -71, 10 FROM missions;
    INSERT INTO no_fly_zones (name, zone_type, zone_polygon)
      VALUES ('Zone', 'SCHOOL', 'POLYGON((-71 42, -71 42.1, -71.1 42.1, -71 42))');`);
  await older.database.close();

  copyMigrations(directory.path);
  // The program ends between the first of the new versions and the second.
  const second = join(directory.path, 'station', 'V12__station_sync.sql');
  writeFileSync(second, 'CREATE TABLE sync_station (one INT); SELECT 1 / 0;');
  await expect(open()).rejects.toThrow(
    /V12__station_sync.sql failed .* The records are as they were before./,
  );
  copyMigrations(directory.path);
  const newer = await open();
  expect(newer.created).toBe(false);
  await newer.database.close();

  const station = await openTestStation(directory.path);
  await station.sync.beginRun('run1');
  await station.sync.adopt('STATION-A');
  const offered = await station.rows(
    'SELECT table_name, count(*) FROM sync_outbox GROUP BY 1 ORDER BY min(seq)',
  );
  expect(offered).toEqual([
    { table_name: 'base_stations', count: 1 },
    { table_name: 'no_fly_zones', count: 1 },
    { table_name: 'drones', count: 1 },
    { table_name: 'emergencies', count: 1 },
    { table_name: 'missions', count: 2 },
    { table_name: 'mission_events', count: 2 },
  ]);
  expect(await station.rows('SELECT DISTINCT station_id FROM missions')).toEqual([
    { station_id: 'STATION-A' },
  ]);
  const telemetry = await station.sync.nextTelemetry({ afterPosition: null, maxRows: 10 });
  expect(telemetry?.rows).toBe(2);
  await station.close();
}, 240_000);
