import { describe, expect, test } from 'vitest';
import { type LocalFrame, localFrame } from '../../../main/station/airspace/local-frame.ts';
import { planRoute } from '../../../main/station/airspace/route-planner.ts';
import { type Random, seededRandom } from '../../../main/station/ports/random.ts';
import type { Position } from '../../../preload/contract/geo.ts';

type Xy = [number, number];

const ORIGINS: Position[] = [
  { latitudeDeg: 42.36, longitudeDeg: -71.06 },
  { latitudeDeg: -18.1, longitudeDeg: 179.999 },
  { latitudeDeg: 68.4, longitudeDeg: 17.4 },
];

const outcomes = { found: 0, closed: 0 };

describe('planned routes against a grid search that shares none of its geometry', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))('open country, seed %i', (seed) => {
    const random = seededRandom(seed);
    const zones = Array.from({ length: 3 + Math.floor(random.next() * 12) }, () =>
      blob(random, 1_500, 120, 450),
    );
    check(seed, random, zones);
  });

  test.each(Array.from({ length: 40 }, (_, seed) => 1_000 + seed))('walled destination, seed %i', (seed) => {
    const random = seededRandom(seed);
    check(seed, random, wall(random));
  });

  test('the seeds above met both open and closed ways', () => {
    expect(outcomes.found).toBeGreaterThan(20);
    expect(outcomes.closed).toBeGreaterThan(10);
  });
});

function check(seed: number, random: Random, zones: Xy[][]): void {
  const frame = localFrame(ORIGINS[seed % ORIGINS.length] ?? { latitudeDeg: 0, longitudeDeg: 0 });
  const from = free(random, zones, () => [-1_900 + random.next() * 300, (random.next() - 0.5) * 3_000]);
  const to = free(random, zones, () => [(random.next() - 0.5) * 150, (random.next() - 0.5) * 150]);
  if (from === null || to === null) return;
  const planned = planRoute({
    from: place(frame, from),
    to: place(frame, to),
    obstacles: zones.map((zone) => zone.map((corner) => place(frame, corner))),
  });
  const depthM = clearances(zones);
  const looseM = gridLength(from, to, depthM, -20);
  const strictM = gridLength(from, to, depthM, 25);
  outcomes[planned.waypoints === null ? 'closed' : 'found']++;
  if (planned.waypoints === null) {
    expect(planned.exhausted, planned.sentence).toBe(false);
    expect(strictM, 'the grid found a way through, with 25 m to spare').toBeNull();
    return;
  }
  expect(looseM, 'the grid knows of no way').not.toBeNull();
  const line = planned.waypoints.map((waypoint): Xy => {
    const { x, y } = frame.toPlane(waypoint);
    return [x, y];
  });
  expect(Math.hypot((line[0]?.[0] ?? 0) - from[0], (line[0]?.[1] ?? 0) - from[1])).toBeLessThan(0.01);
  expect(samples(line, 2).some((point) => zones.some((zone) => contains(zone, point)))).toBe(false);
  // A grid way is never shorter than the shortest way; 40 m pay for corners coarsened by up to 4 m.
  if (strictM !== null) expect(lengthOf(line)).toBeLessThan(strictM + 40);
}

function place(frame: LocalFrame, [x, y]: Xy): Position {
  return frame.toPosition({ x, y });
}

/** A star-shaped polygon, often with notches. */
function blob(random: Random, spreadM: number, leastM: number, mostM: number): Xy[] {
  const centre: Xy = [(random.next() - 0.5) * 2 * spreadM, (random.next() - 0.5) * 2 * spreadM];
  const corners = 3 + Math.floor(random.next() * 9);
  return Array.from({ length: corners }, (_, index): Xy => {
    const angle = ((index + random.next() * 0.6) / corners) * 2 * Math.PI;
    const radius = leastM + random.next() * (mostM - leastM);
    return [centre[0] + radius * Math.cos(angle), centre[1] + radius * Math.sin(angle)];
  });
}

/** Blocks around the destination that overlap, mostly: some seeds leave a gap, some leave none. */
function wall(random: Random): Xy[][] {
  const blocks = 7 + Math.floor(random.next() * 6);
  const halfLengthM = (700 * Math.PI) / blocks + (random.next() - 0.35) * 60;
  return Array.from({ length: blocks }, (_, index) => {
    const angle = (index / blocks) * 2 * Math.PI + random.next() * 0.08;
    const radius = 700 + random.next() * 60;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const corner = (along: number, out: number): Xy => [
      (radius + out) * cos - along * sin,
      (radius + out) * sin + along * cos,
    ];
    return [
      corner(-halfLengthM, -90),
      corner(-halfLengthM, 90),
      corner(halfLengthM, 90),
      corner(halfLengthM, -90),
    ];
  });
}

