import type { TrafficAircraft } from '../../../preload/contract/vehicle-tools.ts';
import type { UnitSystem } from '../../state/settings.ts';
import { age, altitude, distance, duration, inWords, NONE } from '../../ui/formatting.ts';

type Nearby = TrafficAircraft['nearby'][number];

const STALE_AFTER_MS = 3_000;

export function isStale({ ageMs }: TrafficAircraft): boolean {
  return ageMs > STALE_AFTER_MS;
}

export const SOURCE_WORDS: Record<TrafficAircraft['source'], string> = {
  ADS_B: 'ADS-B',
  REMOTE_ID: 'Remote ID',
};

const DATUM_WORDS: Record<TrafficAircraft['altitudeDatum'], string> = {
  AMSL: 'AMSL',
  PRESSURE: 'pressure',
  ELLIPSOID: 'above ellipsoid',
};

/** Unique while it is heard. */
export function aircraftKey({ source, aircraftId }: TrafficAircraft): string {
  return `${source} ${aircraftId}`;
}

export function aircraftName({ callsign, aircraftId }: TrafficAircraft): string {
  return callsign ?? aircraftId;
}

/** Nearest to any of our drones first; those that are near none last. */
export function byDistance(aircraft: readonly TrafficAircraft[]): TrafficAircraft[] {
  const away = ({ nearby: [nearest] }: TrafficAircraft): number =>
    nearest?.distanceM ?? Number.POSITIVE_INFINITY;
  return [...aircraft].sort((one, other) => away(one) - away(other) || 0);
}

export function heightWords({ heightAboveM }: Nearby, units: UnitSystem): string {
  if (heightAboveM === null) return 'heights not comparable';
  return `${inWords(altitude(Math.abs(heightAboveM), units))} ${heightAboveM < 0 ? 'below' : 'above'} it`;
}

/** How near they come if both go on as they do. */
export function approachWords({ closestM, closestInS }: Nearby, units: UnitSystem): string {
  if (closestM === null || closestInS === null) return 'how it moves is not known';
  if (closestInS < 1) return 'not coming nearer';
  return `nearest ${inWords(distance(closestM, units))}, in ${duration(closestInS)}`;
}

/** With its datum: what a barometer says is no height above the sea. */
export function altitudeWords({ altitudeM, altitudeDatum }: TrafficAircraft, units: UnitSystem): string {
  if (altitudeM === null) return NONE;
  return `${inWords(altitude(altitudeM, units))} ${DATUM_WORDS[altitudeDatum]}`;
}

/** Relative to a drone; null: the two are not measured alike, or one is not known. */
export function relativeWords(
  { altitudeM, altitudeDatum }: TrafficAircraft,
  ownAmslM: number | null,
  units: UnitSystem,
): string | null {
  if (altitudeM === null || altitudeDatum !== 'AMSL' || ownAmslM === null) return null;
  const differenceM = altitudeM - ownAmslM;
  return `${inWords(altitude(Math.abs(differenceM), units))} ${differenceM < 0 ? 'below' : 'above'}`;
}

/** What stands beside it on the map. */
export function trafficLabel(aircraft: TrafficAircraft, ownAmslM: number | null, units: UnitSystem): string {
  const height = relativeWords(aircraft, ownAmslM, units) ?? altitudeWords(aircraft, units);
  return `${aircraftName(aircraft)} · ${height} · ${age(aircraft.ageMs / 1_000)}`;
}
