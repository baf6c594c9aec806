import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Columns, PulledRow } from '../../../db/sync/wire.ts';
import {
  emergencyInput,
  missionEvent,
  NOW_MS,
  newId,
  newMission,
  SCENE,
  squareZone,
} from '../db/build-records.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';
import {
  answerTo,
  cursorAt,
  openTestStation,
  pageOf,
  pulledRow,
  stampAt,
  type TestStation,
} from './test-station.ts';

const PLACE = '0101000020E610000000000000000052C00000000000004540';
const AT = '2026-05-01T11:00:00+00:00';
let directory: TemporaryDirectory;
let station: TestStation;
let seq = 1;

beforeAll(async () => {
  directory = temporaryDirectory();
  station = await openTestStation(directory.path);
  await station.call.seedDemo({ password: 'not said here', nowMs: NOW_MS });
  await station.sync.beginRun('run1');
  await station.sync.adopt('STATION-A');
  await settleAll();
}, 60_000);
afterAll(async () => {
  await station.close();
  directory.remove();
});

async function settleAll(): Promise<void> {
  const { lastSeq } = await station.sync.state();
  await station.sync.settlePush(answerTo(lastSeq), lastSeq);
}
const pull = (rows: readonly PulledRow[], changes = {}) =>
  station.sync.applyPage(pageOf(rows, ++seq, changes));
const one = async (statement: string, parameters: unknown[] = []): Promise<Columns | undefined> =>
  (await station.rows(statement, parameters))[0];

const emergency = (changes: Columns = {}, stamp?: string): PulledRow =>
  pulledRow(
    'emergencies',
    {
      emergency_id: newId(),
      emergency_type: 'cardiac_arrest',
      call_timestamp: AT,
      location_point: PLACE,
      city: 'Salem',
      state: 'MA',
      caller_language: 'en',
      created_at: AT,
      ...changes,
    },
    { key: 'emergency_id', ...(stamp === undefined ? {} : { stamp }) },
  );
let stationNumber = 0;
/** Each flown by a station of its own unless said otherwise. */
const mission = (emergencyId: string, changes: Columns = {}, more: Partial<PulledRow> = {}): PulledRow =>
  pulledRow(
    'missions',
    {
      mission_id: newId(),
      emergency_id: emergencyId,
      drone_id: 'Alpha-1',
      dispatcher_id: 'somebody',
      status: 'IN_FLIGHT',
      destination_location: PLACE,
      launch_time: AT,
      created_at: AT,
      total_voice_exchanges: 0,
      voice_ai_active: false,
      station_id: `OTHER-${++stationNumber}`,
      ...changes,
    },
    { key: 'mission_id', ...more },
  );
const event = (missionId: string): PulledRow => ({
  ...pulledRow(
    'mission_events',
    { event_id: newId(), mission_id: missionId, event_type: 'LANDED', timestamp: AT, sentence: 'Landed.' },
    { key: 'event_id' },
  ),
  stamps: null,
});

