import { expect, test } from 'vitest';
import { localFrame } from '../../../main/station/airspace/local-frame.ts';
import {
  cleanRing,
  distance,
  distanceToArea,
  type Point,
  type Ring,
  segmentsMeet,
  signedArea,
  vertexAt,
} from '../../../main/station/airspace/plane.ts';
import { convexHull, simplifyOutward } from '../../../main/station/airspace/simplify-outward.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';

/** A star-shaped ring with many notches: simple by its making. */
function star(seed: number): Point[] {
  const random = seededRandom(seed);
  const corners = 5 + Math.floor(random.next() * 60);
  return Array.from({ length: corners }, (_, index) => {
    const angle = ((index + random.next() * 0.7) / corners) * 2 * Math.PI;
    const radius = 100 + random.next() * 300;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}

function crossesItself(ring: Ring): boolean {
  return ring.some((_, first) =>
    ring.some(
      (__, second) =>
        second > first + 1 &&
        !(first === 0 && second === ring.length - 1) &&
        segmentsMeet(
          vertexAt(ring, first),
          vertexAt(ring, first + 1),
          vertexAt(ring, second),
          vertexAt(ring, second + 1),
        ),
    ),
  );
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'a simplified ring covers the old one, stays simple and within its tolerance (seed %i)',
  (seed) => {
    const ring = cleanRing(star(seed)) ?? [];
    for (const [maximumVertices, toleranceM] of [
      [3, 4],
      [12, 60],
      [4, 1_000],
    ] as const) {
      const simple = simplifyOutward(ring, { maximumVertices, toleranceM });
      expect(simple.length).toBeLessThanOrEqual(ring.length);
      expect(simple.length).toBeGreaterThanOrEqual(3);
      expect(crossesItself(simple)).toBe(false);
      expect(signedArea(simple)).toBeGreaterThanOrEqual(signedArea(ring) - 1e-6);
      for (let index = 0; index < ring.length; index++) {
        const [a, b] = [vertexAt(ring, index), vertexAt(ring, index + 1)];
        for (const share of [0, 0.25, 0.5, 0.75]) {
          const point = { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
          expect(distanceToArea([point], simple)).toBeLessThan(1e-6);
        }
      }
      for (const corner of simple)
        expect(distanceToArea([corner], ring)).toBeLessThanOrEqual(toleranceM + 1e-6);
    }
  },
);

test('a circle of 200 corners needs few once 4 m are allowed, and a hull has no notch', () => {
  const circle = Array.from({ length: 200 }, (_, index) => ({
    x: 150 * Math.cos((index / 200) * 2 * Math.PI),
    y: 150 * Math.sin((index / 200) * 2 * Math.PI),
  }));
  expect(simplifyOutward(circle, { maximumVertices: 3, toleranceM: 4 }).length).toBeLessThan(40);
  const hull = convexHull(star(3));
  for (const point of star(3)) expect(distanceToArea([point], hull)).toBeLessThan(1e-6);
});

test.each([
  { latitudeDeg: 42.36, longitudeDeg: -71.06 },
  { latitudeDeg: -18, longitudeDeg: 179.999 },
  { latitudeDeg: 70, longitudeDeg: 25 },
  { latitudeDeg: 0, longitudeDeg: 0 },
])('the local frame goes there and back to a millimetre, and knows the length of a degree (%j)', (origin) => {
  const frame = localFrame(origin);
  for (const point of [
    { x: 0, y: 0 },
    { x: 30_000, y: -20_000 },
    { x: -25_000, y: 28_000 },
  ])
    expect(distance(frame.toPlane(frame.toPosition(point)), point)).toBeLessThan(0.001);
  // Length of a degree of latitude on WGS 84: 111,132.954 − 559.822 cos 2φ + 1.175 cos 4φ metres.
  const latitude = (origin.latitudeDeg * Math.PI) / 180;
  const degreeM = 111_132.954 - 559.822 * Math.cos(2 * latitude) + 1.175 * Math.cos(4 * latitude);
  const north = frame.toPlane({ ...origin, latitudeDeg: origin.latitudeDeg + 0.1 });
  expect(north.y / (degreeM / 10)).toBeCloseTo(1, 4);
});
