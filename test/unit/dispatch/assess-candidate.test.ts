import { describe, expect, test } from 'vitest';
import { assessCandidate } from '../../../main/station/dispatch/assess-candidate.ts';
import type { CandidateFacts } from '../../../main/station/dispatch/candidate-facts.ts';
import type { Check, WeatherInput } from '../../../preload/contract/dispatch.ts';
import { checkId } from '../../../preload/contract/dispatch.ts';
import {
  BASE,
  droneRecord,
  emergencyRecord,
  SALEM_STREET,
  straightRoute,
} from '../../support/dispatch-records.ts';
import { type VehicleChanges, vehicleState } from '../../support/vehicle-state.ts';

const NOW_MS = 1_760_000_000_000;
const NO_WEATHER: WeatherInput = {
  windSpeedMps: null,
  windFromDeg: null,
  condition: null,
  temperatureC: null,
  visibilityM: null,
};

function facts(changes: Partial<CandidateFacts> = {}): CandidateFacts {
  return {
    nowMs: NOW_MS,
    emergency: emergencyRecord(),
    weather: null,
    record: droneRecord(),
    vehicle: vehicleState(NOW_MS),
    activeMissionId: null,
    heldByStationId: null,
    checkedBy: null,
    modelMatch: null,
    doorIsLeft: false,
    unusualFlight: null,
    recordedDistanceM: 1_180,
    landingZones: [],
    route: { kind: 'CLEAR', route: straightRoute(BASE, SALEM_STREET), startInsideMarginOf: null },
    ...changes,
  };
}

const withVehicle = (changes: VehicleChanges): CandidateFacts =>
  facts({ vehicle: vehicleState(NOW_MS, changes) });

function checkIn(id: Check['id'], given: CandidateFacts): Check {
  const found = assessCandidate(given).checks.find((check) => check.id === id);
  if (found === undefined) throw new Error(`The check ${id} is missing.`);
  return found;
}

test('a healthy drone is a go: every check is present once, passes, and says so', () => {
  const candidate = assessCandidate(facts());
  expect(candidate.verdict).toBe('GO');
  expect(candidate.checks.map((check) => check.id).sort()).toEqual([...checkId.options].sort());
  for (const check of candidate.checks) {
    expect(check.result, check.sentence).toBe('PASS');
    expect(check.sentence).not.toBe('');
  }
  expect(candidate.riskScore).toBeLessThan(25);
  expect(candidate.batteryPercent).toBe(96);
});

test('contact, zones, route, position, occupation and registration can never be overridden', () => {
  const fixed = assessCandidate(facts()).checks.filter((check) => !check.overridable);
  expect(fixed.map((check) => check.id).sort()).toEqual(
    ['DATA_AGE', 'DESTINATION_ZONE', 'LINK', 'OCCUPIED', 'POSITION', 'REGISTERED', 'ROUTE'].sort(),
  );
});

const old = { receivedAtMs: NOW_MS - 3_100 };

