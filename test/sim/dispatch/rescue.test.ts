import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { loadDialect } from '../../../main/simulator/dialect.ts';
import type { FaultName } from '../../../main/simulator/faults.ts';
import { SimulatedFleet } from '../../../main/simulator/fleet.ts';
import { seededRandom as simulatorRandom } from '../../../main/simulator/random.ts';
import { distanceM } from '../../../main/station/dispatch/mission-geometry.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { createFlightRecorder } from '../../../main/station/records/flight-recorder.ts';
import { createTranscripts } from '../../../main/station/records/transcripts.ts';
import { createVehicles } from '../../../main/station/vehicle/vehicle-registry.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryLinks } from '../../support/memory-links.ts';
import { MemoryMissionStore } from '../../support/memory-mission-store.ts';
import {
  HOME,
  launchOrder,
  missionControl,
  OPERATOR,
  SCENE,
  SeenAlerts,
  silentLog,
} from '../../support/mission-station.ts';

const DRONE = 'Alpha-3';
const SYSTEM_ID = 7;
const STEP_MS = 20;
const dialect = loadDialect(
  readFileSync(new URL('../../../resources/mavlink/skyrescue.xml', import.meta.url), 'utf8'),
);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Station and simulated drone in one process on one fake clock; every byte between them is MAVLink. */
async function rescue(seed: number) {
  const clock = new FakeClock();
  const links = new MemoryLinks(clock);
  const fleet = new SimulatedFleet({
    drones: [{ droneId: DRONE, systemId: SYSTEM_ID, baseStationId: 'BOS-1', ...HOME, groundAmslM: 14 }],
    dialect,
    random: simulatorRandom(seed),
    startUtcMs: clock.nowMs(),
    transmit: (bytes) => path.deliver(bytes),
  });
  const path = links.connect('memory', SYSTEM_ID, (bytes) => fleet.receive(bytes, SYSTEM_ID));
  const vehicles = createVehicles({ links, clock, log: silentLog });
  const store = new MemoryMissionStore();
  const alerts = new SeenAlerts();
  const control = missionControl({ clock, fleet: vehicles, store, alerts });
  const flights = () => control.flights();
  const { read, write } = store.asStore();
  const recorder = createFlightRecorder({
    flights,
    aircraft: vehicles,
    append: write.appendTelemetry,
    distanceM,
    clock,
    alerts,
    log: silentLog,
  });
  const transcripts = createTranscripts({
    flights,
    aircraft: vehicles,
    read,
    append: write.appendTranscript,
    onConversation: (missionId, voice) => control.voiceHeard(missionId, voice),
    clock,
    random: seededRandom(seed),
    alerts,
    log: silentLog,
  });
  const stopPhysics = clock.every(STEP_MS, () => fleet.step(STEP_MS));
  closing.push(async () => {
    stopPhysics();
    await control.close();
    await recorder.close();
    await transcripts.close();
    vehicles.close();
  });
  await clock.run(40_000, 200);

  const fault = (name: FaultName, on: boolean, value = 1): void =>
    fleet.setFault({ droneId: DRONE, fault: name, on, value });
  const until = async (
    missionId: string,
    wanted: (mission: MissionSummary) => boolean,
    withinS = 600,
  ): Promise<MissionSummary> => {
    for (let passedS = 0; passedS < withinS; passedS++) {
      const mission = await control.get(missionId);
      if (wanted(mission)) return mission;
      await clock.run(1_000, 100);
    }
    const state = vehicles.find(SYSTEM_ID)?.state();
    throw new Error(
      `Seed ${seed}: not within ${withinS} s: ${JSON.stringify({ mission: await control.get(missionId), events: store.eventTypes(missionId), alerts: alerts.kinds(), state })}`,
    );
  };
  const launch = async (): Promise<string> =>
    (await control.launch({ ...launchOrder(clock.nowMs()) })).missionId;
  return { clock, control, store, alerts, fleet, fault, until, launch };
}

