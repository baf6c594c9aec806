import { common } from 'node-mavlink';
import { describe, expect, test } from 'vitest';
import { ARDUCOPTER, PX4 } from '../../../main/simulator/firmware.ts';
import { FrameWriter, message } from '../../../main/simulator/wire.ts';
import { mavlinkFileCrc32 } from '../../../main/station/mavlink/protocol/ftp-payload.ts';
import type { PlanItem } from '../../../main/station/ports/aircraft.ts';
import { simulatedVehicle } from '../../support/simulated-vehicle.ts';

const ACCEPTED = { state: 'ACCEPTED' };

describe.each([
  ['ArduPilot', ARDUCOPTER],
  ['PX4', PX4],
] as const)('%s', (name, firmware) => {
  test('flies an AED there and home: upload, arm, start, hold, go elsewhere, change height, resume, return', async () => {
    const drone = await simulatedVehicle({ firmware });
    await drone.until(() => drone.state().health?.readyToArm === true, 40, 'Ready to arm');
    expect(drone.state()).toMatchObject({ autopilot: name === 'PX4' ? 'PX4' : 'ARDUPILOT' });
    const base = drone.state().position;
    if (base === null) throw new Error('No position.');
    const scene = { latitudeDeg: base.latitudeDeg + 0.003, longitudeDeg: base.longitudeDeg };
    const plan: PlanItem[] = [
      { kind: 'TAKEOFF', altitudeRelativeHomeM: 30 },
      { kind: 'SPEED', groundSpeedMps: 12 },
      { kind: 'WAYPOINT', position: scene, altitudeRelativeHomeM: 30 },
      { kind: 'LAND', position: scene },
    ];
    const aircraft = drone.aircraft();
    expect(await drone.finish(aircraft.goTo(scene, 30))).toMatchObject({
      state: 'REFUSED',
      sentence: expect.stringContaining('not in the air'),
    });
    for (const act of [
      () => aircraft.uploadPlan(plan),
      () =>
        aircraft.uploadExclusions([[scene, { ...scene, longitudeDeg: -72 }, { ...scene, latitudeDeg: 43 }]]),
      () => aircraft.uploadExclusions([]),
      () => aircraft.uploadRallyPoints([{ position: base, altitudeRelativeHomeM: 25 }]),
      () => aircraft.arm({ setsHome: true }),
      () => aircraft.startMission(),
    ])
      expect(await drone.finish(act())).toEqual(ACCEPTED);
    await drone.until(() => (drone.state().position?.altitudeRelativeHomeM ?? 0) > 28, 60, 'The climb');
    expect(drone.state().modeKind).toBe('MISSION');

    expect(await drone.finish(aircraft.hold())).toEqual(ACCEPTED);
    const aside = { latitudeDeg: base.latitudeDeg + 0.001, longitudeDeg: base.longitudeDeg + 0.001 };
    expect(await drone.finish(aircraft.goTo(aside, 40))).toEqual(ACCEPTED);
    const near = (): boolean => {
      const { position } = drone.state();
      return (
        position !== null &&
        Math.hypot(position.latitudeDeg - aside.latitudeDeg, position.longitudeDeg - aside.longitudeDeg) <
          3e-5 &&
        Math.abs(position.altitudeRelativeHomeM - 40) < 2
      );
    };
    await drone.until(near, 60, 'Arriving aside');
    expect(await drone.finish(aircraft.changeAltitude(20))).toEqual(ACCEPTED);
    await drone.until(
      () => Math.abs((drone.state().position?.altitudeRelativeHomeM ?? 0) - 20) < 2,
      60,
      'Sinking',
    );

    expect(await drone.finish(aircraft.resumeMission())).toEqual(ACCEPTED);
    await drone.until(
      () => drone.state().landedState === 'ON_GROUND' && !drone.state().armed,
      200,
      'Landing',
    );
    const landed = drone.state().position;
    expect(Math.abs((landed?.latitudeDeg ?? 0) - scene.latitudeDeg)).toBeLessThan(5e-5);

    const home: PlanItem[] = [
      { kind: 'TAKEOFF', altitudeRelativeHomeM: 30 },
      { kind: 'WAYPOINT', position: base, altitudeRelativeHomeM: 30 },
    ];
    for (const act of [
      () => aircraft.uploadPlan(home),
      () => aircraft.arm({ setsHome: false }),
      () => aircraft.startMission(),
    ])
      expect(await drone.finish(act())).toEqual(ACCEPTED);
    await drone.until(
      () => (drone.state().position?.altitudeRelativeHomeM ?? 0) > 20,
      60,
      'The second climb',
    );
    expect(await drone.finish(aircraft.returnHome())).toEqual(ACCEPTED);
    await drone.until(() => !drone.state().armed, 200, 'The return');
    expect(Math.abs((drone.state().position?.latitudeDeg ?? 0) - base.latitudeDeg)).toBeLessThan(5e-5);
    expect(drone.vehicles.oddities()).toEqual([]);
  });

  test('its parameters are read, told in words, changed and read back', async () => {
    const drone = await simulatedVehicle({ firmware });
    const returnAltitude = name === 'PX4' ? ['RTL_RETURN_ALT', 45, '45 m'] : ['RTL_ALT', 4_500, '45 m'];
    const [parameter, value, words] = returnAltitude as [string, number, string];
    expect(drone.tools().behaviours()[0]?.sentence).toContain('were not read');
    expect(await drone.finish(drone.tools().readParameters({}))).toMatchObject({ state: 'DONE' });
    expect(await drone.finish(drone.tools().setParameter(parameter, value))).toMatchObject({
      state: 'DONE',
      parameter: { name: parameter, value },
    });
    const said = drone.tools().behaviours();
    expect(said.find(({ topic }) => topic === 'RETURN')?.sentence).toContain(`at least ${words}`);
    expect(said.find(({ topic }) => topic === 'FENCE')?.sentence).toMatch(
      /^(Nothing: its fence is|Holds where)/,
    );
    await drone.until(() => drone.state().health?.readyToArm === true, 40, 'Ready to arm');
    await drone.finish(drone.aircraft().arm({ setsHome: true }));
    await drone.until(() => drone.state().armed, 5, 'Arming');
    await expect(drone.tools().setParameter(parameter, 1)).rejects.toThrow(/^The drone is armed/);
    await expect(async () => drone.tools().listLogs({})).rejects.toThrow(/^The drone is armed/);
  });

  test('its logs are listed and come whole; an operator’s command breaks a download off, and it goes on later', async () => {
    const drone = await simulatedVehicle({ firmware, logSeconds: [5, 60], radioBytesPerS: 20_000 });
    const listed = await drone.finish(drone.tools().listLogs({}));
    if (listed.state !== 'DONE') throw new Error(listed.sentence);
    expect(listed.logs).toHaveLength(2);
    const log = listed.logs[1];
    if (log === undefined) throw new Error('No log.');
    let bytes = Buffer.alloc(log.sizeBytes);
    const sink = {
      write: (offset: number, piece: Uint8Array) => void bytes.set(piece, offset),
      checksum: async (size: number) => mavlinkFileCrc32(bytes.subarray(0, size)),
    };
    const download = drone.tools().downloadLog(log, sink, { from: 0, onProgress: () => {} });
    await drone.run(0.3);
    await expect(drone.tools().readParameters({})).rejects.toThrow(/^Something else/);
    await drone.finish(drone.aircraft().uploadExclusions([]));
    const broken = await drone.finish(download);
    if (broken.state !== 'FAILED') throw new Error('It was not broken off.');
    expect(broken.contiguousBytes).toBeGreaterThan(1_000);
    bytes = Buffer.concat([bytes.subarray(0, broken.contiguousBytes)], log.sizeBytes);
    const again = drone
      .tools()
      .downloadLog(log, sink, { from: broken.contiguousBytes, onProgress: () => {} });
    expect(await drone.finish(again)).toEqual({ state: 'DONE', size: log.sizeBytes, integrity: 'CHECKSUM' });
    const magic = name === 'PX4' ? '554c6f67' : 'a395';
    expect(bytes.toString('hex').startsWith(magic)).toBe(true);
  });
});

