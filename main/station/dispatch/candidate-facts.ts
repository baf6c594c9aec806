import type { Route, WeatherInput } from '../../../preload/contract/dispatch.ts';
import type { Emergency } from '../../../preload/contract/emergencies.ts';
import type { DroneRecord } from '../../../preload/contract/fleet.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { ModelMatch } from '../../../preload/contract/models.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Wind } from './energy-model.ts';
import { FRESH_MS } from './mission-state.ts';

export type RouteAnswer =
  | { kind: 'CLEAR'; route: Route; startInsideMarginOf: string | null }
  | { kind: 'NONE'; sentence: string }
  /** Nobody asked: another drone is nearer, or this one cannot fly anyhow. */
  | { kind: 'NOT_PLANNED'; sentence: string };

/** Everything that one candidate is judged by. */
export interface CandidateFacts {
  nowMs: number;
  emergency: Emergency;
  weather: WeatherInput | null;
  record: DroneRecord;
  /** Null: never heard. */
  vehicle: VehicleState | null;
  /** Why the drone is taken: the mission it flies; null: it flies none. */
  activeMissionId: string | null;
  /** The other station that flies or holds it (S14); null: none, as far as known. */
  heldByStationId: string | null;
  /** The technician who has a health check of it under way; null: nobody. */
  checkedBy: string | null;
  /** Whether the model that it says it runs is the fleet's; null: not known. */
  modelMatch: ModelMatch | null;
  /** A test of its AED door did not come to its end, and none has passed since. */
  doorIsLeft: boolean;
  /** What the detector found unusual in its last flight, unless it was checked since; null: nothing known. */
  unusualFlight: string | null;
  /** PostGIS, from the last recorded position. */
  recordedDistanceM: number;
  landingZones: readonly { name: string; clearanceM: number }[];
  route: RouteAnswer;
}

/** A part of the vehicle's state that is not older than 3 s; null when it is, or never came. */
export function fresh<Part extends { receivedAtMs: number }>(part: Part | null, nowMs: number): Part | null {
  return part !== null && Math.abs(nowMs - part.receivedAtMs) <= FRESH_MS ? part : null;
}

export function positionOf(vehicle: VehicleState | null, nowMs: number): Position | null {
  const part = vehicle && fresh(vehicle.position, nowMs);
  return part && { latitudeDeg: part.latitudeDeg, longitudeDeg: part.longitudeDeg };
}

/** Age of the oldest part that a launch rests on; null when position or battery never came. */
export function dataAgeMs(vehicle: VehicleState | null, nowMs: number): number | null {
  if (vehicle === null || vehicle.position === null || vehicle.battery === null) return null;
  const parts = [vehicle.position, vehicle.battery, vehicle.gps, vehicle.health];
  const ages = parts.flatMap((part) => (part === null ? [] : [Math.abs(nowMs - part.receivedAtMs)]));
  return Math.max(vehicle.lastHeardMsAgo, ...ages);
}

export type SourcedWind = Wind & { source: string };

/** The stronger of the drone's own estimate and what a person entered; null when neither is known. */
export function windFor(facts: Pick<CandidateFacts, 'vehicle' | 'weather' | 'nowMs'>): SourcedWind | null {
  const estimate = facts.vehicle && fresh(facts.vehicle.wind, facts.nowMs);
  const measured: SourcedWind | null = estimate && {
    speedMps: estimate.speedMps,
    fromDeg: estimate.fromDeg,
    source: 'estimated by the drone',
  };
  const speedMps = facts.weather?.windSpeedMps ?? null;
  if (speedMps === null) return measured;
  const entered = { speedMps, fromDeg: facts.weather?.windFromDeg ?? null, source: 'entered' };
  return measured !== null && measured.speedMps > speedMps ? measured : entered;
}
