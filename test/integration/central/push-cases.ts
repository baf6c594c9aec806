import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { RowChange } from '../../../db/sync/wire.ts';
import { pgTransport } from '../../../main/station/sync/pg-transport.ts';
import {
  type CentralServer,
  newDrone,
  newEmergency,
  newEvent,
  newMission,
  upsert,
} from '../../support/central-server.ts';

type Central = () => CentralServer;

export function pushCases(central: Central): void {
  const eventsOf = async (missionId: string): Promise<number> => {
    const [row] = await central().rows<{ n: number }>(
      'SELECT count(*)::INTEGER AS n FROM mission_events WHERE mission_id = $1',
      [missionId],
    );
    return row?.n ?? -1;
  };

  test('case 4: the same batch at once over two connections and once more later is applied exactly once', async () => {
    const station = await central().station(['CA']);
    const call = newEmergency(station, 'CA');
    const drone = newDrone(station);
    const mission = newMission(station, call.rowId, drone.rowId);
    const groups = station.numbered([
      [drone],
      [call, mission],
      ...Array.from({ length: 40 }, () => [newEvent(station, mission.rowId)]),
      [newEvent(station, mission.rowId, { event_type: 'not a type' })],
    ]);
    const other = pgTransport({ url: central().stationUrl, authorityPem: null, token: station.token });
    const hello = { stationId: station.stationId, incarnation: 1, schema: 12, lastAckedSeq: 0 };
    await other.hello({ ...hello, runId: station.runId });
    const batch = { incarnation: 1, runId: station.runId, groups };
    const answers = await Promise.all([
      station.transport.push(batch, station.epoch),
      other.push(batch, station.epoch),
    ]);
    answers.push(await station.transport.push(batch, station.epoch));
    await other.close();
    for (const answer of answers) {
      expect(answer.lastSeq).toBe(43);
      // The first answer may have been lost: the refusal is told again.
      expect(answer.refused.map(({ seq, sqlState }) => [seq, sqlState])).toEqual([[43, '23514']]);
    }
    expect(await eventsOf(mission.rowId)).toBe(40);
  });

  test('case 5: a gap is refused and changes nothing; the reordered rest is taken once the missing group has come', async () => {
    const station = await central().station(['CA']);
    const [one, two, three] = station.numbered([
      [newDrone(station)],
      [newDrone(station)],
      [newDrone(station)],
    ]);
    if (!one || !two || !three) throw new Error('three groups');
    const push = (...groups: (typeof one)[]) =>
      station.transport.push({ incarnation: 1, runId: station.runId, groups }, station.epoch);
    await expect(push(two, three)).rejects.toMatchObject({ kind: 'STALE' });
    await expect(push(one, three)).rejects.toMatchObject({ kind: 'MALFORMED' });
    expect((await station.greet()).lastSeq).toBe(0);
    expect((await push(one)).lastSeq).toBe(1);
    await expect(push(three)).rejects.toMatchObject({ kind: 'STALE' });
    expect((await push(one, two, three)).lastSeq).toBe(3);
    const drones = [one, two, three].map(({ changes }) => changes[0]?.rowId);
    expect(await central().rows('SELECT FROM drones WHERE drone_id = ANY ($1)', [drones])).toHaveLength(3);
  });

  test('a number that was settled with other content is not taken for a repetition', async () => {
    const station = await central().station(['CA']);
    await station.push([newDrone(station)]);
    const groups = [{ seq: 1, changes: [newDrone(station)] }];
    await expect(
      station.transport.push({ incarnation: 1, runId: station.runId, groups }, station.epoch),
    ).rejects.toMatchObject({ kind: 'STALE' });
  });

  test('case 21: poison rows (CHECK, FK, RLS, length, form) are put aside one by one, the sound ones around them are kept', async () => {
    const station = await central().station(['CA']);
    const stranger = await central().station(['NV']);
    const theirs = newEmergency(stranger, 'NV');
    await stranger.push([theirs]);
    const call = newEmergency(station, 'CA');
    const drone = newDrone(station);
    const mission = newMission(station, call.rowId, drone.rowId);
    const sound = () => newEvent(station, mission.rowId);
    const poison: [string, RowChange[]][] = [
      ['23514', [newEmergency(station, 'CA', { victim_age: 400 })]],
      ['23503', [newMission(station, call.rowId, 'no such drone')]],
      ['42501', [newMission(station, theirs.rowId, drone.rowId)]],
      ['42501', [upsert(station, 'emergencies', theirs.rowId, { symptoms: 'forged' })]],
      ['22001', [newDrone(station, 'D'.repeat(60))]],
      ['22P02', [newEvent(station, mission.rowId, { event_id: 'no uuid' })]],
      ['P0001', [upsert(station, 'not_yet_invented', '1', { a: 1 })]],
      ['23502', [upsert(station, 'emergencies', randomUUID(), { symptoms: 'of a call that is not there' })]],
      // The event belongs to what is refused in the same breath: all or nothing.
      ['23514', [sound(), newEmergency(station, 'CA', { victim_age: -1 })]],
    ];
    const answer = await station.push(
      [drone],
      [call, mission],
      ...poison.flatMap(([, changes]) => [[sound()], changes]),
      [sound()],
    );
    expect(answer.refused.map(({ sqlState }) => sqlState)).toEqual(poison.map(([sqlState]) => sqlState));
    expect(answer.refused.every(({ sentence }) => sentence.length > 20 && !sentence.includes('forged'))).toBe(
      true,
    );
    expect(await eventsOf(mission.rowId)).toBe(poison.length + 1);
    const kept = await central().rows<{ changes: RowChange[] }>(
      'SELECT changes FROM sync.rejected WHERE station_id = $1 ORDER BY seq',
      [station.stationId],
    );
    expect(kept.map(({ changes }) => changes.length)).toEqual(poison.map(([, changes]) => changes.length));
    const [call2] = await central().rows('SELECT symptoms FROM emergencies WHERE emergency_id = $1', [
      theirs.rowId,
    ]);
    expect(call2).toEqual({ symptoms: null });
  });

  test('case 22: a child before its parent in one group is applied; one whose parent was refused is kept aside, too', async () => {
    const station = await central().station(['CA']);
    const call = newEmergency(station, 'CA');
    const drone = newDrone(station);
    const mission = newMission(station, call.rowId, drone.rowId);
    const answer = await station.push([newEvent(station, mission.rowId), mission, call, drone]);
    expect(answer.refused).toEqual([]);
    expect(await eventsOf(mission.rowId)).toBe(1);

    const refusedMission = newMission(station, call.rowId, drone.rowId, { landing_zone_confidence: 7 });
    const later = await station.push(
      [refusedMission],
      [newEvent(station, refusedMission.rowId)],
      [newEvent(station, mission.rowId)],
    );
    expect(later.refused.map(({ seq, sqlState }) => [seq, sqlState])).toEqual([
      [2, '23514'],
      [3, '42501'],
    ]);
    expect(await eventsOf(mission.rowId)).toBe(2);
  });

  test('case 23: an older station goes on; of a newer one the unknown columns are kept and handed on; none is taken outside the range', async () => {
    const station = await central().station(['CA']);
    const reader = await central().station(['CA']);
    const old = newEmergency(station, 'CA');
    const columns = { ...old.columns };
    delete columns.caller_language;
    const recent = newEmergency(station, 'CA', { triage_score: 4, hearing: { aid: true } });
    expect((await station.push([{ ...old, columns }], [recent])).refused).toEqual([]);
    await station.push([
      upsert(station, 'emergencies', recent.rowId, { triage_score: 5, symptoms: 'worse' }),
    ]);
    const rows = await pullAll(reader.transport);
    const seen = rows.find(({ rowId }) => rowId === recent.rowId)?.row;
    expect(seen).toMatchObject({ triage_score: 5, hearing: { aid: true }, symptoms: 'worse' });
    expect(rows.find(({ rowId }) => rowId === old.rowId)?.row).toMatchObject({ caller_language: 'en' });
    for (const schema of [1, 100])
      await expect(
        station.transport.hello({
          stationId: station.stationId,
          incarnation: 1,
          runId: station.runId,
          schema,
          lastAckedSeq: 0,
        }),
      ).rejects.toMatchObject({ kind: 'SCHEMA' });
  });

  test('S5: a clock that is three days ahead is put back to a minute, in the order of its changes, and its own edits are no conflict', async () => {
    const station = await central().station(['CA']);
    const ahead = (tick: number) =>
      `${String(Date.now() + 3 * 86_400_000).padStart(15, '0')}-0000${tick}-${station.stationId}~run`;
    const call = { ...newEmergency(station, 'CA', { symptoms: 'first' }), stamp: ahead(0) };
    const edits = [1, 2].map((tick) => ({
      ...upsert(station, 'emergencies', call.rowId, { symptoms: `edit ${tick}` }, ahead(tick)),
      replaced: { symptoms: tick === 1 ? call.stamp : ahead(1) },
    }));
    edits[1] = {
      ...upsert(station, 'emergencies', call.rowId, { symptoms: 'edit 2' }, ahead(2)),
      replaced: { symptoms: edits[0]?.stamp ?? '' },
    };
    const answer = await station.push([call], ...edits.map((edit) => [edit]));
    expect([answer.refused, answer.conflicts]).toEqual([[], 0]);
    const [held] = await central().rows<{ symptoms: string; stamp: string; n: number }>(
      `SELECT symptoms, stamps ->> 'symptoms' AS stamp, (SELECT count(*)::INTEGER FROM sync.applied_changes
         WHERE row_id = s.row_id AND raw_stamp <> used_stamp) AS n
       FROM emergencies JOIN sync_stamps AS s ON row_id = emergency_id::TEXT WHERE emergency_id = $1`,
      [call.rowId],
    );
    expect(held?.symptoms).toBe('edit 2');
    expect(held?.n).toBe(3);
    expect(Number(held?.stamp.slice(0, 15))).toBeLessThan(Date.now() + 61_000);
  });

  test('S14: two stations that fly the same drone both keep their mission, and the double allocation is on record; a lease keeps one out', async () => {
    const [a, b] = [await central().station(['CA']), await central().station(['NV'])];
    const drone = newDrone(a);
    const [callA, callB] = [newEmergency(a, 'CA'), newEmergency(b, 'NV')];
    await a.push([drone], [callA], [newMission(a, callA.rowId, drone.rowId)]);
    const answer = await b.push([callB], [newMission(b, callB.rowId, drone.rowId)]);
    expect([answer.refused, answer.conflicts]).toEqual([[], 1]);
    const untilMs = answer.serverNowMs + 60_000;
    const hold = { droneId: drone.rowId, missionId: randomUUID(), untilMs };
    expect(await a.transport.lease(hold)).toEqual({ state: 'HELD' });
    expect(await b.transport.lease(hold)).toEqual({ state: 'TAKEN', byStationId: a.stationId });
    expect(await a.transport.lease({ ...hold, missionId: null })).toEqual({ state: 'HELD' });
    expect(await b.transport.lease(hold)).toEqual({ state: 'HELD' });
  });
}

export async function pullAll(
  transport: ReturnType<typeof pgTransport>,
  from: Parameters<typeof transport.pull>[0]['cursor'] = null,
) {
  const rows = [];
  for (let cursor = from; ; ) {
    const page = await transport.pull({ cursor, maxRows: 500, maxBytes: 1_000_000 });
    rows.push(...page.rows);
    cursor = page.cursor;
    if (!page.more) return rows;
  }
}
