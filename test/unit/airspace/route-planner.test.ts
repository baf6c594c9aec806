import { expect, test } from 'vitest';
import { localFrame } from '../../../main/station/airspace/local-frame.ts';
import { planRoute } from '../../../main/station/airspace/route-planner.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { BASE } from '../../support/dispatch-records.ts';

const frame = localFrame(BASE);
const at = (eastM: number, northM: number): Position => frame.toPosition({ x: eastM, y: northM });
const box = (eastM: number, northM: number, halfM: number): Position[] => [
  at(eastM - halfM, northM - halfM),
  at(eastM + halfM, northM - halfM),
  at(eastM + halfM, northM + halfM),
  at(eastM - halfM, northM + halfM),
];

test('nothing in the way: straight, both ends exactly as given', () => {
  const problem = { from: at(0, 0), to: at(2_000, 0), obstacles: [box(1_000, 400, 200)] };
  expect(planRoute(problem)).toEqual({ waypoints: [problem.from, problem.to] });
  expect(planRoute({ ...problem, to: problem.from }).waypoints).toHaveLength(2);
});

test('an end inside a ring: refused, unless it may lie that deep', () => {
  const problem = { from: at(0, 0), to: at(2_000, 0), obstacles: [box(-70, 0, 100)] };
  expect(planRoute(problem)).toMatchObject({ waypoints: null, exhausted: false });
  const left = planRoute({ ...problem, depthAllowedM: { from: 40, to: 0 } });
  expect(left.waypoints).toHaveLength(3);
  expect(frame.toPlane(left.waypoints?.[1] ?? at(0, 0)).x).toBeCloseTo(30.75, 1);
  expect(planRoute({ ...problem, depthAllowedM: { from: 20, to: 0 } }).waypoints).toBeNull();
  const landing = { from: at(2_000, 0), to: at(0, 0), obstacles: [box(0, 0, 100)] };
  expect(planRoute(landing)).toMatchObject({
    sentence: 'No-fly zones with their margins surround the destination.',
  });
});

test('malformed rings do no harm: too few corners, all in one place, no area', () => {
  const obstacles = [[], [at(1_000, 0)], box(1_000, 0, 0), [at(900, 0), at(1_000, 0), at(1_100, 0)]];
  expect(planRoute({ from: at(0, 0), to: at(2_000, 0), obstacles }).waypoints).toHaveLength(2);
});

test('a maze too large is given up in words, soon', () => {
  const random = seededRandom(2);
  const obstacles = Array.from({ length: 6_000 }, () =>
    box(random.next() * 12_000, (random.next() - 0.5) * 12_000, 40 + random.next() * 40),
  );
  const startedMs = performance.now();
  const planned = planRoute({ from: at(-500, 0), to: at(12_500, 0), obstacles });
  const tookMs = performance.now() - startedMs;
  expect(planned).toMatchObject({ waypoints: null, exhausted: true });
  expect(tookMs, `${tookMs} ms`).toBeLessThan(2_000);
});
