import type { MotorEvidence } from '../../../main/station/health/check.ts';
import {
  AUTOPILOT_VERSION,
  BATTERY_STATUS,
  EKF_STATUS_REPORT,
  ESTIMATOR_STATUS,
  GPS_RAW_INT,
  ONBOARD_COMPUTER_STATUS,
  OPEN_DRONE_ID_ARM_STATUS,
  POWER_STATUS,
  RADIO_STATUS,
  RAW_IMU,
  SCALED_IMU2,
  SERVO_OUTPUT_RAW,
  SKYRESCUE_AED_STATUS,
  SKYRESCUE_INFERENCE_STATUS,
  SMART_BATTERY_INFO,
  STORAGE_INFORMATION,
  SYS_STATUS,
  SYSTEM_TIME,
  VIBRATION,
} from '../../../main/station/mavlink/generated/messages.ts';
import type { DoorStep, DoorTest } from '../../../preload/contract/health.ts';
import { NOW_MS, type Said, type Situation, said } from '../../support/health-facts.ts';
import { vehicleState } from '../../support/vehicle-state.ts';

/** What passes, what does not, and what says nothing of the matter though the drone is heard. */
export interface CheckCase {
  readonly passing: Situation;
  readonly failing: Situation;
  readonly missing: Situation;
}

const silent: Situation = {};
const on = (...messages: Said[]): Situation => ({ messages });

const gps = (fields: Parameters<typeof said<ReturnType<typeof GPS_RAW_INT.read>>>[1]): Said =>
  said(GPS_RAW_INT, { fixType: 3, satellitesVisible: 15, eph: 80, ...fields });
const battery = (fields: Parameters<typeof said<ReturnType<typeof BATTERY_STATUS.read>>>[1]): Said =>
  said(BATTERY_STATUS, {
    voltages: [4_100, 4_090, 4_110, 4_100, 4_100, 4_100, 0xffff, 0xffff, 0xffff, 0xffff],
    temperature: 2_400,
    batteryRemaining: 96,
    chargeState: 1,
    ...fields,
  });
const aed = (fields: Parameters<typeof said<ReturnType<typeof SKYRESCUE_AED_STATUS.read>>>[1]): Said =>
  said(SKYRESCUE_AED_STATUS, {
    aedPresent: 1,
    aedRemoved: 2,
    selfTest: 1,
    aedBattery: 96,
    compartment: 1,
    cabinetTemperature: 2_000,
    padExpiry: NOW_MS / 1_000 + 300 * 86_400,
    ...fields,
  });
const inference = (
  fields: Parameters<typeof said<ReturnType<typeof SKYRESCUE_INFERENCE_STATUS.read>>>[1],
): Said =>
  said(SKYRESCUE_INFERENCE_STATUS, {
    state: 2,
    framesPerSecond: 24,
    latencyP95: 60,
    modelVersion: 'scene-2.3.1',
    modelHash: [1, 2, 3, 4, 5, 6, 7, 8],
    ...fields,
  });
const computer = (
  fields: Parameters<typeof said<ReturnType<typeof ONBOARD_COMPUTER_STATUS.read>>>[1],
): Said =>
  said(ONBOARD_COMPUTER_STATUS, {
    cpuCores: [50, 40, 255, 255, 255, 255, 255, 255],
    gpuCores: [60, 255, 255, 255],
    temperatureBoard: 45,
    temperatureCore: [58, 127, 127, 127, 127, 127, 127, 127],
    storageTotal: [100_000, 0, 0, 0],
    storageUsage: [30_000, 0, 0, 0],
    ...fields,
  });
const recovery = (healthy: number): Said =>
  said(SYS_STATUS, {
    onboardControlSensorsPresentExtended: 1,
    onboardControlSensorsEnabledExtended: 1,
    onboardControlSensorsHealthExtended: healthy,
  });
const OUTPUTS = on(said(SERVO_OUTPUT_RAW, { servo9Raw: 1_100 }));
/** Opened and closed as it should; changes of the first and the second movement. */
export const testedDoor = (opened: Partial<DoorStep>, closed: Partial<DoorStep> = {}): DoorTest => {
  const done = { command: 'ACCEPTED', refusal: null, reachedAfterMs: 2_900 } as const;
  const name = 'output 9';
  const steps: DoorStep[] = [
    { ...done, towards: 'OPEN', sensor: 'OPEN', output: { name, fromUs: 1_100, toUs: 1_900 }, ...opened },
    { ...done, towards: 'CLOSED', sensor: 'CLOSED', output: { name, fromUs: 1_900, toUs: 1_100 }, ...closed },
  ];
  return { running: false, steps, brokenOff: null };
};
const UNKNOWN_COMPUTER = computer({
  cpuCores: Array(8).fill(255),
  gpuCores: Array(4).fill(255),
  temperatureBoard: 127,
  temperatureCore: Array(8).fill(127),
  storageTotal: Array(4).fill(0),
});
const vibrations = (fields: Parameters<typeof said<ReturnType<typeof VIBRATION.read>>>[1]): Situation =>
  on(said(VIBRATION, fields, 3_000), said(VIBRATION, fields));
