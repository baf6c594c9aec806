import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assertDurable } from '../../../db/durable-fs.ts';
import { type OpenDatabase, openDatabase, stationMigrations } from '../../../db/open-database.ts';
import { schemaTypes } from '../../../scripts/schema-types.ts';
import {
  copyMigrations,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from './temporary-database.ts';

let directory: TemporaryDirectory;
let migrationsDirectory = '';
let database: PGlite | null = null;

beforeEach(() => {
  directory = temporaryDirectory();
  migrationsDirectory = copyMigrations(directory.path);
});
afterEach(async () => {
  await database?.close();
  database = null;
  directory.remove();
});

async function open(prepared: string | null = preparedDirectory): Promise<OpenDatabase> {
  await database?.close();
  database = null;
  const opened = await openDatabase({
    dataDirectory: directory.path,
    preparedDirectory: prepared,
    migrationsDirectory,
  });
  database = opened.database;
  return opened;
}

const migration = (name: string): string => join(migrationsDirectory, name);

/** Made from nothing, which takes its time on a busy machine. */
const FROM_NOTHING_MS = 240_000;

describe('a database of version 1 with rows', () => {
  beforeEach(async () => {
    for (const name of readdirSync(migrationsDirectory))
      if (!name.startsWith('V1__')) rmSync(migration(name));
    const stations = join(directory.path, 'station');
    for (const name of readdirSync(stations)) rmSync(join(stations, name));
    const { database: older } = await open(null);
    await older.exec(`
      INSERT INTO base_stations (base_station_id, name, location, capacity) VALUES ('BOS-1', 'Ten', 'POINT(-71 42)', 2);
      INSERT INTO drones (drone_id, serial_number, status, base_station_id) VALUES ('Alpha-1', 'S1', 'IN_FLIGHT', 'BOS-1');
      INSERT INTO emergencies (emergency_type, location_point) VALUES ('cardiac_arrest', 'POINT(-71 42)');
      INSERT INTO missions (emergency_id, drone_id, dispatcher_id, status, destination_location)
        SELECT emergency_id, 'Alpha-1', 'somebody', 'IN_FLIGHT', location_point FROM emergencies;
      INSERT INTO mission_events (mission_id, event_type) SELECT mission_id, 'LANDED' FROM missions;
      INSERT INTO no_fly_zones (name, zone_type, zone_polygon)
        VALUES ('Zone', 'SCHOOL', 'POLYGON((-71 42, -71 42.1, -71.1 42.1, -71 42))');`);
    copyMigrations(directory.path);
  }, FROM_NOTHING_MS);

  test('keeps them, and gives new columns what they need; a wrong later file leaves all of that usable', async () => {
    const { database: newer, migrated, created } = await open();
    expect([migrated, created]).toEqual([stationMigrations(migrationsDirectory).length - 1, false]);
    const { rows } = await newer.query(
      `SELECT version, sentence, drones.status FROM no_fly_zones, mission_events, missions, drones`,
    );
    expect(rows).toEqual([{ version: 1, sentence: '', status: 'IN_FLIGHT' }]);

    writeFileSync(
      migration('V999__broken.sql'),
      'CREATE TABLE half (id INT); DELETE FROM mission_events; SELECT 1 / 0;',
    );
    await expect(open()).rejects.toThrow(/V999__broken.sql failed .* The records are as they were before./);
    rmSync(migration('V999__broken.sql'));
    const { database: again } = await open();
    expect((await again.query('SELECT event_type FROM mission_events')).rows).toHaveLength(1);
    expect((await again.query("SELECT to_regclass('half') AS half")).rows).toEqual([{ half: null }]);
  });
});

test('the history is what Flyway expects; a changed or an unknown migration is refused in words', async () => {
  const { database: fresh, created } = await open();
  expect(created).toBe(true);
  const { rows } = await fresh.query(
    'SELECT installed_rank, version, description, type, script, success FROM flyway_schema_history ORDER BY 1',
  );
  expect(rows).toHaveLength(stationMigrations(migrationsDirectory).length);
  expect(rows.slice(0, 2)).toEqual([
    {
      installed_rank: 1,
      version: '1',
      description: 'initial schema',
      type: 'SQL',
      script: 'V1__initial_schema.sql',
      success: true,
    },
    {
      installed_rank: 2,
      version: '2',
      description: 'ground control',
      type: 'SQL',
      script: 'V2__ground_control.sql',
      success: true,
    },
  ]);

  const original = readFileSync(migration('V2__ground_control.sql'), 'utf8');
  writeFileSync(migration('V2__ground_control.sql'), `${original}\n-- An afterthought.`);
  await expect(open()).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining('V2__ground_control.sql was changed after it had been applied.'),
  });
  rmSync(migration('V2__ground_control.sql'));
  await expect(open()).rejects.toThrow('it has version 2, which this program does not know');
});

