import type { Position } from '../../../preload/contract/geo.ts';
import type { Point } from './plane.ts';

/** WGS 84 defining parameters (NGA.STND.0036). */
const SEMI_MAJOR_AXIS_M = 6_378_137;
const FLATTENING = 1 / 298.257_223_563;
const ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING);
const RADIANS_PER_DEGREE = Math.PI / 180;

type Vector = readonly [number, number, number];

/** A flat map around one place, in metres east and north. */
export interface LocalFrame {
  toPlane(position: Position): Point;
  toPosition(point: Point): Position;
}

/**
 * Projects the WGS 84 ellipsoid from the Earth's centre onto the plane that touches it at `origin` (gnomonic): a
 * straight line on the plane is the shortest way on the ground, as PostGIS measures it, to well under a metre within
 * 60 km of the origin, and lengths there are right to 5 parts in 100,000. Works across the 180° meridian. Not defined
 * beyond a quarter of the globe.
 */
export function localFrame(origin: Position): LocalFrame {
  const latitude = origin.latitudeDeg * RADIANS_PER_DEGREE;
  const longitude = origin.longitudeDeg * RADIANS_PER_DEGREE;
  const centre = earthCentred(origin);
  const up: Vector = [
    Math.cos(latitude) * Math.cos(longitude),
    Math.cos(latitude) * Math.sin(longitude),
    Math.sin(latitude),
  ];
  const east: Vector = [-Math.sin(longitude), Math.cos(longitude), 0];
  const north: Vector = [
    -Math.sin(latitude) * Math.cos(longitude),
    -Math.sin(latitude) * Math.sin(longitude),
    Math.cos(latitude),
  ];
  const height = dot(centre, up);
  return {
    toPlane(position) {
      const ray = earthCentred(position);
      const scale = height / dot(ray, up);
      return {
        x: dot(ray, east) * scale - dot(centre, east),
        y: dot(ray, north) * scale - dot(centre, north),
      };
    },
    toPosition({ x, y }) {
      const onPlane = (axis: 0 | 1 | 2): number => centre[axis] + x * east[axis] + y * north[axis];
      const [px, py, pz] = [onPlane(0), onPlane(1), onPlane(2)];
      // On the ellipsoid, geodetic latitude follows from the geocentric direction alone.
      return {
        latitudeDeg: Math.atan2(pz, (1 - ECCENTRICITY_SQUARED) * Math.hypot(px, py)) / RADIANS_PER_DEGREE,
        longitudeDeg: Math.atan2(py, px) / RADIANS_PER_DEGREE,
      };
    },
  };
}

/** A frame in the middle of a line or ring. */
export function frameAround(positions: readonly Position[]): LocalFrame {
  let sum: Vector = [0, 0, 0];
  for (const position of positions) {
    const [x, y, z] = earthCentred(position);
    sum = [sum[0] + x, sum[1] + y, sum[2] + z];
  }
  return localFrame({
    latitudeDeg:
      Math.atan2(sum[2], (1 - ECCENTRICITY_SQUARED) * Math.hypot(sum[0], sum[1])) / RADIANS_PER_DEGREE,
    longitudeDeg: Math.atan2(sum[1], sum[0]) / RADIANS_PER_DEGREE,
  });
}

function earthCentred(position: Position): Vector {
  const latitude = position.latitudeDeg * RADIANS_PER_DEGREE;
  const longitude = position.longitudeDeg * RADIANS_PER_DEGREE;
  const radius = SEMI_MAJOR_AXIS_M / Math.sqrt(1 - ECCENTRICITY_SQUARED * Math.sin(latitude) ** 2);
  return [
    radius * Math.cos(latitude) * Math.cos(longitude),
    radius * Math.cos(latitude) * Math.sin(longitude),
    radius * (1 - ECCENTRICITY_SQUARED) * Math.sin(latitude),
  ];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