test('a plan that somebody else replaces is noticed, and not started', async () => {
  const drone = await simulatedVehicle({ firmware: PX4 });
  await drone.until(() => drone.state().health?.readyToArm === true, 40, 'Ready to arm');
  const { position } = drone.state();
  if (position === null) throw new Error('No position.');
  const plan: PlanItem[] = [
    { kind: 'TAKEOFF', altitudeRelativeHomeM: 30 },
    { kind: 'LAND', position },
  ];
  expect(await drone.finish(drone.aircraft().uploadPlan(plan))).toEqual(ACCEPTED);
  await drone.run(5);
  expect(drone.vehicles.oddities()).toEqual([]);
  const other = new FrameWriter(254, 190);
  drone.fleet.receive(
    other.write(message(common.MissionClearAll, { targetSystem: 1, targetComponent: 1 })),
    1,
  );
  await drone.run(2);
  expect(drone.vehicles.oddities()).toMatchObject([
    { kind: 'PLAN_CHANGED', sentence: expect.stringMatching(/^The flight plan on the drone changed/) },
  ]);
  expect(await drone.finish(drone.aircraft().startMission())).toMatchObject({
    state: 'REFUSED',
    sentence: expect.stringContaining('no longer holds the plan'),
  });
  expect(await drone.finish(drone.aircraft().uploadPlan(plan))).toEqual(ACCEPTED);
  expect(drone.vehicles.oddities()).toEqual([]);
});