describe('a page', () => {
  test('is applied with its cursor, once and again, without an echo, children after what they refer to', async () => {
    const call = emergency();
    const flight = mission(call.rowId);
    const landed = event(flight.rowId);
    const told: string[][] = [];
    const stop = station.sync.onApplied((tables) => told.push([...tables]));
    const outcome = await pull([landed, flight, call]);
    stop();
    expect(outcome).toEqual({ applied: 3, conflicts: 0, parked: 0 });
    expect(told).toEqual([['emergencies', 'missions', 'mission_events']]);
    expect(await station.sync.state()).toMatchObject({
      cursor: cursorAt(seq),
      epoch: 'epoch-1',
      visibility: 1,
    });
    expect(await pull([call, flight, landed])).toMatchObject({ applied: 1 });
    expect(await station.sync.counts()).toMatchObject({ pendingGroups: 0 });
    expect(await station.call.unfinishedMissions({})).toEqual([]);
    expect(await station.call.mission({ missionId: flight.rowId })).toMatchObject({
      status: 'IN_FLIGHT',
      remoteStationId: flight.row?.station_id,
      launchedAtMs: Date.parse(AT),
    });
  });

  test('case 22: a child that comes before its parent is parked, and takes its place when the parent comes', async () => {
    const call = emergency();
    const flight = mission(call.rowId);
    const events = [event(flight.rowId), event(flight.rowId)];
    expect(await pull(events)).toEqual({ applied: 0, conflicts: 0, parked: 2 });
    expect(await pull([flight])).toEqual({ applied: 0, conflicts: 0, parked: 1 });
    expect(await station.sync.counts()).toMatchObject({ parked: 3 });
    expect(await pull([call])).toEqual({ applied: 4, conflicts: 0, parked: 0 });
    expect(await station.sync.counts()).toMatchObject({ parked: 0 });
  });

  test('case 21: a row that no rule lets in is kept aside, and holds up no other', async () => {
    const good = [emergency(), emergency()];
    const poison = emergency({ victim_age: 1_000 });
    const [first, second] = good;
    const nowhere = emergency({ location_point: 'nowhere' });
    const rows = [first, poison, nowhere, second].filter((row) => row !== undefined);
    expect(await pull(rows)).toEqual({ applied: 2, conflicts: 0, parked: 2 });
    expect(await one('SELECT reason FROM sync_parked WHERE row_id = $1', [poison.rowId])).toEqual({
      reason: '23514 emergencies_victim_age_range',
    });
    // Once it is mended at the centre, it comes again.
    await pull([{ ...nowhere, row: { ...nowhere.row, location_point: PLACE } }]);
    const mended = { ...poison, row: { ...poison.row, victim_age: 100 } };
    expect(await pull([mended])).toMatchObject({ applied: 1, parked: 0 });
    expect(await station.sync.counts()).toMatchObject({ parked: 0 });
  });

  test('what has not the agreed form, or a key that cannot be one, is put aside and told; its coming again cures it', async () => {
    const sound = emergency();
    const impossible = { ...emergency(), rowId: 'no uuid' };
    const stray = event('no mission');
    const misshapen = [{ table: 'emergencies', rowId: newId(), stamps: 'lately' }];
    expect(await pull([impossible, sound, stray], { misshapen })).toMatchObject({ applied: 1 });
    expect(await station.sync.counts()).toMatchObject({ parked: 0, misshapen: 3 });
    const call = emergency({ emergency_id: misshapen[0]?.rowId ?? '' });
    expect(await pull([call])).toMatchObject({ applied: 1 });
    expect(await station.sync.counts()).toMatchObject({ parked: 0, misshapen: 2 });
    await station.rows(`DELETE FROM sync_parked`);
  });

  test("another station's signed check is on record, and its drone's newest; this station's own waits to be sent", async () => {
    const check = (droneId: string, signedAt: string): PulledRow => ({
      ...pulledRow(
        'health_checks',
        {
          ...{
            health_check_id: newId(),
            drone_id: droneId,
            checklist_model: 'Elsewhere',
            checklist_version: 9,
          },
          ...{ started_at: signedAt, signed_at: signedAt, signed_by: 'tess', signed_name: 'Tess Long' },
          ...{ decision: 'MAINTENANCE', note: null, automatic: [], manual: [], station_id: 'OTHER' },
        },
        { key: 'health_check_id' },
      ),
      stamps: null,
    });
    const theirs = check('Bravo-4', AT);
    expect(await pull([theirs, theirs])).toEqual({ applied: 1, conflicts: 0, parked: 0 });
    expect(await station.call.healthChecks({ droneId: 'Bravo-4', limit: 9 })).toMatchObject([
      { signedName: 'Tess Long', decision: 'MAINTENANCE' },
    ]);
    expect((await station.sync.counts()).pendingGroups).toBe(0);
    await station.rows(`INSERT INTO health_checks (health_check_id, drone_id, checklist_model, checklist_version,
        started_at, signed_at, signed_by, signed_name, decision, automatic, manual)
      SELECT gen_random_uuid(), 'Bravo-4', '', 1, now(), now(), 'own', 'Own', 'READY', '[]', '[]'`);
    const { lastAckedSeq } = await station.sync.state();
    const [group] = await station.sync.pendingGroups({
      afterSeq: lastAckedSeq,
      maxRows: 9,
      maxBytes: 99_999,
    });
    expect(group?.changes).toMatchObject([{ table: 'health_checks', columns: { station_id: 'STATION-A' } }]);
    await settleAll();
    // A full pull that does not bring the own one, of which the centre was robbed, does not take it away.
    await station.sync.beginFullPull();
    await pull([], { more: false });
    await station.sync.sweep();
    expect(await station.rows(`SELECT signed_by FROM health_checks WHERE drone_id = 'Bravo-4'`)).toEqual([
      { signed_by: 'own' },
    ]);
  });

  test('a drone that lands and flies again before it was heard of: the missions take their places in any order', async () => {
    const call = emergency();
    const [landed, flies] = [
      mission(call.rowId, { station_id: 'OTHER' }),
      mission(call.rowId, { station_id: 'OTHER' }),
    ];
    await pull([call, landed]);
    // One station's drone flies one mission at a time.
    expect(await pull([flies])).toMatchObject({ applied: 0, parked: 1 });
    const over = {
      ...landed,
      row: { ...landed.row, status: 'COMPLETED' },
      stamps: { '*': stampAt(NOW_MS, 'OTHER') },
    };
    expect(await pull([over])).toMatchObject({ applied: 2, parked: 0 });
    expect(await station.sync.counts()).toMatchObject({ parked: 0 });
    expect(await one('SELECT status FROM missions WHERE mission_id = $1', [flies.rowId])).toBeDefined();
  });

  test('case 23: columns and tables of a newer version are kept, and put in place by the migration that adds them', async () => {
    const call = emergency({ triage_colour: 'RED' });
    const strange = pulledRow('triage_desks', { desk_id: 'D1' }, { key: 'desk_id' });
    expect(await pull([call, strange])).toMatchObject({ applied: 1, parked: 1 });
    await station.open.database.transaction(async (transaction) => {
      await transaction.exec(`ALTER TABLE emergencies ADD COLUMN triage_colour VARCHAR(10);
        SELECT sync_adopt_unknown('emergencies')`);
      const { rows } = await transaction.query(
        `SELECT triage_colour, unknown FROM emergencies JOIN sync_stamps ON row_id = emergency_id::text
         WHERE emergency_id = $1`,
        [call.rowId],
      );
      expect(rows).toEqual([{ triage_colour: 'RED', unknown: null }]);
      await transaction.rollback();
    });
    await station.rows(`DELETE FROM sync_parked`);
  });

  test('transcripts whose time is over are not taken over', async () => {
    const call = emergency();
    const flight = mission(call.rowId, { status: 'COMPLETED' });
    const line = (timestamp: string): PulledRow => ({
      ...pulledRow(
        'voice_transcripts',
        {
          transcript_id: newId(),
          mission_id: flight.rowId,
          timestamp,
          speaker: 'DRONE',
          text: 'Hello',
          language: 'en',
          is_scripted_response: false,
        },
        { key: 'transcript_id' },
      ),
      stamps: null,
    });
    const rows = [call, flight, line('2026-04-23T00:00:00+00:00'), line(AT)];
    expect(await pull(rows)).toMatchObject({ applied: 3, parked: 0 });
  });
});

