import { ardupilotmega, common, minimal } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { namedScenario } from '../../../main/simulator/scenario.ts';
import { GroundLink, type Item } from './ground-link.ts';

/** About 900 m north-west of Alpha-1's pad. */
const SCENE = { latitudeDeg: 42.3612, longitudeDeg: -71.0712 };

const OUTBOUND: Item[] = [
  { command: 22, altitudeM: 60 },
  { command: 178, params: [1, 16, -1], frame: 2 },
  { command: 16, latitudeDeg: 42.3575, longitudeDeg: -71.0645, altitudeM: 60 },
  { command: 16, ...SCENE, altitudeM: 60 },
  { command: 21, ...SCENE },
];

function metresFrom(link: GroundLink, place: { latitudeDeg: number; longitudeDeg: number }): number {
  const at = link.last(common.GlobalPositionInt);
  const north = (at.lat / 1e7 - place.latitudeDeg) * 111_000;
  const east = (at.lon / 1e7 - place.longitudeDeg) * 111_000 * Math.cos((42.36 * Math.PI) / 180);
  return Math.hypot(north, east);
}

interface Flat {
  readonly northM: number;
  readonly eastM: number;
}

function distanceToLeg(at: Flat, start: Flat, end: Flat): number {
  const north = end.northM - start.northM;
  const east = end.eastM - start.eastM;
  const along = (at.northM - start.northM) * north + (at.eastM - start.eastM) * east;
  const share = Math.max(0, Math.min(1, along / Math.max(1e-9, north * north + east * east)));
  return Math.hypot(at.northM - start.northM - share * north, at.eastM - start.eastM - share * east);
}

function readyLink(options: ConstructorParameters<typeof GroundLink>[0] = {}): GroundLink {
  const link = new GroundLink(options);
  link.run(1.5);
  for (const id of [33, 245, 42]) expect(link.command(511, [id, 200_000])).toBe(0);
  return link;
}

function launched(options: ConstructorParameters<typeof GroundLink>[0] = {}): GroundLink {
  const link = readyLink(options);
  expect(link.upload(OUTBOUND)).toBe(0);
  link.arm();
  expect(link.command(300)).toBe(0);
  return link;
}

const armed = (link: GroundLink): boolean => link.vehicle.autopilot.armed;
const landedState = (link: GroundLink): number => link.last(common.ExtendedSysState).landedState;

