import { common, minimal, standard } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { GroundLink } from './ground-link.ts';

const NO_ERROR = 0;
const HOME_ITEMS = [
  { command: 22, altitudeM: 50 },
  {
    command: 16,
    latitudeDeg: 42.36123456,
    longitudeDeg: -71.07123456,
    altitudeM: 50.128,
    params: [2.6, 5, 0, 90],
  },
  { command: 178, params: [1, 14.5, -1, 0], frame: 2 },
  { command: 20, frame: 2 },
];

describe('after power-on', () => {
  it('sends only heartbeats, texts, time synchronisation and what it announces once, until rates are asked for', () => {
    const link = new GroundLink({ bootS: 4 });
    link.run(12);
    const autopilot = new Set(link.heard.filter((one) => one.componentId === 1).map((one) => one.messageId));
    expect([...autopilot].sort((one, other) => one - other)).toEqual([0, 22, 49, 111, 242, 253]);
    expect(link.all(minimal.Heartbeat).filter((one) => one.autopilot === 3)).toHaveLength(12);
  });

  it('refuses to arm for the boot time with reasons, then arms; refuses in AUTO', () => {
    const link = new GroundLink({ bootS: 8 });
    link.run(2);
    expect(link.command(400, [1])).toBe(common.MavResult.FAILED);
    expect(link.texts()).toContain('PreArm: Accels inconsistent');
    expect(link.texts()).toContain('PreArm: Need Position Estimate');
    expect(link.command(176, [1, 4])).toBe(common.MavResult.FAILED);
    expect(link.texts()).toContain('Mode change to GUIDED failed: requires position');
    link.run(7);
    expect(link.upload(HOME_ITEMS)).toBe(NO_ERROR);
    expect(link.command(176, [1, 3])).toBe(NO_ERROR);
    expect(link.command(400, [1])).toBe(common.MavResult.FAILED);
    expect(link.texts()).toContain('Arm: AUTO mode not armable');
    link.arm();
    expect(link.vehicle.autopilot.armed).toBe(true);
  });

  it('disarms by itself 10 s after arming on the ground', () => {
    const link = new GroundLink();
    link.run(2);
    link.arm();
    link.run(9);
    expect(link.vehicle.autopilot.armed).toBe(true);
    link.run(2);
    expect(link.vehicle.autopilot.armed).toBe(false);
  });

  it('refuses to arm with the refused-arm fault and reports it in SYS_STATUS', () => {
    const link = new GroundLink();
    link.run(2);
    const health = (): number => {
      link.command(512, [1]);
      return link.last(common.SysStatus).onboardControlSensorsHealth & 0x10000000;
    };
    expect(health()).not.toBe(0);
    link.fleet.setFault({ droneId: '*', fault: 'refused-arm', on: true, value: 1 });
    expect(health()).toBe(0);
    link.command(176, [1, 4]);
    expect(link.command(400, [1])).toBe(common.MavResult.FAILED);
    expect(link.texts()).toContain('PreArm: Hardware safety switch');
  });

  it('a restart forgets rates and mode, keeps plan and parameters', () => {
    const link = new GroundLink();
    link.run(2);
    link.upload(HOME_ITEMS);
    link.command(511, [33, 100_000]);
    link.command(176, [1, 4]);
    link.fleet.setFault({ droneId: '*', fault: 'reboot', on: true, value: 1 });
    link.run(1);
    const before = link.all(common.GlobalPositionInt).length;
    link.run(3);
    expect(link.all(common.GlobalPositionInt)).toHaveLength(before);
    expect(link.vehicle.autopilot.mode).toBe(0);
    expect(link.download()).toHaveLength(5);
  });
});

