import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import type { PulledRow } from '../../../db/sync/wire.ts';
import { pgTransport } from '../../../main/station/sync/pg-transport.ts';
import { revokeStation, rotateToken, setCoverage } from '../../../scripts/central-stations.ts';
import { verifyCentral } from '../../../scripts/central-verify.ts';
import {
  type CentralServer,
  type CentralStation,
  newDrone,
  newEmergency,
  newEvent,
  newMission,
  upsert,
} from '../../support/central-server.ts';
import { pullAll } from './push-cases.ts';

type Central = () => CentralServer;
const PAGE = { maxRows: 1_000, maxBytes: 1_000_000 };

/** Who sees what: a station never gets what is not for it, and gets all that is. */
export function sightCases(central: Central): void {
  async function withAdministrator<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = await central().administrator();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** A call with a drone, a mission and an event, all of that station; the call names the canary. */
  async function flight(station: CentralStation, state: string | null, canary = '') {
    const drone = newDrone(station);
    const call = newEmergency(station, state, { symptoms: canary });
    const mission = newMission(station, call.rowId, drone.rowId);
    const event = newEvent(station, mission.rowId, { sentence: canary });
    expect((await station.push([drone], [call, mission, event])).refused).toEqual([]);
    return { drone, call, mission, event };
  }

  test('case 29: ten stations on a pool of two connections never see a canary of another state, whoever used the connection before', async () => {
    const states = ['CA', 'NV', 'TX', 'WA', 'NY'];
    const stations = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const state = states[index % states.length] ?? '';
        return { state, station: await central().station([state]) };
      }),
    );
    const canaryOf = (state: string): string => `canary of ${state}`;
    await Promise.all(stations.map(({ state, station }) => flight(station, state, canaryOf(state))));
    for (let round = 0; round < 3; round++)
      await Promise.all(
        stations.map(async ({ state, station }) => {
          const text = JSON.stringify(await pullAll(station.transport));
          // Failing in the middle of a transaction leaves nothing behind on the connection either.
          await expect(
            station.transport.digests('no_such_table', { epoch: station.epoch, txid: '0', seq: '0' }),
          ).rejects.toThrow();
          expect(text).toContain(canaryOf(state));
          for (const other of states.filter((one) => one !== state))
            expect(text).not.toContain(canaryOf(other));
        }),
      );
  });

  test('case 30: what a station may no longer see is refused when it pushes, not served, and moved out; its own rows stay', async () => {
    const [ours, theirs] = [await central().station(['OR', 'ID']), await central().station(['OR'])];
    const foreign = await flight(theirs, 'OR');
    const own = await flight(ours, 'OR');
    const before = await ours.transport.pull({ cursor: null, ...PAGE });
    expect(before.rows.map(({ rowId }) => rowId)).toContain(foreign.call.rowId);
    await withAdministrator((client) => setCoverage(client, ours.stationId, ['ID']));
    const after = await ours.transport.pull({ cursor: before.cursor, ...PAGE });
    expect(after.visibility).toBe(before.visibility + 1);
    const answer = await ours.push(
      [upsert(ours, 'emergencies', foreign.call.rowId, { symptoms: 'written while offline' })],
      [newEvent(ours, foreign.mission.rowId)],
      [newEvent(ours, own.mission.rowId)],
    );
    expect(answer.refused.map(({ sqlState }) => sqlState)).toEqual(['42501', '42501']);
    const rows = await pullAll(ours.transport);
    const served = rows.map(({ rowId }) => rowId);
    expect(served).toEqual(
      expect.arrayContaining([own.call, own.mission, own.event].map(({ rowId }) => rowId)),
    );
    for (const { rowId } of [foreign.call, foreign.mission, foreign.event])
      expect(served).not.toContain(rowId);
  });

  test('a call that turns out to be in another state takes all that derives from it along: in for some, out for others', async () => {
    const [from, to, maker] = await Promise.all(
      [['AZ'], ['NM'], []].map((states) => central().station(states)),
    );
    if (!from || !to || !maker) throw new Error('three stations');
    const { call, mission, event } = await flight(maker, 'AZ');
    const [here, there] = [
      await from.transport.pull({ cursor: null, ...PAGE }),
      await to.transport.pull({ cursor: null, ...PAGE }),
    ];
    await maker.push([
      { ...upsert(maker, 'emergencies', call.rowId, { state: 'NM' }), replaced: { state: call.stamp } },
    ]);
    const moved = (rows: readonly PulledRow[]) =>
      [call, mission, event].map(({ rowId }) => rows.find((row) => row.rowId === rowId)?.op);
    expect(moved(await pullAll(from.transport, here.cursor))).toEqual(['MOVE_OUT', 'MOVE_OUT', 'MOVE_OUT']);
    expect(moved(await pullAll(to.transport, there.cursor))).toEqual(['UPSERT', 'UPSERT', 'UPSERT']);
    expect(moved(await pullAll(maker.transport))).toEqual(['UPSERT', 'UPSERT', 'UPSERT']);
  });

  test('what a station has added to the mission of another is never without its mission and its call', async () => {
    const [maker, guest] = [await central().station(['UT']), await central().station(['UT', 'CO'])];
    const { call, mission } = await flight(maker, 'UT');
    const added = newEvent(guest, mission.rowId);
    expect((await guest.push([added])).refused).toEqual([]);
    await withAdministrator((client) => setCoverage(client, guest.stationId, ['CO']));
    const served = (await pullAll(guest.transport)).map(({ rowId }) => rowId);
    expect(served).toEqual(expect.arrayContaining([call, mission, added].map(({ rowId }) => rowId)));
  });

  test('case 31: an expired, revoked, wrong or foreign token pauses with a sentence and discards nothing; a new token goes on', async () => {
    const station = await central().station(['CA']);
    await station.push([newDrone(station)]);
    const ask = () => station.push([newDrone(station)]);
    const expire = 'UPDATE sync.stations SET token_expires_at = now() WHERE station_id = $1';
    await central().rows(expire, [station.stationId]);
    await expect(ask()).rejects.toMatchObject({
      kind: 'CREDENTIALS',
      message: expect.stringContaining('expired'),
    });
    await withAdministrator((client) => revokeStation(client, station.stationId));
    await expect(ask()).rejects.toMatchObject({
      kind: 'CREDENTIALS',
      message: expect.stringContaining('revoked'),
    });
    const token = await withAdministrator((client) => rotateToken(client, station.stationId, 1));
    await expect(ask()).rejects.toMatchObject({
      kind: 'CREDENTIALS',
      message: expect.stringContaining('Enter them again'),
    });
    const transport = pgTransport({ url: central().stationUrl, authorityPem: null, token });
    const hello = {
      stationId: station.stationId,
      incarnation: 1,
      runId: station.runId,
      schema: 12,
      lastAckedSeq: 1,
    };
    expect((await transport.hello(hello)).lastSeq).toBe(1);
    await expect(transport.hello({ ...hello, stationId: 'another' })).rejects.toMatchObject({
      kind: 'CREDENTIALS',
    });
    await transport.close();
    const wrongPassword = pgTransport({
      url: central().stationUrl.replace(':stations@', ':guess@'),
      authorityPem: null,
      token,
    });
    await expect(wrongPassword.hello(hello)).rejects.toMatchObject({ kind: 'CREDENTIALS' });
    await wrongPassword.close();
  });

  test('case 32: a writer that commits late is not overtaken: what it wrote comes after what was pulled meanwhile', async () => {
    const [reader, quick] = [await central().station(['CA']), await central().station(['CA'])];
    const start = (await reader.transport.pull({ cursor: null, ...PAGE })).cursor;
    const slow = await central().administrator();
    const late = `late-${randomUUID()}`;
    try {
      await slow.query('BEGIN');
      await slow.query(
        `INSERT INTO base_stations (base_station_id, name, location, capacity) VALUES ($1, 'Late', 'POINT(-118 34)', 1)`,
        [late],
      );
      const drone = newDrone(quick);
      await quick.push([drone]);
      const meanwhile = await reader.transport.pull({ cursor: start, ...PAGE });
      expect(meanwhile.rows.map(({ rowId }) => rowId)).not.toContain(drone.rowId);
      await slow.query('COMMIT');
      const rows = await pullAll(reader.transport, meanwhile.cursor);
      expect(rows.map(({ rowId }) => rowId)).toEqual(expect.arrayContaining([late, drone.rowId]));
      // An administrator's row is the centre's, stamped by it.
      const row = rows.find(({ rowId }) => rowId === late);
      expect([row?.origin, row?.stamps?.['*']]).toEqual([
        null,
        expect.stringMatching(/^\d{15}-\d{5}-central~$/),
      ]);
    } finally {
      await slow.end();
    }
  });

  test('no change is missed by a reader while several write and one of them dawdles', async () => {
    const writers = await Promise.all(Array.from({ length: 4 }, () => central().station(['KS'])));
    const reader = await central().station(['KS']);
    const seen = new Set<string>();
    const made: string[] = [];
    let cursor = (await reader.transport.pull({ cursor: null, ...PAGE })).cursor;
    let writing = true;
    const read = async (): Promise<void> => {
      const page = await reader.transport.pull({ cursor, maxRows: 7, maxBytes: 1_000_000 });
      cursor = page.cursor;
      for (const { rowId } of page.rows) seen.add(rowId);
      if (writing || page.more) await read();
    };
    const reading = read();
    await Promise.all(
      writers.map(async (writer, index) => {
        for (let round = 0; round < 8; round++) {
          const calls = Array.from({ length: 1 + ((index + round) % 4) * 6 }, () =>
            newEmergency(writer, 'KS'),
          );
          made.push(...calls.map(({ rowId }) => rowId));
          await writer.push(calls);
        }
      }),
    );
    writing = false;
    await reading;
    for (const { rowId } of await pullAll(reader.transport, cursor)) seen.add(rowId);
    expect(made.filter((rowId) => !seen.has(rowId))).toEqual([]);
  });

  test('S10: the login that sets the identity itself forges nobody, reaches no table, and cannot slip anything under a function', async () => {
    const victim = await central().station(['CA']);
    const { call } = await flight(victim, 'CA', 'secret of the victim');
    const attacker = await central().station(['NV']);
    const login = new Client({ connectionString: central().stationUrl.replace('?sslmode=disable', '') });
    await login.connect();
    const refused = (statement: string, ...parameters: unknown[]) =>
      expect(login.query(statement, parameters)).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|SY005|25P02|0A000)$/),
      });
    try {
      for (const table of [
        'public.emergencies',
        'public.missions',
        'sync.stations',
        'sync.change_log',
        'public.telemetry',
        'public.flyway_schema_history',
      ])
        await refused(`SELECT * FROM ${table}`);
      await refused('CREATE TEMPORARY TABLE sync_telemetry (a integer)');
      await refused('CREATE TABLE sync.mine (a integer)');
      await refused('SET ROLE skyrescue_sync_owner');
      await refused('SET ROLE skyrescue_station');
      await refused(`SELECT public.drone_on_mission('x')`);
      await refused('SELECT sync.begin_epoch()');
      await refused(`SELECT sync.rows_of('{}')`);
      await refused('CALL sync.maintain()');
      await refused('SET session_replication_role = replica');
      await login.query('BEGIN');
      await login.query(
        `SELECT set_config('sync.station_id', $1, FALSE), set_config('sync.scopes', '{CA,*}', FALSE),
        set_config('app.sync', 'on', FALSE), set_config('app.dispatcher_id', 'admin', FALSE)`,
        [victim.stationId],
      );
      const { rows } = await login.query<{ page: { rows: PulledRow[] } }>(
        'SELECT sync.pull($1, 12, NULL, 1000, 1000000) AS page',
        [attacker.token],
      );
      expect(JSON.stringify(rows[0]?.page)).not.toContain('secret of the victim');
      await refused('INSERT INTO public.telemetry DEFAULT VALUES');
      await login.query('ROLLBACK');
    } finally {
      await login.end();
    }
    const forged = {
      ...upsert(attacker, 'emergencies', call.rowId, { symptoms: 'forged' }),
      stamp: victim.stamp(),
    };
    expect((await attacker.push([forged])).refused.map(({ sqlState }) => sqlState)).toEqual(['42501']);
    expect(await withAdministrator((client) => verifyCentral(client, () => undefined))).toEqual([]);
  });

  test('what an administrator gives away by mistake, verify finds', async () => {
    const wrong = await withAdministrator(async (client) => {
      await client.query('BEGIN');
      await client.query(`GRANT SELECT ON emergencies TO skyrescue_sync; ALTER TABLE missions NO FORCE ROW LEVEL SECURITY;
        GRANT EXECUTE ON FUNCTION sync.begin_epoch() TO skyrescue_sync`);
      return verifyCentral(client, () => undefined);
    });
    expect(wrong).toHaveLength(3);
    expect(wrong.join()).toMatch(/emergencies.*begin_epoch.*missions/s);
  });
}