const cases: [Check['id'], string, CandidateFacts, Check['result'], RegExp][] = [
  [
    'REGISTERED',
    'no system',
    facts({ record: droneRecord({ mavlinkSystemId: null }) }),
    'NO_GO',
    /system number/,
  ],
  ['STATUS', 'maintenance', facts({ record: droneRecord({ status: 'MAINTENANCE' }) }), 'NO_GO', /grounded/],
  ['STATUS', 'charging', facts({ record: droneRecord({ status: 'CHARGING' }) }), 'NO_GO', /charging/],
  ['LINK', 'never heard', facts({ vehicle: null }), 'NO_GO', /not been heard/],
  ['LINK', 'stale', withVehicle({ contact: 'STALE', lastHeardMsAgo: 3_500 }), 'NO_GO', /No live link/],
  [
    'LINK',
    'lossy',
    withVehicle({
      links: [{ linkId: 'a', lossPercent: 31, lastHeardMsAgo: 100, packetsPerSecond: 9, roundTripMs: null }],
    }),
    'CAUTION',
    /31 %/,
  ],
  ['DATA_AGE', 'F10: position of 3.1 s', withVehicle({ position: old }), 'NO_GO', /3\.1 s old/],
  ['DATA_AGE', 'no battery yet', withVehicle({ battery: null }), 'NO_GO', /No position and battery/],
  ['BATTERY', 'low', withVehicle({ battery: { remainingPercent: 49.9 } }), 'NO_GO', /below 50 %/],
  ['BATTERY', 'exactly 50 %', withVehicle({ battery: { remainingPercent: 50 } }), 'PASS', /enough/],
  ['BATTERY', 'not told', withVehicle({ battery: { remainingPercent: null } }), 'NO_GO', /not known/],
  ['BATTERY', 'F10: old', withVehicle({ battery: old }), 'NO_GO', /not known/],
  ['RANGE', 'not enough', withVehicle({ battery: { remainingPercent: 30 } }), 'NO_GO', /Not enough/],
  ['RANGE', 'unknown level', withVehicle({ battery: null }), 'NO_GO', /unknown/],
  ['RANGE', 'unknown place', withVehicle({ position: null }), 'NO_GO', /position/],
  ['RANGE', 'hopeless wind', withVehicle({ wind: { speedMps: 19 } }), 'NO_GO', /wind is too strong/],
  ['RANGE', 'no route', facts({ route: { kind: 'NONE', sentence: 'Closed.' } }), 'CAUTION', /straight line/],
  ['HEALTH', 'sensor', withVehicle({ health: { unhealthy: ['Compass', 'Gyro'] } }), 'NO_GO', /Compass, Gyro/],
  ['HEALTH', 'pre-arm not reported', withVehicle({ health: { readyToArm: null } }), 'CAUTION', /pre-arm/],
  ['HEALTH', 'not told', withVehicle({ health: null }), 'CAUTION', /not known/],
  ['HEALTH', 'F10: old', withVehicle({ health: old }), 'CAUTION', /not known/],
  ['POSITION', 'no fix', withVehicle({ gps: { quality: 'NO_FIX', fixText: 'No fix' } }), 'NO_GO', /fix/],
  ['POSITION', '2D fix', withVehicle({ gps: { fixText: '2D fix' } }), 'NO_GO', /three-dimensional/],
  ['POSITION', 'five satellites', withVehicle({ gps: { satellites: 5 } }), 'NO_GO', /too few/],
  ['POSITION', 'six satellites', withVehicle({ gps: { satellites: 6 } }), 'PASS', /good/],
  ['POSITION', 'satellites not told', withVehicle({ gps: { satellites: null } }), 'CAUTION', /not known/],
  ['POSITION', 'GPS not told', withVehicle({ gps: null }), 'NO_GO', /not known/],
  ['POSITION', 'no position', withVehicle({ position: null }), 'NO_GO', /position is not known/],
  [
    'DESTINATION_ZONE',
    'inside',
    facts({ landingZones: [{ name: 'Logan', clearanceM: 0 }] }),
    'NO_GO',
    /lies in the no-fly zone Logan/,
  ],
  [
    'DESTINATION_ZONE',
    'near',
    facts({ landingZones: [{ name: 'Logan', clearanceM: 12.7 }] }),
    'NO_GO',
    /only 12 m from Logan/,
  ],
  [
    'ROUTE',
    'none',
    facts({ route: { kind: 'NONE', sentence: 'Zones close every way.' } }),
    'NO_GO',
    /close every/,
  ],
  [
    'ROUTE',
    'not planned',
    facts({ route: { kind: 'NOT_PLANNED', sentence: 'Not asked.' } }),
    'NO_GO',
    /Not asked/,
  ],
  [
    'ROUTE',
    'start near a zone',
    facts({
      route: { kind: 'CLEAR', route: straightRoute(BASE, SALEM_STREET), startInsideMarginOf: 'Park School' },
    }),
    'CAUTION',
    /Park School/,
  ],
  ['WIND', 'three quarters', withVehicle({ wind: { speedMps: 9 } }), 'CAUTION', /close to the limit/],
  ['WIND', 'just below', withVehicle({ wind: { speedMps: 8.9 } }), 'PASS', /within/],
  ['WIND', 'above', withVehicle({ wind: { speedMps: 12.1 } }), 'NO_GO', /above the limit/],
  ['WIND', 'unknown', withVehicle({ wind: null }), 'CAUTION', /not known/],
  ['WIND', 'F10: old', withVehicle({ wind: { speedMps: 2, ...old } }), 'CAUTION', /not known/],
  [
    'WIND',
    'the stronger counts: entered',
    facts({ weather: { ...NO_WEATHER, windSpeedMps: 13, windFromDeg: 10 } }),
    'NO_GO',
    /above/,
  ],
  [
    'WIND',
    'the stronger counts: estimated',
    facts({
      weather: { ...NO_WEATHER, windSpeedMps: 3, windFromDeg: 10 },
      vehicle: vehicleState(NOW_MS, { wind: { speedMps: 12.5 } }),
    }),
    'NO_GO',
    /above/,
  ],
  ['WIND', 'fog', facts({ weather: { ...NO_WEATHER, condition: 'FOG' } }), 'CAUTION', /Fog/],
  ['WIND', 'poor sight', facts({ weather: { ...NO_WEATHER, visibilityM: 400 } }), 'CAUTION', /400 m/],
  ['AED', 'not told', withVehicle({ aed: null }), 'CAUTION', /does not tell/],
  ['AED', 'F10: old', withVehicle({ aed: old }), 'CAUTION', /does not tell/],
  ['AED', 'absent', withVehicle({ aed: { present: false } }), 'NO_GO', /no AED/],
  ['AED', 'removed', withVehicle({ aed: { removed: true } }), 'NO_GO', /no AED/],
  ['AED', 'self-test failed', withVehicle({ aed: { selfTestPassed: false } }), 'NO_GO', /self-test/],
  ['AED', 'self-test unknown', withVehicle({ aed: { selfTestPassed: null } }), 'CAUTION', /self-test/],
  ['AED', 'pads expired', withVehicle({ aed: { padExpiryMs: NOW_MS } }), 'NO_GO', /expired/],
  ['AED', 'pads unknown', withVehicle({ aed: { padExpiryMs: null } }), 'CAUTION', /expiry/],
  ['AED', 'battery flat', withVehicle({ aed: { batteryPercent: 19 } }), 'NO_GO', /19 %/],
  ['AED', 'battery unknown', withVehicle({ aed: { batteryPercent: null } }), 'CAUTION', /battery/],
  ['AED', 'door open', withVehicle({ aed: { compartment: 'OPEN' } }), 'NO_GO', /open/],
  ['AED', 'door jammed', withVehicle({ aed: { compartment: 'JAMMED' } }), 'NO_GO', /jammed/],
  ['AED', 'door unknown', withVehicle({ aed: { compartment: 'UNKNOWN' } }), 'CAUTION', /not known/],
  ['INFERENCE', 'stopped', withVehicle({ inference: { state: 'STOPPED' } }), 'CAUTION', /stopped/],
  ['INFERENCE', 'degraded', withVehicle({ inference: { state: 'DEGRADED' } }), 'CAUTION', /degraded/],
  ['INFERENCE', 'F10: old', withVehicle({ inference: old }), 'CAUTION', /does not tell/],
  ['OCCUPIED', 'on a mission', facts({ activeMissionId: 'm' }), 'NO_GO', /already flies/],
  ['STATUS', 'under check', facts({ checkedBy: 'Anna' }), 'NO_GO', /Anna has a health check of it under way/],
  ['INFERENCE', 'another file', facts({ modelMatch: 'OTHER_HASH' }), 'NO_GO', /another file/],
  ['INFERENCE', 'unlisted', facts({ modelMatch: 'NOT_LISTED' }), 'CAUTION', /not in the list/],
  [
    'HEALTH',
    'unusual last flight',
    facts({ unusualFlight: 'Vibration is not as it was.' }),
    'CAUTION',
    /In its last flight: Vibration.*not checked since/,
  ],
  [
    'AED',
    'door left, its sensor says closed',
    facts({ doorIsLeft: true }),
    'CAUTION',
    /door was broken off, and none has passed since\. Test it in a health check/,
  ],
  [
    'AED',
    'door left, without a sensor',
    facts({ doorIsLeft: true, vehicle: vehicleState(NOW_MS, { aed: null }) }),
    'NO_GO',
    /may stand open/,
  ],
  ['INFERENCE', 'not active', facts({ modelMatch: 'NOT_ACTIVE' }), 'CAUTION', /not the active/],
  ['OCCUPIED', 'flown elsewhere', facts({ heldByStationId: 'north' }), 'NO_GO', /station north flies it/],
  ['OCCUPIED', 'armed', withVehicle({ armed: true }), 'NO_GO', /armed/],
  ['OCCUPIED', 'in the air', withVehicle({ landedState: 'IN_AIR' }), 'NO_GO', /in the air/],
  ['OCCUPIED', 'unseen', facts({ vehicle: null }), 'CAUTION', /cannot be seen/],
  [
    'EMERGENCY',
    'ambulance',
    facts({ emergency: emergencyRecord({ ambulanceOnScene: true }) }),
    'NO_GO',
    /ambulance/,
  ],
  ['EMERGENCY', 'trauma', facts({ emergency: emergencyRecord({ trauma: true }) }), 'CAUTION', /Trauma/],
  [
    'EMERGENCY',
    'child of 7',
    facts({ emergency: emergencyRecord({ victimAgeYears: 7 }) }),
    'CAUTION',
    /child/,
  ],
  [
    'EMERGENCY',
    'child of 8',
    facts({ emergency: emergencyRecord({ victimAgeYears: 8 }) }),
    'PASS',
    /Nothing/,
  ],
  [
    'EMERGENCY',
    'age unknown',
    facts({ emergency: emergencyRecord({ victimAgeYears: null }) }),
    'CAUTION',
    /age/,
  ],
];

