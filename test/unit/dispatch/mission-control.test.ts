import { expect, test } from 'vitest';
import type { MissionControl } from '../../../main/station/dispatch/mission-control.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import {
  launchOrder,
  type MissionStation,
  missionStation,
  OPERATOR,
  SCENE,
} from '../../support/mission-station.ts';

/** Runs until the mission is as wanted; fails after `withinS` of simulated time. */
async function until(
  clock: FakeClock,
  control: MissionControl,
  missionId: string,
  wanted: (mission: MissionSummary) => boolean,
  withinS = 300,
): Promise<MissionSummary> {
  for (let passedS = 0; passedS < withinS; passedS++) {
    const mission = await control.get(missionId);
    if (wanted(mission)) return mission;
    await clock.run(1_000, 100);
  }
  throw new Error(`Not within ${withinS} s: ${JSON.stringify(await control.get(missionId))}`);
}

async function launched(station: MissionStation): Promise<string> {
  const { missionId } = await station.control.launch(launchOrder(station.clock.nowMs()));
  return missionId;
}

const inPhase = (phase: MissionSummary['phase']) => (mission: MissionSummary) => mission.phase === phase;

async function inCruise(station: MissionStation): Promise<string> {
  const missionId = await launched(station);
  await until(station.clock, station.control, missionId, ({ status }) => status === 'IN_FLIGHT');
  return missionId;
}

test('a rescue is flown from the launch to the charger, with every event of the record in order', async () => {
  const station = missionStation();
  const { clock, control, store, drone, alerts } = station;
  drone.batteryPercent = 60;
  const missionId = await launched(station);
  expect(drone.actions()).toEqual(['uploadPlan']);
  const there = await until(clock, control, missionId, ({ status }) => status === 'ARRIVED');
  expect(there.actualEtaS).toBeGreaterThan(30);
  expect(there.actualEtaS).toBeLessThan(90);
  const left = await until(clock, control, missionId, inPhase('ON_SCENE'));
  expect(left.aedDeployed).toBe(true);
  expect((left.leavesSceneAtMs ?? 0) - clock.nowMs()).toBeGreaterThan(8_000);
  await until(clock, control, missionId, inPhase('OVER'));
  await clock.run(100);
  expect(store.eventTypes(missionId)).toEqual([
    'MISSION_UPLOADED',
    'FENCE_UPLOADED',
    'ARMED',
    'LAUNCH_ACKNOWLEDGED',
    'TAKEOFF_COMPLETE',
    'ARRIVED_AT_SCENE',
    'LANDING_INITIATED',
    'LANDED',
    'AED_COMPARTMENT_OPENED',
    'AED_DEPLOYED',
    'RETURN_STARTED',
    'RETURNED_HOME',
    'COMPLETED',
  ]);
  expect(store.missions.get(missionId)).toMatchObject({ status: 'COMPLETED', aedDeployed: true });
  expect(store.droneStatus.get('Alpha-3')).toBe('CHARGING');
  expect(alerts.kinds()).toEqual([]);
  expect(drone.actions()).toEqual([
    'uploadPlan',
    'uploadExclusions',
    'arm',
    'startMission',
    'releaseAed',
    'uploadPlan',
    'arm',
    'startMission',
  ]);
  expect(drone.at).toEqual({ latitudeDeg: 42.36, longitudeDeg: -71.06 });
});

test('a launch records before it sends, and says how long the first packet took', async () => {
  const station = missionStation();
  const { store, control, clock, drone } = station;
  store.failure = new Error('no database');
  await expect(control.launch(launchOrder(clock.nowMs()))).rejects.toThrow('no database');
  expect(drone.actions()).toEqual([]);
  store.failure = null;
  const missionId = await launched(station);
  await until(clock, control, missionId, inPhase('OUTBOUND'));
  await clock.run(100);
  const event = store.events.find(({ type }) => type === 'LAUNCH_ACKNOWLEDGED');
  expect(event?.data?.acceptToFirstCommandMs).toBeLessThanOrEqual(200);
});

