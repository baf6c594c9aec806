import { expect, test } from 'vitest';
import type { Columns, TelemetryBatch } from '../../../db/sync/wire.ts';
import {
  type CentralServer,
  type CentralStation,
  newDrone,
  newEmergency,
  newMission,
  upsert,
} from '../../support/central-server.ts';
import { pullAll } from './push-cases.ts';

type Central = () => CentralServer;

/** Real telemetry of a mission, a row a tenth of a second. */
export function telemetryRows(
  missionId: string,
  droneId: string,
  length: number,
  fromMs = Date.now() - 3_600_000,
): Columns[] {
  return Array.from({ length }, (_, index) => ({
    time: new Date(fromMs + index * 100).toISOString(),
    mission_id: missionId,
    drone_id: droneId,
    latitude: 34.05 + index * 1e-6,
    longitude: -118.25,
    altitude_meters: 120.5,
    speed_ms: 17.25,
    heading_degrees: 90,
    battery_level: 80,
    gps_satellites: 14,
    gps_fix_quality: 'RTK',
    obstacles_detected: 0,
    persons_detected: 0,
    landing_zone_confidence: null,
    navigation_mode: 'AUTONOMOUS',
    distance_to_destination_meters: 512.5,
    temperature_celsius: 21.5,
  }));
}

/** As a station sends it. */
function batchOf(position: number, rows: readonly Columns[]): TelemetryBatch {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => `${columns.map((column) => row[column] ?? '\\N').join('\t')}\n`);
  return { position, rows: rows.length, columns, text: [lines.join('')], more: false };
}

