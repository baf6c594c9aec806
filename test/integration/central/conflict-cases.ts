import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Columns, RowChange } from '../../../db/sync/wire.ts';
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

/** What is kept for people to decide, and whose it was; what cannot be a change at all. */
export function conflictCases(central: Central): void {
  const conflictsOf = (rowId: string) =>
    central().rows<Columns>(
      `SELECT kind, in_force, in_force_by, sync.station_of(in_force_stamp) AS in_force_at, other, other_by,
         other_station_id AS other_at, other_deletes FROM sync_conflicts WHERE row_id = $1 ORDER BY at`,
      [rowId],
    );

  test('a conflict names the person behind each side, also one whose clock was put back; the station alone has no name', async () => {
    const [a, b] = [await central().station(['CA']), await central().station(['CA'])];
    const drone = newDrone(a);
    await a.push([drone]);
    const replaced = { status: drone.stamp };
    const ahead = `${String(Date.now() + 3 * 86_400_000).padStart(15, '0')}-00000-${b.stationId}~run`;
    const edit = (
      by: CentralStation,
      status: string,
      person: string | null,
      stamp = by.stamp(),
    ): RowChange => ({
      ...upsert(by, 'drones', drone.rowId, { status }, stamp),
      replaced,
      by: person,
    });
    await a.push([edit(a, 'MAINTENANCE', 'Ann Smith')]);
    expect((await b.push([edit(b, 'OFFLINE', 'Bo Jones', ahead)])).conflicts).toBe(1);
    expect(await conflictsOf(drone.rowId)).toEqual([
      {
        kind: null,
        ...{ in_force: { status: 'OFFLINE' }, in_force_by: 'Bo Jones', in_force_at: b.stationId },
        ...{ other: { status: 'MAINTENANCE' }, other_by: 'Ann Smith', other_at: a.stationId },
        other_deletes: false,
      },
    ]);
    const spare = newDrone(a);
    await a.push([spare]);
    const unnamed = {
      ...upsert(a, 'drones', spare.rowId, { status: 'OFFLINE' }),
      replaced: { status: spare.stamp },
    };
    const named = {
      ...upsert(b, 'drones', spare.rowId, { status: 'CHARGING' }),
      replaced: { status: spare.stamp },
    };
    await a.push([unnamed]);
    await b.push([{ ...named, by: 'Bo Jones' }]);
    expect(
      (await conflictsOf(spare.rowId)).map(({ in_force_by, other_by }) => [in_force_by, other_by].sort()),
    ).toEqual([['Bo Jones', null]]);
  });

  async function twoFlights(first: Columns, second: Columns, drone?: RowChange) {
    const [a, b] = [await central().station(['CA']), await central().station(['NV'])];
    const shared = drone ?? newDrone(a);
    const [callA, callB] = [newEmergency(a, 'CA', { symptoms: 'secret' }), newEmergency(b, 'NV')];
    const one = newMission(a, callA.rowId, shared.rowId, { dispatcher_name: 'Ann Smith', ...first });
    const two = newMission(b, callB.rowId, shared.rowId, { dispatcher_id: 'bo', ...second });
    await a.push([shared], [callA], [one]);
    const answer = await b.push([callB], [two]);
    expect(answer.refused).toEqual([]);
    return { a, b, shared, one, two, answer };
  }
  const at = (time: string) => `2026-11-20T${time}:00+00:00`;

  test('S14: flights of two stations with one drone become one conflict that both stations get, without a word of the patient', async () => {
    const { a, b, shared, one, two, answer } = await twoFlights(
      { launch_time: at('10:05') },
      { launch_time: at('10:01'), completion_time: at('10:20'), status: 'COMPLETED' },
    );
    expect(answer.conflicts).toBe(1);
    expect(await conflictsOf(shared.rowId)).toMatchObject([
      {
        kind: 'TWO_FLIGHTS',
        ...{
          in_force: { mission_id: two.rowId, status: 'COMPLETED' },
          in_force_by: 'bo',
          in_force_at: b.stationId,
        },
        ...{
          other: { mission_id: one.rowId, status: 'LAUNCHED' },
          other_by: 'Ann Smith',
          other_at: a.stationId,
        },
      },
    ]);
    const got: string[] = [];
    for (const station of [a, b]) {
      const rows = (await pullAll(station.transport)).filter(
        ({ table, row }) => table === 'sync_conflicts' && row?.row_id === shared.rowId,
      );
      expect(rows.map(({ row }) => row?.kind)).toEqual(['TWO_FLIGHTS']);
      expect(JSON.stringify(rows)).not.toMatch(/secret|symptoms|location|emergency/);
      got.push(rows[0]?.rowId ?? '');
    }
    // Further steps of the two are no further conflict, and the decision of one station is the other's.
    await a.push([
      { ...upsert(a, 'missions', one.rowId, { status: 'ABORTED' }), replaced: { status: one.stamp } },
    ]);
    const decided = { decision: 'KEEP', decided_by: 'ann', decided_at: at('11:00') };
    await a.push([upsert(a, 'sync_conflicts', got[0] ?? '', decided)]);
    expect(await conflictsOf(shared.rowId)).toHaveLength(1);
    const held = (await pullAll(b.transport)).find(({ rowId }) => rowId === got[1]);
    expect(held?.row?.decision).toBe('KEEP');
  });

  test('S14: two flights that were both over before either was heard of are found; two after each other are none', async () => {
    const over = (launched: string, ended: string, end: Columns = { status: 'COMPLETED' }) => ({
      launch_time: at(launched),
      completion_time: at(ended),
      ...end,
    });
    const aborted = { status: 'ABORTED', completion_time: null, abort_time: at('10:09') };
    const overlapping = await twoFlights(over('10:00', '10:10'), over('10:08', '10:30', aborted));
    expect(overlapping.answer.conflicts).toBe(1);
    const following = await twoFlights(over('10:00', '10:10'), over('10:11', '10:30'));
    expect([following.answer.conflicts, await conflictsOf(following.shared.rowId)]).toEqual([0, []]);
  });

  test('S14: of two stations that push their flights at the same moment one finds the other', async () => {
    const [a, b] = [await central().station(['CA']), await central().station(['NV'])];
    const drone = newDrone(a);
    const [callA, callB] = [newEmergency(a, 'CA'), newEmergency(b, 'NV')];
    await a.push([drone], [callA]);
    await b.push([callB]);
    const answers = await Promise.all([
      a.push([newMission(a, callA.rowId, drone.rowId)]),
      b.push([newMission(b, callB.rowId, drone.rowId)]),
    ]);
    expect(answers.map(({ conflicts }) => conflicts).sort()).toEqual([0, 1]);
    expect(await conflictsOf(drone.rowId)).toHaveLength(1);
  });

  test('a malformed stamp from a station is put aside with a sentence, and the groups around it are applied', async () => {
    const station = await central().station(['CA']);
    const stamps: unknown[] = [
      '',
      'yesterday',
      '1760000000000-0-x',
      `${'9'.repeat(15)}-00000-`,
      null,
      7,
      `${station.stamp()}${'x'.repeat(80)}`,
    ];
    const bad = stamps.map((stamp) => [{ ...newDrone(station), stamp: stamp as string }]);
    const sound = stamps.map(() => newDrone(station));
    const answer = await station.push(
      ...bad.flatMap((group, index) => [group, [sound[index] ?? newDrone(station)]]),
    );
    expect(answer.refused.map(({ seq }) => seq)).toEqual(stamps.map((_, index) => 2 * index + 1));
    for (const { sentence } of answer.refused)
      expect(sentence).toMatch(/no proper time stamp.*Update SkyRescue/);
    expect(
      await central().rows('SELECT FROM drones WHERE drone_id = ANY ($1)', [sound.map(({ rowId }) => rowId)]),
    ).toHaveLength(sound.length);
    const kept = await central().rows('SELECT FROM sync.rejected WHERE station_id = $1', [station.stationId]);
    expect(kept).toHaveLength(stamps.length);
    expect((await station.push([newDrone(station)])).refused).toEqual([]);
  });

  test('a malformed row in a page is put aside by the station, and every other row of the page is used', async () => {
    const [station, maker] = [await central().station(['CA']), await central().station(['CA'])];
    const start = (await station.transport.pull({ cursor: null, maxRows: 5_000, maxBytes: 50_000_000 }))
      .cursor;
    const drones = [newDrone(maker), newDrone(maker)];
    await maker.push(drones);
    await central().rows(`UPDATE sync_stamps SET stamps = '{"*": "lately"}' WHERE row_id = $1`, [
      drones[0]?.rowId,
    ]);
    const page = await station.transport.pull({ cursor: start, maxRows: 5_000, maxBytes: 50_000_000 });
    expect(page.rows.map(({ rowId }) => rowId)).toEqual([drones[1]?.rowId]);
    expect(page.misshapen).toMatchObject([{ table: 'drones', rowId: drones[0]?.rowId }]);
    // Sound again, it is given out with its next change.
    const whole = JSON.stringify({ '*': drones[0]?.stamp });
    await central().rows(`UPDATE sync_stamps SET stamps = $2 WHERE row_id = $1`, [drones[0]?.rowId, whole]);
    await central().rows(`UPDATE drones SET status = 'OFFLINE' WHERE drone_id = $1`, [drones[0]?.rowId]);
    const next = await station.transport.pull({ cursor: page.cursor, maxRows: 5_000, maxBytes: 50_000_000 });
    expect(next.rows.map(({ rowId }) => rowId)).toContain(drones[0]?.rowId);
  });

  test('signed checks of drones travel to every station, once, under the name of the station that signed', async () => {
    const [signer, reader] = [await central().station(['CA']), await central().station(['NV'])];
    const drone = newDrone(signer);
    const checkId = randomUUID();
    const check = upsert(signer, 'health_checks', checkId, {
      ...{ health_check_id: checkId, drone_id: drone.rowId, checklist_model: '', checklist_version: 7 },
      ...{ started_at: at('08:00'), signed_at: at('08:20'), signed_by: 'tess', signed_name: 'Tess Long' },
      ...{
        decision: 'MAINTENANCE',
        note: 'Arm cracked',
        automatic: [],
        manual: [],
        station_id: 'somebody else',
      },
    });
    expect((await signer.push([drone, check])).refused).toEqual([]);
    const again = { ...check, columns: { ...check.columns, decision: 'READY' }, stamp: reader.stamp() };
    expect((await reader.push([again])).refused).toEqual([]);
    for (const station of [signer, reader])
      expect((await pullAll(station.transport)).find(({ rowId }) => rowId === checkId)?.row).toMatchObject({
        ...{ decision: 'MAINTENANCE', note: 'Arm cracked', signed_name: 'Tess Long' },
        station_id: signer.stationId,
      });
  });
}
