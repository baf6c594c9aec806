import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { type Migration, type MigrationSession, migrate } from '../../../db/migrate.ts';
import type { Columns } from '../../../db/sync/wire.ts';
import {
  centralMigrations,
  connectAsAdministrator,
  migrateCentral,
} from '../../../scripts/central-database.ts';
import { verifyCentral } from '../../../scripts/central-verify.ts';
import {
  type CentralServer,
  DATABASE,
  newDrone,
  newEmergency,
  newMission,
  upsert,
} from '../../support/central-server.ts';
import { telemetryRows } from './merge-cases.ts';
import { pullAll } from './push-cases.ts';

type Central = () => CentralServer;
const PAGE = { maxRows: 5_000, maxBytes: 50_000_000 };
const AS_PACKAGED = '17 3 * * *';

/** What is done daily, by whom, and how a database of an earlier version gets there. */
export function maintenanceCases(central: Central): void {
  const sql = <Row extends object = Columns>(statement: string, parameters: readonly unknown[] = []) =>
    central().rows<Row>(statement, parameters);
  const count = async (from: string, parameters: readonly unknown[] = []): Promise<number> =>
    (await sql<{ n: number }>(`SELECT count(*)::INTEGER AS n FROM ${from}`, parameters))[0]?.n ?? -1;

  test('sync.maintain removes what is old, and nothing that a station has not pulled yet', async () => {
    const [maker, late, current] = [
      await central().station(['CA']),
      await central().station(['CA']),
      await central().station(['CA']),
    ];
    const lateCursor = (await late.transport.pull({ cursor: null, ...PAGE })).cursor;
    const [gone, goneLately, kept] = [newDrone(maker), newDrone(maker), newDrone(maker)];
    const call = newEmergency(maker, 'CA');
    const mission = newMission(maker, call.rowId, kept.rowId);
    await maker.push([gone, goneLately, kept], [call, mission]);
    const remove = (drone: typeof gone) => [
      { ...upsert(maker, 'drones', drone.rowId, {}), op: 'DELETE' as const, replaced: { '*': drone.stamp } },
    ];
    await maker.push(remove(gone));
    const currentCursor = (await current.transport.pull({ cursor: null, ...PAGE })).cursor;
    await maker.push(remove(goneLately));
    const aged = (row: { rowId: string }, days: number) =>
      sql(`UPDATE sync.change_log SET changed_at = now() - make_interval(days => $2) WHERE row_id = $1`, [
        row.rowId,
        days,
      ]);
    await aged(gone, 181);
    await aged(goneLately, 179);
    // Old, but a row that is there: nobody who has not pulled it goes without it.
    await aged(kept, 1_000);

    const said = (days: number) =>
      sql(
        `INSERT INTO voice_transcripts (transcript_id, mission_id, timestamp, speaker, text, language)
         VALUES ($1, $2, now() - make_interval(days => $3), 'DRONE', 'Hello', 'en')`,
        [randomUUID(), mission.rowId, days],
      );
    for (const days of [6, 8]) await said(days);
    const flown = async (days: number) => {
      const rows = telemetryRows(mission.rowId, kept.rowId, 3, Date.now() - days * 86_400_000);
      for (const row of rows)
        await sql(`INSERT INTO telemetry SELECT * FROM jsonb_populate_record(NULL::telemetry, $1)`, [
          JSON.stringify(row),
        ]);
    };
    for (const days of [80, 92, 200]) await flown(days);
    for (const [drone, until] of [
      ['held', `now() + INTERVAL '1 minute'`],
      ['ended', `now() - INTERVAL '1 hour'`],
      ['long ended', `now() - INTERVAL '2 days'`],
    ])
      await sql(`INSERT INTO sync.leases VALUES ($1, $2, $3, ${until})`, [
        `${maker.stationId} ${drone}`,
        maker.stationId,
        randomUUID(),
      ]);
    await sql(`UPDATE sync.applied_changes SET at = now() - INTERVAL '61 days' WHERE row_id = $1`, [
      gone.rowId,
    ]);
    const refused = JSON.stringify([
      { table_name: 'voice_transcripts', columns: { text: 'secret' } },
      { table_name: 'drones' },
    ]);
    for (const [seq, days] of [
      [1, 8],
      [2, 6],
    ])
      await sql(
        `INSERT INTO sync.rejected (station_id, incarnation, seq, at, sql_state, sentence, changes)
         VALUES ($1, 9, $2, now() - make_interval(days => $3), '23514', 'No.', $4)`,
        [maker.stationId, seq, days, refused],
      );
    for (const days of [89, 91])
      await sql(
        `INSERT INTO sync.rejected_telemetry VALUES ($1, now() - make_interval(days => $2), '23514', '{}')`,
        [maker.stationId, days],
      );

    await sql('CALL sync.maintain()');

    expect(await count('voice_transcripts WHERE mission_id = $1', [mission.rowId])).toBe(1);
    expect(await count('telemetry WHERE mission_id = $1', [mission.rowId])).toBe(3);
    expect(await count('sync.leases WHERE station_id = $1', [maker.stationId])).toBe(2);
    expect(await count('sync.applied_changes WHERE row_id = $1', [gone.rowId])).toBe(0);
    expect(await count('sync.applied_changes WHERE row_id = $1', [kept.rowId])).toBe(1);
    expect(await count('sync.rejected_telemetry WHERE station_id = $1', [maker.stationId])).toBe(1);
    const left = await sql(
      `SELECT seq::INTEGER, changes::TEXT LIKE '%secret%' AS secret, jsonb_array_length(changes) AS n
       FROM sync.rejected WHERE station_id = $1 ORDER BY seq`,
      [maker.stationId],
    );
    expect(left).toEqual([
      { seq: 1, secret: false, n: 1 },
      { seq: 2, secret: true, n: 2 },
    ]);
    const ahead = await sql(
      `SELECT max(to_date(right(relname, 8), 'YYYYMMDD')) >= (now() + INTERVAL '20 days')::DATE AS ahead
       FROM pg_class WHERE relname ~ '^telemetry_\\d{8}$'`,
    );
    expect(ahead).toEqual([{ ahead: true }]);

    // A deletion was forgotten that this one has not heard of: it gets everything anew, old rows included.
    await expect(late.transport.pull({ cursor: lateCursor, ...PAGE })).rejects.toMatchObject({
      kind: 'CURSOR_EXPIRED',
    });
    const anew = (await pullAll(late.transport)).map(({ rowId }) => rowId);
    expect(anew).toEqual(expect.arrayContaining([kept.rowId, call.rowId, mission.rowId]));
    expect(anew).not.toContain(gone.rowId);
    // This one has heard of it: the later deletion still comes to it.
    const news = await pullAll(current.transport, currentCursor);
    expect(news.find(({ rowId }) => rowId === goneLately.rowId)?.op).toBe('DELETE');
  });

  test('pg_cron has the daily maintenance in its schedule, in this database', async () => {
    expect(await sql('SELECT schedule, command, database, active FROM cron.job')).toEqual([
      { schedule: AS_PACKAGED, command: 'CALL sync.maintain()', database: DATABASE, active: true },
    ]);
  });

  async function inDatabase(name: string, work: (client: Client) => Promise<void>): Promise<void> {
    await central().postgres.createDatabase(name);
    const address = `postgresql://postgres@socket/${name}?host=${central().postgres.socketDirectory}`;
    const client = await connectAsAdministrator(address, null);
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }

  /** Up to a version, each as given. */
  function migrateTo(client: Client, isWanted: (version: number[]) => boolean, path = 'public') {
    const session: MigrationSession = {
      exec: (text) => client.query(text),
      query: async (text, parameters: unknown[] = []) => ({
        rows: (await client.query(text, parameters)).rows,
      }),
    };
    const wanted = (migration: Migration) => isWanted(migration.version.split('.').map(Number));
    return migrate(
      {
        ...session,
        async transaction(work) {
          await client.query('BEGIN');
          await client.query(`SET LOCAL search_path = ${path}`);
          await work(session);
          await client.query('COMMIT');
        },
      },
      centralMigrations().filter(wanted),
    );
  }

  test('V15 at the centre: a database of the version before, with drones that were flown twice, shows them to everybody', async () => {
    await inDatabase('before_15', async (client) => {
      await migrateTo(client, ([major = 0]) => major < 15);
      await client.query(`
        INSERT INTO drones (drone_id, serial_number, status) VALUES ('Alpha-1', 'S1', 'READY');
        INSERT INTO emergencies (emergency_id, emergency_type, location_point, state) VALUES
          ('00000000-0000-4000-8000-0000000000e1', 'cardiac_arrest', 'POINT(-71 42)', 'MA');
        INSERT INTO missions (mission_id, emergency_id, drone_id, dispatcher_id, dispatcher_name, status,
            destination_location, launch_time, station_id)
          SELECT ('00000000-0000-4000-8000-00000000000' || n)::UUID, '00000000-0000-4000-8000-0000000000e1', 'Alpha-1',
            'p' || n, 'Person ' || n, 'LAUNCHED', 'POINT(-71 42)', now() - make_interval(mins => n), 'S' || n
          FROM generate_series(1, 2) AS n;
        INSERT INTO sync.double_allocations (drone_id, mission_id, station_id, other_mission_id, other_station_id)
          VALUES ('Alpha-1', '00000000-0000-4000-8000-000000000001', 'S1', '00000000-0000-4000-8000-000000000002', 'S2');
        INSERT INTO health_checks (health_check_id, drone_id, checklist_model, checklist_version, started_at, signed_at,
            signed_by, signed_name, decision, automatic, manual)
          VALUES ('00000000-0000-4000-8000-0000000000c1', 'Alpha-1', '', 1, now(), now(), 'x', 'X', 'READY', '[]', '[]')`);
      await migrateCentral(client, () => undefined);
      const { rows } = await client.query(
        `SELECT kind, c.row_id, in_force_by, other_by, sync.station_of(in_force_stamp) AS first, other_station_id AS second,
           l.scope FROM sync_conflicts AS c JOIN sync.change_log AS l ON l.row_id = conflict_id::TEXT`,
      );
      expect(rows).toEqual([
        {
          ...{ kind: 'TWO_FLIGHTS', row_id: 'Alpha-1', scope: '*' },
          ...{ in_force_by: 'Person 2', first: 'S2', other_by: 'Person 1', second: 'S1' },
        },
      ]);
      const { rows: log } = await client.query(
        `SELECT scope FROM sync.change_log WHERE table_name = 'health_checks'`,
      );
      expect(log).toEqual([{ scope: '*' }]);
      expect(await verifyCentral(client, () => undefined)).toEqual([]);
    });
  });

  test('with TimescaleDB: what is asked of it, in order, and telemetry is taken in without partitions', async () => {
    await inDatabase('hypertable', async (client) => {
      await migrateTo(client, ([major = 0, minor = 0]) => major < 11 || (major === 11 && minor < 4));
      await client.query(TIMESCALE_STAND_IN);
      const [telemetry] = centralMigrations().filter(({ version }) => version === '11.4');
      // What only the extension itself can do is noted instead.
      const asked = (telemetry?.sql ?? '')
        .replace('CREATE EXTENSION IF NOT EXISTS timescaledb', `PERFORM stand_in.note('CREATE EXTENSION')`)
        .replace('telemetry_1min WITH (timescaledb.continuous) AS', 'telemetry_1min AS');
      await client.query(`BEGIN; SET LOCAL search_path = public, stand_in, pg_catalog; ${asked}; COMMIT`);
      expect((await client.query('SELECT telemetry_kind FROM sync.server')).rows).toEqual([
        { telemetry_kind: 'HYPERTABLE' },
      ]);
      await client.query('SET search_path = public, stand_in');
      await client.query(
        `ALTER PROCEDURE sync.maintain() SET search_path = pg_catalog, public, stand_in, pg_temp`,
      );
      await client.query(`CREATE FUNCTION public.drop_chunks(relation TEXT, older_than INTERVAL) RETURNS void
        LANGUAGE sql AS $$ SELECT stand_in.note(format('drop_chunks %s %s', relation, older_than)) $$`);
      await client.query('CALL sync.maintain()');
      const { rows } = await client.query('SELECT said FROM stand_in.notes ORDER BY n');
      expect(rows.map(({ said }: { said: string }) => said)).toEqual([
        'CREATE EXTENSION',
        'create_hypertable telemetry by time, data moved: t, a chunk 7 days',
        'refresh telemetry_1min from 14 days to 00:01:00 every 00:01:00',
        'drop_chunks telemetry 90 days',
      ]);
      const { rows: triggers } = await client.query(
        `SELECT tgname FROM pg_trigger WHERE tgrelid = 'telemetry'::regclass AND NOT tgisinternal AND tgname LIKE '%telemetry%'`,
      );
      expect(triggers).toEqual([]);
    });
  });

  test('TimescaleDB that is listed but does not load: telemetry is kept in partitions, and the reason is told', async () => {
    await inDatabase('no_hypertable', async (client) => {
      await migrateTo(client, ([major = 0, minor = 0]) => major < 11 || (major === 11 && minor < 4));
      await client.query(TIMESCALE_STAND_IN);
      const warnings: string[] = [];
      client.on('notice', ({ message }) => warnings.push(message ?? ''));
      await migrateTo(client, () => true, 'public, stand_in, pg_catalog');
      expect(warnings.join()).toMatch(/TimescaleDB is available but could not be used .*kept in partitions/);
      expect((await client.query('SELECT telemetry_kind FROM sync.server')).rows).toEqual([
        { telemetry_kind: 'PARTITIONS' },
      ]);
    });
  });
}