describe('a mission in AUTO', () => {
  it.each([1, 2, 3, 4])('seed %i: lands within 2 m of the target, disarms and goes no further', (seed) => {
    const link = launched({ seed });
    link.until(() => link.vehicle.airframe.upM > 55, 60, 'the climb');
    link.until(() => !armed(link), 300, 'landing and disarming');
    expect(metresFrom(link, SCENE)).toBeLessThan(2);
    expect(link.vehicle.airframe.crashed).toBe(false);
    const reached = link.all(common.MissionItemReached).map((one) => one.seq);
    expect(reached).toEqual([1, 3, 4, 5]);
    const states = new Set(link.all(common.ExtendedSysState).map((one) => one.landedState));
    expect([...states].sort()).toEqual([1, 2, 3, 4]);
    link.run(2);
    expect(landedState(link)).toBe(common.MavLandedState.ON_GROUND);
    const heartbeat = link
      .all(minimal.Heartbeat)
      .filter((one) => one.autopilot === 3)
      .at(-1);
    expect((heartbeat?.baseMode ?? 0) & 128).toBe(0);
  });

  it.each([0, 90, 200])('keeps its line within 3 m in strong wind from %i degrees', (fromDeg) => {
    const scenario = { ...namedScenario('windy'), wind: { speedMps: 11, fromDeg } };
    const link = launched({ scenario });
    const { airframe, autopilot } = link.vehicle;
    const corners = [link.vehicle.site, ...OUTBOUND.slice(2)].map(
      ({ latitudeDeg = 0, longitudeDeg = 0 }) => ({
        northM: autopilot.frame.northM(latitudeDeg * 1e7),
        eastM: autopilot.frame.eastM(longitudeDeg * 1e7),
      }),
    );
    let worstM = 0;
    while (armed(link) && link.fleet.nowMs < 400_000) {
      link.run(0.1);
      const legs = corners.slice(1).map((end, index) => distanceToLeg(airframe, corners[index] ?? end, end));
      worstM = Math.max(worstM, Math.min(...legs));
    }
    expect(worstM).toBeLessThan(3);
    expect(metresFrom(link, SCENE)).toBeLessThan(2);
  });

  it('moves plausibly: within its limits of speed, climb and acceleration', () => {
    const link = launched();
    link.command(511, [33, 20_000]);
    link.until(() => !armed(link), 300, 'landing');
    const track = link.all(common.GlobalPositionInt);
    expect(Math.max(...track.map((at) => Math.hypot(at.vx, at.vy)))).toBeLessThan(1_750);
    expect(Math.max(...track.map((at) => Math.hypot(at.vx, at.vy)))).toBeGreaterThan(1_400);
    expect(Math.max(...track.map((at) => -at.vz))).toBeLessThan(330);
    expect(Math.max(...track.map((at) => at.vz))).toBeLessThan(230);
    const nearGround = track.filter((at) => at.relativeAlt < 8_000 && at.vz > 0);
    expect(Math.max(...nearGround.slice(10).map((at) => at.vz))).toBeLessThan(90);
  });

  it('pauses in BRAKE where it is, and goes on when started again', () => {
    const link = launched();
    link.until(() => link.vehicle.autopilot.missionFlight.current >= 4, 120, 'the second leg');
    expect(link.command(176, [1, 17])).toBe(0);
    link.run(8);
    expect(link.vehicle.airframe.groundSpeedMps).toBeLessThan(1);
    expect(link.last(common.MissionCurrent).missionState).toBe(common.MissionState.PAUSED);
    expect(link.command(300)).toBe(0);
    link.until(() => !armed(link), 300, 'landing');
    expect(metresFrom(link, SCENE)).toBeLessThan(2);
  });

  it('returns by RTL: climbs, flies home, lands there, disarms', () => {
    const link = launched();
    link.until(() => link.vehicle.autopilot.missionFlight.current >= 4, 120, 'the second leg');
    expect(link.command(20)).toBe(0);
    link.until(() => !armed(link), 300, 'the return');
    expect(metresFrom(link, link.vehicle.site)).toBeLessThan(2);
  });

  it('after the scene a new mission brings it home; re-arming there made the scene its home', () => {
    const link = launched();
    link.until(() => !armed(link), 300, 'landing at the scene');
    const { latitudeDeg, longitudeDeg } = link.vehicle.site;
    const homeward: Item[] = [
      { command: 22, altitudeM: 60 },
      { command: 16, latitudeDeg, longitudeDeg, altitudeM: 60 },
      { command: 21, latitudeDeg, longitudeDeg },
    ];
    expect(link.upload(homeward)).toBe(0);
    link.arm();
    expect(link.last(common.HomePosition).latitude / 1e7).toBeCloseTo(SCENE.latitudeDeg, 4);
    expect(link.command(300)).toBe(0);
    link.until(() => !armed(link), 300, 'landing at the base');
    expect(metresFrom(link, link.vehicle.site)).toBeLessThan(2);
  });

  it('keeps a home that a station set', () => {
    const link = readyLink();
    const place = { latitudeDeg: 42.36, longitudeDeg: -71.06, altitudeM: 0 };
    expect(link.commandAt(179, place)).toBe(0);
    link.arm();
    expect(link.last(common.HomePosition).latitude).toBe(423_600_000);
  });
});

