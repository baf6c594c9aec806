/** Plane geometry in metres: x east, y north. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A closed ring without the repeated last vertex. */
export type Ring = readonly Point[];

export interface Box {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Twice the area of the triangle: positive when c lies to the left of the way from a to b. */
export function turn(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

/** The vertex at `index`, counted round the ring in either direction. The ring must not be empty. */
export function vertexAt(ring: Ring, index: number): Point {
  const vertex = ring[((index % ring.length) + ring.length) % ring.length];
  if (vertex === undefined) throw new RangeError('An empty ring has no vertices.');
  return vertex;
}

/** Square metres, positive when the ring runs counter-clockwise. */
export function signedArea(ring: Ring): number {
  let doubled = 0;
  for (let index = 0; index < ring.length; index++) {
    const a = vertexAt(ring, index);
    const b = vertexAt(ring, index + 1);
    doubled += a.x * b.y - b.x * a.y;
  }
  return doubled / 2;
}

export function boxOf(points: readonly Point[]): Box {
  let box: Box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const { x, y } of points)
    box = {
      minX: Math.min(box.minX, x),
      minY: Math.min(box.minY, y),
      maxX: Math.max(box.maxX, x),
      maxY: Math.max(box.maxY, y),
    };
  return box;
}

export function boxesWithin(a: Box, b: Box, reach: number): boolean {
  return (
    a.minX - reach <= b.maxX &&
    b.minX - reach <= a.maxX &&
    a.minY - reach <= b.maxY &&
    b.minY - reach <= a.maxY
  );
}

export function isInside(point: Point, ring: Ring): boolean {
  let inside = false;
  for (let index = 0; index < ring.length; index++) {
    const a = vertexAt(ring, index);
    const b = vertexAt(ring, index + 1);
    if (a.y > point.y !== b.y > point.y && point.x < a.x + ((point.y - a.y) / (b.y - a.y)) * (b.x - a.x))
      inside = !inside;
  }
  return inside;
}

export function nearestOnSegment(point: Point, a: Point, b: Point): Point {
  const lengthSquared = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  if (lengthSquared === 0) return a;
  const along = ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / lengthSquared;
  const share = Math.min(1, Math.max(0, along));
  return { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
}

/** Whether two segments share any point, touching included. */
export function segmentsMeet(a: Point, b: Point, c: Point, d: Point): boolean {
  const c1 = turn(a, b, c);
  const d1 = turn(a, b, d);
  const a1 = turn(c, d, a);
  const b1 = turn(c, d, b);
  if (((c1 > 0 && d1 < 0) || (c1 < 0 && d1 > 0)) && ((a1 > 0 && b1 < 0) || (a1 < 0 && b1 > 0))) return true;
  return (
    (c1 === 0 && withinSpan(a, b, c)) ||
    (d1 === 0 && withinSpan(a, b, d)) ||
    (a1 === 0 && withinSpan(c, d, a)) ||
    (b1 === 0 && withinSpan(c, d, b))
  );
}

function withinSpan(a: Point, b: Point, onLine: Point): boolean {
  return (
    Math.min(a.x, b.x) <= onLine.x &&
    onLine.x <= Math.max(a.x, b.x) &&
    Math.min(a.y, b.y) <= onLine.y &&
    onLine.y <= Math.max(a.y, b.y)
  );
}

/** Whether the segment touches the ring's outline. */
export function meetsOutline(a: Point, b: Point, ring: Ring): boolean {
  for (let index = 0; index < ring.length; index++)
    if (segmentsMeet(a, b, vertexAt(ring, index), vertexAt(ring, index + 1))) return true;
  return false;
}

/** Distance from a point to the ring's outline, inside or outside. */
export function distanceToOutline(point: Point, ring: Ring): number {
  let nearest = Infinity;
  for (let index = 0; index < ring.length; index++)
    nearest = Math.min(
      nearest,
      distance(point, nearestOnSegment(point, vertexAt(ring, index), vertexAt(ring, index + 1))),
    );
  return nearest;
}

/** Distance from a line (or one point) to the ring's area: 0 when they touch or the line runs inside. */
export function distanceToArea(line: readonly Point[], ring: Ring): number {
  const [first] = line;
  if (first === undefined) return Infinity;
  if (isInside(first, ring)) return 0;
  let nearest = line.length === 1 ? distanceToOutline(first, ring) : Infinity;
  for (let leg = 1; leg < line.length; leg++) {
    const a = line[leg - 1] ?? first;
    const b = line[leg] ?? first;
    if (meetsOutline(a, b, ring)) return 0;
    // Two segments that do not meet are nearest at an end of one of them.
    nearest = Math.min(nearest, distanceToOutline(a, ring), distanceToOutline(b, ring));
    for (const vertex of ring) nearest = Math.min(nearest, distance(vertex, nearestOnSegment(vertex, a, b)));
  }
  return nearest;
}

const LEAST_AREA_M2 = 0.01;

/** Counter-clockwise, without repeated vertices; null when fewer than three corners or no area remain. */
export function cleanRing(ring: Ring): Point[] | null {
  const corners = ring.filter((vertex, index) => distance(vertex, vertexAt(ring, index + 1)) > 0.01);
  if (corners.length < 3) return null;
  const area = signedArea(corners);
  if (Math.abs(area) < LEAST_AREA_M2) return null;
  return area > 0 ? corners : corners.reverse();
}