describe('two stations', () => {
  test('cases 8, 9: of one column the later stays, of different columns both; what waits here is not lost', async () => {
    const call = emergency({ address: 'Old', city: 'Old' });
    await pull([call]);
    await station.rows(`UPDATE emergencies SET address = 'Mine' WHERE emergency_id = $1`, [call.rowId]);
    const [group] = await station.sync.pendingGroups({ afterSeq: 0, maxRows: 9, maxBytes: 9_999 });
    const mine = group?.changes[0]?.stamp ?? '';
    expect(group?.changes[0]?.replaced).toEqual({ address: call.stamps?.['*'] });
    const theirs = (address: string, stamp: string): PulledRow => ({
      ...call,
      row: { ...call.row, address, city: 'Theirs' },
      stamps: { '*': call.stamps?.['*'] ?? '', address: stamp, city: stamp },
    });
    await pull([theirs('Theirs', stampAt(NOW_MS - 1_000, 'OTHER'))]);
    const stored = () => one('SELECT address, city FROM emergencies WHERE emergency_id = $1', [call.rowId]);
    expect(await stored()).toEqual({ address: 'Mine', city: 'Theirs' });
    const later = stampAt(Number(mine.slice(0, 15)) + 1, 'OTHER');
    await pull([theirs('Theirs, later', later)]);
    expect(await stored()).toEqual({ address: 'Theirs, later', city: 'Theirs' });
    // An edit that was made knowing that one is later than it, whatever the clock says.
    await station.rows(`UPDATE emergencies SET address = 'Mine again' WHERE emergency_id = $1`, [call.rowId]);
    const groups = await station.sync.pendingGroups({
      afterSeq: group?.seq ?? 0,
      maxRows: 9,
      maxBytes: 9_999,
    });
    expect((groups[0]?.changes[0]?.stamp ?? '') > later).toBe(true);
    await settleAll();
    // Once it is settled, the server's word stands.
    await pull([theirs('Decided', stampAt(NOW_MS, 'CENTRE'))]);
    expect(await stored()).toEqual({ address: 'Decided', city: 'Theirs' });
  });

  test('cases 10, 11: an abort stands against a completion in every order, and no status goes back; people cannot do so', async () => {
    const call = emergency();
    const flight = mission(call.rowId, { status: 'LANDED' });
    await pull([call, flight]);
    const say = async (status: string, atMs: number): Promise<unknown> => {
      await pull([{ ...flight, row: { ...flight.row, status }, stamps: { '*': stampAt(atMs, 'OTHER') } }]);
      return (await one('SELECT status FROM missions WHERE mission_id = $1', [flight.rowId]))?.status;
    };
    expect(await say('ARRIVED', NOW_MS + 1)).toBe('LANDED');
    expect(await say('COMPLETED', NOW_MS + 2)).toBe('COMPLETED');
    expect(await say('ABORTED', NOW_MS - 5)).toBe('ABORTED');
    expect(await say('COMPLETED', NOW_MS + 9)).toBe('ABORTED');
    await expect(
      station.open.database.transaction(async (transaction) => {
        await transaction.exec(`SET LOCAL ROLE skyrescue_person; SET LOCAL app.dispatcher_id = 'operator12';
          SET LOCAL app.sync = 'on'`);
        await transaction.query(`UPDATE missions SET dispatcher_name = 'x' WHERE mission_id = $1`, [
          flight.rowId,
        ]);
      }),
    ).rejects.toThrow('is over');
  });

  test("case 12: what was deleted comes back only if it was changed later; another station's deletion is obeyed", async () => {
    const [gone, changed] = [emergency(), emergency()];
    await pull([gone, changed]);
    await station.rows(`UPDATE emergencies SET city = 'Changed' WHERE emergency_id = $1`, [changed.rowId]);
    const deletion = (row: PulledRow, atMs: number): PulledRow => ({
      ...row,
      op: 'DELETE',
      row: null,
      stamps: { '*': stampAt(atMs, 'OTHER') },
    });
    const before = NOW_MS - 1_000;
    expect(await pull([deletion(gone, before), deletion(changed, before)])).toMatchObject({ applied: 1 });
    const left = await station.rows('SELECT emergency_id FROM emergencies WHERE emergency_id = ANY ($1)', [
      [gone.rowId, changed.rowId],
    ]);
    expect(left).toEqual([{ emergency_id: changed.rowId }]);
    await settleAll();
    expect(await pull([emergency({ ...gone.row }, stampAt(NOW_MS, 'OTHER'))])).toMatchObject({ applied: 1 });
    expect(await one('SELECT FROM sync_tombstones WHERE row_id = $1', [gone.rowId])).toBeUndefined();
  });

  test('a zone with an edit that waits forbids whatever either version forbids, until the server has decided', async () => {
    const zoneId = newId();
    await station.call.createZone({ ...squareZone(SCENE, 0.01), zoneId, nowMs: NOW_MS });
    await settleAll();
    const { row } = (await one(
      `SELECT to_jsonb(z) - 'updated_at'::text AS row FROM no_fly_zones AS z WHERE zone_id = $1`,
      [zoneId],
    )) as { row: Columns };
    await station.call.updateZone({
      ...squareZone(SCENE, 0.005, { active: true, ceilingAglM: 50 }),
      zoneId,
      version: 1,
      nowMs: NOW_MS,
    });
    const server = pulledRow(
      'no_fly_zones',
      { ...row, version: 2, active: false, name: 'Lifted' },
      {
        key: 'zone_id',
        stamp: stampAt(NOW_MS - 100, 'OTHER'),
      },
    );
    await pull([server]);
    expect(
      await one(
        `SELECT active, altitude_restriction_meters AS ceiling, version,
           round(ST_Area(zone_polygon::geometry)::numeric, 6) AS area FROM no_fly_zones WHERE zone_id = $1`,
        [zoneId],
      ),
    ).toEqual({ active: true, ceiling: null, version: 2, area: 0.0004 });
    await settleAll();
    await pull([
      { ...server, row: { ...server.row, version: 3 }, stamps: { '*': stampAt(NOW_MS + 5, 'CENTRE') } },
    ]);
    expect(await one('SELECT active, version, name FROM no_fly_zones WHERE zone_id = $1', [zoneId])).toEqual({
      active: false,
      version: 3,
      name: 'Lifted',
    });
  });

  test("case 30: what the station may no longer see goes, with what derives from it; its own and others' words stay apart", async () => {
    const call = emergency();
    const flight = mission(call.rowId);
    const landed = event(flight.rowId);
    const kept = emergency();
    await pull([call, flight, landed, kept]);
    expect(await pull([{ ...call, op: 'MOVE_OUT', row: null, stamps: null }])).toMatchObject({ applied: 3 });
    expect(await one('SELECT FROM mission_events WHERE event_id = $1', [landed.rowId])).toBeUndefined();
    expect(await one('SELECT FROM sync_stamps WHERE row_id = $1', [call.rowId])).toBeUndefined();
  });

  test('case 30: a full pull lets go of what no longer comes, but not of what is own, waits, or is referred to', async () => {
    const [stays, leaves, waits, referred] = [emergency(), emergency(), emergency(), emergency()];
    await pull([stays, leaves, waits, referred]);
    const ownId = newId();
    await station.call.createEmergency({ ...emergencyInput(), emergencyId: ownId, nowMs: NOW_MS });
    const own = newMission({ emergencyId: referred.rowId, droneId: 'Delta-1', events: [missionEvent()] });
    await station.call.createMission(own);
    await settleAll();
    await station.rows(`UPDATE emergencies SET city = 'Waits' WHERE emergency_id = $1`, [waits.rowId]);

    await station.sync.beginFullPull();
    expect(await station.sync.state()).toMatchObject({ cursor: null, fullPull: true, epoch: 'epoch-1' });
    await pull([stays]);
    await station.sync.sweep();
    const left = await station.rows<{ id: string }>('SELECT emergency_id AS id FROM emergencies');
    const ids = left.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([stays.rowId, waits.rowId, referred.rowId, ownId]));
    expect(ids).not.toContain(leaves.rowId);
    expect(await one('SELECT FROM missions WHERE mission_id = $1', [own.missionId])).toBeDefined();
    // The edit was refused: nothing holds the row any more.
    expect(await station.sync.state()).toMatchObject({ fullPull: true });
    await settleAll();
    expect(await station.sync.sweep()).toBe(1);
    expect(await station.sync.state()).toMatchObject({ fullPull: false });
    expect(await one('SELECT FROM emergencies WHERE emergency_id = $1', [waits.rowId])).toBeUndefined();
  });
});

