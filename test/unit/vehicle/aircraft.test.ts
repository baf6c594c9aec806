import { describe, expect, it } from 'vitest';
import type { PlanItem } from '../../../main/station/ports/aircraft.ts';
import { PEER_HOME } from '../../support/copter-peer.ts';
import { vehicleBench } from '../../support/vehicle-bench.ts';

const SCENE = { latitudeDeg: 42.3655, longitudeDeg: -71.0605 };
const PLAN: PlanItem[] = [
  { kind: 'TAKEOFF', altitudeRelativeHomeM: 60 },
  { kind: 'SPEED', groundSpeedMps: 15 },
  { kind: 'WAYPOINT', position: { latitudeDeg: 42.362, longitudeDeg: -71.06 }, altitudeRelativeHomeM: 60 },
  { kind: 'LAND', position: SCENE },
];

async function flyingBench() {
  const bench = vehicleBench();
  await bench.clock.run(12_000);
  bench.copter.commands.length = 0;
  /** Commands other than requests for telemetry. */
  const commands = () => bench.copter.commands.filter(({ command }) => command !== 511 && command !== 512);
  const names = () => commands().map(({ command }) => command);
  return { ...bench, commands, names };
}

describe('aircraft', () => {
  it('uploads a mission with home first, reads it back and compares it', async () => {
    const { copter, aircraft, finish } = await flyingBench();
    let packets = 0;
    expect(await finish(aircraft().uploadPlan(PLAN, { onFirstPacket: () => packets++ }))).toEqual({
      state: 'ACCEPTED',
    });
    expect(packets).toBe(1);
    expect(copter.plan.map(({ command, frame, x, z }) => ({ command, frame, x, z }))).toEqual([
      { command: 16, frame: 0, x: Math.round(PEER_HOME.latitudeDeg * 1e7), z: 12 },
      { command: 22, frame: 6, x: Math.round(PEER_HOME.latitudeDeg * 1e7), z: 60 },
      { command: 178, frame: 2, x: 0, z: 0 },
      { command: 16, frame: 6, x: 423_620_000, z: 60 },
      { command: 21, frame: 6, x: 423_655_000, z: 0 },
    ]);
    expect(copter.plan[2]).toMatchObject({ param1: 1, param2: 15, param3: -1 });
    expect(
      copter.plan.every(({ targetSystem, targetComponent }) => targetSystem === 7 && targetComponent === 1),
    ).toBe(true);
  });

  it('does not accept a plan that the vehicle keeps otherwise than sent', async () => {
    const { copter, aircraft, finish } = await flyingBench();
    copter.keep = (item) => (item.seq === 3 ? Object.assign(item, { z: 50 }) : item);
    expect(await finish(aircraft().uploadPlan(PLAN))).toEqual({
      state: 'REFUSED',
      sentence: expect.stringMatching(/Item 3 .* 50\.0 m.* 60\.0 m/),
    });
  });

  it('says what a refused or unanswered upload leaves behind', async () => {
    const { copter, aircraft, finish } = await flyingBench();
    copter.uploadResult = 4;
    expect(await finish(aircraft().uploadPlan(PLAN))).toEqual({
      state: 'REFUSED',
      sentence: expect.stringMatching(
        /^The drone refused to take the flight plan\. .* It keeps what it held before/,
      ),
    });
    copter.deaf = true;
    expect(await finish(aircraft().uploadPlan(PLAN))).toEqual({
      state: 'UNKNOWN',
      sentence: expect.stringMatching(/What it holds now is not known/),
    });
    expect(copter.plan).toEqual([]);
  });

  it('uploads exclusion polygons, and clears the fence with an empty list', async () => {
    const { copter, aircraft, finish } = await flyingBench();
    const ring = [
      SCENE,
      { latitudeDeg: 42.366, longitudeDeg: -71.06 },
      { latitudeDeg: 42.367, longitudeDeg: -71.061 },
    ];
    expect(await finish(aircraft().uploadExclusions([ring, [...ring, PEER_HOME]]))).toEqual({
      state: 'ACCEPTED',
    });
    expect(copter.fence.map(({ command, param1 }) => `${command} ${param1}`)).toEqual([
      ...Array(3).fill('5002 3'),
      ...Array(4).fill('5002 4'),
    ]);
    expect(await finish(aircraft().uploadExclusions([]))).toEqual({ state: 'ACCEPTED' });
    expect(copter.fence).toEqual([]);
  });

  it('arms in Guided mode, after the heartbeat has shown it', async () => {
    const { aircraft, commands, finish } = await flyingBench();
    expect(await finish(aircraft().arm({ setsHome: false }))).toEqual({ state: 'ACCEPTED' });
    expect(commands().map(({ command, parameters }) => [command, ...parameters.slice(0, 2)])).toEqual([
      [176, 1, 4],
      [400, 1, 0],
    ]);
    expect(
      commands().every(({ targetSystem, targetComponent }) => targetSystem === 7 && targetComponent === 1),
    ).toBe(true);
  });

  it('sets its home where it stands before a launch, so that arming again at the scene does not move it', async () => {
    const { aircraft, commands, finish } = await flyingBench();
    expect(await finish(aircraft().arm({ setsHome: true }))).toEqual({ state: 'ACCEPTED' });
    expect(commands().map(({ command, parameters }) => [command, ...parameters.slice(0, 2)])).toEqual([
      [176, 1, 4],
      [179, 1, 0],
      [400, 1, 0],
    ]);
  });

  it('gives the reason that the vehicle says with its refusal', async () => {
    const { copter, aircraft, finish } = await flyingBench();
    copter.results.set(400, 4);
    copter.reasons.set(400, 'PreArm: Accels inconsistent');
    expect(await finish(aircraft().arm({ setsHome: false }))).toEqual({
      state: 'REFUSED',
      sentence: 'The drone refused to arm: Accels inconsistent.',
    });
    copter.reasons.clear();
    expect(await finish(aircraft().arm({ setsHome: false }))).toEqual({
      state: 'REFUSED',
      sentence: 'The drone refused to arm. The vehicle tried and failed. Look at its messages.',
    });
  });

  it('does not arm in a mode that the vehicle only says it took', async () => {
    const { copter, aircraft, names, finish } = await flyingBench();
    copter.ignoresModes = true;
    expect(await finish(aircraft().arm({ setsHome: false }))).toEqual({
      state: 'REFUSED',
      sentence: expect.stringMatching(/Guided mode and stayed in Stabilize/),
    });
    expect(names()).toEqual([176]);
  });

  it('does not change the mode of a drone in the air to arm it', async () => {
    const { clock, copter, aircraft, names, finish } = await flyingBench();
    copter.armed = true;
    await clock.run(1_500);
    expect(await finish(aircraft().arm({ setsHome: false }))).toMatchObject({ state: 'REFUSED' });
    expect(names()).toEqual([]);
  });

  it('starts a mission at its first item', async () => {
    const { copter, aircraft, commands, finish } = await flyingBench();
    copter.armed = true;
    copter.heartbeat();
    expect(await finish(aircraft().startMission())).toEqual({ state: 'ACCEPTED' });
    expect(commands().map(({ command, parameters }) => [command, ...parameters.slice(0, 2)])).toEqual([
      [224, 1, 1],
      [300, 0, 0],
    ]);
  });

  it('F6: does not call a start accepted by a drone that has switched its motors off', async () => {
    const { aircraft, finish } = await flyingBench();
    expect(await finish(aircraft().startMission())).toEqual({
      state: 'REFUSED',
      sentence: expect.stringMatching(/^The drone had switched its motors off/),
    });
  });

  it('F7: takes what is seen for the answer that was lost, and asks afresh only where nothing happened', async () => {
    const { clock, copter, aircraft, names, finish } = await flyingBench();
    copter.mute.add(400);
    const seen = aircraft().arm({ setsHome: false });
    await clock.run(1_500);
    copter.armed = true;
    copter.heartbeat();
    expect(await finish(seen)).toEqual({ state: 'ACCEPTED' });
    copter.armed = false;
    copter.heartbeat();
    copter.commands.length = 0;
    expect(await finish(aircraft().arm({ setsHome: false }))).toMatchObject({ state: 'UNKNOWN' });
    // Nine packets in three attempts, and no tenth.
    expect(names().filter((command) => command === 400)).toHaveLength(9);
    copter.commands.length = 0;
    const touched = aircraft().arm({ setsHome: false });
    await clock.run(1_500);
    // Somebody changes the mode by remote control: the drone is theirs.
    copter.customMode = 5;
    copter.heartbeat();
    expect(await finish(touched)).toMatchObject({ state: 'UNKNOWN' });
    expect(names().filter((command) => command === 400)).toHaveLength(3);
  });

  it('does not start a mission that cannot be set to its first item', async () => {
    const { copter, aircraft, names, finish } = await flyingBench();
    copter.results.set(224, 3);
    expect(await finish(aircraft().startMission())).toMatchObject({ state: 'REFUSED' });
    expect(names()).toEqual([224]);
  });

  it.each([
    ['hold', [[176, 17]]],
    ['returnHome', [[20, 0]]],
    ['landHere', [[21, 0]]],
    ['resumeMission', [[176, 3]]],
    ['releaseAed', [[211, 0]]],
  ] as const)('%s sends one command and reports its ack', async (action, expected) => {
    const { aircraft, commands, finish } = await flyingBench();
    expect(await finish(aircraft()[action]())).toEqual({ state: 'ACCEPTED' });
    expect(commands().map(({ command, parameters }) => [command, parameters[1]])).toEqual(expected);
  });

  it('tries the next way to hold, return or land when the first is refused', async () => {
    const { copter, aircraft, commands, finish } = await flyingBench();
    for (const command of [20, 21]) copter.results.set(command, 3);
    expect(await finish(aircraft().returnHome())).toEqual({ state: 'ACCEPTED' });
    expect(await finish(aircraft().landHere())).toEqual({ state: 'ACCEPTED' });
    expect(commands().map(({ command, parameters }) => [command, parameters[1]])).toEqual([
      [20, 0],
      [176, 6],
      [21, 0],
      [176, 9],
    ]);
    copter.results.set(176, 4);
    expect(await finish(aircraft().hold())).toMatchObject({ state: 'REFUSED' });
    expect(
      commands()
        .slice(4)
        .map(({ parameters }) => parameters[1]),
    ).toEqual([17, 4, 5]);
  });

  it('F7: calls a command without an answer unknown, and tries no other way', async () => {
    const { copter, aircraft, commands, finish } = await flyingBench();
    copter.mute.add(20);
    expect(await finish(aircraft().returnHome())).toMatchObject({ state: 'UNKNOWN' });
    expect(commands().map(({ command, confirmation }) => [command, confirmation])).toEqual([
      [20, 0],
      [20, 1],
      [20, 2],
    ]);
  });

  it('F1: sends nothing to a drone out of contact, and nothing when it is back', async () => {
    const { clock, path, copter, aircraft, names } = await flyingBench();
    copter.stop();
    await clock.run(6_000);
    let packets = 0;
    await expect(aircraft().returnHome({ onFirstPacket: () => packets++ })).rejects.toMatchObject({
      code: 'DRONE_OUT_OF_CONTACT',
    });
    copter.heartbeat();
    await clock.run(10_000);
    expect([names(), packets]).toEqual([[], 0]);
    path.up = false;
    await expect(aircraft().hold()).rejects.toMatchObject({ code: 'DRONE_OUT_OF_CONTACT' });
  });

  it('F1: a command whose link died dies with its timeout', async () => {
    const { clock, path, copter, aircraft, names, finish } = await flyingBench();
    copter.mute.add(300);
    const starting = aircraft().startMission();
    await clock.run(100);
    path.up = false;
    expect(await finish(starting)).toMatchObject({ state: 'UNKNOWN' });
    path.up = true;
    await clock.run(10_000);
    expect(names()).toEqual([224, 300]);
  });

  it('F4: an abort breaks off what is under way: nothing of it is sent afterwards', async () => {
    const { clock, copter, aircraft, names, finish } = await flyingBench();
    copter.mute.add(300);
    const starting = aircraft().startMission();
    await clock.run(100);
    let packets = 0;
    const returning = aircraft().returnHome({ onFirstPacket: () => packets++ });
    expect(packets).toBe(1);
    expect(await finish(returning)).toEqual({ state: 'ACCEPTED' });
    expect(await finish(starting)).toMatchObject({ state: 'UNKNOWN' });
    await clock.run(10_000);
    expect(names()).toEqual([224, 300, 20]);
  });

  it('F4: an abort between two steps keeps the later step from being sent', async () => {
    const { clock, copter, aircraft, names, finish } = await flyingBench();
    copter.ignoresModes = true;
    const arming = aircraft().arm({ setsHome: false });
    await clock.run(200);
    const holding = aircraft().hold();
    copter.customMode = 4;
    copter.heartbeat();
    expect(await finish(arming)).toEqual({
      state: 'REFUSED',
      sentence: expect.stringMatching(/^Broken off/),
    });
    expect(await finish(holding)).toEqual({ state: 'ACCEPTED' });
    expect(names()).not.toContain(400);
  });

  it('changes the mode by SET_MODE where MAV_CMD_DO_SET_MODE is not known, and only there', async () => {
    for (const [result, acksSetMode] of [
      [3, true],
      [2, false],
    ] as const) {
      const { copter, aircraft, names, finish } = await flyingBench();
      copter.armed = true;
      copter.heartbeat();
      copter.results.set(176, result);
      copter.acksSetMode = acksSetMode;
      expect(await finish(aircraft().hold())).toEqual({ state: 'ACCEPTED' });
      expect(names()).toEqual([176]);
      // The armed flag stays as it is: without it some autopilots would disarm in flight.
      expect(copter.setModes).toEqual([{ baseMode: 129, customMode: 17 }]);
    }
    const { copter, aircraft, finish } = await flyingBench();
    copter.mute.add(176);
    expect(await finish(aircraft().hold())).toMatchObject({ state: 'UNKNOWN' });
    copter.mute.clear();
    copter.results.set(176, 4);
    expect(await finish(aircraft().hold())).toMatchObject({ state: 'REFUSED' });
    expect(copter.setModes).toEqual([]);
  });

  it('calls a mode unknown that SET_MODE neither acks nor shows, and asks three times at most', async () => {
    const { copter, aircraft, finish } = await flyingBench();
    copter.results.set(176, 3);
    copter.acksSetMode = false;
    copter.ignoresModes = true;
    expect(await finish(aircraft().hold())).toMatchObject({ state: 'UNKNOWN' });
    expect(copter.setModes).toHaveLength(3);
  });

  it('flies PX4 by its own modes: it starts a mission by mode, and has no home item', async () => {
    const { clock, copter, aircraft, commands, state, finish } = await flyingBench();
    copter.autopilot = 12;
    await clock.run(1_500);
    copter.ignoresModes = true;
    copter.customMode = 0x0304_0000;
    copter.heartbeat();
    expect(state()).toMatchObject({ autopilot: 'PX4', modeText: 'Hold', modeKind: 'HOLD' });
    expect(await finish(aircraft().uploadPlan(PLAN))).toEqual({ state: 'ACCEPTED' });
    expect(copter.plan).toHaveLength(4);
    expect(await finish(aircraft().arm({ setsHome: false }))).toEqual({ state: 'ACCEPTED' });
    copter.armed = false;
    copter.armed = true;
    copter.heartbeat();
    expect(await finish(aircraft().startMission())).toEqual({ state: 'ACCEPTED' });
    expect(commands().map(({ command, parameters }) => [command, ...parameters.slice(0, 3)])).toEqual([
      [400, 1, 0, 0],
      [224, 0, 1, 0],
      [176, 1, 4, 4],
    ]);
  });
});
