import { describe, expect, test } from 'vitest';
import {
  fleetEntry,
  fleetMembers,
  fleetMotion,
  type RemoteDrone,
  sortedEntries,
} from '../../../main/station/fleet/fleet-view.ts';
import type { Alert, AlertLevel } from '../../../preload/contract/alerts.ts';
import { type DroneRecord, MOTION_COLUMNS, MOTION_FLAG } from '../../../preload/contract/fleet.ts';
import { vehicleState } from '../../support/vehicle-state.ts';

const NOW_MS = 1_760_000_000_000;

function record(droneId: string, systemId: number | null, changes: Partial<DroneRecord> = {}): DroneRecord {
  return {
    droneId,
    model: 'SkyRescue SR-1000',
    serialNumber: `SN-${droneId}`,
    mavlinkSystemId: systemId,
    status: 'READY',
    batteryPercent: 80,
    baseStationId: 'BOS-1',
    basePosition: null,
    ...changes,
  };
}

function alert(droneId: string, level: AlertLevel, sentence: string): Alert {
  return {
    alertId: `${droneId}-${level}`,
    cause: `${droneId}-${level}`,
    level,
    subject: droneId,
    sentence,
    droneId,
    missionId: null,
    raisedAtMs: NOW_MS,
    repeats: 1,
    acknowledgedBy: null,
  };
}

describe('the fleet as one list', () => {
  test('every drone and every vehicle appears once, registered or not', () => {
    const members = fleetMembers({
      records: [record('Alpha-1', 1), record('Bravo-4', null)],
      vehicles: [vehicleState(NOW_MS, { systemId: 1 }), vehicleState(NOW_MS, { systemId: 9 })],
      missions: [],
      alerts: [],
      remote: () => null,
    });
    expect(
      members.map(({ key, record: drone, vehicle }) => [key, drone !== null, vehicle?.systemId]),
    ).toEqual([
      ['Alpha-1', true, 1],
      ['Bravo-4', true, undefined],
      ['system 9', false, 9],
    ]);
  });

  test('what needs attention comes first, with its reason', () => {
    const members = fleetMembers({
      records: [record('Alpha-1', 1), record('Bravo-4', 2), record('Charlie-2', 3, { status: 'OFFLINE' })],
      vehicles: [],
      missions: [],
      alerts: [
        alert('Charlie-2', 'WARNING', 'No data for 7 s.'),
        alert('Bravo-4', 'CAUTION', 'Pads expire soon.'),
      ],
      remote: () => null,
    });
    expect(sortedEntries(members).map(({ key, attention, sentence }) => [key, attention, sentence])).toEqual([
      ['Charlie-2', 'WARNING', 'No data for 7 s.'],
      ['Bravo-4', 'CAUTION', 'Pads expire soon.'],
      ['Alpha-1', 'NONE', 'Not heard'],
    ]);
  });

  test('the battery of a silent drone is the one that was recorded last', () => {
    const [member] = fleetMembers({
      records: [record('Alpha-1', 1)],
      vehicles: [],
      missions: [],
      alerts: [],
      remote: () => null,
    });
    if (member === undefined) throw new Error('The drone is missing.');
    expect(fleetEntry(member)).toMatchObject({ batteryPercent: 80, contact: null });
  });

  test('motion has one row of columns a vehicle with a position, and says what is lost and not registered', () => {
    const members = fleetMembers({
      records: [record('Alpha-1', 1)],
      vehicles: [
        vehicleState(NOW_MS, { systemId: 1, contact: 'LOST' }),
        vehicleState(NOW_MS, { systemId: 9, armed: true }),
        vehicleState(NOW_MS, { systemId: 10, position: null }),
      ],
      missions: [],
      alerts: [],
      remote: () => null,
    });
    const { keys, values } = fleetMotion(members, NOW_MS + 250);
    expect(keys).toEqual(['Alpha-1', 'system 9']);
    expect(values).toHaveLength(2 * MOTION_COLUMNS.length);
    const column = (name: (typeof MOTION_COLUMNS)[number]): number[] =>
      values.filter((_value, index) => index % MOTION_COLUMNS.length === MOTION_COLUMNS.indexOf(name));
    expect(column('ageMs')).toEqual([650, 650]);
    expect(column('flags')).toEqual([MOTION_FLAG.LOST, MOTION_FLAG.ARMED | MOTION_FLAG.UNREGISTERED]);
  });

  test('drones of other stations come after this station’s own', () => {
    const records = [record('Alpha-1', null), record('South-1', 1, { status: 'MAINTENANCE' })];
    const vehicles = [vehicleState(NOW_MS, { systemId: 1 })];
    const remote = (droneId: string): RemoteDrone | null =>
      droneId === 'Alpha-1' ? { stationId: 'north', availability: 'FREE', place: null } : null;
    const members = fleetMembers({ records, vehicles, missions: [], alerts: [], remote });
    expect(sortedEntries(members).map(({ key }) => key)).toEqual(['South-1', 'Alpha-1']);
  });

  test('a drone of another station is drawn where that station says, or at its base while it is known to stand there', () => {
    const remote = { stationId: 'south', availability: 'FREE' as const, place: null };
    const place = {
      ...{ latitudeDeg: 42.3, longitudeDeg: -71.1, altitudeRelativeHomeM: 60 },
      ...{ headingDeg: 90, groundSpeedMps: 15, ageMs: 12_000 },
    };
    const seen = (drone: RemoteDrone) => {
      const records = [
        record('South-1', null, { basePosition: { latitudeDeg: 42.33, longitudeDeg: -71.07 } }),
      ];
      return fleetMembers({ records, vehicles: [], missions: [], alerts: [], remote: () => drone });
    };
    expect(fleetMotion(seen({ ...remote, availability: 'UNKNOWN' }), NOW_MS).keys).toEqual([]);
    expect(fleetMotion(seen(remote), NOW_MS)).toMatchObject({ keys: ['South-1'] });
    const flags = fleetMotion(seen({ ...remote, place }), NOW_MS).values.at(-1);
    expect(flags).toBe(MOTION_FLAG.REMOTE | MOTION_FLAG.STALE);
    const [member] = seen(remote);
    if (member === undefined) throw new Error('The drone is missing.');
    expect(fleetEntry(member)).toMatchObject({ remoteStationId: 'south', sentence: 'At south, free' });
  });
});
