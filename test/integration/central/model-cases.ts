import { expect, test } from 'vitest';
import { afterChange, type LostValue, type RowState, type ZoneGeometry } from '../../../db/sync/merge.ts';
import type { Json, RowChange, Stamp } from '../../../db/sync/wire.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { type CentralServer, newDrone, newEmergency, newMission } from '../../support/central-server.ts';

const ROUNDS = 3;
const CHANGES = 60;
const STATUSES = ['LAUNCHED', 'IN_FLIGHT', 'ARRIVED', 'RETURNING', 'COMPLETED', 'ABORTED'];
const noZones: ZoneGeometry = {
  covers: () => false,
  hull: (left) => left,
};

/** The merge in SQL against db/sync/merge.ts: random changes of random age, made with and without sight of each other. */
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
      const maker = pick(stations);
      const call = newEmergency(maker, 'CA');
      const drone = newDrone(maker);
      const mission = newMission(maker, call.rowId, drone.rowId);
      await maker.push([drone], [call, mission]);
      let state = afterChange('COLUMNS', null, mission, noZones).row;
      const lost: LostValue[] = [];
      const nowMs = Date.now();
      for (let step = 0; step < CHANGES; step++) {
        const station = pick(stations);
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
        const seen = random.next() < 0.6 ? state.stamps[column] : mission.stamp;
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
        state = outcome.row;
        lost.push(...outcome.lost);
        expect((await station.push([change])).refused).toEqual([]);
      }
      expect(await held(mission.rowId)).toEqual(comparable(state));
      const kept = await central().rows<{ other: Record<string, Json>; stamp: string }>(
        'SELECT other, other_stamp AS stamp FROM sync_conflicts WHERE row_id = $1',
        [mission.rowId],
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
