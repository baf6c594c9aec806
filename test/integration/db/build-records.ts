import type { NewMission, NewMissionEvent, TelemetryRow } from '../../../db/queries/query-map.ts';
import { seededRandom, uuidV7 } from '../../../main/station/ports/random.ts';
import type { ZoneInput } from '../../../preload/contract/airspace.ts';
import type { EmergencyInput } from '../../../preload/contract/emergencies.ts';
import type { Position } from '../../../preload/contract/geo.ts';

export const NOW_MS = Date.UTC(2026, 4, 1, 12);
export const SCENE: Position = { latitudeDeg: 42.3638, longitudeDeg: -71.0559 };
export const FIRE_STATION_10: Position = { latitudeDeg: 42.355, longitudeDeg: -71.064 };

const random = seededRandom(1);
export const newId = (): string => uuidV7(NOW_MS, random);

export function emergencyInput(changes: Partial<EmergencyInput> = {}): EmergencyInput {
  return {
    type: 'cardiac_arrest',
    position: SCENE,
    address: '61 Salem St',
    city: 'Boston',
    state: 'MA',
    callerPhone: '+1 617 555 0100',
    callerOnScene: true,
    bystanderAvailable: null,
    ambulanceOnScene: false,
    trauma: null,
    callerLanguage: 'en',
    victimAgeYears: 61,
    callerWords: 'He fell down and does not answer; "not breathing", she says.',
    ...changes,
  };
}

export function missionEvent(changes: Partial<NewMissionEvent> = {}): NewMissionEvent {
  return {
    eventId: newId(),
    type: 'LAUNCH_ACKNOWLEDGED',
    atMs: NOW_MS,
    source: 'STATION',
    sentence: 'Launched.',
    ...changes,
  };
}

export function newMission(
  changes: Partial<NewMission> & { emergencyId: string; droneId: string },
): NewMission {
  const plan: NewMission['plan'] = {
    systemId: 1,
    home: FIRE_STATION_10,
    destination: SCENE,
    cruiseAltitudeRelativeHomeM: 60,
    cruiseSpeedMps: 15,
    outbound: [FIRE_STATION_10, SCENE],
    homebound: [SCENE, FIRE_STATION_10],
    clearanceM: 84.5,
  };
  return {
    missionId: newId(),
    dispatcherId: 'operator12',
    dispatcherName: 'Operator 12',
    destination: SCENE,
    destinationAddress: '61 Salem St',
    nowMs: NOW_MS,
    estimatedEtaS: 92.4,
    riskScore: 12,
    landingZoneConfidence: 0.93,
    plan,
    route: {
      waypoints: [FIRE_STATION_10, SCENE],
      lengthM: 1_184,
      cruiseAltitudeRelativeHomeM: 60,
      clearanceM: 84.5,
      nearestZoneName: 'City Hall Plaza event',
    },
    decision: {
      decisionId: newId(),
      emergencyId: changes.emergencyId,
      destination: SCENE,
      computedAtMs: NOW_MS,
      durationMs: 12,
      dataAgeMs: 300,
      wind: null,
      candidates: [],
    },
    override: null,
    weather: [],
    events: [missionEvent()],
    ...changes,
  };
}

export function telemetryRow(missionId: string, changes: Partial<TelemetryRow> = {}): TelemetryRow {
  return {
    atMs: NOW_MS,
    missionId,
    droneId: 'Alpha-1',
    latitudeDeg: FIRE_STATION_10.latitudeDeg,
    longitudeDeg: FIRE_STATION_10.longitudeDeg,
    altitudeAmslM: 10,
    groundSpeedMps: 15,
    headingDeg: 40,
    batteryPercent: 90,
    satellites: 14,
    gpsFixQuality: 'GPS',
    obstacles: null,
    persons: null,
    landingZoneConfidence: null,
    navigationMode: 'AUTONOMOUS',
    distanceToDestinationM: 1_000,
    temperatureC: 31,
    ...changes,
  };
}

/** A square whose sides run north and east, by its centre and half its side. */
export function squareZone(
  centre: Position,
  halfSideDeg: number,
  changes: Partial<ZoneInput> = {},
): ZoneInput {
  const corner = (north: number, east: number): Position => ({
    latitudeDeg: centre.latitudeDeg + north * halfSideDeg,
    longitudeDeg: centre.longitudeDeg + east * halfSideDeg,
  });
  return {
    name: 'Square',
    type: 'TEMPORARY',
    corners: [corner(1, -1), corner(1, 1), corner(-1, 1), corner(-1, -1)],
    ceilingAglM: null,
    startsAtMs: null,
    endsAtMs: null,
    authority: null,
    authorityReference: null,
    active: true,
    ...changes,
  };
}