test('the messages, the clock and the components of a vehicle are seen while somebody looks', async () => {
  const drone = await simulatedVehicle();
  expect(drone.tools().messages()).toEqual([]);
  const stop = drone.tools().watchMessages();
  await drone.run(12);
  const attitude = drone
    .tools()
    .messages()
    .find(({ name }) => name === 'ATTITUDE');
  expect(attitude?.rateHz).toBeCloseTo(5, 0);
  expect(attitude?.fields.map(({ name }) => name)).toContain('roll');
  const bootedAtMs = drone.clock.nowMs() - drone.fleet.nowMs;
  const clock = drone.tools().vehicleClock();
  expect(Math.abs((clock?.offsetMs ?? 0) - bootedAtMs)).toBeLessThanOrEqual((clock?.errorMs ?? 0) + 40);
  expect(
    drone
      .tools()
      .components()
      .map(({ kind }) => kind),
  ).toEqual(['Autopilot', 'Onboard computer']);
  stop();
  expect(drone.tools().messages()).toEqual([]);
  drone.path.up = false;
  await drone.run(10);
  await expect(drone.tools().readParameters({})).rejects.toThrow(/was last heard/);
});

describe.each([
  ['ArduPilot', ARDUCOPTER],
  ['PX4', PX4],
] as const)('%s with firmware of its own habits', (name, firmware) => {
  async function inTheAir(fault: 'mode-by-message' | 'commands-as-int' | 'commands-as-long') {
    const drone = await simulatedVehicle({ firmware });
    await drone.until(() => drone.state().health?.readyToArm === true, 40, 'Ready to arm');
    drone.fleet.setFault({ droneId: '*', fault, on: true, value: 1 });
    const base = drone.state().position;
    if (base === null) throw new Error('No position.');
    const aside = { latitudeDeg: base.latitudeDeg + 0.001, longitudeDeg: base.longitudeDeg };
    const plan: PlanItem[] = [
      { kind: 'TAKEOFF', altitudeRelativeHomeM: 20 },
      { kind: 'WAYPOINT', position: aside, altitudeRelativeHomeM: 20 },
    ];
    const aircraft = drone.aircraft();
    for (const act of [
      () => aircraft.uploadPlan(plan),
      () => aircraft.arm({ setsHome: true }),
      () => aircraft.startMission(),
    ])
      expect(await drone.finish(act())).toEqual(ACCEPTED);
    await drone.until(() => (drone.state().position?.altitudeRelativeHomeM ?? 0) > 18, 60, 'The climb');
    return { drone, aircraft, base };
  }

  test('flies, holds and returns where it takes modes by SET_MODE alone', async () => {
    const { drone, aircraft } = await inTheAir('mode-by-message');
    expect(await drone.finish(aircraft.hold())).toEqual(ACCEPTED);
    expect(drone.state().armed).toBe(true);
    expect(await drone.finish(aircraft.resumeMission())).toEqual(ACCEPTED);
    expect(await drone.finish(aircraft.returnHome())).toEqual(ACCEPTED);
    await drone.until(() => drone.state().modeKind === 'RETURN', 5, 'The return');
  });

  test('flies and goes elsewhere where it takes COMMAND_INT alone', async () => {
    const { drone, aircraft, base } = await inTheAir('commands-as-int');
    expect(await drone.finish(aircraft.goTo(base, 25))).toEqual(ACCEPTED);
    expect(await drone.finish(aircraft.returnHome())).toEqual(ACCEPTED);
    await drone.until(() => drone.state().modeKind === 'RETURN', 5, 'The return');
  });

  test('is sent no place as COMMAND_LONG unless it is certain what its altitude means (F8)', async () => {
    const { drone, aircraft, base } = await inTheAir('commands-as-long');
    const went = await drone.finish(aircraft.goTo(base, 25));
    if (name === 'PX4') {
      expect(went).toEqual(ACCEPTED);
      const at = (): number => drone.state().position?.altitudeRelativeHomeM ?? 0;
      await drone.until(() => Math.abs(at() - 25) < 2, 60, 'The climb to 25 m above home');
    } else {
      expect(went).toMatchObject({ state: 'REFUSED', sentence: expect.stringContaining('COMMAND_LONG') });
    }
    expect(await drone.finish(aircraft.landHere())).toEqual(ACCEPTED);
  });
});
