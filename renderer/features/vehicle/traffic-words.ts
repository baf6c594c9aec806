import type { InferContractRouterOutputs } from '@orpc/contract';
import type { contract } from '../../../preload/contract/index.ts';
import type { UnitSystem } from '../../state/settings.ts';
import { age, altitude, inWords, NONE } from '../../ui/formatting.ts';

type Feed = InferContractRouterOutputs<typeof contract>['vehicleTools']['traffic'];
export type Aircraft = (Feed extends AsyncIterable<infer Value> ? Value : never)['aircraft'][number];

const STALE_AFTER_MS = 3_000;

export function isStale({ ageMs }: Aircraft): boolean {
  return ageMs > STALE_AFTER_MS;
}

/** With its datum: what a barometer says is no height above the sea. */
export function altitudeWords({ altitudeM, altitudeDatum }: Aircraft, units: UnitSystem): string {
  if (altitudeM === null) return NONE;
  return `${inWords(altitude(altitudeM, units))} ${altitudeDatum === 'AMSL' ? 'AMSL' : 'pressure'}`;
}

/** Relative to a drone; null: the two are not measured alike, or one is not known. */
export function relativeWords(
  { altitudeM, altitudeDatum }: Aircraft,
  ownAmslM: number | null,
  units: UnitSystem,
): string | null {
  if (altitudeM === null || altitudeDatum === 'PRESSURE' || ownAmslM === null) return null;
  const differenceM = altitudeM - ownAmslM;
  return `${inWords(altitude(Math.abs(differenceM), units))} ${differenceM < 0 ? 'below' : 'above'}`;
}

/** What stands beside it on the map. */
export function trafficLabel(aircraft: Aircraft, ownAmslM: number | null, units: UnitSystem): string {
  const height = relativeWords(aircraft, ownAmslM, units) ?? altitudeWords(aircraft, units);
  const name = aircraft.callsign ?? aircraft.icaoAddress;
  return `${name} · ${height} · ${age(aircraft.ageMs / 1_000)}`;
}
