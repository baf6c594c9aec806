import { expect, test } from 'vitest';
import {
  type DroneTrack,
  DroneTracks,
  nearbyDrones,
} from '../../../main/station/vehicle/closest-approach.ts';
import type { TrafficAircraft } from '../../../main/station/vehicle/tools/traffic-book.ts';
import { vehicleState } from '../../support/vehicle-state.ts';

/** One degree of latitude. */
const DEGREE_M = 111_195;

const plane: TrafficAircraft = {
  ...{ source: 'ADS_B', aircraftId: 'a1b2c3', callsign: null, heardBySystemId: 1, ageMs: 0 },
  ...{ latitudeDeg: 0, longitudeDeg: -0.02, altitudeM: 250, altitudeDatum: 'AMSL' },
  ...{ headingDeg: 90, groundSpeedMps: 50, climbRateMps: 0 },
};
const drone: DroneTrack = {
  ...{ systemId: 1, latitudeDeg: 0.002, longitudeDeg: 0, altitudeAmslM: 60, eastMps: 0, northMps: 0 },
};

test('an aircraft that passes north of a standing drone is nearest abeam of it', () => {
  const [near] = nearbyDrones(plane, [drone]);
  expect(near?.distanceM).toBeCloseTo(Math.hypot(0.02 * DEGREE_M, 0.002 * DEGREE_M), 0);
  expect(near?.closestM).toBeCloseTo(0.002 * DEGREE_M, 0);
  expect(near?.closestInS).toBeCloseTo((0.02 * DEGREE_M) / 50, 1);
  expect(near?.heightAboveM).toBe(190);
});

test('a drone that flies towards it halves the time, and one that it has passed is not approached', () => {
  const towards = { ...drone, latitudeDeg: 0, eastMps: -50 };
  expect(nearbyDrones(plane, [towards])[0]).toMatchObject({
    closestM: expect.closeTo(0, 3),
    closestInS: expect.closeTo((0.02 * DEGREE_M) / 100, 1),
  });
  const behind = { ...drone, longitudeDeg: -0.05 };
  const [passed] = nearbyDrones(plane, [behind]);
  expect(passed?.closestInS).toBe(0);
  expect(passed?.closestM).toBe(passed?.distanceM);
});

test('what is ten seconds old is taken on by ten seconds', () => {
  const old = { ...plane, ageMs: 10_000 };
  const fresh = { ...plane, longitudeDeg: -0.02 + 500 / DEGREE_M };
  expect(nearbyDrones(old, [drone])[0]?.distanceM).toBeCloseTo(
    nearbyDrones(fresh, [drone])[0]?.distanceM ?? 0,
    0,
  );
});

test('without speed or a comparable height nothing is claimed; across the antimeridian it is near', () => {
  const silent: TrafficAircraft = { ...plane, groundSpeedMps: null, altitudeDatum: 'PRESSURE' };
  expect(nearbyDrones(silent, [drone])[0]).toMatchObject({
    ...{ heightAboveM: null, closestM: null, closestInS: null },
  });
  const west = { ...plane, longitudeDeg: 179.999 };
  expect(nearbyDrones(west, [{ ...drone, longitudeDeg: -179.999 }])[0]?.distanceM).toBeLessThan(400);
  const four = [0.04, 0.01, 0.03, 0.02].map((longitudeDeg, systemId) => ({
    ...drone,
    longitudeDeg,
    systemId,
  }));
  expect(nearbyDrones(plane, four).map(({ systemId }) => systemId)).toEqual([1, 3, 2]);
});

test('how a drone moves comes from where it was a second ago; one out of contact is left out', () => {
  const tracks = new DroneTracks();
  const at = (nowMs: number, longitudeDeg: number, contact: 'LIVE' | 'LOST' = 'LIVE') =>
    tracks.update([vehicleState(nowMs, { contact, position: { latitudeDeg: 0, longitudeDeg } })]);
  expect(at(1_000, 0)).toMatchObject([{ eastMps: 0, northMps: 0 }]);
  expect(at(2_000, 10 / DEGREE_M)[0]?.eastMps).toBeCloseTo(10, 3);
  // Another page asks a moment later: the same second is measured from.
  expect(at(2_100, 11 / DEGREE_M)[0]?.eastMps).toBeCloseTo(10, 3);
  expect(at(3_000, 20 / DEGREE_M)[0]?.eastMps).toBeCloseTo(10, 3);
  expect(at(60_000, 30 / DEGREE_M)[0]?.eastMps).toBe(0);
  expect(at(61_000, 0, 'LOST')).toEqual([]);
});
