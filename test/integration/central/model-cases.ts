import { expect, test } from 'vitest';
import { afterChange, type LostValue, type RowState, type ZoneGeometry } from '../../../db/sync/merge.ts';
import type { Json, RowChange, Stamp } from '../../../db/sync/wire.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { type CentralServer, newDrone, newEmergency, newMission } from '../../support/central-server.ts';

const ROUNDS = 3;
const CHANGES = 240;
const MISSIONS = 6;
const STATUSES = ['LAUNCHED', 'IN_FLIGHT', 'ARRIVED', 'RETURNING', 'COMPLETED', 'ABORTED'];
const noZones: ZoneGeometry = {
  covers: () => false,
  hull: (left) => left,
};

/**
 * The merge in SQL against db/sync/merge.ts: random changes of random age, made with and without sight of each other,
 * pushed in pages of one to some dozens. Few changes are merged one by one, many together; the model knows no difference.
 */
export function modelCases(central: () => CentralServer): void {
  for (let seed = 1; seed <= ROUNDS; seed++)
    test(`the server merges as the model does: seed ${seed}`, async () => {
      const random = seededRandom(seed);
      const pick = <Item>(items: readonly Item[]): Item => {
        const item = items[Math.floor(random.next() * items.length)];
        if (item === undefined) throw new Error('nothing to pick');
        return item;
      };
      const stations = [await central().station(['CA']), await central().station(['CA'])];
      let station = pick(stations);
      const flights = Array.from({ length: MISSIONS }, () => {
        const [call, drone] = [newEmergency(station, 'CA'), newDrone(station)];
        return { call, drone, mission: newMission(station, call.rowId, drone.rowId) };
      });
      const made = flights.flatMap(({ call, drone, mission }) => [drone, call, mission]);
      expect((await station.push(made)).refused).toEqual([]);
      const states = new Map(
        flights.map(({ mission }) => [mission.rowId, afterChange('COLUMNS', null, mission, noZones).row]),
      );
      const lost: LostValue[] = [];
      const nowMs = Date.now();
      let page: RowChange[] = [];
      const push = async () => {
        if (page.length > 0)
          expect((await station.push(...page.map((change) => [change]))).refused).toEqual([]);
        page = [];
      };
      for (let step = 0; step < CHANGES; step++) {
        const { mission } = pick(flights);
        const state = states.get(mission.rowId) ?? null;
        const column = pick(['status', 'abort_reason', 'risk_assessment_score', 'ai_recommendation']);
        const value: Json =
          column === 'status'
            ? pick(STATUSES)
            : column === 'risk_assessment_score'
              ? pick([null, 5, 50])
              : column === 'ai_recommendation'
                ? pick<Json>([null, { go: true }, { go: false, why: ['wind'] }])
                : pick([null, 'wind', 'rain']);
        const stamp: Stamp = `${String(nowMs + Math.floor(random.next() * 50_000)).padStart(15, '0')}-${String(step).padStart(5, '0')}-${station.stationId}~run`;
        const seen = random.next() < 0.6 ? state?.stamps[column] : mission.stamp;
        const change: RowChange = {
          table: 'missions',
          rowId: mission.rowId,
          op: 'UPSERT',
          columns: { [column]: value },
          stamp,
          baseVersion: null,
          replaced: { [column]: seen ?? mission.stamp },
        };
        const outcome = afterChange('COLUMNS', state, change, noZones);
        states.set(mission.rowId, outcome.row);
        lost.push(...outcome.lost);
        page.push(change);
        if (random.next() > 0.1) continue;
        await push();
        station = pick(stations);
      }
      await push();
      for (const [missionId, state] of states) expect(await held(missionId)).toEqual(comparable(state));
      const kept = await central().rows<{ other: Record<string, Json>; stamp: string }>(
        'SELECT other, other_stamp AS stamp FROM sync_conflicts WHERE row_id = ANY ($1)',
        [[...states.keys()]],
      );
      const text = ({ column, value, stamp }: LostValue) => JSON.stringify([column, value, stamp]);
      expect(
        kept
          .flatMap(({ other, stamp }) =>
            Object.entries(other).map(([column, value]) => text({ column, value, stamp })),
          )
          .sort(),
      ).toEqual(lost.map(text).sort());
    });

  async function held(missionId: string) {
    const [row] = await central().rows<{ columns: Record<string, Json>; stamps: Record<string, Stamp> }>(
      `SELECT to_jsonb(m) AS columns, stamps FROM missions AS m JOIN sync_stamps ON row_id = mission_id::TEXT
       WHERE mission_id = $1`,
      [missionId],
    );
    return comparable({ columns: row?.columns ?? {}, stamps: row?.stamps ?? {}, deletedAt: null });
  }

  const comparable = ({ columns, stamps }: RowState) =>
    ['status', 'abort_reason', 'risk_assessment_score', 'ai_recommendation'].map((column) => [
      column,
      columns[column] ?? null,
      stamps[column] ?? stamps['*'],
    ]);
}
