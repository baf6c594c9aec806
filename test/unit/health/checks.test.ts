import { describe, expect, test } from 'vitest';
import { HEALTH_CHECKS } from '../../../main/station/health/all-checks.ts';
import { itemOf } from '../../../main/station/health/check.ts';
import { doorChecks } from '../../../main/station/health/door-checks.ts';
import { MAV_SYS_STATUS_SENSOR } from '../../../main/station/mavlink/generated/enums.ts';
import {
  AUTOPILOT_VERSION,
  SERVO_OUTPUT_RAW,
  SKYRESCUE_INFERENCE_STATUS,
  STORAGE_INFORMATION,
  SYS_STATUS,
} from '../../../main/station/mavlink/generated/messages.ts';
import type { DoorStep } from '../../../preload/contract/health.ts';
import { healthFacts, NOW_MS, type Situation, said } from '../../support/health-facts.ts';
import { CHECK_CASES, type CheckCase, testedDoor } from './check-cases.ts';

const ALL = 0xff_ff_ff_ff;
const sysStatus = (present: number, enabled: number, health: number): Situation => ({
  messages: [
    said(SYS_STATUS, {
      onboardControlSensorsPresent: present,
      onboardControlSensorsEnabled: enabled,
      onboardControlSensorsHealth: health,
    }),
  ],
});
const SENSOR_CASE: CheckCase = {
  passing: sysStatus(ALL, ALL, ALL),
  failing: sysStatus(ALL, ALL, 0),
  missing: sysStatus(0, 0, ALL),
};

function resultOf(checkId: string, situation: Situation, collecting = false) {
  const check = HEALTH_CHECKS.find(({ id }) => id === checkId);
  if (check === undefined) throw new Error(`There is no check ${checkId}.`);
  return itemOf(check, healthFacts(situation), collecting);
}

const caseOf = (id: string): CheckCase | undefined =>
  id.startsWith('sensor-') ? SENSOR_CASE : CHECK_CASES[id];

