import type { Route } from '../../../preload/contract/dispatch.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { Store } from '../store/store.ts';
import { frameAround } from './local-frame.ts';
import { distance } from './plane.ts';
import { planRoute } from './route-planner.ts';
import { VERTICAL_MARGIN_M } from './zone-shape.ts';

/** The queries that a route is planned and proven with. */
export type RouteQueries = Pick<Store['read'], 'obstacles' | 'nearestZone' | 'zonesAtPoint'>;

export interface RouteRequest {
  from: Position;
  to: Position;
  cruiseAltitudeRelativeHomeM: number;
  /** Horizontal distance that is kept from every zone. Default 50 m. */
  marginM?: number;
  fromMs: number;
  /** The route must be clear from `fromMs` until then: the way there, the stay and the way back. */
  untilMs: number;
}

export type ClearRoute =
  /** Proven clear. `startInsideMarginOf`: a zone nearer to the start than the margin; the route only leaves it. */
  | { readonly route: Route; readonly startInsideMarginOf: string | null }
  | { readonly route: null; readonly sentence: string };

/** Kept from every zone, horizontally, by default: GPS, wind drift and the breadth of a turn. */
export const DEFAULT_MARGIN_M = 50;
const LONGEST_LEG_M = 60_000;
/** Obstacles are first looked for near the straight line, then farther out. */
const CORRIDORS_M = [1_500, 6_000, 20_000];
/** Asked for beyond the margin, so that rounding does not fail the proof. */
const EXTRA_MARGIN_M = 1;
/** PostGIS grows a zone by polygons whose corners stick out: an end that keeps its margin may lie in such a corner. */
const CORNER_SHARE = 0.15;
const NUMERIC_SLACK_M = 0.5;

/**
 * A route that PostGIS has measured to be clear of every zone in force, or the reason in words why there is none.
 * The planner's own geometry is never the proof.
 */
export async function planClearRoute(read: RouteQueries, request: RouteRequest): Promise<ClearRoute> {
  const { from, to, fromMs, untilMs } = request;
  const marginM = request.marginM ?? DEFAULT_MARGIN_M;
  if (lengthOf([from, to]) > LONGEST_LEG_M)
    return { route: null, sentence: 'The destination is more than 60 km away.' };
  const window = { fromMs, untilMs };
  const straight = [from, to];
  const [atStart, atEnd, proof] = await Promise.all([
    read.zonesAtPoint({ point: from, withinM: marginM, ...window }),
    read.zonesAtPoint({ point: to, withinM: marginM, ...window }),
    proofOf(read, straight, request),
  ]);
  const standsIn = atStart.find((zone) => zone.clearanceM <= 0);
  if (standsIn) return { route: null, sentence: `The drone stands inside the no-fly zone ${standsIn.name}.` };
  const [blocking] = [...atEnd].sort((a, b) => a.clearanceM - b.clearanceM);
  if (blocking)
    return { route: null, sentence: `The destination lies in or within ${marginM} m of ${blocking.name}.` };
  if (proof === null || proof.clearanceM >= marginM)
    return { route: routeOf(straight, request, proof), startInsideMarginOf: null };
  const [nearStart] = [...atStart].sort((a, b) => a.clearanceM - b.clearanceM);
  return planAround(read, request, marginM, nearStart ?? null);
}

interface StartZone {
  name: string;
  clearanceM: number;
}

async function planAround(
  read: RouteQueries,
  request: RouteRequest,
  marginM: number,
  nearStart: StartZone | null,
): Promise<ClearRoute> {
  const { from, to, fromMs, untilMs } = request;
  const cornersM = EXTRA_MARGIN_M + marginM * CORNER_SHARE;
  let sentence = 'No route keeps clear of the no-fly zones.';
  for (const corridorM of CORRIDORS_M) {
    const { rings } = await read.obstacles({
      line: [from, to],
      corridorM,
      marginM: marginM + EXTRA_MARGIN_M,
      altitudeAglM: lowestForbiddenCeiling(request),
      fromMs,
      untilMs,
    });
    const planned = planRoute({
      from,
      to,
      obstacles: rings,
      depthAllowedM: { from: nearStart === null ? cornersM : marginM + cornersM, to: cornersM },
    });
    if (planned.waypoints === null) {
      // More obstacles cannot open a way that these already close.
      return { route: null, sentence: planned.sentence };
    }
    const proof = await proofOf(read, planned.waypoints, request);
    if (proof === null || proof.clearanceM >= marginM)
      return { route: routeOf(planned.waypoints, request, proof), startInsideMarginOf: null };
    if (nearStart !== null && (await leavesMargin(read, planned.waypoints, request, marginM, nearStart)))
      return { route: routeOf(planned.waypoints, request, proof), startInsideMarginOf: nearStart.name };
    sentence = `The best route found comes within ${Math.floor(proof.clearanceM)} m of ${proof.name}; ${marginM} m are required.`;
  }
  return { route: null, sentence };
}

/** The first leg comes no nearer to any zone than the start is; all others keep the whole margin. */
async function leavesMargin(
  read: RouteQueries,
  waypoints: Position[],
  request: RouteRequest,
  marginM: number,
  nearStart: StartZone,
): Promise<boolean> {
  const [first, rest] = await Promise.all([
    proofOf(read, waypoints.slice(0, 2), request),
    proofOf(read, waypoints.slice(1), request),
  ]);
  const leaves = first === null || first.clearanceM >= nearStart.clearanceM - NUMERIC_SLACK_M;
  return leaves && waypoints.length > 2 && (rest === null || rest.clearanceM >= marginM);
}

function proofOf(
  read: RouteQueries,
  line: Position[],
  request: RouteRequest,
): ReturnType<RouteQueries['nearestZone']> {
  const { fromMs, untilMs } = request;
  return read.nearestZone({ line, altitudeAglM: lowestForbiddenCeiling(request), fromMs, untilMs });
}

/** Zones whose ceiling reaches up to here forbid the cruise: the height above keeps the vertical margin. */
function lowestForbiddenCeiling(request: RouteRequest): number {
  return Math.max(0, request.cruiseAltitudeRelativeHomeM - VERTICAL_MARGIN_M);
}

function routeOf(
  waypoints: Position[],
  request: RouteRequest,
  proof: { name: string; clearanceM: number } | null,
): Route {
  return {
    waypoints,
    lengthM: lengthOf(waypoints),
    cruiseAltitudeRelativeHomeM: request.cruiseAltitudeRelativeHomeM,
    clearanceM: proof?.clearanceM ?? null,
    nearestZoneName: proof?.name ?? null,
  };
}

function lengthOf(line: readonly Position[]): number {
  const frame = frameAround(line);
  const points = line.map((position) => frame.toPlane(position));
  return points.reduce((sum, point, index) => sum + distance(points[index - 1] ?? point, point), 0);
}
