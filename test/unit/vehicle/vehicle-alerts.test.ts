import { readFileSync } from 'node:fs';
import { common, minimal } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { loadDialect } from '../../../main/simulator/dialect.ts';
import { message } from '../../../main/simulator/wire.ts';
import { createAlertBook } from '../../../main/station/alerts/alert-book.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { watchVehicles } from '../../../main/station/vehicle/vehicle-alerts.ts';
import { vehicleBench } from '../../support/vehicle-bench.ts';

const dialect = loadDialect(readFileSync('resources/mavlink/skyrescue.xml', 'utf8'));
const inference = (state: number, framesPerSecond = 20) =>
  dialect.inferenceStatus.create({
    timeUsec: 0n,
    framesPerSecond,
    latencyMean: 30,
    latencyP95: 50,
    landingZoneConfidence: 0.9,
    landingZoneOffsetX: 0,
    landingZoneOffsetY: 0,
    droppedFrames: 0,
    acceleratorTemperature: 5_000,
    state,
    persons: 0,
    obstacles: 0,
    modelHash: Array(8).fill(0),
    modelVersion: 'v2',
  });
const jammed = dialect.aedStatus.create({
  timeUsec: 0n,
  padExpiry: 0,
  cabinetTemperature: 2_000,
  compartment: 4,
  aedPresent: 1,
  aedRemoved: 2,
  selfTest: 1,
  aedBattery: 90,
});

const COMPASS_AND_GPS: number = 0x24;

async function watched(name: string | null = 'Alpha-3') {
  const bench = vehicleBench();
  const { clock, vehicles, copter } = bench;
  const alerts = createAlertBook({ clock, random: seededRandom(1) });
  watchVehicles({ vehicles, alerts, clock, nameOf: () => name });
  await clock.run(6_000);
  const seen = () => alerts.list().map(({ level, subject, sentence }) => `${level} ${subject}: ${sentence}`);
  const fly = async () => {
    copter.armed = true;
    copter.heartbeat();
    await clock.run(1_000);
  };
  const batteryAt = async (batteryRemaining: number) => {
    copter.send(
      message(common.BatteryStatus, {
        batteryRemaining,
        voltages: Array(10).fill(65_535),
        voltagesExt: [0, 0, 0, 0],
      }),
    );
    await clock.run(600);
  };
  return { ...bench, alerts, seen, fly, batteryAt };
}

describe('vehicle alerts', () => {
  it('are none while all is well', async () => {
    const { seen, fly, clock } = await watched();
    await fly();
    await clock.run(10_000);
    expect(seen()).toEqual([]);
  });

  it('tell of a lost link as a warning in flight and a caution on the ground, until it is back', async () => {
    const { clock, path, seen, fly } = await watched();
    path.up = false;
    await clock.run(6_000);
    expect(seen()).toEqual([expect.stringMatching(/^CAUTION Alpha-3: Link lost on the ground/)]);
    path.up = true;
    await clock.run(2_000);
    expect(seen()).toEqual([]);
    await fly();
    path.up = false;
    await clock.run(6_000);
    expect(seen()).toEqual([expect.stringMatching(/^WARNING Alpha-3: Link lost in flight/)]);
  });

  it('tell of a low battery in flight alone, worse below 20 %, without swinging at the limits', async () => {
    const { seen, fly, batteryAt, alerts } = await watched();
    await batteryAt(25);
    expect(seen()).toEqual([]);
    await fly();
    await batteryAt(29);
    expect(seen()).toEqual([expect.stringMatching(/^CAUTION Alpha-3: Battery 29 %/)]);
    await batteryAt(31);
    expect(seen()).toEqual([expect.stringMatching(/^CAUTION Alpha-3: Battery 31 %/)]);
    alerts.acknowledge(alerts.list()[0]?.alertId ?? '', 'R. Diaz');
    await batteryAt(19);
    expect(seen()).toEqual([expect.stringMatching(/^WARNING Alpha-3: Battery 19 %/)]);
    expect(alerts.list()[0]?.acknowledgedBy).toBeNull();
    await batteryAt(21);
    expect(seen()).toEqual([expect.stringMatching(/^WARNING/)]);
    await batteryAt(90);
    expect(seen()).toEqual([]);
  });

  it('tell what the autopilot calls critical, each text by itself, and let it end', async () => {
    const { clock, copter, seen } = await watched();
    copter.say(2, 'Battery failsafe');
    copter.say(3, 'EKF variance');
    copter.say(6, 'Mission: 3 WP');
    await clock.run(600);
    expect(seen()).toEqual([
      'WARNING Alpha-3: The drone says: Battery failsafe',
      'CAUTION Alpha-3: The drone says: EKF variance',
    ]);
    await clock.run(125_000, 1_000);
    expect(seen()).toEqual([]);
  });

  it('tell a failing pre-arm check as a caution when it is repeated, not while the drone boots', async () => {
    const { clock, copter, seen } = await watched();
    copter.say(2, 'PreArm: Accels inconsistent');
    await clock.run(600);
    expect(seen()).toEqual([]);
    copter.say(2, 'PreArm: Accels inconsistent');
    await clock.run(600);
    expect(seen()).toEqual([
      expect.stringMatching(/^CAUTION Alpha-3: It does not pass .*Accels inconsistent/),
    ]);
  });

  it('tell of unhealthy sensors, a stopped or silent onboard AI in flight, and a jammed compartment', async () => {
    const { clock, copter, seen, fly } = await watched();
    await fly();
    copter.send(
      message(common.SysStatus, {
        onboardControlSensorsPresent: COMPASS_AND_GPS,
        onboardControlSensorsEnabled: COMPASS_AND_GPS,
        onboardControlSensorsHealth: 0x20,
        batteryRemaining: -1,
      }),
    );
    copter.sendAsCompanion(inference(4));
    copter.sendAsCompanion(jammed);
    await clock.run(600);
    expect(seen().sort()).toEqual([
      expect.stringMatching(/^CAUTION Alpha-3: Not healthy in flight: compass/),
      expect.stringMatching(/^WARNING Alpha-3: The AED compartment is jammed/),
      expect.stringMatching(/^WARNING Alpha-3: The onboard AI stopped/),
    ]);
    for (const [said, words] of [
      [inference(1), /CAUTION .*starts anew in flight/],
      [inference(2, 1), /CAUTION .*hardly any pictures/],
      [inference(3), /CAUTION .*slower or less certain/],
    ] as const) {
      copter.sendAsCompanion(said);
      await clock.run(600);
      expect(seen().join()).toMatch(words);
    }
    copter.sendAsCompanion(inference(2));
    await clock.run(600);
    expect(seen().join()).not.toMatch(/onboard AI/);
    await clock.run(4_000);
    expect(seen()).toEqual([expect.stringMatching(/^CAUTION Alpha-3: The onboard AI is silent/)]);
  });

  it('tell of a vehicle that nobody registered, and of an impostor', async () => {
    const { clock, copter, seen } = await watched(null);
    copter.sendAsCompanion(message(minimal.Heartbeat, { type: 2, autopilot: 3 }));
    await clock.run(600);
    expect(seen()).toEqual([
      expect.stringMatching(/^CAUTION System 7: Component 191 of system 7 claims to be an autopilot/),
      expect.stringMatching(/^ADVISORY System 7: .*nobody registered/),
    ]);
  });
});
