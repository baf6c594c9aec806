import type { Zone } from '../../../preload/contract/airspace.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { frameAround } from './local-frame.ts';
import { distance, segmentsMeet, signedArea, vertexAt } from './plane.ts';

const LEAST_AREA_M2 = 100;
const MOST_AREA_KM2 = 100_000;
/** Beyond this, meridians converge so fast that a polygon drawn on the map is not the one that was meant. */
const HIGHEST_LATITUDE_DEG = 85;
const SAME_PLACE_M = 0.1;

/**
 * The corners as they are kept: without a repeated last corner or doubled ones. Refuses, in words, what is no usable
 * area: self-crossing, too small, too large, across the 180° meridian, near a pole.
 */
export function checkedCorners(corners: readonly Position[]): Position[] {
  const longitudes = corners.map((corner) => corner.longitudeDeg);
  if (Math.max(...longitudes) - Math.min(...longitudes) > 180)
    refuse('The zone crosses the 180° meridian. Draw it as two zones, one on each side.');
  if (corners.some((corner) => Math.abs(corner.latitudeDeg) > HIGHEST_LATITUDE_DEG))
    refuse(`The zone reaches beyond ${HIGHEST_LATITUDE_DEG}° latitude. Keep every corner below that.`);
  const frame = frameAround(corners);
  const points = corners.map((corner) => frame.toPlane(corner));
  const kept = corners.filter(
    (_, index) => distance(vertexAt(points, index), vertexAt(points, index + 1)) > SAME_PLACE_M,
  );
  if (kept.length < 3) refuse('A zone needs at least three different corners.');
  const ring = kept.map((corner) => frame.toPlane(corner));
  const crossing = firstCrossing(ring);
  if (crossing !== null)
    refuse(`The zone's outline crosses itself near corner ${crossing + 1}. Move that corner.`);
  const areaM2 = Math.abs(signedArea(ring));
  if (areaM2 < LEAST_AREA_M2) refuse(`The zone is smaller than ${LEAST_AREA_M2} m². Check its corners.`);
  if (areaM2 > MOST_AREA_KM2 * 1e6)
    refuse(`The zone is larger than ${MOST_AREA_KM2.toLocaleString('en')} km². Check its corners.`);
  return kept;
}

function refuse(sentence: string): never {
  throw new Refusal('INVALID_INPUT', sentence);
}

function firstCrossing(ring: readonly { x: number; y: number }[]): number | null {
  for (let first = 0; first < ring.length; first++)
    for (let second = first + 2; second < ring.length; second++) {
      if (first === 0 && second === ring.length - 1) continue;
      const [a, b] = [vertexAt(ring, first), vertexAt(ring, first + 1)];
      if (segmentsMeet(a, b, vertexAt(ring, second), vertexAt(ring, second + 1))) return first;
    }
  return null;
}

/** Active and within its times: from its start, up to but not including its end. */
export function isInForce(zone: Pick<Zone, 'active' | 'startsAtMs' | 'endsAtMs'>, atMs: number): boolean {
  return (
    zone.active &&
    (zone.startsAtMs === null || zone.startsAtMs <= atMs) &&
    (zone.endsAtMs === null || atMs < zone.endsAtMs)
  );
}

/** Kept between a zone's ceiling and a drone above it: covers barometer and terrain error. */
export const VERTICAL_MARGIN_M = 15;

/**
 * Whether a zone forbids flight at this height. Home's ground stands for the ground below: the margin above covers
 * moderate terrain.
 */
export function forbidsHeight(ceilingAglM: number | null, altitudeRelativeHomeM: number): boolean {
  return ceilingAglM === null || ceilingAglM + VERTICAL_MARGIN_M >= altitudeRelativeHomeM;
}
