import { expect, test } from 'vitest';
import { MAV_MISSION_TYPE } from '../../../main/station/mavlink/generated/enums.ts';
import { type RallyPoint, toRallyItems } from '../../../main/station/vehicle/plan-items.ts';
import { PlanWatch } from '../../../main/station/vehicle/plan-watch.ts';

const items = (...points: RallyPoint[]) => toRallyItems(points);
const ONE = { position: { latitudeDeg: 42, longitudeDeg: -71 }, altitudeRelativeHomeM: 40 };
const OTHER = { ...ONE, altitudeRelativeHomeM: 60 };
const sent = { missionType: MAV_MISSION_TYPE.RALLY, planId: null, startsWithHome: false, sinceMs: 0 };
const rally = (watch: PlanWatch) => watch.standings().find(({ kind }) => kind === 'RALLY');

test('reading back tells whether the vehicle holds what was sent, also where it gives no ids', () => {
  const watch = new PlanWatch();
  watch.readBack('RALLY', items(ONE), 500);
  expect(rally(watch)).toMatchObject({ state: 'NOT_SENT', difference: null });
  watch.sent({ ...sent, items: items(ONE), sentAtMs: 1_000 });
  expect(rally(watch)).toMatchObject({
    state: 'AS_SENT',
    sentAtMs: 1_000,
    watched: false,
    comparedAtMs: null,
  });
  watch.readBack('RALLY', items(OTHER), 2_000);
  expect(rally(watch)).toMatchObject({ state: 'DIFFERS', comparedAtMs: 2_000 });
  expect(rally(watch)?.difference).toContain('altitude 60.0 m, 40.0 m was sent');
  expect(watch.changed()).toEqual(['RALLY']);
  watch.readBack('RALLY', items(ONE), 3_000);
  expect(rally(watch)).toMatchObject({ state: 'AS_SENT', difference: null });
});

test('what was cleared differs once somebody gives it something; a home that stays is nothing', () => {
  const watch = new PlanWatch();
  watch.sent({ ...sent, items: [], sentAtMs: 1_000 });
  watch.readBack('RALLY', [], 2_000);
  expect(watch.changed()).toEqual([]);
  watch.readBack('RALLY', items(ONE), 3_000);
  expect(watch.changed()).toEqual(['RALLY']);
  const mission = { ...sent, missionType: MAV_MISSION_TYPE.MISSION, startsWithHome: true };
  watch.sent({ ...mission, items: [], sentAtMs: 4_000 });
  watch.readBack('MISSION', items(ONE), 5_000);
  expect(watch.standings().find(({ kind }) => kind === 'MISSION')).toMatchObject({ state: 'AS_SENT' });
});