const imus = (
  first: readonly [number, number, number],
  second: readonly [number, number, number],
): Situation =>
  on(
    said(RAW_IMU, { xmag: first[0], ymag: first[1], zmag: first[2] }),
    said(SCALED_IMU2, { xmag: second[0], ymag: second[1], zmag: second[2] }),
  );
const bits = (health: number): Said =>
  said(SYS_STATUS, {
    onboardControlSensorsPresent: 0xff_ff_ff_ff,
    onboardControlSensorsEnabled: 0xff_ff_ff_ff,
    onboardControlSensorsHealth: health,
  });

const turned = (motor: Partial<MotorEvidence> = {}): MotorEvidence => ({
  rpm: 1_100,
  currentA: 0.6,
  temperatureC: 31,
  output: null,
  ...motor,
});
const motors = (third: Partial<MotorEvidence>): Situation => ({
  motors: new Map([1, 2, 3, 4].map((motor) => [motor, turned(motor === 3 ? third : {})])),
});
const MUTE = { rpm: null, currentA: null, temperatureC: null };

function ekf(
  report: 'velocityVariance' | 'posHorizVariance' | 'posVertVariance' | 'compassVariance',
  ratio: 'velRatio' | 'posHorizRatio' | 'posVertRatio' | 'magRatio',
): CheckCase {
  return {
    passing: on(said(EKF_STATUS_REPORT, { [report]: 0.1 })),
    failing: on(said(ESTIMATOR_STATUS, { [ratio]: 0.9 })),
    missing: on(said(ESTIMATOR_STATUS, { [ratio]: Number.NaN }, 1_000)),
  };
}

const link = (lossPercent: number, lastHeardMsAgo: number, roundTripMs: number | null): Situation => ({
  vehicle: vehicleState(NOW_MS, {
    links: [{ linkId: 'udp', lossPercent, lastHeardMsAgo, packetsPerSecond: 40, roundTripMs }],
  }),
});

const loads = [0.5, 0.5, 4, 4].map((currentA, index) => ({ currentA, agoMs: 4_000 - 1_000 * index }));
const pack = (ohm: number): Situation =>
  on(
    ...loads.map(({ currentA, agoMs }) =>
      said(
        SYS_STATUS,
        { currentBattery: currentA * 100, voltageBattery: Math.round(25_000 - currentA * ohm * 1_000) },
        agoMs,
      ),
    ),
  );

const baseline = { firmware: 'ArduCopter 4.6.3', differences: 0, words: '', otherAutopilot: false };
const anomaly = { score: 0.2, limit: 1, words: 'Vibration is not as it was.' };
const version = (flightSwVersion: number): Said => said(AUTOPILOT_VERSION, { flightSwVersion });

