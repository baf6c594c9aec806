import type { FlightPlan } from '../../../db/queries/mission-record.ts';
import type { NewMission } from '../../../db/queries/query-map.ts';
import type { Candidate, Decision, WeatherInput } from '../../../preload/contract/dispatch.ts';
import type { Emergency } from '../../../preload/contract/emergencies.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { AircraftDirectory } from '../ports/aircraft.ts';
import type { Clock } from '../ports/clock.ts';
import { type Random, uuidV7 } from '../ports/random.ts';
import { type ActingPerson, FRESH_MS } from './mission-state.ts';

export interface LaunchOrder {
  decision: Decision;
  candidate: Candidate;
  emergency: Emergency;
  person: ActingPerson;
  override: { reason: string } | null;
  weather: WeatherInput | null;
}

export interface LaunchWorld {
  aircraft: AircraftDirectory;
  clock: Clock;
  random: Random;
  /** Null: no such drone, or its vehicle is not known. */
  systemIdOf(droneId: string): number | null;
  cruiseSpeedMps: number;
}

/** The record of a mission about to be flown. Refuses what could not be flown at all. */
export function newMission(order: LaunchOrder, options: LaunchWorld): NewMission {
  const { clock, random } = options;
  const { decision, candidate, emergency, person, override } = order;
  const { droneId, route } = candidate;
  const nowMs = clock.nowMs();
  if (route === null || candidate.timeToSceneS === null)
    throw new Refusal('NO_GO', `There is no flyable route for ${droneId}. Choose another drone.`);
  const { systemId, vehicle } = vehicleFor(droneId, options);
  const plan: FlightPlan = {
    systemId,
    home: homeOf(vehicle, route.waypoints, nowMs),
    destination: decision.destination,
    cruiseAltitudeRelativeHomeM: route.cruiseAltitudeRelativeHomeM,
    cruiseSpeedMps: options.cruiseSpeedMps,
    outbound: route.waypoints,
    homebound: [],
    clearanceM: route.clearanceM,
  };
  return {
    missionId: uuidV7(nowMs, random),
    emergencyId: emergency.emergencyId,
    droneId,
    dispatcherId: person.dispatcherId,
    dispatcherName: person.displayName,
    destination: decision.destination,
    destinationAddress: emergency.address,
    nowMs,
    estimatedEtaS: Math.round(candidate.timeToSceneS),
    riskScore: candidate.riskScore,
    landingZoneConfidence: vehicle.inference?.landingZoneConfidence ?? null,
    plan,
    route,
    decision,
    override: override === null ? null : { reason: override.reason, byDispatcherId: person.dispatcherId },
    weather: weatherRows(order, vehicle, options),
    events:
      override === null
        ? []
        : [
            {
              eventId: uuidV7(nowMs, random),
              type: 'OVERRIDE',
              atMs: nowMs,
              source: 'DISPATCHER',
              sentence: `${person.displayName} overrode the go/no-go: ${override.reason}`,
              data: { dispatcherId: person.dispatcherId, riskScore: candidate.riskScore },
            },
          ],
  };
}

function vehicleFor(
  droneId: string,
  { systemIdOf, aircraft }: LaunchWorld,
): { systemId: number; vehicle: VehicleState } {
  const systemId = systemIdOf(droneId);
  if (systemId === null)
    throw new Refusal('DRONE_NOT_REGISTERED', `${droneId} has no registered vehicle. Register it first.`);
  const vehicle = aircraft.find(systemId)?.state();
  if (vehicle === undefined || vehicle.contact !== 'LIVE')
    throw new Refusal(
      'DRONE_OUT_OF_CONTACT',
      `No link to ${droneId}. Nothing was sent. Choose another drone.`,
    );
  if (vehicle.armed) throw new Refusal('DRONE_BUSY', `${droneId} is already armed. Choose another drone.`);
  return { systemId, vehicle };
}

/** Autopilots set their home where they arm, so it is where the drone stands now. */
function homeOf(vehicle: VehicleState, waypoints: readonly Position[], nowMs: number): Position {
  const { home, position } = vehicle;
  const fix = position !== null && nowMs - position.receivedAtMs <= FRESH_MS ? position : null;
  const base = fix ?? home ?? waypoints[0];
  if (base === undefined)
    throw new Refusal('NO_GO', 'The position of the drone is not known. Choose another drone.');
  return { latitudeDeg: base.latitudeDeg, longitudeDeg: base.longitudeDeg };
}

/** What a person entered about the scene, and the drone's own estimate, each with its source. */
function weatherRows(
  { decision, weather }: LaunchOrder,
  vehicle: VehicleState,
  { clock, random }: LaunchWorld,
): NewMission['weather'] {
  const nowMs = clock.nowMs();
  const rows: NewMission['weather'] = [];
  if (weather !== null)
    rows.push({
      ...weather,
      position: decision.destination,
      observedAtMs: nowMs,
      source: 'DISPATCHER',
      weatherId: uuidV7(nowMs, random),
    });
  if (vehicle.wind !== null)
    rows.push({
      windSpeedMps: vehicle.wind.speedMps,
      windFromDeg: vehicle.wind.fromDeg,
      condition: null,
      temperatureC: null,
      visibilityM: null,
      position: vehicle.position ?? decision.destination,
      observedAtMs: vehicle.wind.receivedAtMs,
      source: 'DRONE',
      weatherId: uuidV7(nowMs, random),
    });
  return rows;
}