describe('commands', () => {
  it('answers rates exactly, unknown messages with DENIED, unknown commands with UNSUPPORTED', () => {
    const link = new GroundLink();
    link.run(2);
    expect(link.command(511, [33, 100_000])).toBe(NO_ERROR);
    expect(link.command(511, [30, 20_000])).toBe(NO_ERROR);
    expect(link.command(511, [9_999, 20_000])).toBe(common.MavResult.DENIED);
    expect(link.command(31_000)).toBe(common.MavResult.UNSUPPORTED);
    const before = {
      position: link.all(common.GlobalPositionInt).length,
      attitude: link.all(common.Attitude).length,
    };
    link.run(10);
    expect(link.all(common.GlobalPositionInt).length - before.position).toBe(100);
    expect(link.all(common.Attitude).length - before.attitude).toBe(500);
    expect(link.command(511, [33, -1])).toBe(NO_ERROR);
    const stopped = link.all(common.GlobalPositionInt).length;
    link.run(2);
    expect(link.all(common.GlobalPositionInt)).toHaveLength(stopped);
  });

  it('streams a whole group on REQUEST_DATA_STREAM', () => {
    const link = new GroundLink();
    link.run(2);
    link.send(
      Object.assign(new common.RequestDataStream(), {
        targetSystem: 1,
        targetComponent: 1,
        reqStreamId: 0,
        reqMessageRate: 4,
        startStop: 1,
      }),
    );
    link.run(1.1);
    const ids = new Set(link.heard.filter((one) => one.componentId === 1).map((one) => one.messageId));
    const expected = [
      1, 2, 24, 29, 30, 32, 33, 36, 42, 62, 74, 125, 136, 147, 152, 162, 168, 193, 241, 245, 11030,
    ];
    for (const id of expected.filter((one) => one !== 136)) expect(ids, `message ${id}`).toContain(id);
  });

  it('tells its version once, when asked', () => {
    const link = new GroundLink();
    link.run(2);
    expect(link.command(512, [148])).toBe(NO_ERROR);
    expect(link.last(standard.AutopilotVersion).flightSwVersion >>> 8).toBe(0x040603);
    expect(link.command(512, [9_999])).toBe(common.MavResult.FAILED);
  });

  it('ignores what is addressed to another system or to everyone', () => {
    const link = new GroundLink();
    link.run(2);
    link.command(176, [1, 4]);
    expect(() => link.command(400, [1], { system: 0 })).toThrow('not acknowledged');
    expect(() => link.command(400, [1], { system: 9 })).toThrow('not acknowledged');
    expect(link.vehicle.autopilot.armed).toBe(false);
  });

  it('refuses a mission start with item numbers, and a take-off that is not GUIDED and armed', () => {
    const link = new GroundLink();
    link.run(2);
    expect(link.command(300, [1, 2])).toBe(common.MavResult.DENIED);
    expect(link.command(22, [0, 0, 0, 0, 0, 0, 10])).toBe(common.MavResult.FAILED);
    expect(link.command(300)).toBe(common.MavResult.FAILED);
    expect(link.command(193, [0])).toBe(common.MavResult.FAILED);
  });

  it('answers time synchronisation with its own clock', () => {
    const link = new GroundLink();
    link.run(2);
    link.send(Object.assign(new common.TimeSync(), { tc1: 0n, ts1: 1_234n }));
    link.run(0.1);
    const answer = link.all(common.TimeSync).find((one) => one.ts1 === 1_234n);
    expect(Number(answer?.tc1) / 1e9).toBeCloseTo(2, 1);
  });
});

