import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeGroup } from '../../../db/sync/wire.ts';
import { linesOf, rowOf } from '../../../main/station/sync/copy-text.ts';
import {
  emergencyInput,
  missionEvent,
  NOW_MS,
  newId,
  newMission,
  SCENE,
  squareZone,
  telemetryRow,
} from '../db/build-records.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';
import { answerTo, openTestStation, stampAt, type TestStation } from './test-station.ts';

const HOUR_MS = 3_600_000;
let directory: TemporaryDirectory;
let station: TestStation;

beforeAll(async () => {
  directory = temporaryDirectory();
  station = await openTestStation(directory.path);
  await station.call.seedDemo({ password: 'not said here', nowMs: NOW_MS });
}, 60_000);
afterAll(async () => {
  await station.close();
  directory.remove();
});

const ALL = { maxRows: 1_000, maxBytes: 10_000_000 };
const waiting = async (): Promise<ChangeGroup[]> => {
  const { lastAckedSeq } = await station.sync.state();
  return station.sync.pendingGroups({ afterSeq: lastAckedSeq, ...ALL });
};
const settleAll = async (): Promise<void> => {
  const { lastSeq } = await station.sync.state();
  await station.sync.settlePush(answerTo(lastSeq), lastSeq);
};
const createEmergency = (id = newId()) =>
  station.call.createEmergency({ ...emergencyInput(), emergencyId: id, nowMs: station.clock.nowMs() });

describe('before the station is connected', () => {
  test('nothing waits; then every record is offered whole, parents first, each in a group of its own', async () => {
    await createEmergency();
    const before = await station.sync.state();
    expect([before.stationId, before.lastSeq, await station.sync.counts()]).toMatchObject([
      null,
      0,
      { pendingGroups: 0, oldestAtMs: null },
    ]);

    await station.sync.beginRun('run1');
    await station.sync.adopt('STATION-A');
    const groups = await waiting();
    expect(groups.map(({ seq }) => seq)).toEqual(groups.map((_, index) => index + 1));
    expect(groups.every(({ changes }) => changes.length === 1)).toBe(true);
    const tables = groups.map(({ changes }) => changes[0]?.table);
    const bases = await station.rows('SELECT FROM base_stations');
    const drones = await station.rows('SELECT FROM drones');
    expect(tables.filter((table) => table === 'base_stations')).toHaveLength(bases.length);
    expect(tables.lastIndexOf('base_stations')).toBeLessThan(tables.indexOf('drones'));
    expect(tables.filter((table) => table === 'drones')).toHaveLength(drones.length);
    const drone = groups.find(({ changes }) => changes[0]?.table === 'drones')?.changes[0];
    expect(drone?.columns).toMatchObject({ drone_id: drone?.rowId, model: expect.any(String) });
    for (const kept of ['mavlink_system_id', 'battery_level', 'current_location', 'updated_at'])
      expect(drone?.columns).not.toHaveProperty(kept);
    await expect(station.sync.adopt('STATION-B')).rejects.toMatchObject({ code: 'CONFLICT' });
    await settleAll();
  });
});