describe('other items and orders in AUTO', () => {
  it('PAYLOAD_PLACE touches down, opens the compartment, climbs again and goes on', () => {
    const link = readyLink();
    const { latitudeDeg, longitudeDeg } = link.vehicle.site;
    link.upload([
      { command: 22, altitudeM: 40 },
      { command: 94, ...SCENE },
      { command: 16, latitudeDeg: 42.3585, longitudeDeg: -71.067, altitudeM: 40 },
      { command: 20, frame: 2 },
    ]);
    link.arm();
    link.command(300);
    link.until(() => link.vehicle.companion.compartment.door === 'OPENING', 200, 'the release');
    expect(metresFrom(link, SCENE)).toBeLessThan(2);
    link.until(() => !armed(link), 300, 'the return');
    expect(link.all(common.MissionItemReached).map((one) => one.seq)).toEqual([1, 2, 3]);
    expect(metresFrom(link, { latitudeDeg, longitudeDeg })).toBeLessThan(2);
  });

  it('DO_PAUSE_CONTINUE holds and goes on; a jump to an item is flown', () => {
    const link = launched();
    link.until(() => link.vehicle.autopilot.missionFlight.current >= 4, 120, 'the second leg');
    link.run(6);
    expect(link.command(193, [0])).toBe(0);
    link.run(8);
    const held = link.last(common.GlobalPositionInt);
    link.run(5);
    expect(Math.abs(link.last(common.GlobalPositionInt).lat - held.lat)).toBeLessThan(200);
    expect(link.command(193, [1])).toBe(0);
    expect(link.command(224, [3])).toBe(0);
    link.run(1);
    expect(link.last(common.MissionCurrent).seq).toBe(3);
    link.until(() => !armed(link), 300, 'landing');
    expect(metresFrom(link, SCENE)).toBeLessThan(2);
  });

  it('a mission cannot be cleared while it is flown, but a new one can be uploaded', () => {
    const link = launched();
    link.until(() => link.vehicle.airframe.upM > 30, 60, 'the climb');
    link.send(Object.assign(new common.MissionClearAll(), { targetSystem: 1, targetComponent: 1 }));
    expect(link.last(common.MissionAck).type).toBe(common.MavMissionResult.ERROR);
    const elsewhere = { latitudeDeg: 42.357, longitudeDeg: -71.062 };
    const items = [
      { command: 22, altitudeM: 60 },
      { command: 21, ...elsewhere },
    ];
    expect(link.upload(items)).toBe(0);
    link.until(() => !armed(link), 300, 'landing');
    expect(metresFrom(link, elsewhere)).toBeLessThan(2);
  });

  it('power lost in the air ends in a crash', () => {
    const link = launched();
    link.until(() => link.vehicle.airframe.upM > 30, 60, 'the climb');
    link.fleet.setFault({ droneId: '*', fault: 'reboot', on: true, value: 1 });
    link.run(12);
    expect(link.vehicle.airframe.crashed).toBe(true);
    link.command(176, [1, 4]);
    expect(link.command(400, [1])).toBe(common.MavResult.FAILED);
  });
});

describe('what faults look like on the wire', () => {
  it('low cell, vibration, compass error and GPS loss are seen in their messages', () => {
    const link = launched();
    const ids = [147, 241, 193, 24, 1, 11030];
    for (const id of ids) expect(link.command(511, [id, 200_000])).toBe(0);
    link.until(() => link.vehicle.airframe.upM > 30, 60, 'the climb');
    const healthy = link.last(common.SysStatus).onboardControlSensorsHealth;
    expect(healthy & 0x24).toBe(0x24);
    for (const fault of ['low-cell', 'vibration', 'compass-error', 'gps-loss'] as const) {
      link.fleet.setFault({ droneId: '*', fault, on: true, value: 0.5 });
    }
    link.run(1);
    const cells = link.last(common.BatteryStatus).voltages.slice(0, 6);
    expect(Math.max(...cells) - Math.min(...cells)).toBeGreaterThan(400);
    expect(link.last(common.Vibration).vibrationX).toBeGreaterThan(40);
    expect(link.last(common.Vibration).clipping0).toBeGreaterThan(0);
    expect(link.last(ardupilotmega.EkfStatusReport).compassVariance).toBeGreaterThan(0.8);
    expect(link.last(common.GpsRawInt)).toMatchObject({ fixType: 1, satellitesVisible: 0 });
    expect(link.last(common.SysStatus).onboardControlSensorsHealth & 0x24).toBe(0);
    expect(Math.min(...link.last(ardupilotmega.EscTelemetry1To4).rpm)).toBeGreaterThan(3_000);
  });
});

describe('guided flight', () => {
  it('takes off, repositions, holds and lands', () => {
    const link = readyLink();
    link.arm();
    expect(link.command(22, [0, 0, 0, 0, 0, 0, 20])).toBe(0);
    link.until(() => link.vehicle.airframe.upM > 19.5, 30, 'the climb');
    const place = { latitudeDeg: 42.3558, longitudeDeg: -71.0635, altitudeM: 30 };
    expect(link.commandAt(192, place, -1, 1)).toBe(0);
    link.run(40);
    expect(metresFrom(link, place)).toBeLessThan(2);
    expect(link.vehicle.airframe.upM).toBeCloseTo(30, 0);
    expect(link.command(21)).toBe(0);
    link.until(() => !armed(link), 90, 'landing');
    expect(metresFrom(link, place)).toBeLessThan(2);
  });
});

