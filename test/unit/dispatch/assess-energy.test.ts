import { describe, expect, test } from 'vitest';
import { flightNeed, groundSpeedMps } from '../../../main/station/dispatch/energy-model.ts';

const SOUTH = { latitudeDeg: 42.3, longitudeDeg: -71 };
/** 10.0 km north. */
const NORTH = { latitudeDeg: 42.39, longitudeDeg: -71 };

describe('ground speed by the wind triangle', () => {
  test.each([
    ['still air', 0, { speedMps: 0, fromDeg: 0 }, 18],
    ['head wind', 0, { speedMps: 8, fromDeg: 0 }, 10],
    ['tail wind gains nothing', 0, { speedMps: 8, fromDeg: 180 }, 18],
    ['cross wind', 0, { speedMps: 8, fromDeg: 90 }, Math.sqrt(18 ** 2 - 8 ** 2)],
    ['direction unknown counts as head wind', 123, { speedMps: 8, fromDeg: null }, 10],
  ])('%s', (_name, course, wind, expected) => {
    expect(groundSpeedMps(course, wind)).toBeCloseTo(expected, 6);
  });

  test('a wind that leaves no way forward', () => {
    expect(groundSpeedMps(0, { speedMps: 16, fromDeg: 0 })).toBeNull();
    expect(groundSpeedMps(0, { speedMps: 20, fromDeg: 90 })).toBeNull();
  });
});

test('time to scene is preparation, climb and cruise: the drone is over the scene, as the records count it', () => {
  const { timeToSceneS } = flightNeed([SOUTH, NORTH], 60, { speedMps: 0, fromDeg: 0 });
  // 8 s + 60 m / 2.5 m/s + 10,007.5 m / 18 m/s, and 18 m/s gained and lost at 2.5 m/s².
  expect(timeToSceneS).toBeCloseTo(8 + 24 + 10_007.5 / 18 + 18 / 2.5, 0);
});

test('a corner costs time, the more the sharper it is, and a way back on itself almost a stop', () => {
  const corner = (latitudeDeg: number, longitudeDeg: number): number => {
    const straight = flightNeed([SOUTH, NORTH], 60, { speedMps: 0, fromDeg: 0 }).timeToSceneS ?? Number.NaN;
    const beyond = flightNeed([SOUTH, NORTH, { latitudeDeg, longitudeDeg }], 60, { speedMps: 0, fromDeg: 0 });
    const leg = flightNeed([NORTH, { latitudeDeg, longitudeDeg }], 60, { speedMps: 0, fromDeg: 0 });
    // Preparation, climb and one gain and loss of speed are in both.
    return (beyond.timeToSceneS ?? Number.NaN) - straight - (leg.timeToSceneS ?? Number.NaN) + 8 + 24 + 7.2;
  };
  const { latitudeDeg, longitudeDeg } = NORTH;
  expect(corner(latitudeDeg + 0.01, longitudeDeg)).toBeCloseTo(0, 1);
  // At 90° an arc of 4.83 m is flown at 4.9 m/s: (18 − 4.9)² / (2.5 × 18) = 3.8 s.
  expect(corner(latitudeDeg, longitudeDeg + 0.01)).toBeCloseTo(3.8, 1);
  expect(corner(latitudeDeg - 0.01, longitudeDeg)).toBeGreaterThan(6.5);
});

test('a wind along the way costs on one of both ways; an unknown wind is planned for as 6 m/s against both', () => {
  const need = (wind: Parameters<typeof flightNeed>[2]): number =>
    flightNeed([SOUTH, NORTH], 60, wind).batteryNeededPercent ?? Number.NaN;
  const still = need({ speedMps: 0, fromDeg: 0 });
  expect(need({ speedMps: 6, fromDeg: 0 })).toBeGreaterThan(still);
  expect(need({ speedMps: 6, fromDeg: 180 })).toBeCloseTo(need({ speedMps: 6, fromDeg: 0 }), 0);
  expect(need(null)).toBeGreaterThan(need({ speedMps: 6, fromDeg: 0 }));
  expect(flightNeed([SOUTH, NORTH], 60, null).timeToSceneS).toBe(
    flightNeed([SOUTH, NORTH], 60, { speedMps: 0, fromDeg: 0 }).timeToSceneS,
  );
});

test('a wind that forbids one direction makes the round trip impossible, not free', () => {
  const need = flightNeed([SOUTH, NORTH], 60, { speedMps: 17, fromDeg: 180 });
  expect(need.timeToSceneS).not.toBeNull();
  expect(need.batteryNeededPercent).toBeNull();
});

test('more way never needs less battery, and the reserve is always there', () => {
  let last = 20;
  for (let share = 0; share <= 1; share += 0.1) {
    const to = { latitudeDeg: 42.3 + share * 0.09, longitudeDeg: -71 };
    const { batteryNeededPercent } = flightNeed([SOUTH, to], 60, { speedMps: 5, fromDeg: 45 });
    expect(batteryNeededPercent).toBeGreaterThanOrEqual(last);
    last = batteryNeededPercent ?? Number.NaN;
  }
});