describe('mission transfer', () => {
  it('makes item 0 home, keeps whole centimetres and seconds, drops the yaw', () => {
    const link = new GroundLink();
    link.run(2);
    expect(link.upload(HOME_ITEMS)).toBe(NO_ERROR);
    const [home, takeoff, waypoint, speed, back] = link.download();
    expect(home).toMatchObject({ frame: 0, command: 16, x: 423_550_000, y: -710_640_000, z: 14 });
    expect(takeoff).toMatchObject({ command: 22, frame: 3, z: 50 });
    expect(waypoint).toMatchObject({ x: 423_612_346, y: -710_712_346, param1: 3, param2: 0, param4: 0 });
    expect(waypoint?.z).toBeCloseTo(50.13, 4);
    expect(speed).toMatchObject({ command: 178, param1: 1, param2: 14.5, frame: 2 });
    expect(back).toMatchObject({ command: 20 });
  });

  it('is not atomic: an upload that breaks off has replaced the first items', () => {
    const link = new GroundLink();
    link.run(2);
    link.upload(HOME_ITEMS);
    const bad = [{ command: 22, altitudeM: 77 }, { command: 31_000 }, ...HOME_ITEMS.slice(2)];
    expect(link.upload(bad)).toBe(common.MavMissionResult.UNSUPPORTED);
    const [, takeoff, waypoint] = link.download();
    expect(takeoff?.z).toBe(77);
    expect(waypoint?.command).toBe(16);
  });

  it('refuses wrong frames, places, sequence and sizes', () => {
    const link = new GroundLink();
    link.run(2);
    expect(link.upload([{ command: 16, frame: 10 }])).toBe(common.MavMissionResult.UNSUPPORTED_FRAME);
    expect(link.upload([{ command: 16, latitudeDeg: 95 }])).toBe(common.MavMissionResult.INVALID_PARAM5_X);
    const address = { targetSystem: 1, targetComponent: 1, missionType: 0 };
    link.send(Object.assign(new common.MissionCount(), { ...address, count: 900 }));
    expect(link.last(common.MissionAck).type).toBe(common.MavMissionResult.NO_SPACE);
    link.send(Object.assign(new common.MissionCount(), { ...address, count: 3 }));
    link.send(Object.assign(new common.MissionItemInt(), { ...address, command: 16, seq: 2 }));
    expect(link.last(common.MissionAck).type).toBe(common.MavMissionResult.INVALID_SEQUENCE);
  });

  it('asks again for a lost item, and gives up after 8 s with a text', () => {
    const link = new GroundLink();
    link.run(2);
    const address = { targetSystem: 1, targetComponent: 1, missionType: 0 };
    link.send(Object.assign(new common.MissionCount(), { ...address, count: 3 }));
    link.run(10);
    expect(link.all(common.MissionRequestInt).length).toBeGreaterThan(6);
    expect(link.last(common.MissionAck).type).toBe(common.MavMissionResult.OPERATION_CANCELLED);
    expect(link.texts()).toContain('Mission upload timeout');
  });

  it('clears, and stores fences only whole', () => {
    const link = new GroundLink();
    link.run(2);
    const corner = (latitudeDeg: number, longitudeDeg: number) => ({
      command: 5002,
      frame: 0,
      latitudeDeg,
      longitudeDeg,
      params: [3],
    });
    const ring = [corner(42.36, -71.06), corner(42.37, -71.06), corner(42.36, -71.05)];
    expect(link.upload(ring, 1)).toBe(NO_ERROR);
    expect(link.upload(ring.slice(0, 2), 1)).toBe(common.MavMissionResult.INVALID_PARAM1);
    expect(link.download(1)).toHaveLength(3);
    expect(link.download(1)[1]).toMatchObject({ command: 5002, param1: 3, x: 423_700_000 });
    link.send(
      Object.assign(new common.MissionClearAll(), { targetSystem: 1, targetComponent: 1, missionType: 1 }),
    );
    expect(link.download(1)).toHaveLength(0);
  });
});

describe('parameters', () => {
  it('lists all, reads by index and name, sets with read-back', () => {
    const link = new GroundLink();
    link.run(2);
    const address = { targetSystem: 1, targetComponent: 1 };
    link.heard.length = 0;
    link.send(Object.assign(new common.ParamRequestList(), address));
    link.run(3);
    const listed = link.all(common.ParamValue);
    expect(listed.length).toBeGreaterThanOrEqual(40);
    expect(listed.map((one) => one.paramIndex)).toEqual(listed.map((_, index) => index));
    expect(listed.every((one) => one.paramCount === listed.length)).toBe(true);
    link.send(
      Object.assign(new common.ParamSet(), {
        ...address,
        paramId: 'RTL_ALT',
        paramValue: 4_500,
        paramType: 6,
      }),
    );
    expect(link.last(common.ParamValue)).toMatchObject({ paramId: 'RTL_ALT', paramValue: 4_500 });
    link.send(
      Object.assign(new common.ParamRequestRead(), { ...address, paramId: 'RTL_ALT', paramIndex: -1 }),
    );
    const index = link.last(common.ParamValue).paramIndex;
    link.send(Object.assign(new common.ParamRequestRead(), { ...address, paramId: '', paramIndex: index }));
    expect(link.last(common.ParamValue)).toMatchObject({
      paramId: 'RTL_ALT',
      paramValue: 4_500,
      paramIndex: index,
    });
  });
});