describe('each check, failing and missing', () => {
  test.each(cases)('%s, %s', (id, _name, given, result, words) => {
    const check = checkIn(id, given);
    expect(check.result, check.sentence).toBe(result);
    expect(check.sentence).toMatch(words);
    expect(assessCandidate(given).verdict === 'NO_GO').toBe(
      assessCandidate(given).checks.some((each) => each.result === 'NO_GO'),
    );
  });
});

test('missing data is never a pass: a drone that was never heard passes only what its record and the place tell', () => {
  const passed = assessCandidate(facts({ vehicle: null })).checks.filter((check) => check.result === 'PASS');
  expect(passed.map((check) => check.id).sort()).toEqual(
    ['DESTINATION_ZONE', 'EMERGENCY', 'REGISTERED', 'ROUTE', 'STATUS'].sort(),
  );
});

test('the autopilot refuses to arm: its newest reasons are said, outdated ones and other texts are not', () => {
  const text = (words: string, ageMs: number) => ({
    severity: 2,
    text: words,
    receivedAtMs: NOW_MS - ageMs,
    count: 1,
  });
  const { sentence } = checkIn(
    'HEALTH',
    withVehicle({
      health: { readyToArm: false },
      statusTexts: [
        text('PreArm: Accels inconsistent', 2_000),
        text('GPS 1: detected u-blox', 3_000),
        text('Arm: Need Position Estimate', 9_000),
        text('PreArm: Battery 1 low', 90_000),
      ],
    }),
  );
  expect(sentence).toBe('The autopilot refuses to arm: Accels inconsistent; Need Position Estimate.');
});

test('figures carry measured value, limit and datum', () => {
  expect(checkIn('RANGE', facts()).figure).toMatch(/^96 %, needs \d+ %$/);
  expect(checkIn('ROUTE', facts()).figure).toBe('84 m from Logan');
  expect(checkIn('WIND', facts()).figure).toBe('4.0 of 12 m/s, estimated by the drone');
  expect(checkIn('WIND', facts()).sentence).toContain('60 m above home');
  expect(checkIn('DATA_AGE', facts()).figure).toBe('0.4 s old');
});

test('the risk score grows with each concern and stays within 0 and 100', () => {
  const calm = assessCandidate(facts()).riskScore;
  const windy = assessCandidate(withVehicle({ wind: { speedMps: 10 } })).riskScore;
  const low = assessCandidate(withVehicle({ battery: { remainingPercent: 45 } })).riskScore;
  const lost = assessCandidate(facts({ vehicle: null })).riskScore;
  expect(calm).toBeGreaterThanOrEqual(0);
  expect(windy).toBeGreaterThan(calm);
  expect(low).toBeGreaterThan(windy);
  expect(lost).toBe(100);
});