test('the table types are those of the migrated schema', async () => {
  const { database: fresh } = await open();
  const written = readFileSync(new URL('../../../db/schema.ts', import.meta.url), 'utf8');
  expect(await schemaTypes(fresh)).toBe(written);
});

test('checklists from before V17 have their door moved by the first gripper; another kind is refused', async () => {
  const { database: fresh } = await open();
  await fresh.exec(`
    ALTER TABLE checklists DROP COLUMN door;
    INSERT INTO checklists (model, version, items, created_at) VALUES ('X1', 1, '[{"itemId": "props"}]', now());`);
  await fresh.exec(readFileSync(migration('V17__door_drive.sql'), 'utf8'));
  const { rows } = await fresh.query('SELECT model, items, door FROM checklists ORDER BY model');
  expect(rows).toMatchObject([
    { model: '', door: { kind: 'GRIPPER', gripper: 1 } },
    { model: 'X1', items: [{ itemId: 'props' }], door: { kind: 'GRIPPER', gripper: 1 } },
  ]);
  await expect(fresh.exec(`UPDATE checklists SET door = '{"kind": "HATCH"}'`)).rejects.toThrow('door_form');
});

test('a commit reaches the disk; a start at which none does is refused', async () => {
  const { database: fresh, filesystem } = await open();
  const before = filesystem.syncs;
  await fresh.query("INSERT INTO audit_log (at, action) VALUES (now(), 'TEST')");
  expect(filesystem.syncs - before).toBe(1);
  await expect(assertDurable(fresh, { syncs: 7 })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
});

test("another major version's directory is recognised and left untouched", async () => {
  const version = join(directory.path, 'database', 'PG_VERSION');
  mkdirSync(join(directory.path, 'database'));
  writeFileSync(version, '17\n');
  await expect(open()).rejects.toThrow(
    'made by PostgreSQL 17; this program needs PostgreSQL 18. It was left untouched.',
  );
  expect(readFileSync(version, 'utf8')).toBe('17\n');
});

// A power cut leaves a file as long as it was to be, and nothing in it: chaos, seed 42.
test.each(['18\n', '\0\0\0'])(
  'a directory whose making was interrupted at version %j is made again',
  async (version) => {
    mkdirSync(join(directory.path, 'database'));
    writeFileSync(join(directory.path, 'database', 'PG_VERSION'), version);
    writeFileSync(join(directory.path, 'database.unfinished'), '');
    const { created } = await open();
    expect(created).toBe(true);
    expect((await open()).created).toBe(false);
  },
);

test('the audit log can only be added to', async () => {
  const { database: fresh } = await open();
  await fresh.exec("INSERT INTO audit_log (at, action) VALUES (now(), 'TEST')");
  for (const change of [
    "UPDATE audit_log SET action = 'OTHER'",
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
  ])
    await expect(fresh.exec(change)).rejects.toThrow('The audit log can only be added to.');
});

test('telemetry is summed up by the minute, over batches; what is repeated or not measured does not count', async () => {
  const { database: fresh } = await open();
  await fresh.exec(`
    INSERT INTO drones (drone_id, serial_number, status) VALUES ('Alpha-1', 'S1', 'IN_FLIGHT');
    INSERT INTO emergencies (emergency_type, location_point) VALUES ('cardiac_arrest', 'POINT(-71 42)');
    INSERT INTO missions (emergency_id, drone_id, dispatcher_id, status, destination_location)
      SELECT emergency_id, 'Alpha-1', 'somebody', 'IN_FLIGHT', location_point FROM emergencies;`);
  const append = (rows: string) =>
    fresh.exec(`INSERT INTO telemetry (time, mission_id, drone_id, latitude, longitude, altitude_meters, speed_ms, battery_level)
      SELECT at::timestamptz, mission_id, 'Alpha-1', 42, -71, altitude, speed, battery
      FROM missions, (VALUES ${rows}) AS sample (at, altitude, speed, battery) ON CONFLICT DO NOTHING`);
  await append("('2026-05-01T12:00:01Z', 10, 4, 90), ('2026-05-01T12:00:02Z', 20, NULL, 88)");
  await append(
    "('2026-05-01T12:00:02Z', 99, 99, 99), ('2026-05-01T12:00:59Z', 60, 8, 87), ('2026-05-01T12:01:00Z', 50, 1, 86)",
  );
  const { rows } = await fresh.query(
    'SELECT bucket, samples, avg_speed, avg_altitude, min_battery, max_battery FROM telemetry_1min ORDER BY bucket',
  );
  const noon = Date.UTC(2026, 4, 1, 12);
  expect(rows).toEqual([
    { bucket: noon, samples: 3, avg_speed: 6, avg_altitude: 30, min_battery: 87, max_battery: 90 },
    { bucket: noon + 60_000, samples: 1, avg_speed: 1, avg_altitude: 50, min_battery: 86, max_battery: 86 },
  ]);
});
