import type { Position } from '../../../preload/contract/geo.ts';
import { frameAround, type LocalFrame } from './local-frame.ts';
import {
  type Box,
  boxesWithin,
  boxOf,
  cleanRing,
  distance,
  distanceToOutline,
  isInside,
  meetsOutline,
  nearestOnSegment,
  type Point,
  type Ring,
  vertexAt,
} from './plane.ts';
import { simplifyOutward } from './simplify-outward.ts';
import { shortestPath } from './visibility-path.ts';

export interface RouteProblem {
  from: Position;
  to: Position;
  /** Outer rings of what must not be entered, already grown by the margin. They may overlap. */
  obstacles: readonly (readonly Position[])[];
  /** How deep an end may lie inside a ring and still be left or reached by the shortest way. Default 0. */
  depthAllowedM?: { from: number; to: number };
}

export type PlannedRoute =
  | { readonly waypoints: Position[] }
  /** No route, with the reason in words. `exhausted`: the search was given up, one may exist. */
  | { readonly waypoints: null; readonly sentence: string; readonly exhausted: boolean };

/** Waypoints keep this far from the rings, so that rounding cannot put them inside. */
const PUSH_OUT_M = 0.5;
/** Rings are coarsened by up to this much first: fewer waypoints for the autopilot. Retried exactly when it fails. */
const COARSENING_M = 4;
/** Zones that may bear on one route; more is no longer a route but a maze. */
const MAXIMUM_ACTIVE_VERTICES = 2_500;

interface Obstacle {
  exact: Ring;
  box: Box;
}

/**
 * The shortest way from one place to another around obstacles, both ends included. Pure. Legs below 60 km.
 *
 * Only obstacles that the way so far runs into are taken into the visibility graph, until the way is clear of all:
 * a shortest way round some obstacles that happens to clear the rest is a shortest way round all.
 */
export function planRoute(problem: RouteProblem): PlannedRoute {
  const frame = frameAround([problem.from, problem.to]);
  const from = frame.toPlane(problem.from);
  const to = frame.toPlane(problem.to);
  const obstacles = problem.obstacles.flatMap((ring) => obstacleOf(ring, frame));
  const depth = problem.depthAllowedM ?? { from: 0, to: 0 };
  const start = wayOut(from, obstacles, depth.from);
  if (start === null) return noRoute('No-fly zones with their margins surround the drone.');
  const goal = wayOut(to, obstacles, depth.to);
  if (goal === null) return noRoute('No-fly zones with their margins surround the destination.');
  const coarse = pathAround(start, goal, obstacles, COARSENING_M);
  const path = Array.isArray(coarse) ? coarse : pathAround(start, goal, obstacles, 0);
  if (path === 'EXHAUSTED')
    return noRoute('The zones on the way are too many to find a route in time.', true);
  if (path === 'BLOCKED') return noRoute('No-fly zones close every way to the destination.');
  const inner = path.filter((point) => distance(point, from) > 0.01 && distance(point, to) > 0.01);
  return { waypoints: [problem.from, ...inner.map((point) => frame.toPosition(point)), problem.to] };
}

function noRoute(sentence: string, exhausted = false): PlannedRoute {
  return { waypoints: null, sentence, exhausted };
}

function obstacleOf(ring: readonly Position[], frame: LocalFrame): Obstacle[] {
  const exact = cleanRing(ring.map((position) => frame.toPlane(position)));
  return exact === null ? [] : [{ exact, box: boxOf(exact) }];
}

/** The end itself when it is free, else the nearest free point outside; null when that is deeper than allowed. */
function wayOut(end: Point, obstacles: readonly Obstacle[], depthAllowedM: number): Point | null {
  const around = obstacles.filter((obstacle) => !isFree(end, [obstacle]));
  if (around.length === 0) return end;
  const exits = around
    .flatMap(({ exact }) => exact.map((corner, index) => exitOver(end, corner, vertexAt(exact, index + 1))))
    .sort((a, b) => distance(end, a) - distance(end, b));
  const exit = exits.find((point) => isFree(point, obstacles));
  const slackM = 3 * PUSH_OUT_M;
  return exit !== undefined && distance(end, exit) <= depthAllowedM + slackM ? exit : null;
}

/** The nearest point of an edge (of a counter-clockwise ring), pushed out. */
function exitOver(end: Point, a: Point, b: Point): Point {
  const nearest = nearestOnSegment(end, a, b);
  const length = distance(a, b);
  const push = 1.5 * PUSH_OUT_M;
  return { x: nearest.x + ((b.y - a.y) / length) * push, y: nearest.y - ((b.x - a.x) / length) * push };
}

function isFree(point: Point, obstacles: readonly Obstacle[]): boolean {
  const box = boxOf([point]);
  return obstacles.every(
    (obstacle) =>
      !boxesWithin(obstacle.box, box, PUSH_OUT_M) ||
      (!isInside(point, obstacle.exact) && distanceToOutline(point, obstacle.exact) >= PUSH_OUT_M / 2),
  );
}

function pathAround(
  start: Point,
  goal: Point,
  obstacles: readonly Obstacle[],
  coarseningM: number,
): Point[] | 'BLOCKED' | 'EXHAUSTED' {
  const waiting = new Set(obstacles);
  const active: Ring[] = [];
  let activeVertices = 0;
  let path: Point[] = [start, goal];
  for (;;) {
    const hit = [...waiting].filter((obstacle) => runsInto(path, obstacle));
    if (hit.length === 0) return path;
    for (const obstacle of hit) {
      waiting.delete(obstacle);
      const ring = coarsened(obstacle, coarseningM, start, goal);
      active.push(ring);
      activeVertices += ring.length;
    }
    if (activeVertices > MAXIMUM_ACTIVE_VERTICES) return 'EXHAUSTED';
    const found = shortestPath(start, goal, active, PUSH_OUT_M);
    if (!Array.isArray(found)) return found;
    path = found;
  }
}

function runsInto(path: readonly Point[], obstacle: Obstacle): boolean {
  return path.some((point, index) => {
    const before = path[index - 1];
    return (
      before !== undefined &&
      boxesWithin(boxOf([before, point]), obstacle.box, 0) &&
      meetsOutline(before, point, obstacle.exact)
    );
  });
}

/** The ring with fewer vertices, unless that would swallow an end. */
function coarsened(obstacle: Obstacle, toleranceM: number, start: Point, goal: Point): Ring {
  if (toleranceM === 0) return obstacle.exact;
  const ring = simplifyOutward(obstacle.exact, { maximumVertices: 3, toleranceM });
  return isFree(start, [{ exact: ring, box: boxOf(ring) }]) &&
    isFree(goal, [{ exact: ring, box: boxOf(ring) }])
    ? ring
    : obstacle.exact;
}
