import type { Zone } from '../../../preload/contract/airspace.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { frameAround, type LocalFrame } from './local-frame.ts';
import { distanceToArea, type Point } from './plane.ts';
import { convexHull, simplifyOutward } from './simplify-outward.ts';
import { forbidsHeight } from './zone-shape.ts';

/** A flight as far as zones may conflict with it. */
export interface ActiveRoute {
  missionId: string;
  droneId: string;
  /** What is left to fly, the way home included. */
  line: readonly Position[];
  /** Where it may still land: a zone there forbids whatever its ceiling. */
  landings: readonly Position[];
  cruiseAltitudeRelativeHomeM: number;
  /** What the plan kept from every zone; null: no zone was near. */
  clearanceM: number | null;
}

export interface NearZone {
  zone: Zone;
  distanceM: number;
}

const METRES_PER_DEGREE = 110_574;
/** An edge 1,000 km long from east to west bulges this far towards its pole. */
const BULGE_DEG = 0.25;

/** Zones within `reachM` of a line, nearest first. Exact to well under a metre for lines below 60 km. */
function zonesNear(line: readonly Position[], zones: Iterable<Zone>, reachM: number): NearZone[] {
  const frame = frameAround(line);
  const way = line.map((position) => frame.toPlane(position));
  const near: NearZone[] = [];
  for (const zone of zones) {
    if (isFarAway(line, zone.corners, reachM)) continue;
    const distanceM = distanceToArea(way, ringOf(zone, frame));
    if (distanceM <= reachM) near.push({ zone, distanceM });
  }
  return near.sort((a, b) => a.distanceM - b.distanceM);
}

/** A landing hits its place to 9 m in 92 % of flights (Schierbeck et al., Eur Heart J 2022). */
const LANDING_MARGIN_M = 10;

/** Zones that a route comes closer to than it may. One beside its ends that the plan knew of is no conflict. */
export function conflictsOf(route: ActiveRoute, zones: Iterable<Zone>, marginM: number): NearZone[] {
  const toleranceM = 1;
  const [home] = route.line;
  if (home === undefined) return [];
  const conflicts = new Map<string, NearZone>();
  const note = (found: NearZone[]): void => {
    for (const near of found) if (!conflicts.has(near.zone.zoneId)) conflicts.set(near.zone.zoneId, near);
  };
  const candidates = zonesNear([...route.line, ...route.landings], zones, marginM - toleranceM).map(
    ({ zone }) => zone,
  );
  for (const landing of route.landings) note(zonesNear([landing], candidates, LANDING_MARGIN_M));
  const atCruise = candidates.filter((zone) =>
    forbidsHeight(zone.ceilingAglM, route.cruiseAltitudeRelativeHomeM),
  );
  note(zonesNear(route.line, atCruise, marginM - toleranceM));
  const ends = [home, ...route.line.slice(-1), ...route.landings];
  return [...conflicts.values()].filter(({ zone, distanceM }) => {
    if (distanceM <= LANDING_MARGIN_M || distanceM < (route.clearanceM ?? marginM) - toleranceM) return true;
    const atEndM = Math.min(
      ...ends.flatMap((end) => zonesNear([end], [zone], marginM)).map((end) => end.distanceM),
    );
    return distanceM < atEndM - toleranceM;
  });
}

export interface FenceLimits {
  reachM: number;
  maximumVertices: number;
  /** A ring with more vertices is simplified, as far as that keeps half its distance to the line. */
  verticesPerZone: number;
}

/** Rings for the autopilot's fence: each covers its whole zone, nearest zones first, until the vertices are used up. */
export function fenceRings(
  line: readonly Position[],
  zones: Iterable<Zone>,
  limits: FenceLimits,
): { rings: Position[][]; omitted: Zone[] } {
  const frame = frameAround(line);
  const rings: Position[][] = [];
  const omitted: Zone[] = [];
  let left = limits.maximumVertices;
  for (const { zone, distanceM } of zonesNear(line, zones, limits.reachM)) {
    const ring = ringOf(zone, frame);
    const maximumVertices = Math.min(limits.verticesPerZone, left);
    const bounds = { maximumVertices, toleranceM: distanceM / 2 };
    const kept = [
      ring.length <= maximumVertices ? [...ring] : simplifyOutward(ring, bounds),
      simplifyOutward(convexHull(ring), bounds),
    ].find(
      (shape) => shape.length <= left && distanceToArea(line.map(frame.toPlane), shape) >= distanceM / 2,
    );
    if (kept === undefined) {
      omitted.push(zone);
      continue;
    }
    rings.push(kept.map((point) => frame.toPosition(point)));
    left -= kept.length;
  }
  return { rings, omitted };
}

function ringOf(zone: Zone, frame: LocalFrame): Point[] {
  return zone.corners.map((corner) => frame.toPlane(corner));
}

/** A cheap answer in degrees first: most of thousands of zones are nowhere near. Errs towards "near". */
function isFarAway(line: readonly Position[], corners: readonly Position[], reachM: number): boolean {
  const latitudes = line.map((position) => position.latitudeDeg);
  const reachDeg = (reachM * 1.01) / METRES_PER_DEGREE + BULGE_DEG;
  const south = Math.min(...latitudes) - reachDeg;
  const north = Math.max(...latitudes) + reachDeg;
  if (corners.every((corner) => corner.latitudeDeg < south)) return true;
  if (corners.every((corner) => corner.latitudeDeg > north)) return true;
  const steepest = Math.max(Math.abs(south), Math.abs(north));
  const reachLongitudeDeg = reachDeg / Math.max(0.01, Math.cos((steepest * Math.PI) / 180));
  const [origin] = line;
  if (origin === undefined) return true;
  const east = (position: Position): number =>
    ((position.longitudeDeg - origin.longitudeDeg + 540) % 360) - 180;
  const lineEast = line.map(east);
  const west = Math.min(...lineEast) - reachLongitudeDeg;
  const farEast = Math.max(...lineEast) + reachLongitudeDeg;
  const cornersEast = corners.map(east);
  return Math.max(...cornersEast) < west || Math.min(...cornersEast) > farEast;
}