test('digests agree where rows agree; a bucket that differs is made equal, own rows excepted', async () => {
  const base = (id: string, name: string): PulledRow =>
    pulledRow(
      'base_stations',
      { base_station_id: id, name, location: PLACE, capacity: 1, created_at: AT },
      { key: 'base_station_id' },
    );
  const [good, bad] = [base('REMOTE-1', 'Good'), base('REMOTE-2', 'Bad')];
  await pull([good, bad]);
  const { cursor } = await station.sync.state();
  if (cursor === null) throw new Error('A page was applied.');
  expect(await station.sync.pulledTables()).not.toContain('voice_transcripts');
  const before = await station.sync.digests('base_stations', cursor);
  expect(Object.keys(before ?? {})).toHaveLength(256);
  expect(await station.sync.digests('base_stations', cursorAt(1, 'other'))).toBeNull();

  // What should be impossible: a row that differs, one that is missing, one that should not be.
  await station.open.database.transaction(async (transaction) => {
    await transaction.exec(`SET LOCAL app.sync = 'on'; DELETE FROM base_stations WHERE base_station_id = 'REMOTE-1';
      UPDATE base_stations SET name = 'Damaged' WHERE base_station_id = 'REMOTE-2'`);
  });
  const damaged = await station.sync.digests('base_stations', cursor);
  const buckets = Object.keys(before ?? {}).filter((bucket) => before?.[bucket] !== damaged?.[bucket]);
  expect(buckets.length).toBeGreaterThan(0);
  for (const bucket of buckets) {
    const inBucket = await station.rows<{ id: string }>(
      `SELECT id FROM unnest(ARRAY['REMOTE-1', 'REMOTE-2']) AS id WHERE sync_bucket(id) = $1`,
      [bucket],
    );
    const rows = [good, bad].filter(({ rowId }) => inBucket.some(({ id }) => id === rowId));
    expect(await station.sync.healBucket({ table: 'base_stations', bucket, rows })).toBe(rows.length);
  }
  expect(await station.sync.digests('base_stations', cursor)).toEqual(before);

  await station.rows(`UPDATE base_stations SET name = 'Changed' WHERE base_station_id = 'REMOTE-1'`);
  expect(await station.sync.digests('base_stations', cursor)).toBeNull();
  await settleAll();
});