test('a launch whose record is in doubt sends nothing, and leaves no mission behind', async () => {
  const { store, control, clock, drone } = missionStation();
  store.loseNextAnswer = true;
  await expect(control.launch(launchOrder(clock.nowMs()))).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
  await clock.run(1_000);
  expect([...store.missions.values()]).toMatchObject([{ status: 'ABORTED' }]);
  expect(store.droneStatus.get('Alpha-3')).toBe('READY');
  expect(drone.actions()).toEqual([]);
});

test('F1: one drone is launched once, however often the launch is asked for at the same moment', async () => {
  const station = missionStation();
  const order = launchOrder(station.clock.nowMs());
  const both = await Promise.allSettled([station.control.launch(order), station.control.launch(order)]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(both[1]).toMatchObject({ reason: { code: 'DRONE_BUSY' } });
  expect(station.drone.actions()).toEqual(['uploadPlan']);
});

test('F4: the abort is on the wire before anything is written, even with a dead database', async () => {
  const station = missionStation();
  const { drone, control, store, clock } = station;
  const missionId = await inCruise(station);
  await clock.run(3_000);
  store.failure = new Error('no database');
  const writesBefore = store.writes;
  const abort = control.abort(missionId, 'Ambulance is there', OPERATOR);
  expect(drone.actions().at(-1)).toBe('returnHome');
  expect(store.writes).toBe(writesBefore);
  await abort;
  await clock.run(500);
  expect(station.alerts.kinds()).toEqual(['mission-records']);
  store.failure = null;
  await until(clock, control, missionId, inPhase('OVER'));
  await clock.run(20_000, 500);
  expect(store.missions.get(missionId)).toMatchObject({
    status: 'ABORTED',
    abortReason: 'Ambulance is there',
  });
  const types = store.eventTypes(missionId);
  expect(types.slice(types.indexOf('ABORT_REQUESTED'))).toEqual([
    'ABORT_REQUESTED',
    'ABORTED',
    'RETURNED_HOME',
  ]);
  expect(store.droneStatus.get('Alpha-3')).toBe('READY');
  expect(station.alerts.kinds()).toEqual([]);
});

test('an abort with a zone on the straight way home holds first, then flies round the zone', async () => {
  const corner = { latitudeDeg: 42.362, longitudeDeg: -71.07 };
  const station = missionStation({
    straightIsClear: () => false,
    homewardRoute: async (from, to) => ({ waypoints: [from, corner, to], clearanceM: 40 }),
  });
  const { drone, clock, control } = station;
  const missionId = await inCruise(station);
  await control.abort(missionId, 'Wrong address', OPERATOR);
  expect(drone.actions().at(-1)).toBe('hold');
  await clock.run(1_000);
  expect(drone.actions().slice(-3)).toEqual(['hold', 'uploadPlan', 'startMission']);
  expect(drone.plan.map(({ kind }) => kind)).toEqual(['SPEED', 'WAYPOINT', 'WAYPOINT', 'LAND']);
  const over = await until(clock, control, missionId, inPhase('OVER'));
  expect(over).toMatchObject({ status: 'ABORTED', abortReason: 'Wrong address' });
  expect(station.store.droneStatus.get('Alpha-3')).toBe('READY');
});

test('an abort before take-off stops the sequence: nothing is armed', async () => {
  const station = missionStation();
  const { drone, control, clock, store } = station;
  const missionId = await launched(station);
  const aborted = await control.abort(missionId, 'Not an arrest', OPERATOR);
  expect(aborted).toMatchObject({ status: 'ABORTED', phase: 'OVER' });
  await clock.run(5_000);
  expect(drone.actions()).toEqual(['uploadPlan']);
  expect(store.droneStatus.get('Alpha-3')).toBe('READY');
});

test('a refused arm is told in the drone’s words and frees the drone', async () => {
  const station = missionStation();
  station.drone.answers.set('arm', { refuse: 'Arm refused: Accels inconsistent.' });
  const missionId = await launched(station);
  const over = await until(station.clock, station.control, missionId, inPhase('OVER'));
  await station.clock.run(100);
  expect(over).toMatchObject({ status: 'ABORTED', abortReason: 'Arm refused: Accels inconsistent.' });
  expect(over.command).toMatchObject({ name: 'Arm', state: 'REFUSED' });
  expect(station.store.eventTypes(missionId)).toContain('COMMAND_REFUSED');
  expect(station.store.droneStatus.get('Alpha-3')).toBe('READY');
  expect(station.alerts.kinds()).toEqual(['launch-failed']);
  await station.clock.run(601_000, 1_000);
  expect(station.control.active()).toEqual([]);
  expect(station.alerts.kinds()).toEqual([]);
});

test.each(['arm', 'startMission'] as const)(
  'F7: a lost answer to %s is watched for its effect, and the mission goes on',
  async (action) => {
    const station = missionStation();
    station.drone.answers.set(action, 'LOSE_ANSWER');
    const missionId = await launched(station);
    station.clock.after(10_000, () => station.drone.answers.delete(action));
    await until(station.clock, station.control, missionId, ({ status }) => status === 'LANDED');
    expect(station.store.eventTypes(missionId)).toContain('COMMAND_UNKNOWN');
  },
);

test('F7: an arm request that never came through ends the launch as unknown', async () => {
  const station = missionStation();
  station.drone.answers.set('arm', 'LOSE_REQUEST');
  const missionId = await launched(station);
  const over = await until(station.clock, station.control, missionId, inPhase('OVER'));
  expect(over.status).toBe('ABORTED');
  expect(over.abortReason).toContain('not known');
  expect(station.drone.actions()).not.toContain('startMission');
});

test('F6: a jammed compartment is told, and a named person’s word is recorded as the evidence', async () => {
  const station = missionStation();
  const { clock, control, drone, store, alerts } = station;
  drone.aedBehaviour = 'JAMS';
  const missionId = await launched(station);
  await until(clock, control, missionId, inPhase('AWAITING_CONFIRMATION'));
  expect(alerts.kinds()).toEqual(['release']);
  await control.releaseAgain(missionId, OPERATOR);
  await clock.run(5_000);
  expect((await control.get(missionId)).phase).toBe('AWAITING_CONFIRMATION');
  expect(drone.actions().filter((action) => action === 'releaseAed')).toHaveLength(2);
  await control.confirmDelivery(missionId, 'Caller has it', OPERATOR);
  await clock.run(100);
  const event = store.events.find(({ type }) => type === 'AED_DEPLOYED');
  expect(event).toMatchObject({
    source: 'DISPATCHER',
    data: { evidence: 'PERSON', displayName: 'Ana Ruiz' },
  });
  expect(alerts.kinds()).toEqual([]);
  await until(clock, control, missionId, ({ status }) => status === 'COMPLETED');
});

test('F6: a drone that cannot tell of its compartment waits for a person, and stays when told to', async () => {
  const station = missionStation();
  const { clock, control, drone, alerts } = station;
  drone.aedBehaviour = 'MUTE';
  const missionId = await launched(station);
  await until(clock, control, missionId, inPhase('AWAITING_CONFIRMATION'));
  await clock.run(60_000, 500);
  expect((await control.get(missionId)).status).toBe('LANDED');
  expect([...alerts.now.values()].map(({ level }) => level)).toEqual(['CAUTION']);
  await control.confirmDelivery(missionId, null, OPERATOR);
  const staying = await control.stayOnScene(missionId, OPERATOR);
  expect(staying.leavesSceneAtMs).toBeNull();
  await clock.run(60_000, 500);
  expect((await control.get(missionId)).phase).toBe('ON_SCENE');
  await control.returnNow(missionId, OPERATOR);
  await until(clock, control, missionId, ({ status }) => status === 'COMPLETED');
});

test('an AED that nobody takes out is told after two minutes', async () => {
  const station = missionStation();
  station.drone.aedBehaviour = 'OPENS';
  const missionId = await launched(station);
  await until(station.clock, station.control, missionId, inPhase('RELEASING'));
  await station.clock.run(125_000, 500);
  expect(station.alerts.kinds()).toEqual(['not-taken']);
  station.drone.takeAed();
  await station.clock.run(1_000);
  expect(station.alerts.kinds()).toEqual([]);
  expect((await station.control.get(missionId)).status).toBe('AED_DEPLOYED');
});

test('a refused return leaves the drone on the scene until a person tries again', async () => {
  const station = missionStation();
  const { clock, control, drone } = station;
  const missionId = await launched(station);
  await until(clock, control, missionId, inPhase('ON_SCENE'));
  drone.answers.set('arm', { refuse: 'Arm refused: battery below minimum.' });
  await clock.run(60_000, 500);
  expect(station.alerts.kinds()).toEqual(['return']);
  expect(await control.get(missionId)).toMatchObject({ phase: 'ON_SCENE', leavesSceneAtMs: null });
  expect(drone.actions().filter((action) => action === 'arm')).toHaveLength(2);
  drone.answers.delete('arm');
  await control.returnNow(missionId, OPERATOR);
  await until(clock, control, missionId, ({ status }) => status === 'COMPLETED');
});

test('a battery failsafe is told with the drone’s words, and the drone is followed home', async () => {
  const station = missionStation();
  const { clock, control, drone, store, alerts } = station;
  const missionId = await inCruise(station);
  await clock.run(5_000);
  drone.batteryPercent = 22;
  drone.statusTexts = [{ severity: 4, text: 'Battery 1 is low', receivedAtMs: clock.nowMs(), count: 1 }];
  drone.mode = 'RETURN';
  await clock.run(1_000);
  const aborting = await control.get(missionId);
  expect(aborting).toMatchObject({ status: 'ABORTED', phase: 'ABORTING' });
  expect(aborting.abortReason).toContain('Battery 1 is low');
  expect(alerts.kinds()).toEqual(['failsafe']);
  await until(clock, control, missionId, inPhase('OVER'));
  expect(store.eventTypes(missionId)).toEqual(
    expect.arrayContaining(['FAILSAFE', 'ABORTED', 'RETURNED_HOME']),
  );
  expect(store.droneStatus.get('Alpha-3')).toBe('CHARGING');
});

test('a drone that comes down somewhere else is an emergency landing, and is grounded', async () => {
  const station = missionStation();
  const missionId = await inCruise(station);
  await station.clock.run(5_000);
  station.drone.mode = 'LAND';
  await until(station.clock, station.control, missionId, inPhase('OVER'));
  await station.clock.run(100);
  expect(station.store.eventTypes(missionId)).toContain('EMERGENCY_LAND');
  expect(station.store.droneStatus.get('Alpha-3')).toBe('MAINTENANCE');
  expect(station.alerts.kinds()).toEqual(['failsafe', 'landed-away']);
});

test('F1: out of contact nothing is sent, nothing waits, and nothing fires when the drone is heard again', async () => {
  const station = missionStation();
  const { clock, control, drone, alerts, store } = station;
  const missionId = await inCruise(station);
  drone.contact = 'LOST';
  await clock.run(500);
  expect(alerts.kinds()).toEqual(['link-lost']);
  const sentBefore = drone.sent.length;
  await expect(control.abort(missionId, 'Too late', OPERATOR)).rejects.toMatchObject({
    code: 'DRONE_OUT_OF_CONTACT',
  });
  await expect(control.hold(missionId, OPERATOR)).rejects.toMatchObject({ code: 'DRONE_OUT_OF_CONTACT' });
  await clock.run(120_000, 500);
  drone.contact = 'LIVE';
  await clock.run(5_000);
  expect(drone.sent).toHaveLength(sentBefore);
  const caughtUp = await control.get(missionId);
  expect(caughtUp).toMatchObject({ status: 'LANDED', phase: 'AWAITING_CONFIRMATION' });
  expect(alerts.kinds()).toEqual(['release']);
  expect(store.eventTypes(missionId).slice(-5)).toEqual([
    'LINK_LOST',
    'ABORT_REQUESTED',
    'LINK_RESTORED',
    'ARRIVED_AT_SCENE',
    'LANDED',
  ]);
  await control.releaseAgain(missionId, OPERATOR);
  await until(clock, control, missionId, ({ status }) => status === 'COMPLETED');
});

test('a short loss of contact on the way changes nothing', async () => {
  const station = missionStation();
  const missionId = await inCruise(station);
  station.drone.contact = 'LOST';
  await station.clock.run(8_000);
  station.drone.contact = 'LIVE';
  await until(station.clock, station.control, missionId, ({ status }) => status === 'COMPLETED');
});

test('hold, go on, and land here', async () => {
  const station = missionStation();
  const { clock, control, drone } = station;
  const missionId = await inCruise(station);
  await control.hold(missionId, OPERATOR);
  await clock.run(2_000);
  const held = drone.at;
  expect((await control.get(missionId)).phase).toBe('HOLDING');
  await clock.run(10_000);
  expect(drone.at).toEqual(held);
  await control.resume(missionId, OPERATOR);
  await clock.run(2_000);
  expect((await control.get(missionId)).phase).toBe('OUTBOUND');
  await clock.run(5_000);
  await control.landHere(missionId, 'Smoke', OPERATOR);
  const over = await until(clock, control, missionId, inPhase('OVER'));
  expect(over).toMatchObject({ status: 'ABORTED', abortReason: 'Smoke' });
  expect(station.store.droneStatus.get('Alpha-3')).toBe('MAINTENANCE');
  await expect(control.abort(missionId, 'again', OPERATOR)).rejects.toMatchObject({ code: 'MISSION_OVER' });
});

test('an abort that the drone refuses falls back to hold; an unanswered one stays told as unknown', async () => {
  const station = missionStation();
  const { clock, control, drone, alerts } = station;
  const missionId = await inCruise(station);
  await clock.run(3_000);
  drone.answers.set('returnHome', 'LOSE_REQUEST');
  await control.abort(missionId, 'Weather', OPERATOR);
  await control.abort(missionId, 'Weather', OPERATOR);
  expect(drone.actions().filter((action) => action === 'returnHome')).toHaveLength(1);
  await clock.run(4_000);
  expect(await control.get(missionId)).toMatchObject({
    status: 'IN_FLIGHT',
    phase: 'ABORTING',
    command: { state: 'UNKNOWN' },
  });
  expect(alerts.kinds()).toEqual(['abort']);
  drone.answers.set('returnHome', { refuse: 'No home position.' });
  await control.abort(missionId, 'Weather', OPERATOR);
  await clock.run(200);
  expect(drone.actions()).toContain('hold');
  expect(await control.get(missionId)).toMatchObject({ status: 'ABORTED' });
  await until(clock, control, missionId, inPhase('OVER'));
  expect(alerts.kinds()).toEqual([]);
});

test.each([
  ['in cruise', ({ status }: MissionSummary) => status === 'IN_FLIGHT'],
  ['on its way home', ({ status }: MissionSummary) => status === 'RETURNING'],
  ['on the scene', ({ status }: MissionSummary) => status === 'AED_DEPLOYED'],
])('a station that died with its drone %s finds the mission again and goes on', async (_name, when) => {
  const station = missionStation();
  const { clock, drone, store } = station;
  const missionId = await launched(station);
  await until(clock, station.control, missionId, when);
  await station.control.close();
  const sentBefore = drone.sent.length;
  const next = station.restart();
  expect(await next.recover()).toBe(1);
  await clock.run(500);
  expect(drone.sent).toHaveLength(sentBefore);
  await until(clock, next, missionId, ({ status }) => status === 'COMPLETED');
  await clock.run(100);
  expect(store.eventTypes(missionId)).toContain('STATION_RESTARTED');
  expect(store.eventTypes(missionId).filter((type) => type === 'LANDED')).toHaveLength(1);
});

test('after a restart an unreleased AED waits for a person, and an aborted drone is followed home', async () => {
  const station = missionStation();
  const { clock, drone } = station;
  drone.aedBehaviour = 'JAMS';
  const missionId = await launched(station);
  await until(clock, station.control, missionId, inPhase('AWAITING_CONFIRMATION'));
  await station.control.close();
  const second = station.restart();
  await second.recover();
  const sentBefore = drone.sent.length;
  await clock.run(30_000, 500);
  expect(drone.sent).toHaveLength(sentBefore);
  await second.returnNow(missionId, OPERATOR);
  await until(clock, second, missionId, ({ status }) => status === 'RETURNING');
  await clock.run(20_000, 500);
  await second.abort(missionId, 'Traffic', OPERATOR);
  await clock.run(500);
  await second.close();
  const third = station.restart();
  expect(await third.recover()).toBe(1);
  await until(clock, third, missionId, inPhase('OVER'));
  await clock.run(100);
  expect(station.store.missions.get(missionId)).toMatchObject({ status: 'ABORTED', aedDeployed: false });
  expect(station.store.droneStatus.get('Alpha-3')).toBe('READY');
});

test('without the zones on board the drone flies with a caution', async () => {
  const station = missionStation({ exclusionsFor: () => new Promise(() => {}) });
  const missionId = await launched(station);
  await until(station.clock, station.control, missionId, ({ status }) => status === 'IN_FLIGHT');
  expect(station.alerts.kinds()).toEqual(['fence-missing']);
  expect(station.drone.actions()).not.toContain('uploadExclusions');
});

test('F1: an abort while the zones are still being read keeps them from being sent', async () => {
  let answer: (rings: never[]) => void = () => {};
  const station = missionStation({ exclusionsFor: () => new Promise((resolve) => (answer = resolve)) });
  const missionId = await launched(station);
  await station.clock.run(200);
  await station.control.abort(missionId, 'Not an arrest', OPERATOR);
  answer([]);
  await station.clock.run(3_000);
  expect(station.drone.actions()).toEqual(['uploadPlan']);
});

test('the time to the scene counts down as the drone flies', async () => {
  const station = missionStation();
  const missionId = await inCruise(station);
  const first = (await station.control.get(missionId)).timeToSceneS ?? 0;
  await station.clock.run(10_000);
  const second = (await station.control.get(missionId)).timeToSceneS ?? 0;
  expect(first - second).toBeGreaterThanOrEqual(8);
  expect(first - second).toBeLessThanOrEqual(13);
});

test('the outcome can be recorded when the mission is over, and reaches its listeners', async () => {
  const station = missionStation();
  const missionId = await launched(station);
  await station.control.abort(missionId, 'Test', OPERATOR);
  await station.clock.run(100);
  const told: string[] = [];
  station.control.subscribe((changed) => told.push(changed));
  const outcome = {
    bystanderUsedAed: true,
    shockDelivered: true,
    ambulanceArrivedAtMs: null,
    patientOutcome: null,
  };
  const summary = await station.control.recordOutcome(missionId, outcome, OPERATOR);
  expect(summary.status).toBe('ABORTED');
  expect(told).toEqual([missionId]);
  expect(station.store.eventTypes(missionId).at(-1)).toBe('OUTCOME_RECORDED');
});

test('a landing a little off the scene is told with its distance', async () => {
  const station = missionStation();
  const { clock, control, drone } = station;
  const missionId = await launched(station);
  await until(clock, control, missionId, ({ status }) => status === 'ARRIVED');
  drone.at = { ...SCENE, latitudeDeg: SCENE.latitudeDeg + 0.0005 };
  drone.plan = drone.plan.map((item) => (item.kind === 'LAND' ? { kind: 'LAND', position: drone.at } : item));
  await until(clock, control, missionId, ({ status }) => status === 'LANDED');
  expect(station.alerts.kinds()).toContain('landed-away');
});