describe('failsafes', () => {
  it('battery low in flight: says so and returns; critical: lands', () => {
    const link = launched();
    link.until(() => link.vehicle.autopilot.missionFlight.current >= 4, 120, 'the second leg');
    link.fleet.setBattery('Alpha-1', 20.2);
    link.until(() => link.vehicle.autopilot.mode === 6, 60, 'RTL');
    expect(link.texts().join('\n')).toMatch(/Battery 1 is low \d+\.\d\dV used \d+ mAh/);
    expect(link.texts()).toContain('Battery Failsafe - RTL');
    link.fleet.setBattery('Alpha-1', 9);
    link.run(1);
    expect(link.texts()).toContain('Battery Failsafe - Land');
    expect(link.vehicle.autopilot.mode).toBe(9);
  });

  it('a full pack lasts about 22 minutes, and the base charges it slowly', () => {
    const link = launched({ batteryPercent: new Map([['Alpha-1', 100]]) });
    link.until(() => link.vehicle.airframe.upM > 55, 60, 'the climb');
    link.command(176, [1, 5]);
    const before = link.vehicle.battery.percent;
    link.run(60);
    const emptyAfterMin = 100 / (before - link.vehicle.battery.percent);
    expect(emptyAfterMin).toBeGreaterThan(19);
    expect(emptyAfterMin).toBeLessThan(27);
    const charging = new GroundLink({ batteryPercent: new Map([['Alpha-1', 40]]) });
    charging.run(120);
    expect(charging.vehicle.battery.percent).toBeGreaterThan(42);
    expect(charging.vehicle.battery.percent).toBeLessThan(50);
  });

  it('GCS failsafe is off by default, and returns when it is switched on', () => {
    const off = launched();
    off.until(() => off.vehicle.airframe.upM > 55, 60, 'the climb');
    off.silence();
    off.run(12);
    expect(off.vehicle.autopilot.mode).toBe(3);
    const on = launched();
    on.fleet.setFault({ droneId: '*', fault: 'gcs-failsafe', on: true, value: 1 });
    on.until(() => on.vehicle.airframe.upM > 55, 60, 'the climb');
    on.silence();
    on.run(7);
    expect(on.vehicle.autopilot.mode).toBe(6);
    expect(on.texts()).toContain('GCS Failsafe - RTL');
  });

  it('GPS loss: lands where it is; motor failure: falls, crashes and disarms', () => {
    const link = launched();
    link.until(() => link.vehicle.airframe.upM > 55, 60, 'the climb');
    link.fleet.setFault({ droneId: '*', fault: 'gps-loss', on: true, value: 1 });
    link.run(6);
    expect(link.vehicle.autopilot.mode).toBe(9);
    expect(link.texts()).toContain('EKF Failsafe: changed to LAND Mode');
    link.fleet.setFault({ droneId: 'Alpha-1', fault: 'motor-failure', on: true, value: 1 });
    link.until(() => !armed(link), 30, 'the crash');
    expect(link.vehicle.airframe.crashed).toBe(true);
    expect(link.texts().join('\n')).toMatch(/Crash: Disarming/);
  });

  it('an exclusion polygon stops it only when the fence is enabled', () => {
    const around = (half: number): Item[] =>
      [
        [1, 1],
        [1, -1],
        [-1, -1],
        [-1, 1],
      ].map(([north = 0, east = 0]) => ({
        command: 5002,
        frame: 0,
        latitudeDeg: 42.3593 + north * half,
        longitudeDeg: -71.0678 + east * half,
        params: [4],
      }));
    const modeAfterTheZone = (enabled: boolean): number => {
      const link = readyLink();
      expect(link.upload(around(0.0004), 1)).toBe(0);
      if (enabled) expect(link.command(207, [1])).toBe(0);
      expect(link.upload(OUTBOUND)).toBe(0);
      link.arm();
      link.command(300);
      link.until(() => link.vehicle.autopilot.mode === 6 || !armed(link), 300, 'the end of the flight');
      return link.vehicle.autopilot.mode;
    };
    expect(modeAfterTheZone(false)).toBe(3);
    expect(modeAfterTheZone(true)).toBe(6);
  });
});
