import type { Position } from '../../../preload/contract/geo.ts';

/** Mean radius of the Earth (IUGG), metres. */
const EARTH_RADIUS_M = 6_371_008.8;
const RADIANS = Math.PI / 180;

/** Great-circle distance in metres (haversine on the mean sphere: within 0.6 % of the ellipsoid). */
export function distanceM(from: Position, to: Position): number {
  const latitudeStep = (to.latitudeDeg - from.latitudeDeg) * RADIANS;
  const longitudeStep = (to.longitudeDeg - from.longitudeDeg) * RADIANS;
  const chord =
    Math.sin(latitudeStep / 2) ** 2 +
    Math.cos(from.latitudeDeg * RADIANS) *
      Math.cos(to.latitudeDeg * RADIANS) *
      Math.sin(longitudeStep / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** What is left of `route` for somebody at `at`: from there to the nearest leg, then along it to the end. */
export function aheadOf(route: readonly Position[], at: Position): Position[] {
  let bestM = Number.POSITIVE_INFINITY;
  let ahead = [at, ...route.slice(-1)];
  for (let index = route.length - 1; index > 0; index--) {
    const start = route[index - 1];
    const end = route[index];
    if (start === undefined || end === undefined) continue;
    const nearest = nearestOnLeg(start, end, at);
    const offsetM = distanceM(at, nearest);
    if (offsetM >= bestM) continue;
    bestM = offsetM;
    ahead = [at, nearest, ...route.slice(index)];
  }
  return ahead;
}

/** The length of what `aheadOf` leaves, in metres. */
export function remainingAlongRouteM(route: readonly Position[], at: Position): number {
  let from = at;
  let totalM = 0;
  for (const position of aheadOf(route, at)) {
    totalM += distanceM(from, position);
    from = position;
  }
  return totalM;
}

/** Legs are a few kilometres at most, so a flat map around `at` is exact enough. */
function nearestOnLeg(start: Position, end: Position, at: Position): Position {
  const eastScale = Math.cos(at.latitudeDeg * RADIANS);
  const legEast = (end.longitudeDeg - start.longitudeDeg) * eastScale;
  const legNorth = end.latitudeDeg - start.latitudeDeg;
  const atEast = (at.longitudeDeg - start.longitudeDeg) * eastScale;
  const atNorth = at.latitudeDeg - start.latitudeDeg;
  const squared = legEast ** 2 + legNorth ** 2;
  const along = squared === 0 ? 0 : (atEast * legEast + atNorth * legNorth) / squared;
  const share = Math.min(1, Math.max(0, along));
  return {
    latitudeDeg: start.latitudeDeg + share * (end.latitudeDeg - start.latitudeDeg),
    longitudeDeg: start.longitudeDeg + share * (end.longitudeDeg - start.longitudeDeg),
  };
}
