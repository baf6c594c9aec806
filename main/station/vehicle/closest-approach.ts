import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { TrafficAircraft } from './tools/traffic-book.ts';

const METRES_PER_DEGREE = 111_195;
/** Two places of a drone this far apart in time tell how it moves. */
const LEAST_SPAN_MS = 900;
const LONGEST_SPAN_MS = 5_000;
/** Slower than this against each other they keep their distance. */
const LEAST_RELATIVE_MPS = 0.5;
const MOST_NEARBY = 3;

interface Place {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly atMs: number;
}

/** East and north, m/s. */
interface Velocity {
  readonly eastMps: number;
  readonly northMps: number;
}

/** One of our drones, as traffic is measured against it. */
export interface DroneTrack extends Velocity {
  readonly systemId: number;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly altitudeAmslM: number;
}

export interface NearbyDrone {
  readonly systemId: number;
  readonly distanceM: number;
  readonly heightAboveM: number | null;
  readonly closestM: number | null;
  readonly closestInS: number | null;
}

const STILL: Velocity = { eastMps: 0, northMps: 0 };

/** How our drones move over the ground, from where they are each time this is asked. */
export class DroneTracks {
  readonly #places = new Map<number, { earlier: Place | null; newest: Place }>();

  update(states: readonly VehicleState[]): DroneTrack[] {
    const tracks: DroneTrack[] = [];
    for (const { systemId, contact, position } of states) {
      if (contact !== 'LIVE' || position === null) {
        this.#places.delete(systemId);
        continue;
      }
      const { latitudeDeg, longitudeDeg, altitudeAmslM, receivedAtMs } = position;
      const velocity = this.#velocity(systemId, { latitudeDeg, longitudeDeg, atMs: receivedAtMs });
      tracks.push({ systemId, latitudeDeg, longitudeDeg, altitudeAmslM, ...velocity });
    }
    return tracks;
  }

  #velocity(systemId: number, now: Place): Velocity {
    const before = this.#places.get(systemId);
    const moved = before === undefined || now.atMs - before.newest.atMs >= LEAST_SPAN_MS;
    if (moved) this.#places.set(systemId, { earlier: before?.newest ?? null, newest: now });
    const from = moved ? before?.newest : before.earlier;
    if (from === undefined || from === null) return STILL;
    const spanMs = now.atMs - from.atMs;
    if (spanMs < LEAST_SPAN_MS || spanMs > LONGEST_SPAN_MS) return STILL;
    const { eastM, northM } = offset(from, now);
    return { eastMps: (eastM / spanMs) * 1_000, northMps: (northM / spanMs) * 1_000 };
  }
}

/**
 * The drones nearest to an aircraft, and how near they come if both keep their speed and direction. Its place is taken
 * on by its age; heights are compared only where both are above the sea level.
 */
export function nearbyDrones(aircraft: TrafficAircraft, drones: readonly DroneTrack[]): NearbyDrone[] {
  const velocity = velocityOf(aircraft);
  return drones
    .map((drone) => approach(aircraft, velocity, drone))
    .sort((one, other) => one.distanceM - other.distanceM)
    .slice(0, MOST_NEARBY);
}

function approach(aircraft: TrafficAircraft, velocity: Velocity | null, drone: DroneTrack): NearbyDrone {
  const { eastM: east0, northM: north0 } = offset(drone, aircraft);
  const ageS = aircraft.ageMs / 1_000;
  const eastM = east0 + (velocity?.eastMps ?? 0) * ageS;
  const northM = north0 + (velocity?.northMps ?? 0) * ageS;
  const distanceM = Math.hypot(eastM, northM);
  const comparable = aircraft.altitudeM !== null && aircraft.altitudeDatum === 'AMSL';
  const heightAboveM = comparable ? (aircraft.altitudeM ?? 0) - drone.altitudeAmslM : null;
  const known = { systemId: drone.systemId, distanceM, heightAboveM };
  if (velocity === null) return { ...known, closestM: null, closestInS: null };
  const east = velocity.eastMps - drone.eastMps;
  const north = velocity.northMps - drone.northMps;
  const relativeMps = Math.hypot(east, north);
  const closestInS =
    relativeMps < LEAST_RELATIVE_MPS
      ? 0
      : Math.max(0, -(eastM * east + northM * north) / (relativeMps * relativeMps));
  const closestM = Math.hypot(eastM + east * closestInS, northM + north * closestInS);
  return { ...known, closestM, closestInS };
}

function velocityOf({ headingDeg, groundSpeedMps }: TrafficAircraft): Velocity | null {
  if (groundSpeedMps === null) return null;
  if (headingDeg === null) return groundSpeedMps < LEAST_RELATIVE_MPS ? STILL : null;
  const heading = (headingDeg * Math.PI) / 180;
  return { eastMps: Math.sin(heading) * groundSpeedMps, northMps: Math.cos(heading) * groundSpeedMps };
}

/** Exact to a part in a thousand within the reach of a receiver. */
function offset(
  from: { readonly latitudeDeg: number; readonly longitudeDeg: number },
  to: { readonly latitudeDeg: number; readonly longitudeDeg: number },
): { eastM: number; northM: number } {
  const middle = ((from.latitudeDeg + to.latitudeDeg) / 2) * (Math.PI / 180);
  const degreesEast = ((to.longitudeDeg - from.longitudeDeg + 540) % 360) - 180;
  return {
    eastM: degreesEast * METRES_PER_DEGREE * Math.cos(middle),
    northM: (to.latitudeDeg - from.latitudeDeg) * METRES_PER_DEGREE,
  };
}
