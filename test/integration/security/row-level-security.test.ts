import type { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../db/open-database.ts';
import { readQueries } from '../../../db/queries/all-queries.ts';
import type { OpenStore } from '../../../main/station/store/open-store.ts';
import type { Store } from '../../../main/station/store/store.ts';
import {
  emergencyInput,
  missionEvent,
  NOW_MS,
  newId,
  newMission,
  SCENE,
  squareZone,
} from '../db/build-records.ts';
import {
  MIGRATIONS_DIRECTORY,
  openTestStore,
  preparedDirectory,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../db/temporary-database.ts';
import { CANARY_WORDS, type Canaries, writeCanaries } from './canary-records.ts';

describe('the roles and their grants', () => {
  let directory: TemporaryDirectory;
  let database: PGlite;
  beforeAll(async () => {
    directory = temporaryDirectory();
    const paths = {
      dataDirectory: directory.path,
      preparedDirectory,
      migrationsDirectory: MIGRATIONS_DIRECTORY,
    };
    ({ database } = await openDatabase(paths));
  });
  afterAll(async () => {
    await database.close();
    directory.remove();
  });

  test('nobody can sign in as them, and they bypass nothing', async () => {
    const { rows } = await database.query(
      `SELECT rolname, rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS mighty
       FROM pg_roles WHERE rolname LIKE 'skyrescue%' ORDER BY 1`,
    );
    expect(rows).toEqual([
      { rolname: 'skyrescue_person', mighty: false },
      { rolname: 'skyrescue_station', mighty: false },
    ]);
  });

  test('a person reaches these tables only, and where a row may be secret the policies hold even for its owner', async () => {
    const { rows } = await database.query<{ relname: string; forced: boolean }>(
      `SELECT relname, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'spatial_ref_sys'
         AND has_any_column_privilege('skyrescue_person', oid, 'SELECT, INSERT, UPDATE') ORDER BY 1`,
    );
    const shared = rows.filter(({ forced }) => !forced).map(({ relname }) => relname);
    expect(shared).toEqual(['ai_model_versions', 'base_stations', 'drones', 'no_fly_zones']);
    expect(rows.filter(({ forced }) => forced).map(({ relname }) => relname)).toEqual([
      'dispatchers',
      'emergencies',
      'mission_events',
      'missions',
      'telemetry',
      'telemetry_1min',
      'voice_transcripts',
      'weather_conditions',
    ]);
  });

  test('every view that a person may read looks with the eyes of that person', async () => {
    const { rows } = await database.query<{ relname: string; options: string[] | null }>(
      `SELECT relname, reloptions AS options FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' AND relname NOT LIKE 'geo%'
         AND has_table_privilege('skyrescue_person', oid, 'SELECT') ORDER BY 1`,
    );
    expect(rows.map(({ relname }) => relname)).toEqual(['active_missions', 'fleet_availability']);
    for (const { options } of rows) expect(options).toContain('security_invoker=true');
  });

  test('a closed account sees nothing, a centre sees its own calls without a state', async () => {
    await database.exec(`
      INSERT INTO dispatchers (dispatcher_id, first_name, last_name, email, password_hash, role, coverage_states,
          dispatch_center_id, active) VALUES
        ('closed', '', '', 'a', '$2b$10$', 'SUPERVISOR', '{MA}', NULL, FALSE),
        ('north', '', '', 'b', '$2b$10$', 'DISPATCHER', '{MA}', 'North', TRUE),
        ('south', '', '', 'c', '$2b$10$', 'DISPATCHER', NULL, 'South', TRUE);
      INSERT INTO emergencies (emergency_type, location_point, state) VALUES ('other', 'POINT(-71 42)', 'MA');`);
    const as = (dispatcherId: string, statement: string) =>
      database.transaction(async (transaction) => {
        await transaction.query("SELECT set_config('app.dispatcher_id', $1, TRUE)", [dispatcherId]);
        await transaction.exec('SET LOCAL ROLE skyrescue_person');
        return (await transaction.query<{ dispatch_center_id: string | null }>(statement)).rows;
      });
    const taken = await as(
      'north',
      "INSERT INTO emergencies (emergency_type, location_point) VALUES ('other', 'POINT(-71 42)') RETURNING *",
    );
    expect(taken[0]?.dispatch_center_id).toBe('North');
    const count = async (who: string) => (await as(who, 'SELECT * FROM emergencies')).length;
    expect([await count('closed'), await count('north'), await count('south')]).toEqual([0, 2, 0]);
  });

  test('a person may neither read accounts, sessions or audit nor delete anything', async () => {
    for (const statement of [
      'SELECT password_hash FROM dispatchers',
      'SELECT role FROM dispatchers',
      'SELECT * FROM sessions',
      'SELECT * FROM audit_log',
      "INSERT INTO audit_log (at, action) VALUES (now(), 'FORGED')",
      'DELETE FROM emergencies',
      'DELETE FROM voice_transcripts',
      "UPDATE dispatchers SET coverage_states = '{NH}'",
      'UPDATE telemetry SET speed_ms = 0',
      'ALTER TABLE emergencies DISABLE ROW LEVEL SECURITY',
    ])
      await expect(
        database.transaction(async (transaction) => {
          await transaction.exec('SET LOCAL ROLE skyrescue_person');
          await transaction.query(statement);
        }),
        statement,
      ).rejects.toMatchObject({ code: '42501' });
  });
});

describe('what people see of the records', () => {
  let directory: TemporaryDirectory;
  let opened: OpenStore;
  let store: Store;
  let canaries: Canaries;
  let own: string;
  let stateless: string;
  beforeAll(async () => {
    directory = temporaryDirectory();
    opened = await openTestStore(directory.path);
    store = opened.store;
    await store.write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
    canaries = await writeCanaries(store, NOW_MS);
    own = newId();
    stateless = newId();
    const { write } = store.as('dispatcher04');
    await write.createEmergency({ ...emergencyInput(), emergencyId: own, nowMs: NOW_MS });
    await write.createEmergency({
      ...emergencyInput({ state: null }),
      emergencyId: stateless,
      nowMs: NOW_MS,
    });
  });
  afterAll(async () => {
    await opened.close();
    directory.remove();
  });

  const openOf = async (dispatcherId: string): Promise<string[]> =>
    (await store.as(dispatcherId).read.openEmergencies({})).map(({ emergencyId }) => emergencyId).sort();

  test('a dispatcher sees the states covered and calls without a state, a supervisor and the station see all', async () => {
    expect(await openOf('dispatcher04')).toEqual([own, stateless].sort());
    const everything = [own, stateless, canaries.open, canaries.served];
    const all = (await store.read.openEmergencies({})).map(({ emergencyId }) => emergencyId);
    expect(all).toEqual(expect.arrayContaining(everything));
    expect(await openOf('operator12')).toEqual(all.sort());
  });

  test('an account that does not exist sees nothing, not even calls without a state', async () => {
    expect(await openOf('nobody')).toEqual([]);
    expect(await openOf('')).toEqual([]);
  });

  test('a mission, its events, words, path, weather and figures are seen by whoever sees its emergency', async () => {
    for (const missionId of [canaries.liveMission, canaries.pastMission]) {
      const seen = async (read: Store['read']) => ({
        mission: (await read.mission({ missionId }))?.missionId ?? null,
        events: (await read.missionEvents({ missionId })).length,
        words: (await read.missionTranscript({ missionId })).length,
        path: (await read.flownPath({ missionId, maximumPoints: 10 })).length,
        rows: await read.telemetryCount({ missionId }),
        visible: await read.visibleMissions({ missionIds: [missionId] }),
      });
      const hidden = { mission: null, events: 0, words: 0, path: 0, rows: 0, visible: [] };
      expect(await seen(store.as('dispatcher04').read)).toEqual(hidden);
      const whole = { mission: missionId, events: 1, words: 1, path: 2, rows: 2, visible: [missionId] };
      expect(await seen(store.as('operator12').read)).toEqual(whole);
      expect(await seen(store.read)).toEqual(whole);
    }
  });

  test('a write outside the states covered is refused in words and changes nothing', async () => {
    const { write } = store.as('dispatcher04');
    const elsewhere = { ...emergencyInput({ state: 'NH' }), nowMs: NOW_MS };
    const refused = {
      code: 'FORBIDDEN',
      message: expect.stringContaining('outside the states that you cover'),
    };
    await expect(write.createEmergency({ ...elsewhere, emergencyId: newId() })).rejects.toMatchObject(
      refused,
    );
    await expect(write.updateEmergency({ ...elsewhere, emergencyId: own })).rejects.toMatchObject(refused);
    await expect(
      write.createMission(newMission({ emergencyId: canaries.open, droneId: 'Echo-2' })),
    ).rejects.toMatchObject(refused);
    await expect(
      write.updateEmergency({ ...emergencyInput(), emergencyId: canaries.open }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(
      write.recordMissionProgress({ missionId: canaries.liveMission, events: [missionEvent()], changes: {} }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await store.read.emergency({ emergencyId: own }))?.state).toBe('MA');
    expect((await store.read.emergency({ emergencyId: canaries.open }))?.state).toBe('NH');
    expect(await store.read.missionEvents({ missionId: canaries.liveMission })).toHaveLength(1);
  });

  test('a drone is busy for everybody, also for whoever may not see its mission', async () => {
    const { write } = store.as('dispatcher04');
    await expect(write.setDroneStatus({ droneId: 'Alpha-1', status: 'READY' })).rejects.toMatchObject({
      code: 'DRONE_BUSY',
    });
    await expect(
      write.createMission(newMission({ emergencyId: own, droneId: 'Alpha-1' })),
    ).rejects.toMatchObject({ code: 'DRONE_BUSY' });
  });

  test('a launch counts for whoever launched, and for nobody else', async () => {
    const { write } = store.as('dispatcher04');
    const mission = newMission({ emergencyId: own, droneId: 'Delta-1', dispatcherId: 'dispatcher04' });
    expect((await write.createMission(mission)).status).toBe('LAUNCHED');
  });

  const ESCAPES = [
    "'; RESET ROLE; SELECT * FROM emergencies; --",
    "x'); SET LOCAL ROLE postgres; SELECT * FROM missions; --",
    "operator12'; SELECT set_config('app.dispatcher_id', 'operator12', true); --",
    "' OR TRUE --",
    '{RESET ROLE}',
    '$1::text; COMMIT; RESET ROLE',
    '\u0000operator12',
  ];

  test.each(ESCAPES)('no query lets a person out of the role by its input: %s', async (attempt) => {
    const { read, write } = store.as('dispatcher04');
    const fields =
      'missionId emergencyId droneId dispatcherId tokenHash baseStationId status codeHash nameKey';
    const input = Object.fromEntries(fields.split(' ').map((field) => [field, attempt]));
    const usual = {
      nowMs: NOW_MS,
      limit: 50,
      maximumPoints: 10,
      fromMs: 0,
      untilMs: NOW_MS * 2,
      after: null,
    };
    const geography = {
      destination: SCENE,
      place: SCENE,
      point: SCENE,
      line: [SCENE],
      withinM: 1,
      corridorM: 1,
    };
    for (const name of Object.keys(readQueries)) {
      const query: unknown = Reflect.get(read, name);
      if (typeof query !== 'function') throw new Error(`${name} is no query.`);
      const call = Reflect.apply(query, undefined, [
        { ...usual, ...geography, ...input, missionIds: [attempt] },
      ]);
      const said = JSON.stringify((await Promise.allSettled([call]))[0], (_, value: unknown) =>
        value instanceof Error ? value.message : value,
      );
      for (const word of [...CANARY_WORDS, ...canaries.ids]) expect(said, name).not.toContain(word);
    }
    const words = attempt.replaceAll('\u0000', '');
    const address = `61 Salem St ${words}`;
    const update = { ...emergencyInput({ address, callerWords: words }), emergencyId: own };
    expect((await write.updateEmergency(update)).address).toBe(address);
    await write.createZone({ ...squareZone(SCENE, 0.001), name: words, zoneId: newId(), nowMs: NOW_MS });
    // PostgreSQL takes no NUL in a text: that one is refused altogether.
    expect(await openOf(attempt).catch(() => [])).toEqual([]);
    // The role and the person end with their transaction.
    expect(await openOf('dispatcher04')).toEqual([own, stateless].sort());
    expect((await store.read.openEmergencies({})).length).toBeGreaterThan(3);
  });
});