/** By id. The bits of SYS_STATUS have cases of their own. */
export const CHECK_CASES: Readonly<Record<string, CheckCase>> = {
  'pre-arm': { passing: on(bits(0xff_ff_ff_ff)), failing: on(bits(0)), missing: silent },
  'gps-fix': { passing: on(gps({})), failing: on(gps({ fixType: 2 })), missing: silent },
  'gps-satellites': {
    passing: on(gps({})),
    failing: on(gps({ satellitesVisible: 4 })),
    missing: on(gps({ satellitesVisible: 255 })),
  },
  'gps-hdop': { passing: on(gps({})), failing: on(gps({ eph: 300 })), missing: on(gps({ eph: 0xffff })) },
  'ekf-velocity': ekf('velocityVariance', 'velRatio'),
  'ekf-position': ekf('posHorizVariance', 'posHorizRatio'),
  'ekf-altitude': ekf('posVertVariance', 'posVertRatio'),
  'ekf-compass': ekf('compassVariance', 'magRatio'),
  'compass-agreement': {
    passing: imus([200, 10, 470], [198, 14, 472]),
    failing: imus([200, 0, 470], [-100, 170, 470]),
    missing: imus([200, 0, 470], [0, 0, 0]),
  },
  'magnetic-field': {
    passing: imus([200, 10, 470], [198, 14, 472]),
    failing: imus([700, 0, 700], [200, 0, 470]),
    missing: imus([0, 0, 0], [0, 0, 0]),
  },
  'vibration-x': {
    passing: vibrations({ vibrationX: 5 }),
    failing: vibrations({ vibrationX: 70 }),
    missing: silent,
  },
  'vibration-y': {
    passing: vibrations({ vibrationY: 5 }),
    failing: vibrations({ vibrationY: 70 }),
    missing: silent,
  },
  'vibration-z': {
    passing: vibrations({ vibrationZ: 5 }),
    failing: vibrations({ vibrationZ: 70 }),
    missing: silent,
  },
  'accelerometer-clipping': {
    passing: vibrations({ clipping0: 7 }),
    failing: on(said(VIBRATION, { clipping0: 0 }, 3_000), said(VIBRATION, { clipping0: 200 })),
    missing: on(said(VIBRATION, { clipping0: 200 })),
  },
  time: {
    passing: on(said(SYSTEM_TIME, { timeUnixUsec: BigInt(NOW_MS - 500) * 1_000n })),
    failing: on(said(SYSTEM_TIME, { timeUnixUsec: BigInt(NOW_MS - 60_000) * 1_000n })),
    missing: on(said(SYSTEM_TIME, { timeBootMs: 5_000 })),
  },
  'battery-charge': {
    passing: on(battery({})),
    failing: on(battery({ batteryRemaining: 40 })),
    missing: on({ ...battery({}), agoMs: 10_000 }),
  },
  'battery-cell': {
    passing: on(battery({})),
    // A cell that is as good as dead is one all the same.
    failing: on(battery({ voltages: [4_100, 1_500, ...Array(8).fill(0xffff)] })),
    // The pack's total in the first cell's place.
    missing: on(battery({ voltages: [24_500, ...Array(9).fill(0xffff)] })),
  },
  'battery-cell-spread': {
    passing: on(battery({})),
    failing: on(battery({ voltages: [4_100, 3_800, ...Array(8).fill(0xffff)] })),
    missing: on(battery({ voltages: [24_500, ...Array(9).fill(0xffff)] })),
  },
  'battery-resistance': {
    passing: pack(0.02),
    failing: pack(0.2),
    missing: on(...(pack(0.02).messages ?? []).slice(0, 2)),
  },
  'battery-cycles': {
    passing: on(said(SMART_BATTERY_INFO, { cycleCount: 40 }, 50_000)),
    failing: on(said(SMART_BATTERY_INFO, { cycleCount: 400 })),
    missing: on(said(SMART_BATTERY_INFO, { cycleCount: 0xffff })),
  },
  'battery-temperature': {
    passing: on(battery({})),
    failing: on(battery({ temperature: 6_500 })),
    missing: on(battery({ temperature: 0x7fff })),
  },
  'battery-faults': {
    passing: on(battery({})),
    failing: on(battery({ faultBitmask: 4 })),
    missing: on(battery({ chargeState: 0 })),
  },
  'avionics-voltage': {
    passing: on(said(POWER_STATUS, { vcc: 5_050 })),
    failing: on(said(POWER_STATUS, { vcc: 4_100 })),
    missing: on(said(POWER_STATUS, { vservo: 5_000 })),
  },
  'motor-1': {
    passing: motors({}),
    failing: { motors: new Map([[1, turned({ rpm: 0 })]]) },
    missing: silent,
  },
  'motor-2': {
    passing: motors({}),
    failing: { motors: new Map([[2, turned({ temperatureC: 95 })]]) },
    missing: silent,
  },
  // The battery's current hardly rose, and the controllers say nothing: it may have turned.
  'motor-3': {
    passing: motors({}),
    failing: motors({ rpm: 20 }),
    missing: motors({ ...MUTE, currentA: 0.05 }),
  },
  'motor-4': {
    passing: motors({}),
    failing: { motors: new Map([[4, turned({ rpm: 0 })]]) },
    missing: { motors: new Map([[4, turned(MUTE)]]) },
  },
  'motor-rpm': {
    passing: motors({}),
    failing: motors({ rpm: 700 }),
    missing: { motors: new Map([[1, turned()]]) },
  },
  'motor-current': {
    passing: motors({}),
    failing: motors({ currentA: 1.2 }),
    missing: motors({ currentA: null }),
  },
  'recovery-system': {
    passing: on(recovery(1)),
    failing: on(recovery(0)),
    missing: on(said(SYS_STATUS, {})),
  },
  'motor-temperature': {
    passing: motors({}),
    failing: motors({ temperatureC: 60 }),
    missing: motors({ temperatureC: null }),
  },
  'aed-present': { passing: on(aed({})), failing: on(aed({ aedPresent: 2 })), missing: silent },
  'aed-self-test': {
    passing: on(aed({})),
    failing: on(aed({ selfTest: 2 })),
    missing: on(aed({ selfTest: 0 })),
  },
  'aed-battery': {
    passing: on(aed({})),
    failing: on(aed({ aedBattery: 10 })),
    missing: on(aed({ aedBattery: 255 })),
  },
  'aed-pads': {
    passing: on(aed({})),
    failing: on(aed({ padExpiry: NOW_MS / 1_000 - 86_400 })),
    missing: on(aed({ padExpiry: 0 })),
  },
  'aed-door': {
    passing: on(aed({})),
    failing: on(aed({ compartment: 4 })),
    missing: on(aed({ compartment: 0 })),
  },
  'door-release': {
    passing: { door: testedDoor({}) },
    failing: { door: testedDoor({ sensor: 'JAMMED', reachedAfterMs: null }) },
    missing: {
      door: testedDoor({ sensor: null, reachedAfterMs: null }, { sensor: null, reachedAfterMs: null }),
    },
  },
  'door-output': {
    passing: { ...OUTPUTS, door: testedDoor({}) },
    failing: { ...OUTPUTS, door: testedDoor({ output: null, reachedAfterMs: null }) },
    missing: { door: testedDoor({}) },
  },
  'aed-temperature': {
    passing: on(aed({})),
    failing: on(aed({ cabinetTemperature: 5_600 })),
    missing: on(aed({ cabinetTemperature: 0x7fff })),
  },
  'link-loss': { passing: link(0.5, 400, 40), failing: link(30, 400, 40), missing: link(0, 9_000, 40) },
  'link-round-trip': { passing: link(0, 400, 40), failing: link(0, 400, 1_500), missing: link(0, 400, null) },
  'radio-margin': {
    passing: on(said(RADIO_STATUS, { remrssi: 120, remnoise: 40 })),
    failing: on(said(RADIO_STATUS, { remrssi: 50, remnoise: 40 })),
    missing: on(said(RADIO_STATUS, { remrssi: 255, remnoise: 40 })),
  },
  'remote-id': {
    passing: on(said(OPEN_DRONE_ID_ARM_STATUS, { status: 0 })),
    failing: on(said(OPEN_DRONE_ID_ARM_STATUS, { status: 1, error: 'No operator' })),
    missing: silent,
  },
  'autopilot-load': {
    passing: on(said(SYS_STATUS, { load: 310 })),
    failing: on(said(SYS_STATUS, { load: 960 })),
    missing: silent,
  },
  'computer-load': {
    passing: on(computer({})),
    failing: on(computer({ cpuCores: [99, ...Array(7).fill(255)] })),
    missing: on(UNKNOWN_COMPUTER),
  },
  'computer-temperature': {
    passing: on(computer({})),
    failing: on(computer({ temperatureBoard: 95 })),
    missing: on(UNKNOWN_COMPUTER),
  },
  'computer-throttling': {
    passing: on(computer({})),
    failing: on(computer({ statusFlags: 4 })),
    missing: silent,
  },
  'computer-disk': {
    passing: on(computer({})),
    failing: on(computer({ storageUsage: [97_000, 0, 0, 0] })),
    missing: on(UNKNOWN_COMPUTER),
  },
  'log-storage': {
    passing: on(said(STORAGE_INFORMATION, { availableCapacity: 20_000 }, 50_000)),
    failing: on(said(STORAGE_INFORMATION, { availableCapacity: 20 })),
    missing: on(said(STORAGE_INFORMATION, { availableCapacity: Number.NaN })),
  },
  'inference-state': {
    passing: on(inference({})),
    failing: on(inference({ state: 4 })),
    missing: on(inference({ state: 0 })),
  },
  'inference-rate': {
    passing: on(inference({})),
    failing: on(inference({ framesPerSecond: 3 })),
    missing: silent,
  },
  'inference-latency': {
    passing: on(inference({})),
    failing: on(inference({ latencyP95: 400 })),
    missing: on(inference({ latencyP95: Number.NaN })),
  },
  'inference-model': {
    passing: { ...on(inference({})), model: 'ACTIVE' },
    failing: { ...on(inference({})), model: 'OTHER_HASH' },
    missing: on(inference({})),
  },
  firmware: {
    passing: { ...on(version(0x04_06_03_ff)), baseline },
    failing: { ...on(version(0x04_05_07_ff)), baseline },
    missing: { baseline },
  },
  parameters: {
    passing: { baseline },
    failing: { baseline: { ...baseline, differences: 2, words: 'RTL_ALT is 3000, approved 4000' } },
    missing: { baseline: { ...baseline, differences: null } },
  },
  anomaly: { passing: { anomaly }, failing: { anomaly: { ...anomaly, score: 1.4 } }, missing: silent },
};
