import {
  cleanRing,
  distance,
  nearestOnSegment,
  type Point,
  type Ring,
  segmentsMeet,
  turn,
  vertexAt,
} from './plane.ts';

export interface SimplifyLimits {
  /** Stop when this many vertices are left. At least 3. */
  maximumVertices: number;
  /** How far the new outline may lie outside the old one. */
  toleranceM: number;
}

interface Corner {
  point: Point;
  /** How far this corner may already lie outside the ring that was given. */
  strayM: number;
}

/** One way to lose a vertex at the cost of some area gained outside. */
interface Step {
  addedArea: number;
  strayM: number;
  /** The corner in place of vertex i and i+1, or null when vertex i just goes. */
  apex: Point | null;
}

/**
 * Fewer vertices around at least the same area: a notch is filled, or an edge is replaced by the point where its
 * neighbours meet. Never cuts a corner off, so that what was forbidden stays forbidden. A step that would make the
 * outline cross itself is not taken. The result runs counter-clockwise.
 */
export function simplifyOutward(ring: Ring, limits: SimplifyLimits): Point[] {
  const corners: Corner[] = (cleanRing(ring) ?? [...ring]).map((point) => ({ point, strayM: 0 }));
  const steps: (Step | null)[] = corners.map((_, index) => stepAt(corners, index));
  while (corners.length > Math.max(3, limits.maximumVertices)) {
    const best = cheapest(steps, limits.toleranceM);
    if (best === null) break;
    const step = steps[best];
    if (!step || !staysSimple(corners, best, step)) {
      steps[best] = null;
      continue;
    }
    take(corners, steps, best, step);
  }
  return corners.map((corner) => corner.point);
}

/** The smallest convex ring around the points (Andrew's monotone chain), counter-clockwise. */
export function convexHull(points: Ring): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const chain = (ordered: Ring): Point[] => {
    const kept: Point[] = [];
    for (const point of ordered) {
      for (;;) {
        const last = kept.at(-1);
        const beforeLast = kept.at(-2);
        if (!last || !beforeLast || turn(beforeLast, last, point) > 0) break;
        kept.pop();
      }
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  return [...chain(sorted), ...chain(sorted.reverse())];
}

function cheapest(steps: readonly (Step | null)[], toleranceM: number): number | null {
  let best: number | null = null;
  let bestArea = Infinity;
  steps.forEach((step, index) => {
    if (step && step.strayM <= toleranceM && step.addedArea < bestArea) {
      best = index;
      bestArea = step.addedArea;
    }
  });
  return best;
}

function cornerAt(corners: readonly Corner[], index: number): Corner {
  const corner = corners[((index % corners.length) + corners.length) % corners.length];
  if (corner === undefined) throw new RangeError('An empty ring has no corners.');
  return corner;
}

function stepAt(corners: readonly Corner[], index: number): Step | null {
  const [before, here, next, after] = [-1, 0, 1, 2].map((offset) => cornerAt(corners, index + offset)) as [
    Corner,
    Corner,
    Corner,
    Corner,
  ];
  const bend = turn(before.point, here.point, next.point);
  if (bend <= 0) {
    const strayM = distance(here.point, nearestOnSegment(here.point, before.point, next.point));
    return {
      addedArea: -bend / 2,
      strayM: Math.max(before.strayM, next.strayM, here.strayM) + strayM,
      apex: null,
    };
  }
  if (turn(here.point, next.point, after.point) <= 0) return null;
  const apex = meetingPoint(before.point, here.point, after.point, next.point);
  if (apex === null) return null;
  return {
    addedArea: Math.abs(turn(here.point, apex, next.point)) / 2,
    strayM:
      Math.max(here.strayM, next.strayM) + distance(apex, nearestOnSegment(apex, here.point, next.point)),
    apex,
  };
}

/** Where the way from a through b meets the way from c through d, beyond b and d; null when they do not. */
function meetingPoint(a: Point, b: Point, c: Point, d: Point): Point | null {
  const denominator = (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x);
  if (Math.abs(denominator) < 1e-9) return null;
  const along = ((c.x - a.x) * (d.y - c.y) - (c.y - a.y) * (d.x - c.x)) / denominator;
  const alongOther = ((c.x - a.x) * (b.y - a.y) - (c.y - a.y) * (b.x - a.x)) / denominator;
  if (along < 1 || alongOther < 1) return null;
  return { x: a.x + along * (b.x - a.x), y: a.y + along * (b.y - a.y) };
}

function staysSimple(corners: readonly Corner[], index: number, step: Step): boolean {
  const points = corners.map((corner) => corner.point);
  const from = vertexAt(points, step.apex ? index : index - 1);
  const to = vertexAt(points, index + 1);
  const way: Point[] = step.apex ? [from, step.apex, to] : [from, to];
  // Every edge that stays and does not end at `from` or `to` must be clear of the new way.
  const last = (step.apex ? index - 2 : index - 3) + points.length;
  for (let edge = index + 2; edge <= last; edge++) {
    const a = vertexAt(points, edge);
    const b = vertexAt(points, edge + 1);
    for (let leg = 1; leg < way.length; leg++)
      if (segmentsMeet(vertexAt(way, leg - 1), vertexAt(way, leg), a, b)) return false;
  }
  return true;
}

function take(corners: Corner[], steps: (Step | null)[], index: number, step: Step): void {
  if (step.apex === null) {
    corners.splice(index, 1);
    steps.splice(index, 1);
    // The straight way across the notch now lies outside the old outline.
    cornerAt(corners, index - 1).strayM = step.strayM;
    cornerAt(corners, index).strayM = step.strayM;
  } else {
    corners[index] = { point: step.apex, strayM: step.strayM };
    const next = (index + 1) % corners.length;
    corners.splice(next, 1);
    steps.splice(next, 1);
  }
  for (let offset = -3; offset <= 2; offset++) {
    const near = (index + offset + corners.length * 2) % corners.length;
    steps[near] = stepAt(corners, near);
  }
}
