import { describe, expect, it } from 'vitest';
import type { MessageDefinition } from '../../../main/station/mavlink/frame.ts';
import type {
  BatteryStatus,
  OnboardComputerStatus,
  SysStatus,
} from '../../../main/station/mavlink/generated/messages.ts';
import {
  BATTERY_STATUS,
  GLOBAL_POSITION_INT,
  GPS_RAW_INT,
  MISSION_CURRENT,
  ONBOARD_COMPUTER_STATUS,
  SKYRESCUE_AED_STATUS,
  SKYRESCUE_INFERENCE_STATUS,
  SYS_STATUS,
  WIND_COV,
} from '../../../main/station/mavlink/generated/messages.ts';
import { habitsOf } from '../../../main/station/vehicle/autopilots/habits-of.ts';
import { BatteryReading } from '../../../main/station/vehicle/battery-reading.ts';
import {
  gpsOf,
  missionItemOf,
  positionOf,
  windCovOf,
} from '../../../main/station/vehicle/flight-readings.ts';
import { healthOf } from '../../../main/station/vehicle/health-reading.ts';
import { aedOf, computerTemperatureC, inferenceOf } from '../../../main/station/vehicle/onboard-readings.ts';
import { StatusTextLog } from '../../../main/station/vehicle/status-text-log.ts';

/** A message whose other fields are zero. */
function made<Fields>(definition: MessageDefinition<Fields>, fields: Partial<Fields>): Fields {
  return { ...definition.read({ payload: new DataView(new ArrayBuffer(256)) }), ...fields };
}
const battery = (fields: Partial<BatteryStatus>) =>
  made(BATTERY_STATUS, {
    temperature: 0x7fff,
    voltages: Array(10).fill(0xffff),
    batteryRemaining: -1,
    ...fields,
  });
const status = (fields: Partial<SysStatus>) => made(SYS_STATUS, fields);

describe('modes', () => {
  it.each([
    [3, 2, 3, 'Auto', 'MISSION'],
    [3, 2, 4, 'Guided', 'GUIDED'],
    [3, 2, 6, 'Return to launch', 'RETURN'],
    [3, 2, 9, 'Land', 'LAND'],
    [3, 13, 17, 'Brake', 'HOLD'],
    [3, 2, 99, 'Unknown mode', 'OTHER'],
    [3, 1, 3, 'Mode of another vehicle type', 'OTHER'],
    [12, 2, 0x0404_0000, 'Mission', 'MISSION'],
    [12, 2, 0x0504_0000, 'Return', 'RETURN'],
    [12, 2, 0x0003_0000, 'Position', 'MANUAL'],
    [12, 2, 0xff04_0000, 'Unknown mode', 'OTHER'],
    [4, 2, 0, 'Unknown mode', 'OTHER'],
  ])('autopilot %i, type %i, custom mode %i is %s', (autopilot, type, customMode, text, kind) => {
    expect(habitsOf(autopilot, type).modeOf(customMode)).toEqual({ text, kind });
  });

  it('asks for the modes that the heartbeat then shows', () => {
    for (const habits of [habitsOf(3, 2), habitsOf(12, 2)]) {
      const { modes } = habits;
      if (modes === null) throw new Error('Both are flown.');
      expect(habits.modeOf(modes.mission.customMode).kind).toBe('MISSION');
      expect(habits.modeOf(modes.returnHome.customMode).kind).toBe('RETURN');
      expect(habits.modeOf(modes.land.customMode).kind).toBe('LAND');
      expect(habits.modeOf(modes.hold[0]?.customMode ?? -1).kind).toBe('HOLD');
    }
  });
});