function free(random: Random, zones: Xy[][], draw: () => Xy): Xy | null {
  for (let attempt = 0; attempt < 50; attempt++) {
    const point = draw();
    if (zones.every((zone) => !contains(zone, point) && outlineDistance(zone, point) > 20)) return point;
    random.next();
  }
  return null;
}

const CELL_M = 20;
const SIDE = 220;

function cellOf([x, y]: Xy): number {
  return Math.round(x / CELL_M + SIDE / 2) * SIDE + Math.round(y / CELL_M + SIDE / 2);
}

/** How far each cell lies outside the nearest zone; below 0: inside. */
function clearances(zones: Xy[][]): Float64Array {
  return Float64Array.from({ length: SIDE * SIDE }, (_, cell) => {
    const centre: Xy = [(Math.floor(cell / SIDE) - SIDE / 2) * CELL_M, ((cell % SIDE) - SIDE / 2) * CELL_M];
    return Math.min(
      ...zones.map((zone) => outlineDistance(zone, centre) * (contains(zone, centre) ? -1 : 1)),
    );
  });
}

/** Length of the shortest 8-connected way over cells that are at least `keepM` clear (Dijkstra by buckets). */
function gridLength(from: Xy, to: Xy, clearanceM: Float64Array, keepM: number): number | null {
  const best = new Float64Array(SIDE * SIDE).fill(Infinity);
  const buckets: number[][] = [[cellOf(from)]];
  best[cellOf(from)] = 0;
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    for (const cell of buckets[bucket] ?? []) {
      const soFar = best[cell] ?? Infinity;
      if (Math.floor(soFar / CELL_M) !== bucket) continue;
      if (cell === cellOf(to)) return soFar;
      for (let dx = -1; dx <= 1; dx++)
        for (let dy = -1; dy <= 1; dy++) {
          const next = cell + dx * SIDE + dy;
          if ((dx === 0 && dy === 0) || next < 0 || next >= SIDE * SIDE) continue;
          const length = soFar + CELL_M * Math.hypot(dx, dy);
          if (length >= (best[next] ?? 0) - 1e-9 || (clearanceM[next] ?? 0) < keepM) continue;
          best[next] = length;
          const slot = Math.floor(length / CELL_M);
          buckets[slot] ??= [];
          buckets[slot].push(next);
        }
    }
  }
  return null;
}

function contains(zone: Xy[], [x, y]: Xy): boolean {
  // Winding by angles: slow, and unlike the planner's ray casting.
  let angle = 0;
  zone.forEach(([ax, ay], index) => {
    const [bx, by] = zone[(index + 1) % zone.length] ?? [0, 0];
    let step = Math.atan2(by - y, bx - x) - Math.atan2(ay - y, ax - x);
    if (step > Math.PI) step -= 2 * Math.PI;
    if (step < -Math.PI) step += 2 * Math.PI;
    angle += step;
  });
  return Math.abs(angle) > Math.PI;
}

function outlineDistance(zone: Xy[], [x, y]: Xy): number {
  return Math.min(
    ...zone.map(([ax, ay], index) => {
      const [bx, by] = zone[(index + 1) % zone.length] ?? [0, 0];
      const share = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
      const t = Math.min(1, Math.max(0, share));
      return Math.hypot(ax + t * (bx - ax) - x, ay + t * (by - ay) - y);
    }),
  );
}

function samples(line: Xy[], everyM: number): Xy[] {
  return line.flatMap(([bx, by], index) => {
    const [ax, ay] = line[index - 1] ?? [bx, by];
    const steps = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / everyM));
    return Array.from(
      { length: steps },
      (_, step): Xy => [ax + ((bx - ax) * step) / steps, ay + ((by - ay) * step) / steps],
    );
  });
}

function lengthOf(line: Xy[]): number {
  return line.reduce((sum, [bx, by], index) => {
    const [ax, ay] = line[index - 1] ?? [bx, by];
    return sum + Math.hypot(bx - ax, by - ay);
  }, 0);
}