test('every check has a passing, a failing and a missing-data case, and every case a check', () => {
  const ids = HEALTH_CHECKS.map(({ id }) => id);
  expect(ids.filter((id) => caseOf(id) === undefined)).toEqual([]);
  expect(Object.keys(CHECK_CASES).filter((id) => !ids.includes(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each(HEALTH_CHECKS.map((check) => [check.id, check] as const))('%s', (id, check) => {
  const { passing = {}, failing = {}, missing = {} } = caseOf(id) ?? {};

  test('passes, with what was measured', () => {
    expect(resultOf(id, passing)).toMatchObject({
      result: 'PASS',
      measured: expect.stringMatching(/./),
      remedy: null,
    });
  });

  test('does not pass, says why and what to do', () => {
    const item = resultOf(id, failing);
    expect(['FAIL', 'CAUTION']).toContain(item.result);
    expect(item).toMatchObject({ sentence: expect.stringMatching(/\.$/), remedy: check.remedy });
  });

  test('is never a pass for missing data', () => {
    for (const situation of [missing, {}]) {
      expect(resultOf(id, situation)).toMatchObject({
        result: 'NOT_TESTABLE',
        measured: null,
        value: null,
        sentence: expect.stringMatching(/./),
      });
      expect(resultOf(id, situation, true).result).toBe('WAITING');
    }
  });
});

describe('the bits of SYS_STATUS', () => {
  const SENSORS = HEALTH_CHECKS.filter(({ id }) => id.startsWith('sensor-'));
  const failing = (health: number): string[] => {
    const facts = healthFacts(sysStatus(ALL, ALL, health >>> 0));
    return SENSORS.filter((check) => itemOf(check, facts, false).result === 'FAIL').map(({ id }) => id);
  };

  test('each makes one check fail, and no check is left out', () => {
    const found = Array.from({ length: 32 }, (_, bit) => failing(~(2 ** bit)));
    expect(found.filter((ids) => ids.length > 1)).toEqual([]);
    expect(found.flat().sort()).toEqual(SENSORS.map(({ id }) => id).sort());
    expect(failing(~MAV_SYS_STATUS_SENSOR.SENSOR_3D_MAG)).toEqual(['sensor-compass']);
    expect(failing(~MAV_SYS_STATUS_SENSOR.SENSOR_GPS)).toEqual(['sensor-gps']);
    expect(failing(~MAV_SYS_STATUS_SENSOR.SENSOR_ABSOLUTE_PRESSURE)).toEqual(['sensor-barometer']);
  });

  test('what is switched off is told; what works only armed, and the fence, are not expected on the bench', () => {
    expect(resultOf('sensor-compass', sysStatus(ALL, 0, ALL)).result).toBe('CAUTION');
    expect(resultOf('sensor-motor-outputs', sysStatus(ALL, 0, ALL)).result).toBe('NOT_TESTABLE');
    expect(resultOf('sensor-geofence', sysStatus(ALL, 0, ALL)).result).toBe('NOT_TESTABLE');
    expect(resultOf('sensor-motor-outputs', { ...sysStatus(ALL, 0, ALL), armed: true }).result).toBe(
      'CAUTION',
    );
  });
});

describe('pre-arm checks', () => {
  const text = (words: string, agoMs: number) => ({
    severity: 2,
    text: words,
    receivedAtMs: NOW_MS - agoMs,
    count: 1,
  });
  const { PREARM_CHECK } = MAV_SYS_STATUS_SENSOR;

  test('say the reasons of the autopilot, as long as they hold', () => {
    const statusTexts = [
      text('PreArm: Compasses inconsistent', 2_000),
      text('PreArm: Need 3D Fix', 90_000),
      text('EKF3 IMU0 is using GPS', 1_000),
    ];
    const failed = resultOf('pre-arm', {
      ...sysStatus(PREARM_CHECK, PREARM_CHECK, 0),
      vehicle: { statusTexts },
    });
    expect(failed).toMatchObject({ result: 'FAIL', sentence: 'Compasses inconsistent.' });
  });

  test('without the bit: an answer without complaints passes, silence does not', () => {
    const without = sysStatus(0, 0, 0);
    expect(resultOf('pre-arm', { ...without, preArm: 'ANSWERED' }).result).toBe('PASS');
    expect(resultOf('pre-arm', { ...without, preArm: 'UNKNOWN' }).result).toBe('NOT_TESTABLE');
    expect(resultOf('pre-arm', { ...without, preArm: 'REFUSED' }).result).toBe('NOT_TESTABLE');
    expect(resultOf('pre-arm', { ...SENSOR_CASE.passing, armed: true }).result).toBe('NOT_TESTABLE');
  });
});

test('a model whose file is not told is no pass', () => {
  const messages = [said(SKYRESCUE_INFERENCE_STATUS, { modelVersion: 'scene-2.3.1', state: 2 })];
  expect(resultOf('inference-model', { messages, model: 'ACTIVE' })).toMatchObject({
    result: 'CAUTION',
    sentence: expect.stringContaining('no hash to compare'),
  });
  expect(resultOf('inference-model', { messages, model: 'NOT_LISTED' }).result).toBe('CAUTION');
});

test('an approved baseline of another autopilot is told in words', () => {
  const baseline = { firmware: 'PX4 1.16.0', differences: null, words: '', otherAutopilot: true };
  const messages = [said(AUTOPILOT_VERSION, { flightSwVersion: 0x04_06_03_ff })];
  expect(resultOf('parameters', { messages, baseline })).toMatchObject({
    result: 'NOT_TESTABLE',
    sentence:
      'The approved baseline is of PX4 1.16.0, and this drone runs ArduCopter 4.6.3: their parameters cannot be compared.',
  });
});

test('what is said once stays; what comes all the time does not', () => {
  const minutes = 5 * 60_000;
  const messages = [
    said(STORAGE_INFORMATION, { availableCapacity: 20_000 }, minutes),
    said(SYS_STATUS, { load: 300 }, minutes),
  ];
  expect(resultOf('log-storage', { messages }).result).toBe('PASS');
  expect(resultOf('autopilot-load', { messages }).result).toBe('NOT_TESTABLE');
});

test.each([
  [
    'refused',
    { command: 'REFUSED', refusal: 'The drone refused to open its door.' },
    {},
    'FAIL',
    /refused to open/,
  ],
  [
    'that did not open',
    { reachedAfterMs: null, sensor: 'CLOSED' },
    {},
    'FAIL',
    /did not. It is closed again/,
  ],
  ['that stayed open', {}, { reachedAfterMs: null, sensor: 'OPEN' }, 'FAIL', /did not close again/],
  ['refused to be closed', {}, { command: 'REFUSED', refusal: 'No.', sensor: 'OPEN' }, 'FAIL', /not closed/],
  ['that is slow', { reachedAfterMs: 6_000 }, {}, 'CAUTION', /slow/],
  ['that is too slow', {}, { reachedAfterMs: 8_500 }, 'FAIL', /too slow/],
  [
    'that did not answer and has no sensor',
    { command: 'UNKNOWN', sensor: null, reachedAfterMs: null },
    { sensor: null, reachedAfterMs: null },
    'NOT_TESTABLE',
    /did not answer/,
  ],
] as const)('a door %s', (_, opened, closed, result, sentence) => {
  const [check] = doorChecks;
  if (check === undefined) throw new Error('There is no check of the door.');
  const item = itemOf(check, healthFacts({ door: testedDoor(opened, closed) }), false);
  expect(item).toMatchObject({ result, sentence: expect.stringMatching(sentence) });
});

test('a door that moves without a servo output of the autopilot is driven by something else; one that stays away fails', () => {
  const judge = (opened: Partial<DoorStep>, closed: Partial<DoorStep> = {}) => {
    const check = HEALTH_CHECKS.find(({ id }) => id === 'door-output');
    if (check === undefined) throw new Error('There is no such check.');
    const messages = [said(SERVO_OUTPUT_RAW, { servo9Raw: 1_100 })];
    return itemOf(check, healthFacts({ messages, door: testedDoor(opened, closed) }), false);
  };
  expect(judge({ output: null })).toMatchObject({ result: 'NOT_TESTABLE' });
  expect(judge({}, { output: null })).toMatchObject({
    result: 'FAIL',
    measured: 'output 9: 1100 → 1900 → 1900 µs',
  });
});