describe('flight readings', () => {
  it('has no position where the autopilot has none', () => {
    expect(positionOf(made(GLOBAL_POSITION_INT, { alt: 12_000 }), 5)).toBeNull();
  });

  it('has no fix without height, and no count where the receiver gives none', () => {
    expect(gpsOf(made(GPS_RAW_INT, { fixType: 2, satellitesVisible: 255, eph: 65_535 }), 5)).toEqual({
      quality: 'NO_FIX',
      fixText: '2D fix',
      satellites: null,
      hdop: null,
      receivedAtMs: 5,
    });
    expect(gpsOf(made(GPS_RAW_INT, { fixType: 6, satellitesVisible: 17, eph: 80 }), 5)).toMatchObject({
      quality: 'RTK',
      satellites: 17,
      hdop: 0.8,
    });
  });

  it('turns a wind vector into where the wind comes from', () => {
    expect(windCovOf(made(WIND_COV, { windX: 0, windY: 5 }), 5)).toMatchObject({ speedMps: 5, fromDeg: 270 });
  });

  it('knows no total of a mission where none is sent', () => {
    expect(missionItemOf(made(MISSION_CURRENT, { seq: 3 }), 5)?.total).toBeNull();
    expect(missionItemOf(made(MISSION_CURRENT, { seq: 3, total: 9 }), 5)?.total).toBe(9);
  });
});

describe('battery', () => {
  it('prefers BATTERY_STATUS, adds its cells, and leaves it when it stops', () => {
    const reading = new BatteryReading();
    reading.acceptSysStatus(
      status({ voltageBattery: 22_000, currentBattery: 1_500, batteryRemaining: 80 }),
      1_000,
    );
    reading.acceptBatteryStatus(
      battery({
        voltages: [3_700, 3_700, 3_700, ...Array(7).fill(0xffff)],
        batteryRemaining: 78,
        currentBattery: 1_200,
      }),
      1_100,
    );
    expect(reading.reading()).toEqual({
      remainingPercent: 78,
      voltageV: 11.1,
      currentA: 12,
      timeLeftS: null,
      temperatureC: null,
      receivedAtMs: 1_100,
    });
    reading.acceptSysStatus(status({ voltageBattery: 21_000, batteryRemaining: 70 }), 7_000);
    expect(reading.reading()).toMatchObject({ remainingPercent: 70, voltageV: 21 });
  });

  it('shows the weakest of several that fly the drone, and not the payload’s', () => {
    const reading = new BatteryReading();
    reading.acceptBatteryStatus(battery({ id: 0, batteryRemaining: 80 }), 1_000);
    reading.acceptBatteryStatus(battery({ id: 1, batteryRemaining: 41 }), 1_000);
    reading.acceptBatteryStatus(battery({ id: 2, batteryFunction: 4, batteryRemaining: 3 }), 1_000);
    expect(reading.reading()?.remainingPercent).toBe(41);
  });

  it('knows nothing where nothing is known', () => {
    const reading = new BatteryReading();
    expect(reading.reading()).toBeNull();
    reading.acceptSysStatus(
      status({ voltageBattery: 65_535, currentBattery: -1, batteryRemaining: -1 }),
      1_000,
    );
    expect(reading.reading()).toMatchObject({ remainingPercent: null, voltageV: null, currentA: null });
  });

  it('estimates the time left from the fall of the charge, and begins anew with another battery', () => {
    const reading = new BatteryReading();
    for (let second = 0; second <= 100; second++)
      reading.acceptBatteryStatus(
        battery({ batteryRemaining: 100 - Math.floor(second / 10) }),
        second * 1_000,
      );
    expect(reading.reading()).toMatchObject({ remainingPercent: 90, timeLeftS: 900 });
    reading.acceptBatteryStatus(battery({ batteryRemaining: 100 }), 101_000);
    expect(reading.reading()?.timeLeftS).toBeNull();
    reading.acceptBatteryStatus(battery({ batteryRemaining: 99, timeRemaining: 1_234 }), 102_000);
    expect(reading.reading()?.timeLeftS).toBe(1_234);
  });
});