test('a conflict comes like any record; taking the other value makes a new change, and both decisions travel', async () => {
  const call = emergency({ city: 'In force' });
  const conflict = (other: Columns, table = 'emergencies', rowId = call.rowId): PulledRow =>
    pulledRow(
      'sync_conflicts',
      {
        conflict_id: newId(),
        table_name: table,
        row_id: rowId,
        in_force: { city: 'In force' },
        other,
        other_stamp: stampAt(NOW_MS - 9, 'OTHER'),
        other_station_id: 'OTHER',
        other_deletes: false,
        at: AT,
        decision: null,
      },
      { key: 'conflict_id' },
    );
  const rows = [conflict({ city: 'Other' }), conflict({ city: 'Nobody' })];
  expect(await pull([call, ...rows])).toEqual({ applied: 3, conflicts: 2, parked: 0 });
  expect(await station.sync.counts()).toMatchObject({ conflicts: 2 });
  const [taken, kept] = rows.map(({ rowId }) => rowId);
  const by = { dispatcherId: 'operator12' };
  await station.sync.decideConflict({ conflictId: taken ?? '', decision: 'TAKE_OTHER', ...by });
  await station.sync.decideConflict({ conflictId: kept ?? '', decision: 'KEEP', ...by });
  await expect(
    station.sync.decideConflict({ conflictId: kept ?? '', decision: 'KEEP', ...by }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const { lastAckedSeq } = await station.sync.state();
  const groups = await station.sync.pendingGroups({ afterSeq: lastAckedSeq, maxRows: 9, maxBytes: 99_999 });
  expect(groups.map(({ changes }) => changes.map(({ table }) => table))).toEqual([
    ['sync_conflicts', 'emergencies'],
    ['sync_conflicts'],
  ]);
  expect(groups[0]?.changes[1]).toMatchObject({ columns: { city: 'Other' }, by: 'Operator 12' });
  expect(await station.sync.conflicts({ limit: 9 })).toEqual([]);
});

test('that two stations flew one drone is decided without touching the drone or either mission', async () => {
  const flight = (status: string): Columns => ({ mission_id: newId(), launch_time: AT, status });
  const twice = pulledRow(
    'sync_conflicts',
    {
      ...{ conflict_id: newId(), kind: 'TWO_FLIGHTS', table_name: 'drones', row_id: 'Delta-1', at: AT },
      ...{
        in_force: flight('COMPLETED'),
        in_force_stamp: stampAt(NOW_MS - 9, 'OTHER'),
        in_force_by: 'Ann Smith',
      },
      ...{ other: flight('ABORTED'), other_stamp: stampAt(NOW_MS - 5, 'STATION-A'), other_by: 'Bo Jones' },
      ...{ other_station_id: 'STATION-A', other_deletes: false, decision: null },
    },
    { key: 'conflict_id' },
  );
  await pull([twice]);
  expect(await station.sync.conflicts({ limit: 9 })).toMatchObject([
    { twoFlights: true, inForceBy: 'Ann Smith', otherBy: 'Bo Jones', rowId: 'Delta-1' },
  ]);
  await settleAll();
  const by = { dispatcherId: 'operator12' };
  await station.sync.decideConflict({ conflictId: twice.rowId, decision: 'TAKE_OTHER', ...by });
  const { lastAckedSeq } = await station.sync.state();
  const groups = await station.sync.pendingGroups({ afterSeq: lastAckedSeq, maxRows: 9, maxBytes: 99_999 });
  expect(groups.map(({ changes }) => changes.map(({ table }) => table))).toEqual([['sync_conflicts']]);
  await settleAll();
});

test("another station's mission is not for this one to change, and its drone is busy", async () => {
  const call = emergency();
  const flight = mission(call.rowId, { drone_id: 'Charlie-2', station_id: 'OTHER' });
  await pull([call, flight]);
  const progress = { missionId: flight.rowId, events: [], changes: { status: 'ABORTED' as const } };
  await expect(station.call.recordMissionProgress(progress)).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('flown by station OTHER'),
  });
  await expect(station.call.setDroneStatus({ droneId: 'Charlie-2', status: 'READY' })).rejects.toMatchObject({
    code: 'DRONE_BUSY',
    message: expect.stringContaining('flies a mission of station OTHER'),
  });
  // Without a network it may have been launched here too: both missions are true.
  const own = newMission({ emergencyId: call.rowId, droneId: 'Charlie-2' });
  await station.call.createMission(own);
  expect((await station.call.unfinishedMissions({})).map(({ missionId }) => missionId)).toContain(
    own.missionId,
  );
});
