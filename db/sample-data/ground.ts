import type { Position } from '../../preload/contract/geo.ts';

/** A place in metres east and north of the middle of the city. */
export interface Place {
  eastM: number;
  northM: number;
}

const MIDDLE: Position = { latitudeDeg: 42.36, longitudeDeg: -71.06 };
const METRES_PER_DEGREE = 111_195;
const METRES_PER_DEGREE_EAST = METRES_PER_DEGREE * Math.cos((MIDDLE.latitudeDeg * Math.PI) / 180);

export function positionOf({ eastM, northM }: Place): Position {
  return {
    latitudeDeg: MIDDLE.latitudeDeg + northM / METRES_PER_DEGREE,
    longitudeDeg: MIDDLE.longitudeDeg + eastM / METRES_PER_DEGREE_EAST,
  };
}

export function placeOf({ latitudeDeg, longitudeDeg }: Position): Place {
  return {
    eastM: (longitudeDeg - MIDDLE.longitudeDeg) * METRES_PER_DEGREE_EAST,
    northM: (latitudeDeg - MIDDLE.latitudeDeg) * METRES_PER_DEGREE,
  };
}

export function distanceM(from: Place, to: Place): number {
  return Math.hypot(to.eastM - from.eastM, to.northM - from.northM);
}

export function along(from: Place, to: Place, share: number): Place {
  return {
    eastM: from.eastM + (to.eastM - from.eastM) * share,
    northM: from.northM + (to.northM - from.northM) * share,
  };
}

export function headingDeg(from: Place, to: Place): number {
  const degrees = (Math.atan2(to.eastM - from.eastM, to.northM - from.northM) * 180) / Math.PI;
  return (degrees + 360) % 360;
}

/** Distance of a place from the straight line between two others. */
export function distanceFromLineM(place: Place, from: Place, to: Place): number {
  const length = distanceM(from, to);
  if (length === 0) return distanceM(place, from);
  const share =
    ((place.eastM - from.eastM) * (to.eastM - from.eastM) +
      (place.northM - from.northM) * (to.northM - from.northM)) /
    length ** 2;
  return distanceM(place, along(from, to, Math.max(0, Math.min(1, share))));
}
