import {
  type Box,
  boxesWithin,
  boxOf,
  distance,
  isInside,
  meetsOutline,
  type Point,
  type Ring,
  turn,
  vertexAt,
} from './plane.ts';

/** Bounds of one search: beyond them it is given up rather than keep a launch waiting. */
const MAXIMUM_SIGHT_TESTS = 30_000;
const MAXIMUM_QUEUED = 400_000;
/** A spike's pushed-out corner stays within this many times the push. */
const LONGEST_MITRE = 4;

interface Node {
  point: Point;
  /** The corners before and after on its ring; none for the two ends. */
  neighbours: readonly [Point, Point] | null;
}

interface Queued {
  estimateM: number;
  travelledM: number;
  node: number;
  parent: number;
}

interface Wall {
  ring: Ring;
  box: Box;
}

/**
 * The shortest way between two points outside all rings (counter-clockwise, may overlap): A* over the visibility
 * graph of their convex corners, each pushed out by `pushOutM`. Sight is tested only when an edge is about to be
 * used, which leaves most of the graph unbuilt.
 */
export function shortestPath(
  start: Point,
  goal: Point,
  rings: readonly Ring[],
  pushOutM: number,
): Point[] | 'BLOCKED' | 'EXHAUSTED' {
  const walls = rings.map((ring) => ({ ring, box: boxOf(ring) }));
  const nodes: Node[] = [
    { point: start, neighbours: null },
    { point: goal, neighbours: null },
    ...rings.flatMap((ring) => cornersOf(ring, pushOutM)).filter(({ point }) => isOutside(point, walls)),
  ];
  const parents = new Map<number, number>();
  const queue = new Heap();
  queue.push({ estimateM: distance(start, goal), travelledM: 0, node: 0, parent: 0 });
  let sightTests = 0;
  for (let next = queue.pop(); next !== null; next = queue.pop()) {
    if (parents.has(next.node)) continue;
    const here = nodes[next.node];
    const before = nodes[next.parent];
    if (!here || !before) continue;
    if (next.node !== next.parent) {
      if (++sightTests > MAXIMUM_SIGHT_TESTS) return 'EXHAUSTED';
      if (!sees(before.point, here.point, walls)) continue;
    }
    parents.set(next.node, next.parent);
    if (next.node === 1) return wayBack(nodes, parents);
    const travelledM = next.travelledM;
    const parent = next.node;
    nodes.forEach((node, index) => {
      if (parents.has(index) || !isTangent(here.point, node) || !isTangent(node.point, here)) return;
      const reachedM = travelledM + distance(here.point, node.point);
      queue.push({
        estimateM: reachedM + distance(node.point, goal),
        travelledM: reachedM,
        node: index,
        parent,
      });
    });
    if (queue.size > MAXIMUM_QUEUED) return 'EXHAUSTED';
  }
  return 'BLOCKED';
}

function cornersOf(ring: Ring, pushOutM: number): Node[] {
  return ring.flatMap((corner, index) => {
    const before = vertexAt(ring, index - 1);
    const after = vertexAt(ring, index + 1);
    // A way never bends round an inward corner.
    if (turn(before, corner, after) <= 0) return [];
    const inward = { x: corner.x - before.x, y: corner.y - before.y };
    const onward = { x: after.x - corner.x, y: after.y - corner.y };
    const inwardM = Math.hypot(inward.x, inward.y);
    const onwardM = Math.hypot(onward.x, onward.y);
    // Sum of the two outward normals: along the bisector, away from the ring.
    const x = inward.y / inwardM + onward.y / onwardM;
    const y = -inward.x / inwardM - onward.x / onwardM;
    const squared = x * x + y * y;
    const mitre = squared < 1e-9 ? 0 : Math.min(2 / squared, LONGEST_MITRE / Math.sqrt(squared));
    return [
      {
        point: { x: corner.x + x * mitre * pushOutM, y: corner.y + y * mitre * pushOutM },
        neighbours: [before, after] as const,
      },
    ];
  });
}

/** A shortest way only grazes a corner: both its neighbours lie on one side. */
function isTangent(from: Point, node: Node): boolean {
  if (node.neighbours === null) return true;
  const before = turn(from, node.point, node.neighbours[0]);
  const after = turn(from, node.point, node.neighbours[1]);
  return before * after >= 0 || Math.min(Math.abs(before), Math.abs(after)) < distance(from, node.point);
}

function isOutside(point: Point, walls: readonly Wall[]): boolean {
  const box = boxOf([point]);
  return walls.every((wall) => !boxesWithin(wall.box, box, 0) || !isInside(point, wall.ring));
}

function sees(a: Point, b: Point, walls: readonly Wall[]): boolean {
  const box = boxOf([a, b]);
  return walls.every((wall) => !boxesWithin(wall.box, box, 0) || !meetsOutline(a, b, wall.ring));
}

function wayBack(nodes: readonly Node[], parents: ReadonlyMap<number, number>): Point[] {
  const path: Point[] = [];
  for (let index = 1; ; ) {
    const node = nodes[index];
    const parent = parents.get(index);
    if (!node || parent === undefined) return path.reverse();
    path.push(node.point);
    if (parent === index) return path.reverse();
    index = parent;
  }
}

/** A binary heap, least estimate first. */
class Heap {
  readonly #items: Queued[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: Queued): void {
    let index = this.#items.push(item) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const other = this.#items[above];
      if (!other || other.estimateM <= item.estimateM) break;
      this.#items[index] = other;
      index = above;
    }
    this.#items[index] = item;
  }

  pop(): Queued | null {
    const top = this.#items[0];
    const item = this.#items.pop();
    if (top === undefined || item === undefined) return null;
    if (this.#items.length === 0) return top;
    let index = 0;
    for (;;) {
      let below = index * 2 + 1;
      const right = this.#items[below + 1];
      const left = this.#items[below];
      if (left === undefined) break;
      let least = left;
      if (right !== undefined && right.estimateM < left.estimateM) {
        least = right;
        below++;
      }
      if (least.estimateM >= item.estimateM) break;
      this.#items[index] = least;
      index = below;
    }
    this.#items[index] = item;
    return top;
  }
}