describe('a station that is connected', () => {
  beforeEach(settleAll);

  test('case 1: a change and its place in the outbox are one: both are there, or neither', async () => {
    const emergencyId = newId();
    await createEmergency(emergencyId);
    const [group] = await waiting();
    expect(group?.changes).toMatchObject([
      { table: 'emergencies', rowId: emergencyId, op: 'UPSERT', baseVersion: null, replaced: {} },
    ]);
    expect(group?.changes[0]?.columns).toMatchObject({
      call_timestamp: '2026-05-01T12:00:00+00:00',
      location_point: expect.stringMatching(/^0101000020E6100000[0-9A-F]{32}$/),
    });

    const { lastSeq } = await station.sync.state();
    await expect(
      station.open.database.transaction(async (transaction) => {
        await transaction.exec(`UPDATE emergencies SET city = 'X'`);
        throw new Error('Never mind.');
      }),
    ).rejects.toThrow('Never mind.');
    expect((await station.sync.state()).lastSeq).toBe(lastSeq);
    await createEmergency();
    expect((await waiting()).map(({ seq }) => seq)).toEqual([lastSeq, lastSeq + 1]);
  });

  test('P2: records that are only added have a number of their own when they come first in a transaction: no gap, no number twice', async () => {
    const { lastSeq } = await station.sync.state();
    await station.call.appendAudit({
      atMs: NOW_MS,
      dispatcherId: null,
      action: 'A',
      subject: null,
      detail: {},
    });
    await station.open.database.transaction(async (transaction) => {
      await transaction.exec(`INSERT INTO audit_log (at, action) VALUES (now(), 'B'), (now(), 'C');
        INSERT INTO audit_log (at, action) VALUES (now(), 'D');
        UPDATE base_stations SET capacity = capacity + 1 WHERE base_station_id = 'BOS-1'`);
    });
    const groups = await waiting();
    expect(groups.map(({ seq, changes }) => [seq, changes.length])).toEqual([
      [lastSeq + 1, 1],
      [lastSeq + 2, 4],
    ]);
    for (const { changes } of groups) expect(new Set(changes.map(({ stamp }) => stamp)).size).toBe(1);
    expect((await station.sync.state()).lastSeq).toBe(lastSeq + 2);
  });

  test('a transaction is one group, in the order in which it wrote; what it wrote twice is one change', async () => {
    const emergencyId = newId();
    await createEmergency(emergencyId);
    const mission = newMission({ emergencyId, droneId: 'Alpha-1', events: [missionEvent(), missionEvent()] });
    await station.call.createMission(mission);
    await station.open.database.transaction(async (transaction) => {
      await transaction.exec(`UPDATE missions SET dispatcher_name = 'One', conversation_state = 'A';
        UPDATE missions SET dispatcher_name = 'Two'`);
    });
    const [, launch, edit] = await waiting();
    expect(launch?.changes.map(({ table }) => table)).toEqual([
      'missions',
      'mission_events',
      'mission_events',
      'drones',
    ]);
    expect(new Set(launch?.changes.map(({ stamp }) => stamp)).size).toBe(1);
    expect(launch?.changes[0]?.columns).toMatchObject({ station_id: 'STATION-A', status: 'LAUNCHED' });
    expect(launch?.changes[3]?.columns).toEqual({
      status: 'IN_FLIGHT',
      total_missions: 1,
      last_mission_at: '2026-05-01T12:00:00+00:00',
    });
    const stamp = launch?.changes[0]?.stamp ?? '';
    expect(edit?.changes).toEqual([
      {
        table: 'missions',
        rowId: mission.missionId,
        op: 'UPSERT',
        columns: { dispatcher_name: 'Two', conversation_state: 'A' },
        stamp: expect.any(String),
        baseVersion: null,
        replaced: { dispatcher_name: stamp, conversation_state: stamp },
        by: null,
      },
    ]);
    expect(await station.sync.groupStamp(edit?.seq ?? 0)).toBe(edit?.changes[0]?.stamp);
    await station.call.recordMissionProgress({
      missionId: mission.missionId,
      events: [],
      changes: { status: 'ABORTED', abortedAtMs: NOW_MS },
      droneStatusAfter: 'READY',
    });
  });

  test('what changes nothing that travels is no change: a drone that is heard, a row that stays as it is', async () => {
    await station.call.recordDroneSeen({
      drones: [
        {
          droneId: 'Alpha-1',
          batteryPercent: 51,
          position: SCENE,
          altitudeAmslM: 12,
          firmware: null,
          modelVersion: null,
        },
      ],
    });
    await station.rows(`UPDATE emergencies SET city = city`);
    expect(await waiting()).toEqual([]);
  });

  test('a person writes, without sight of the outbox, and what was written waits like all else', async () => {
    const emergencyId = newId();
    await station
      .as('operator12')
      .createEmergency({ ...emergencyInput(), emergencyId, nowMs: station.clock.nowMs() });
    expect(await waiting()).toMatchObject([
      { changes: [{ table: 'emergencies', rowId: emergencyId, by: 'Operator 12' }] },
    ]);
    // Refused and offered again by somebody else, it is still that person's.
    const { lastSeq } = await station.sync.state();
    const refused = [{ seq: lastSeq, sqlState: '23514', sentence: 'No.' }];
    await station.sync.settlePush(answerTo(lastSeq, { refused }), lastSeq);
    const [refusal] = await station.sync.refused({ limit: 1 });
    const again = { refusedId: refusal?.refusedId ?? '', dispatcherId: 'dispatcher04' };
    await station.sync.retryRefused(again);
    expect(await waiting()).toMatchObject([{ seq: lastSeq + 1, changes: [{ by: 'Operator 12' }] }]);
    const tables = await station.rows<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relname LIKE 'sync\\_%' AND relkind IN ('r', 'v')
         AND has_table_privilege('skyrescue_person', oid, 'SELECT, INSERT, UPDATE, DELETE')`,
    );
    expect(tables).toEqual([]);
  });

  test('a zone says which version it was made on; a deletion leaves what it takes to undo it', async () => {
    const zoneId = newId();
    const { version } = await station.call.createZone({ ...squareZone(SCENE, 0.001), zoneId, nowMs: NOW_MS });
    await station.call.updateZone({
      ...squareZone(SCENE, 0.0005, { name: 'Smaller' }),
      zoneId,
      version,
      nowMs: NOW_MS,
    });
    await station.rows('DELETE FROM no_fly_zones WHERE zone_id = $1', [zoneId]);
    const [made, changed, deleted] = (await waiting()).map(({ changes }) => changes[0]);
    expect([made?.baseVersion, changed?.baseVersion, deleted?.baseVersion]).toEqual([null, 1, 2]);
    expect(changed?.columns).toMatchObject({ name: 'Smaller', version: 2 });
    expect(changed?.replaced).toEqual({
      name: made?.stamp,
      version: made?.stamp,
      zone_polygon: made?.stamp,
    });
    expect(deleted).toMatchObject({ op: 'DELETE', columns: {} });
    expect(deleted?.replaced).toMatchObject({ name: changed?.stamp, active: made?.stamp });
    const graves = await station.rows('SELECT * FROM sync_tombstones WHERE row_id = $1', [zoneId]);
    expect(graves).toMatchObject([{ stamp: deleted?.stamp, row: { name: 'Smaller' } }]);
  });

  test('groups come whole, within the limits, and at least one', async () => {
    for (let index = 0; index < 4; index++) await createEmergency();
    const { lastAckedSeq: acked } = await station.sync.state();
    const pending = (limits: object) => station.sync.pendingGroups({ afterSeq: acked, ...ALL, ...limits });
    expect((await pending({ maxRows: 3 })).map(({ seq }) => seq - acked)).toEqual([1, 2, 3]);
    expect((await pending({ maxBytes: 1 })).map(({ seq }) => seq - acked)).toEqual([1]);
    await station.open.database.transaction(async (transaction) => {
      await transaction.exec(`UPDATE emergencies SET city = 'All'`);
    });
    await settleAll();
    await station.open.database.exec(`UPDATE emergencies SET city = 'All of them'`);
    const [whole] = await waiting();
    const cut = await station.sync.pendingGroups({
      afterSeq: (whole?.seq ?? 0) - 1,
      maxRows: 2,
      maxBytes: 9,
    });
    expect(cut).toEqual([whole]);
    expect(whole?.changes.length).toBeGreaterThan(4);
  });

  test('case 3: an answer that comes twice, or for more than was sent, settles no more than was sent', async () => {
    await createEmergency();
    await createEmergency();
    const { lastSeq } = await station.sync.state();
    const answer = answerTo(lastSeq, {
      refused: [{ seq: lastSeq - 1, sqlState: '23514', sentence: 'Emergency: victim age.' }],
    });
    await station.sync.settlePush(answer, lastSeq - 1);
    await station.sync.settlePush(answer, lastSeq - 1);
    expect((await station.sync.state()).lastAckedSeq).toBe(lastSeq - 1);
    const refused = await station.sync.refused({ limit: 10 });
    expect(refused).toMatchObject([
      { seq: lastSeq - 1, sqlState: '23514', rows: [{ table: 'emergencies' }] },
    ]);
    expect(await station.sync.counts()).toMatchObject({ refused: 1, pendingGroups: 1 });

    // A person offers it again; it is then settled for good.
    const { refusedId } = refused[0] ?? { refusedId: '' };
    await station.sync.retryRefused({ refusedId, dispatcherId: 'operator12' });
    const again = (await waiting()).at(-1);
    expect(again).toMatchObject({ seq: lastSeq + 1, changes: [{ rowId: refused[0]?.rows[0]?.rowId }] });
    await expect(
      station.sync.dismissRefused({ refusedId, dispatcherId: 'operator12' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('case 16: what an older server has lost waits again, as long as it is kept: fourteen days', async () => {
    await createEmergency();
    await createEmergency();
    const { lastSeq } = await station.sync.state();
    await settleAll();
    expect(await station.sync.reoffer(lastSeq - 2)).toEqual({ complete: true });
    expect((await waiting()).map(({ seq }) => seq)).toEqual([lastSeq - 1, lastSeq]);
    await settleAll();

    station.clock.advance(15 * 24 * HOUR_MS);
    await createEmergency();
    await settleAll();
    await settleAll();
    await createEmergency();
    const kept = (await station.sync.state()).lastSeq;
    await station.sync.settlePush(answerTo(kept), kept);
    expect(await station.sync.reoffer(1)).toEqual({ complete: false });
    expect((await station.sync.state()).lastAckedSeq).toBe(kept);
  });

  test('an older server that lacks more than is kept is offered every record again, with its stamps', async () => {
    await station.rows(`UPDATE drones SET model = 'SR-2000' WHERE drone_id = 'Bravo-4'`);
    const changedAt = (await waiting())[0]?.changes[0]?.stamp ?? '';
    const { incarnation } = await station.sync.state();
    await station.sync.beginIncarnation({ incarnation: incarnation + 1, offer: 'KEPT' });
    const all = (await waiting()).flatMap(({ changes }) => changes);
    const drone = all.filter(({ table, rowId }) => table === 'drones' && rowId === 'Bravo-4');
    const whole = drone.find(({ columns }) => 'drone_id' in columns);
    expect(whole?.stamp !== undefined && whole.stamp < changedAt).toBe(true);
    expect(drone.at(-1)).toMatchObject({ columns: { model: 'SR-2000' }, stamp: changedAt });
    const emergencies = await station.rows('SELECT FROM emergencies');
    const offered = new Set(all.filter(({ table }) => table === 'emergencies').map(({ rowId }) => rowId));
    expect(offered.size).toBe(emergencies.length);
  });

  test('case 17: a new incarnation numbers what waits from 1, in its order', async () => {
    const first = newId();
    await createEmergency(first);
    await createEmergency();
    const { incarnation } = await station.sync.state();
    await station.sync.beginIncarnation({ incarnation: incarnation + 4, offer: 'PENDING' });
    expect(await station.sync.state()).toMatchObject({
      incarnation: incarnation + 4,
      lastSeq: 2,
      lastAckedSeq: 0,
    });
    expect((await waiting()).map(({ seq, changes }) => [seq, changes[0]?.rowId])).toEqual([
      [1, first],
      [2, expect.any(String)],
    ]);
    await expect(
      station.sync.beginIncarnation({ incarnation: incarnation + 4, offer: 'PENDING' }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('cases 13, 14, 15: the clock of stamps follows the server, never goes back, and does not overflow', async () => {
    const stampOfNext = async (): Promise<string> => {
      await createEmergency();
      return (await waiting()).at(-1)?.changes[0]?.stamp ?? '';
    };
    await station.rows(`UPDATE sync_station SET clock_ms = 0, clock_counter = 0`);
    expect(await stampOfNext()).toMatch(stampAt(station.clock.nowMs(), 'STATION-A~').slice(0, -5));
    await station.sync.observeServerTime(-3 * 24 * HOUR_MS);
    await station.rows(`UPDATE sync_station SET clock_ms = 0`);
    const corrected = await stampOfNext();
    expect(Number(corrected.slice(0, 15))).toBe(station.clock.nowMs() - 3 * 24 * HOUR_MS);
    await station.sync.observeServerTime(-9 * 24 * HOUR_MS);
    const later = await stampOfNext();
    expect(later.slice(0, 21)).toBe(`${corrected.slice(0, 15)}-00001`);
    await station.rows(`UPDATE sync_station SET clock_counter = 99999`);
    const overflown = await stampOfNext();
    expect(Number(overflown.slice(0, 15))).toBe(Number(corrected.slice(0, 15)) + 1);
    expect(overflown.slice(15, 21)).toBe('-00000');
    await station.sync.observeServerTime(0);
  });
});

test('what people said is in no other place than its own, and gone from the outbox when its time is over', async () => {
  await settleAll();
  const emergencyId = newId();
  await createEmergency(emergencyId);
  const { missionId } = await station.call.createMission(newMission({ emergencyId, droneId: 'Charlie-2' }));
  await settleAll();
  const atMs = station.clock.nowMs();
  const said = { speaker: 'BYSTANDER', language: 'en', confidence: null, conversationState: null } as const;
  await station.call.appendTranscript({ ...said, transcriptId: newId(), missionId, atMs, text: 'Help him' });
  await station.rows(
    `INSERT INTO voice_transcripts (mission_id, timestamp, speaker, text, language)
     VALUES ($1, to_timestamp($2 / 1000.0), 'DRONE', 'Help comes', 'en')`,
    [missionId, atMs],
  );
  const before = await waiting();
  expect(before.map(({ changes }) => changes.map(({ columns }) => columns.text ?? null))).toEqual([
    ['Help him', null],
    ['Help comes'],
  ]);
  expect(await station.call.syncUnsentFrom({ table: 'voice_transcripts' })).toBe(atMs);
  const spoken = await station.rows(`SELECT FROM sync_outbox WHERE columns::text LIKE '%Help%'`);
  expect(spoken).toEqual([]);

  const removed = { table: 'voice_transcripts', beforeMs: atMs + 1, unsentFromMs: atMs, limit: 9 } as const;
  expect(await station.call.removeExpired(removed)).toEqual({ removed: 2, removedUnsent: 2 });
  const after = await waiting();
  expect(after.map(({ seq }) => seq)).toEqual(before.map(({ seq }) => seq));
  expect(after.map(({ changes }) => changes.map(({ table }) => table))).toEqual([['missions'], []]);
});

describe('telemetry', () => {
  test('waits in lines by mission, is handed out once sealed, and what was acknowledged can be rewound', async () => {
    const emergencyId = newId();
    await createEmergency(emergencyId);
    const { missionId } = await station.call.createMission(newMission({ emergencyId, droneId: 'Echo-2' }));
    const startedMs = station.clock.nowMs();
    const rows = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) =>
        telemetryRow(missionId, { droneId: 'Echo-2', atMs: startedMs + from + index }),
      );
    await station.call.appendTelemetry({ rows: rows(0, 10) });
    await station.call.appendTelemetry({ rows: rows(10, 5) });
    expect(await station.sync.counts()).toMatchObject({ telemetryRows: 15 });
    expect(await station.call.syncUnsentFrom({ table: 'telemetry' })).toBe(startedMs);

    const replica = (is: boolean) =>
      station.rows(`SELECT set_config('session_replication_role', $1, FALSE)`, [is ? 'replica' : 'origin']);
    await replica(true);
    await station.rows(
      String.raw`UPDATE telemetry SET drone_id = E'E\\\t\n2' WHERE mission_id = $1 AND time = (SELECT min(time) FROM telemetry WHERE mission_id = $1)`,
      [missionId],
    );
    await replica(false);
    const first = await station.sync.nextTelemetry({ afterPosition: null, maxRows: 100 });
    expect(first).toMatchObject({ rows: 15, more: false });
    const [line = ''] = first === null ? [] : linesOf(first);
    const recorded = rowOf(line, first?.columns ?? []);
    expect(recorded).toMatchObject({
      mission_id: missionId,
      altitude_meters: '10.00',
      obstacles_detected: null,
    });
    // What the line says is the row.
    const same = `SELECT FROM telemetry, jsonb_populate_record(NULL::telemetry, $1) AS said WHERE telemetry = said`;
    expect(await station.rows(same, [JSON.stringify(recorded)])).toHaveLength(1);
    // What comes while that is on its way has a line of its own.
    await station.call.appendTelemetry({ rows: rows(15, 2) });
    await station.sync.telemetryAcked(first?.position ?? 0);
    const second = await station.sync.nextTelemetry({ afterPosition: null, maxRows: 100 });
    expect(second?.rows).toBe(2);
    await station.sync.telemetryAcked(second?.position ?? 0);
    expect(await station.sync.nextTelemetry({ afterPosition: null, maxRows: 100 })).toBeNull();
    expect(await station.call.syncUnsentFrom({ table: 'telemetry' })).toBeNull();

    await station.sync.telemetryAcked(0);
    const again = await station.sync.nextTelemetry({ afterPosition: 0, maxRows: 1 });
    expect(again).toMatchObject({ position: first?.position, more: true });
    const full = await station.sync.nextTelemetry({ afterPosition: 0, maxRows: 15 });
    expect(full).toMatchObject({ position: first?.position, rows: 15, more: true });
    const rest = await station.sync.nextTelemetry({ afterPosition: full?.position ?? null, maxRows: 15 });
    expect(rest).toMatchObject({ position: second?.position, rows: 2, more: false });
  });
});