describe('health', () => {
  it('names what is present and enabled and not healthy', () => {
    const bits = 0x1 | 0x4 | 0x20 | 0x10000 | 0x40000000;
    expect(
      healthOf(
        status({
          onboardControlSensorsPresent: bits,
          onboardControlSensorsEnabled: bits & ~0x10000,
          onboardControlSensorsHealth: 0x1,
        }),
        'ARDUPILOT',
        5,
      ),
    ).toEqual({
      unhealthy: ['compass', 'GPS', 'propulsion'],
      readyToArm: null,
      fenceEnforced: false,
      receivedAtMs: 5,
    });
  });

  it('tells pre-arm checks and fence where the autopilot tells them', () => {
    const bits = 0x10000000 | 0x100000;
    const present = { onboardControlSensorsPresent: bits, onboardControlSensorsEnabled: bits };
    expect(healthOf(status({ ...present, onboardControlSensorsHealth: bits }), 'ARDUPILOT', 5)).toMatchObject(
      {
        unhealthy: [],
        readyToArm: true,
        fenceEnforced: true,
      },
    );
    expect(healthOf(status(present), 'ARDUPILOT', 5)?.readyToArm).toBe(false);
    expect(healthOf(status({}), 'PX4', 5)?.fenceEnforced).toBeNull();
  });
});

describe('onboard readings', () => {
  it('shows what the onboard AI does not know as unknown', () => {
    const message = made(SKYRESCUE_INFERENCE_STATUS, {
      state: 3,
      modelVersion: 'v2',
      landingZoneConfidence: Number.NaN,
      acceleratorTemperature: 0x7fff,
      framesPerSecond: 12,
    });
    expect(inferenceOf(message, null, 5)).toMatchObject({
      state: 'DEGRADED',
      modelVersion: 'v2',
      framesPerSecond: 12,
      landingZoneConfidence: null,
      temperatureC: null,
    });
    expect(inferenceOf({ ...message, state: 77, landingZoneConfidence: 3 }, null, 5)).toMatchObject({
      state: 'UNKNOWN',
      landingZoneConfidence: 1,
    });
  });

  it('keeps the certainty about the landing zone of two minutes', () => {
    let reading: ReturnType<typeof inferenceOf> = null;
    for (let second = 0; second <= 300; second++) {
      const landingZoneConfidence = second % 2 === 0 ? second / 300 : Number.NaN;
      reading = inferenceOf(made(SKYRESCUE_INFERENCE_STATUS, { landingZoneConfidence }), reading, second);
    }
    expect(reading?.landingZoneConfidences).toHaveLength(120);
    expect(reading?.landingZoneConfidences.at(-1)).toBe(1);
    expect(reading?.landingZoneConfidences[0]).toBeCloseTo(62 / 300);
  });

  it('takes an AED that may be missing for one that is', () => {
    const message = made(SKYRESCUE_AED_STATUS, { compartment: 4, aedBattery: 255, padExpiry: 1_900_000_000 });
    expect(aedOf(message, 5)).toEqual({
      compartment: 'JAMMED',
      present: false,
      removed: false,
      selfTestPassed: null,
      batteryPercent: null,
      padExpiryMs: 1_900_000_000_000,
      temperatureC: 0,
      receivedAtMs: 5,
    });
  });

  it('shows the hottest part of the onboard computer', () => {
    const computer = (fields: Partial<OnboardComputerStatus>) => made(ONBOARD_COMPUTER_STATUS, fields);
    expect(computerTemperatureC(computer({ temperatureBoard: 48, temperatureCore: [71, 65, 127] }))).toBe(71);
    expect(computerTemperatureC(computer({ temperatureBoard: 127, temperatureCore: [127] }))).toBeNull();
  });
});

describe('status texts', () => {
  it('are bounded', () => {
    const log = new StatusTextLog();
    for (let index = 0; index < 1_000; index++) log.add(6, `Text ${index}`, index);
    expect(log.list(1_000)).toHaveLength(30);
    expect(log.list(1_000)[0]?.text).toBe('Text 999');
  });
});
