import type { Position } from '../../preload/contract/geo.ts';

/**
 * Universal Transverse Mercator on WGS 84, by Krüger's series to the third order in n (as in NGA.SIG.0012, section 2;
 * within a millimetre inside a zone). The map's metric grid is the UTM grid that paper maps of rescue services carry.
 */
const SEMI_MAJOR_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;
const SCALE = 0.9996;
const FALSE_EASTING_M = 500_000;
const RADIANS = Math.PI / 180;

const n = FLATTENING / (2 - FLATTENING);
const RECTIFYING_RADIUS_M = (SEMI_MAJOR_M / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
const ALPHA = [
  n / 2 - (2 / 3) * n ** 2 + (5 / 16) * n ** 3,
  (13 / 48) * n ** 2 - (3 / 5) * n ** 3,
  (61 / 240) * n ** 3,
];
const BETA = [
  n / 2 - (2 / 3) * n ** 2 + (37 / 96) * n ** 3,
  (1 / 48) * n ** 2 + (1 / 15) * n ** 3,
  (17 / 480) * n ** 3,
];
const DELTA = [
  2 * n - (2 / 3) * n ** 2 - 2 * n ** 3,
  (7 / 3) * n ** 2 - (8 / 5) * n ** 3,
  (56 / 15) * n ** 3,
];

export interface UtmPoint {
  eastingM: number;
  /** From the equator, negative in the south. */
  northingM: number;
}

/** 1–60; the exceptions of Norway and Svalbard do not matter for a grid. */
export const utmZone = (longitudeDeg: number): number =>
  Math.min(60, Math.max(1, Math.floor((longitudeDeg + 180) / 6) + 1));

const centralMeridianDeg = (zone: number): number => zone * 6 - 183;

/** Eastings and northings of `zone`, also for places a little outside it. */
export function toUtm(position: Position, zone: number): UtmPoint {
  const latitude = position.latitudeDeg * RADIANS;
  const longitude = (position.longitudeDeg - centralMeridianDeg(zone)) * RADIANS;
  const eccentricity = (2 * Math.sqrt(n)) / (1 + n);
  const sine = Math.sin(latitude);
  const conformal = Math.sinh(Math.atanh(sine) - eccentricity * Math.atanh(eccentricity * sine));
  const xi = Math.atan2(conformal, Math.cos(longitude));
  const eta = Math.atanh(Math.sin(longitude) / Math.hypot(1, conformal));
  let northing = xi;
  let easting = eta;
  for (const [index, alpha] of ALPHA.entries()) {
    const order = 2 * (index + 1);
    northing += alpha * Math.sin(order * xi) * Math.cosh(order * eta);
    easting += alpha * Math.cos(order * xi) * Math.sinh(order * eta);
  }
  return {
    eastingM: FALSE_EASTING_M + SCALE * RECTIFYING_RADIUS_M * easting,
    northingM: SCALE * RECTIFYING_RADIUS_M * northing,
  };
}

export function fromUtm(point: UtmPoint, zone: number): Position {
  const xi = point.northingM / (SCALE * RECTIFYING_RADIUS_M);
  const eta = (point.eastingM - FALSE_EASTING_M) / (SCALE * RECTIFYING_RADIUS_M);
  let xiPrime = xi;
  let etaPrime = eta;
  for (const [index, beta] of BETA.entries()) {
    const order = 2 * (index + 1);
    xiPrime -= beta * Math.sin(order * xi) * Math.cosh(order * eta);
    etaPrime -= beta * Math.cos(order * xi) * Math.sinh(order * eta);
  }
  const conformal = Math.asin(Math.sin(xiPrime) / Math.cosh(etaPrime));
  let latitude = conformal;
  for (const [index, delta] of DELTA.entries()) latitude += delta * Math.sin(2 * (index + 1) * conformal);
  return {
    latitudeDeg: latitude / RADIANS,
    longitudeDeg: centralMeridianDeg(zone) + Math.atan2(Math.sinh(etaPrime), Math.cos(xiPrime)) / RADIANS,
  };
}
