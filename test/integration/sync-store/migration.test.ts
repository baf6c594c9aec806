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

test('case 24, V15: a station of the version before sync keeps its records; cut short, the next start finishes; one that was connected offers what travels anew; then all are offered', async () => {
  for (const folder of [migrationsDirectory, join(directory.path, 'station')])
    for (const name of readdirSync(folder)) if (versionOf(name) >= 11) rmSync(join(folder, name));
  const onlyTo13 = (): void => {
    copyMigrations(directory.path);
    for (const folder of [migrationsDirectory, join(directory.path, 'station')])
      for (const name of readdirSync(folder)) if (versionOf(name) > 13) rmSync(join(folder, name));
  };
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

  onlyTo13();
  // The program ends between the first of the new versions and the second.
  const second = join(directory.path, 'station', 'V12__station_sync.sql');
  writeFileSync(second, 'CREATE TABLE sync_station (one INT); SELECT 1 / 0;');
  await expect(open()).rejects.toThrow(
    /V12__station_sync.sql failed .* The records are as they were before./,
  );
  onlyTo13();
  const newer = await open();
  expect(newer.created).toBe(false);
  await connectWithChecks(newer);
  await newer.database.close();
  copyMigrations(directory.path);
  await (await open()).database.close();

  const station = await openTestStation(directory.path);
  expect(await station.sync.state()).toMatchObject({ lastSeq: 1, lastAckedSeq: 0 });
  expect(await station.rows('SELECT seq, table_name, row_id, made_by FROM sync_outbox')).toEqual([
    { seq: 1, table_name: 'health_checks', row_id: CHECK_ID, made_by: null },
  ]);
  expect(await station.rows('SELECT station_id FROM health_checks')).toEqual([{ station_id: 'STATION-A' }]);
  expect(await station.sync.conflicts({ limit: 1 })).toMatchObject([
    { twoFlights: true, otherBy: 'Bo Jones' },
  ]);
  await station.rows(`DELETE FROM sync_conflicts`);
  await station.rows(`DELETE FROM sync_outbox`);
  await station.rows(`UPDATE sync_station SET station_id = NULL, offered = ''`);
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
    { table_name: 'health_checks', count: 1 },
  ]);
  expect(await station.rows('SELECT DISTINCT station_id FROM missions')).toEqual([
    { station_id: 'STATION-A' },
  ]);
  const telemetry = await station.sync.nextTelemetry({ afterPosition: null, maxRows: 10 });
  expect(telemetry?.rows).toBe(2);
  await station.close();
}, 240_000);

const CHECK_ID = '00000000-0000-4000-8000-00000000c0de';

/** As a station of version 13 that is connected, has a signed check, and got columns that it has no place for. */
async function connectWithChecks({ database }: OpenDatabase): Promise<void> {
  await database.exec(`
    UPDATE sync_station SET station_id = 'STATION-A', offered = '9999999999', run_nonce = 'n';
    SELECT set_config('app.sync', 'on', FALSE);
    INSERT INTO health_checks (health_check_id, drone_id, checklist_model, checklist_version, started_at, signed_at,
        signed_by, signed_name, decision, automatic, manual)
      VALUES ('${CHECK_ID}', 'Alpha-1', '', 1, now(), now(), 'tess', 'Tess Long', 'READY', '[]', '[]');
    INSERT INTO sync_conflicts (conflict_id, table_name, row_id, in_force, other, other_stamp, other_station_id)
      VALUES ('${CHECK_ID}', 'drones', 'Alpha-1', '{}', '{}', 's', 'B');
    INSERT INTO sync_stamps (table_name, row_id, stamps, unknown)
      VALUES ('sync_conflicts', '${CHECK_ID}', '{"*": "s"}', '{"kind": "TWO_FLIGHTS", "other_by": "Bo Jones"}');`);
}