const isOver = ({ phase }: MissionSummary): boolean => phase === 'OVER';
const isWaiting = ({ phase }: MissionSummary): boolean => phase === 'AWAITING_CONFIRMATION';

describe('a rescue against the simulated fleet', () => {
  test.each([1, 2, 3])('from the call to the charger (seed %i)', async (seed) => {
    const { store, until, launch, alerts } = await rescue(seed);
    const missionId = await launch();
    const over = await until(missionId, isOver);
    expect(over, `seed ${seed}: ${store.eventTypes(missionId)}`).toMatchObject({
      status: 'COMPLETED',
      aedDeployed: true,
    });
    expect(store.eventTypes(missionId)).toEqual(
      expect.arrayContaining([
        'MISSION_UPLOADED',
        'FENCE_UPLOADED',
        'ARMED',
        'LAUNCH_ACKNOWLEDGED',
        'TAKEOFF_COMPLETE',
        'ARRIVED_AT_SCENE',
        'LANDING_INITIATED',
        'LANDED',
        'AED_COMPARTMENT_OPENED',
        'VOICE_CONVERSATION_STARTED',
        'AED_DEPLOYED',
        'RETURN_STARTED',
        'RETURNED_HOME',
        'COMPLETED',
      ]),
    );
    expect(store.events.find(({ type }) => type === 'LANDED')?.data?.distanceM).toBeLessThanOrEqual(9);
    expect(alerts.kinds()).toEqual([]);
    expect(store.transcript.length).toBeGreaterThan(0);
    const [first, last] = [store.telemetry[0], store.telemetry.at(-1)];
    const flownS = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1_000;
    expect(store.telemetry.length / flownS).toBeGreaterThan(1.7);
    expect(store.telemetry.length / flownS).toBeLessThan(2.1);
    expect(new Set(store.telemetry.map(({ atMs }) => atMs)).size).toBe(store.telemetry.length);
  });

  test('with a fifth of all packets lost in each direction: delivered, or told before take-off (seeds 101 to 120)', async () => {
    let delivered = 0;
    for (let seed = 101; seed <= 120; seed++) {
      const { control, store, until, launch, fault, alerts } = await rescue(seed);
      fault('packet-loss', true, 0.2);
      const missionId = await launch();
      const isStuck = (): boolean => alerts.kinds().some((kind) => kind === 'return' || kind === 'release');
      let mission = await until(missionId, (seen) => isOver(seen) || isStuck());
      // Nobody answered the release: a person takes the AED out.
      if (alerts.kinds().includes('release')) {
        await control.confirmDelivery(missionId, 'Opened by hand', OPERATOR);
        mission = await until(missionId, (seen) => isOver(seen) || isStuck());
      }
      // Nobody answered the start for home: the drone stays, and a person asks again.
      for (let tries = 0; !isOver(mission) && tries < 5; tries++) {
        await control.returnNow(missionId, OPERATOR);
        mission = await until(missionId, (seen) => isOver(seen) || isStuck());
      }
      const types = store.eventTypes(missionId);
      const story = `seed ${seed}: ${types.join(' ')}`;
      if (mission.status === 'COMPLETED') delivered += 1;
      else {
        expect(types, story).toContain('COMMAND_UNKNOWN');
        expect(types, story).not.toContain('TAKEOFF_COMPLETE');
        expect(alerts.kinds(), story).toContain('launch-failed');
        expect(store.droneStatus.get(DRONE), story).toBe('READY');
      }
    }
    // Three tries of a second each leave one command in twenty unanswered: what the drone shows settles those.
    expect(delivered).toBeGreaterThanOrEqual(19);
  });

  test.each([131, 132, 133])('packets that overtake each other change nothing (seed %i)', async (seed) => {
    const { until, launch, fault } = await rescue(seed);
    fault('reordering', true, 0.3);
    const missionId = await launch();
    expect(await until(missionId, isOver)).toMatchObject({ status: 'COMPLETED', aedDeployed: true });
  });

  test('a jammed compartment waits for a person (seed 21)', async () => {
    const { control, clock, store, until, launch, fault, alerts } = await rescue(21);
    fault('jammed-aed', true);
    const missionId = await launch();
    await until(missionId, isWaiting);
    expect(alerts.kinds()).toEqual(['release']);
    await clock.run(30_000, 200);
    expect((await control.get(missionId)).status).toBe('LANDED');
    await control.confirmDelivery(missionId, 'Opened by hand', OPERATOR);
    expect((await until(missionId, isOver)).status).toBe('COMPLETED');
    expect(store.events.find(({ type }) => type === 'AED_DEPLOYED')?.data?.evidence).toBe('PERSON');
  });

  test('a refused arm frees the drone and says why (seed 31)', async () => {
    const { store, until, launch, fault } = await rescue(31);
    fault('refused-arm', true);
    const missionId = await launch();
    const over = await until(missionId, isOver, 60);
    expect(over.status).toBe('ABORTED');
    expect(over.command?.state).toBe('REFUSED');
    expect(store.eventTypes(missionId)).toContain('COMMAND_REFUSED');
    expect(store.droneStatus.get(DRONE)).toBe('READY');
  });

  test('a link that drops on the way: nothing is sent, and the mission goes on when it is back (seed 41)', async () => {
    const { control, clock, store, until, launch, fault, alerts } = await rescue(41);
    const missionId = await launch();
    await until(missionId, ({ status }) => status === 'IN_FLIGHT');
    fault('link-drop', true);
    await clock.run(8_000, 100);
    expect(alerts.kinds()).toEqual(['link-lost']);
    await expect(control.abort(missionId, 'x', OPERATOR)).rejects.toMatchObject({
      code: 'DRONE_OUT_OF_CONTACT',
    });
    fault('link-drop', false);
    await clock.run(3_000, 100);
    expect(alerts.kinds()).toEqual([]);
    expect((await until(missionId, isOver)).status).toBe('COMPLETED');
    expect(store.eventTypes(missionId)).toEqual(expect.arrayContaining(['LINK_LOST', 'LINK_RESTORED']));
  });

  test('a low battery brings the drone home by its own failsafe (seed 51)', async () => {
    const { store, until, launch, fault } = await rescue(51);
    const missionId = await launch();
    await until(missionId, ({ status }) => status === 'IN_FLIGHT');
    fault('low-battery', true, 15);
    const over = await until(missionId, isOver);
    expect(over.status).toBe('ABORTED');
    expect(over.abortReason?.toLowerCase()).toContain('battery');
    expect(store.eventTypes(missionId)).toEqual(
      expect.arrayContaining(['FAILSAFE', 'ABORTED', 'RETURNED_HOME']),
    );
    expect(store.droneStatus.get(DRONE)).toBe('CHARGING');
  });

  test('an abort in cruise brings the drone home (seed 61)', async () => {
    const { control, clock, store, until, launch, alerts } = await rescue(61);
    const missionId = await launch();
    await until(missionId, ({ status }) => status === 'IN_FLIGHT');
    await clock.run(5_000, 100);
    await control.abort(missionId, 'Ambulance is there', OPERATOR);
    expect(await until(missionId, isOver)).toMatchObject({
      status: 'ABORTED',
      abortReason: 'Ambulance is there',
    });
    const last = store.telemetry.at(-1);
    expect(distanceM(HOME, last ?? SCENE)).toBeLessThan(10);
    expect(alerts.kinds()).toEqual([]);
  });

  test('an abort on the way back goes to the base, not to the scene where it was armed last (seed 62)', async () => {
    const { control, clock, store, until, launch } = await rescue(62);
    const missionId = await launch();
    await until(missionId, ({ status }) => status === 'RETURNING');
    await clock.run(25_000, 100);
    await control.abort(missionId, 'Needed elsewhere', OPERATOR);
    expect(await until(missionId, isOver)).toMatchObject({ status: 'ABORTED' });
    const last = store.telemetry.at(-1);
    expect(distanceM(HOME, last ?? SCENE)).toBeLessThan(10);
  });
});