/** Two writers of one record, telemetry, deletions: what the centre makes of it. */
export function mergeCases(central: Central): void {
  async function twoOnOneCall() {
    const [a, b] = [await central().station(['CA']), await central().station(['CA'])];
    const drone = newDrone(a);
    const call = newEmergency(a, 'CA', { symptoms: 'at first' });
    const mission = newMission(a, call.rowId, drone.rowId);
    await a.push([drone], [call, mission]);
    return { a, b, drone, call, mission };
  }
  const edit = (
    by: CentralStation,
    rowId: string,
    columns: Columns,
    replaced: Record<string, string>,
    table = 'emergencies',
  ) => ({
    ...upsert(by, table, rowId, columns),
    replaced,
  });
  const conflictsOf = (rowId: string) =>
    central().rows<{ in_force: Columns; other: Columns; station: string }>(
      'SELECT in_force, other, other_station_id AS station FROM sync_conflicts WHERE row_id = $1 ORDER BY at',
      [rowId],
    );

  test('case 8 on the server: of two edits of one column the later is in force, the other is kept, once, and both stations get it', async () => {
    const { a, b, call } = await twoOnOneCall();
    const first = edit(a, call.rowId, { symptoms: 'by a' }, { symptoms: call.stamp });
    const second = edit(b, call.rowId, { symptoms: 'by b' }, { symptoms: call.stamp });
    expect((await b.push([second])).conflicts).toBe(0);
    expect((await a.push([first])).conflicts).toBe(1);
    expect(await conflictsOf(call.rowId)).toEqual([
      first.stamp > second.stamp
        ? { in_force: { symptoms: 'by a' }, other: { symptoms: 'by b' }, station: b.stationId }
        : { in_force: { symptoms: 'by b' }, other: { symptoms: 'by a' }, station: a.stationId },
    ]);
    for (const station of [a, b]) {
      const tables = (await pullAll(station.transport)).filter(({ row }) => row?.row_id === call.rowId);
      expect(tables.map(({ table }) => table)).toEqual(['sync_conflicts']);
    }
    // Offered again under another number, after a restore: a repetition.
    expect((await b.push([second])).conflicts).toBe(0);
  });

  test('case 9 on the server: edits of different columns are both in force', async () => {
    const { a, b, call } = await twoOnOneCall();
    await b.push([edit(b, call.rowId, { victim_age: 60 }, { victim_age: call.stamp })]);
    const answer = await a.push([edit(a, call.rowId, { address: 'Main St' }, { address: call.stamp })]);
    const [row] = await central().rows(
      'SELECT victim_age, address FROM emergencies WHERE emergency_id = $1',
      [call.rowId],
    );
    expect([answer.conflicts, row]).toEqual([0, { victim_age: 60, address: 'Main St' }]);
  });

  test('cases 10 and 11 on the server: an abort is on top in every order, and a late status does not go back', async () => {
    for (const order of [
      ['ABORTED', 'COMPLETED'],
      ['COMPLETED', 'ABORTED'],
      ['ABORTED', 'COMPLETED', 'IN_FLIGHT'],
    ]) {
      const { a, mission } = await twoOnOneCall();
      await a.push(
        ...order.map((status) => [edit(a, mission.rowId, { status }, { status: mission.stamp }, 'missions')]),
      );
      const [row] = await central().rows('SELECT status FROM missions WHERE mission_id = $1', [
        mission.rowId,
      ]);
      expect(row).toEqual({ status: 'ABORTED' });
    }
  });

  test('case 12 on the server: a deletion that has not seen an edit is undone by a later one, and the loser is kept', async () => {
    const { a, b } = await twoOnOneCall();
    const spare = newDrone(a);
    await a.push([spare]);
    await a.push([
      { ...upsert(a, 'drones', spare.rowId, {}), op: 'DELETE' as const, replaced: { '*': spare.stamp } },
    ]);
    expect(await central().rows('SELECT FROM drones WHERE drone_id = $1', [spare.rowId])).toEqual([]);
    expect((await pullAll(b.transport)).find(({ rowId }) => rowId === spare.rowId)?.op).toBe('DELETE');
    const later = { ...edit(b, spare.rowId, { status: 'MAINTENANCE' }, { status: spare.stamp }, 'drones') };
    later.stamp = b.stamp().replace(/^\d{15}/, String(Date.now() + 1_000).padStart(15, '0'));
    expect((await b.push([later])).conflicts).toBe(1);
    const [row] = await central().rows('SELECT status, serial_number FROM drones WHERE drone_id = $1', [
      spare.rowId,
    ]);
    expect(row).toEqual({ status: 'MAINTENANCE', serial_number: `SN-${spare.rowId}` });
  });

  test('a page of many changes: the plain ones go together, the others by themselves, what is wrong is put aside alone', async () => {
    const [a, b] = [await central().station(['CA']), await central().station(['NY'])];
    const hidden = newEmergency(b, 'NY');
    await b.push([hidden]);
    const calls = Array.from({ length: 8 }, (_, index) =>
      newEmergency(a, 'CA', { symptoms: 'at first', ...(index === 0 && { newer: 1 }) }),
    );
    expect((await a.push(...calls.map((call) => [call]))).refused).toEqual([]);
    const [first = hidden, second = hidden] = calls;
    const never = newEmergency(a, 'CA');
    const page = [
      ...calls.map((call) => edit(a, call.rowId, { symptoms: 'then' }, { symptoms: call.stamp })),
      edit(a, first.rowId, { newer: 2, victim_age: 61 }, { newer: first.stamp, victim_age: first.stamp }),
      edit(a, second.rowId, { victim_age: 900 }, { victim_age: second.stamp }),
      edit(a, hidden.rowId, { symptoms: 'forged' }, { symptoms: hidden.stamp }),
      edit(a, never.rowId, { symptoms: 'part of a call' }, { symptoms: never.stamp }),
      newEmergency(a, 'CA', { symptoms: 'new' }),
    ];
    const groups = page.map((change) => [change]);
    const numbered = a.numbered(groups);
    const wrong = numbered.slice(9, 12).map(({ seq }) => seq);
    const answer = await a.push(...groups);
    expect(answer.refused.map(({ seq, sqlState }) => [seq, sqlState])).toEqual([
      [wrong[0], '23514'],
      [wrong[1], '42501'],
      [wrong[2], 'P0002'],
    ]);
    const rows = () =>
      central().rows<Columns>(
        `SELECT symptoms, victim_age, unknown, stamps FROM emergencies JOIN sync_stamps ON row_id = emergency_id::TEXT
         WHERE emergency_id = ANY ($1::UUID[]) ORDER BY array_position($1::UUID[], emergency_id)`,
        [[...calls, ...page.slice(-1), hidden].map(({ rowId }) => rowId)],
      );
    const after = await rows();
    expect(after[0]).toMatchObject({ symptoms: 'then', victim_age: 61, unknown: { newer: 2 } });
    expect(after[0]?.stamps).toEqual({
      '*': first.stamp,
      symptoms: page[0]?.stamp,
      newer: page[8]?.stamp,
      victim_age: page[8]?.stamp,
    });
    expect(after.slice(1).map(({ symptoms, victim_age: age }) => [symptoms, age])).toEqual([
      ...Array.from({ length: 7 }, () => ['then', null]),
      ['new', null],
      [hidden.columns.symptoms ?? null, null],
    ]);
    // Once more, as after a restore: repetitions all of them, and no conflict with themselves.
    expect(await a.push(...groups)).toMatchObject({ conflicts: 0, refused: [{}, {}, {}] });
    expect([await rows(), await conflictsOf(first.rowId)]).toEqual([after, []]);
  });

  test('telemetry by COPY is stored once whatever is repeated, and rolled up; rows that cannot be kept are put aside', async () => {
    const { a, b, drone, mission } = await twoOnOneCall();
    const rows = telemetryRows(mission.rowId, drone.rowId, 2_000);
    expect(await a.transport.pushTelemetry(batchOf(7, rows), a.epoch)).toMatchObject({
      rows: 2_000,
      refused: 0,
    });
    await a.transport.pushTelemetry(batchOf(7, rows), a.epoch);
    expect((await a.greet()).telemetryPosition).toBe(7);
    const stored = () =>
      central().rows(
        `SELECT (SELECT count(*)::INTEGER FROM telemetry WHERE mission_id = $1) AS n,
           (SELECT sum(samples)::INTEGER FROM telemetry_1min WHERE mission_id = $1) AS samples`,
        [mission.rowId],
      );
    expect(await stored()).toEqual([{ n: 2_000, samples: 2_000 }]);

    // Half of it was stored before, under whatever position.
    const later = telemetryRows(mission.rowId, drone.rowId, 1_000, Date.now() - 1_800_000);
    await a.transport.pushTelemetry(batchOf(7, [...later, ...rows.slice(0, 1_000)]), a.epoch);
    expect(await stored()).toEqual([{ n: 3_000, samples: 3_000 }]);

    // More than one part, of which one has a row that cannot be kept; and a column that only the station knows.
    const bad = rows.slice(0, 1_200).map((row, index) => ({
      newer: index,
      ...row,
      time: new Date(Date.now() - index * 1_000 - 1).toISOString(),
      battery_level: index === 704 ? 900 : 50,
    }));
    expect(await a.transport.pushTelemetry(batchOf(8, bad), a.epoch)).toMatchObject({
      rows: 1_200,
      refused: 1,
    });
    const aside = await central().rows<{ row: Columns }>(
      'SELECT "row" FROM sync.rejected_telemetry WHERE station_id = $1',
      [a.stationId],
    );
    expect(aside).toMatchObject([
      { row: { battery_level: '900', newer: '704', landing_zone_confidence: null } },
    ]);
    const stray = telemetryRows(mission.rowId, drone.rowId, 5, Date.now() - 7_200_000);
    // Of a mission that another station flies.
    expect(await b.transport.pushTelemetry(batchOf(1, stray), b.epoch)).toMatchObject({
      rows: 5,
      refused: 5,
    });
    expect(await stored()).toEqual([{ n: 4_199, samples: 4_199 }]);
    expect((await a.greet()).telemetryPosition).toBe(8);
  });

  test('S8: digests are those of what the station sees; a bucket is served whole', async () => {
    const { a, call } = await twoOnOneCall();
    const rows = await pullAll(a.transport);
    expect(rows.length).toBeGreaterThan(0);
    let page = await a.transport.pull({ cursor: null, maxRows: 5_000, maxBytes: 50_000_000 });
    while (page.more)
      page = await a.transport.pull({ cursor: page.cursor, maxRows: 5_000, maxBytes: 50_000_000 });
    const before = await a.transport.digests('emergencies', page.cursor);
    expect(Object.keys(before ?? {})).toHaveLength(256);
    await a.push([edit(a, call.rowId, { victim_age: 44 }, { victim_age: call.stamp })]);
    expect(await a.transport.digests('emergencies', page.cursor)).toBeNull();
    const [{ bucket } = { bucket: '' }] = await central().rows<{ bucket: string }>(
      'SELECT sync_bucket($1) AS bucket',
      [call.rowId],
    );
    const after = await a.transport.digests(
      'emergencies',
      (await a.transport.pull({ cursor: page.cursor, maxRows: 100, maxBytes: 1_000_000 })).cursor,
    );
    expect(Object.keys(before ?? {}).filter((name) => before?.[name] !== after?.[name])).toEqual([bucket]);
    const served = await a.transport.bucketRows('emergencies', bucket);
    expect(served.find(({ rowId }) => rowId === call.rowId)?.row).toMatchObject({ victim_age: 44 });
  });
}
