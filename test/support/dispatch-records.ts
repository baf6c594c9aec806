import type { Route } from '../../preload/contract/dispatch.ts';
import type { Emergency } from '../../preload/contract/emergencies.ts';
import type { DroneRecord } from '../../preload/contract/fleet.ts';
import type { Position } from '../../preload/contract/geo.ts';

/** 61 Salem Street, Boston: 1.2 km from the base that `vehicleState` stands on. */
export const SALEM_STREET: Position = { latitudeDeg: 42.3638, longitudeDeg: -71.0559 };
export const BASE: Position = { latitudeDeg: 42.355, longitudeDeg: -71.064 };

export function emergencyRecord(changes: Partial<Emergency> = {}): Emergency {
  return {
    emergencyId: '0190b5d5-0000-7000-8000-000000000001',
    type: 'cardiac_arrest',
    position: SALEM_STREET,
    address: '61 Salem St',
    city: 'Boston',
    state: 'MA',
    callerPhone: null,
    callerOnScene: true,
    bystanderAvailable: true,
    ambulanceOnScene: false,
    trauma: false,
    callerLanguage: 'en',
    victimAgeYears: 58,
    callerWords: null,
    calledAtMs: 1_760_000_000_000,
    closed: null,
    missionId: null,
    ...changes,
  };
}

export function droneRecord(changes: Partial<DroneRecord> = {}): DroneRecord {
  return {
    droneId: 'Alpha-1',
    model: 'SR-1000',
    serialNumber: 'SR1000-0001',
    mavlinkSystemId: 1,
    status: 'READY',
    batteryPercent: 96,
    baseStationId: 'BOS-1',
    basePosition: BASE,
    ...changes,
  };
}

export function straightRoute(from: Position, to: Position, changes: Partial<Route> = {}): Route {
  return {
    waypoints: [from, to],
    lengthM: 1_180,
    cruiseAltitudeRelativeHomeM: 60,
    clearanceM: 84,
    nearestZoneName: 'Logan',
    ...changes,
  };
}