/** What pg_cron runs when the server starts, as it ran the maintenance: after the restart of the case before. */
export function scheduleCases(central: Central): void {
  test('pg_cron runs the maintenance', async () => {
    const ran = () =>
      central().rows<{ status: string; ran: boolean }>(
        `SELECT status, (SELECT last_maintained_at FROM sync.server) > now() - INTERVAL '1 minute' AS ran
         FROM cron.job_run_details WHERE command = 'CALL sync.maintain()' ORDER BY runid DESC LIMIT 1`,
      );
    await expect.poll(ran, { timeout: 30_000 }).toEqual([{ status: 'succeeded', ran: true }]);
  }, 40_000);
}

/** At the next start of the server instead of at night. */
export function scheduleAtStart(central: Central): void {
  test('the maintenance is set to the next start of the server', async () => {
    await central().rows(`SELECT cron.alter_job(jobid, schedule => '@reboot') FROM cron.job`);
    await central().rows(`UPDATE sync.server SET last_maintained_at = NULL`);
  });
}

/** Stands where the extension would: lists it, and notes what is asked of it. */
const TIMESCALE_STAND_IN = `
  CREATE SCHEMA stand_in;
  CREATE TABLE stand_in.notes (n INTEGER GENERATED ALWAYS AS IDENTITY, said TEXT);
  CREATE FUNCTION stand_in.note(said TEXT) RETURNS void LANGUAGE sql AS $$ INSERT INTO stand_in.notes (said) VALUES (said) $$;
  CREATE VIEW stand_in.pg_available_extensions AS SELECT 'timescaledb'::NAME AS name;
  CREATE FUNCTION stand_in.create_hypertable(relation TEXT, time_column TEXT, migrate_data BOOLEAN,
      chunk_time_interval INTERVAL) RETURNS void LANGUAGE sql AS $$
    SELECT stand_in.note(format('create_hypertable %s by %s, data moved: %s, a chunk %s', relation, time_column,
      migrate_data, chunk_time_interval)) $$;
  CREATE FUNCTION stand_in.time_bucket(width INTERVAL, at TIMESTAMPTZ) RETURNS TIMESTAMPTZ LANGUAGE sql STABLE AS $$
    SELECT date_trunc('minute', at) $$;
  CREATE FUNCTION stand_in.add_continuous_aggregate_policy(view TEXT, start_offset INTERVAL, end_offset INTERVAL,
      schedule_interval INTERVAL) RETURNS void LANGUAGE sql AS $$
    SELECT stand_in.note(format('refresh %s from %s to %s every %s', view, start_offset, end_offset,
      schedule_interval)) $$;`;
