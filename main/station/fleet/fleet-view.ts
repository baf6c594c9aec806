import type { Alert } from '../../../preload/contract/alerts.ts';
import {
  type DroneRecord,
  type FleetEntry,
  type FleetMotion,
  MOTION_COLUMNS,
  MOTION_FLAG,
} from '../../../preload/contract/fleet.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';

/** What one line of the fleet list is made of. */
export interface FleetMember {
  key: string;
  record: DroneRecord | null;
  vehicle: VehicleState | null;
  mission: MissionSummary | null;
  /** The most urgent alert about it whose cause still holds. */
  alert: Alert | null;
  /** What another station says of it, to which it belongs; null: it is this station's. */
  remote: RemoteDrone | null;
}

/** A drone of another station, as the centre's records and its live cache know it. */
export interface RemoteDrone {
  stationId: string;
  /** UNKNOWN is never free. */
  availability: 'FREE' | 'TAKEN' | 'UNKNOWN';
  /** Null: nothing live is known of where it is. */
  place:
    | (Position & {
        altitudeRelativeHomeM: number | null;
        headingDeg: number | null;
        groundSpeedMps: number | null;
        ageMs: number;
      })
    | null;
}

const ATTENTION_ORDER: Record<FleetEntry['attention'], number> = {
  WARNING: 0,
  CAUTION: 1,
  IN_FLIGHT: 2,
  NONE: 3,
};
/** Live marks come once a second, over two networks. */
const REMOTE_STALE_MS = 10_000;
const STATUS_ORDER = ['READY', 'CHARGING', 'MAINTENANCE', 'OFFLINE'];

/** Joins registered drones with the vehicles that are heard: every drone and every vehicle appears exactly once. */
export function fleetMembers(input: {
  records: readonly DroneRecord[];
  vehicles: readonly VehicleState[];
  missions: readonly MissionSummary[];
  alerts: readonly Alert[];
  remote(droneId: string): RemoteDrone | null;
}): FleetMember[] {
  const vehicleOf = new Map(input.vehicles.map((vehicle) => [vehicle.systemId, vehicle]));
  const missionOf = new Map(
    input.missions.filter((mission) => mission.phase !== 'OVER').map((mission) => [mission.droneId, mission]),
  );
  const alertOf = new Map<string, Alert>();
  for (const alert of input.alerts) {
    if (alert.droneId === null || alert.level === 'ADVISORY' || alertOf.has(alert.droneId)) continue;
    alertOf.set(alert.droneId, alert);
  }
  const members = input.records.map((record): FleetMember => {
    const vehicle = record.mavlinkSystemId === null ? undefined : vehicleOf.get(record.mavlinkSystemId);
    if (record.mavlinkSystemId !== null) vehicleOf.delete(record.mavlinkSystemId);
    return {
      key: record.droneId,
      record,
      vehicle: vehicle ?? null,
      mission: missionOf.get(record.droneId) ?? null,
      alert: alertOf.get(record.droneId) ?? null,
      // Whoever hears a drone has it: what others say of it then counts for nothing.
      remote: vehicle === undefined ? input.remote(record.droneId) : null,
    };
  });
  for (const vehicle of vehicleOf.values()) {
    const key = `system ${vehicle.systemId}`;
    members.push({
      key,
      record: null,
      vehicle,
      mission: null,
      alert: alertOf.get(key) ?? null,
      remote: null,
    });
  }
  return members;
}

export function fleetEntry(member: FleetMember): FleetEntry {
  const { key, record, vehicle, mission, alert } = member;
  const attention = attentionOf(member);
  return {
    key,
    registered: record !== null,
    systemId: record?.mavlinkSystemId ?? vehicle?.systemId ?? null,
    status: record?.status ?? null,
    baseStationId: record?.baseStationId ?? null,
    contact: vehicle?.contact ?? null,
    lastHeardMsAgo: vehicle?.lastHeardMsAgo ?? null,
    batteryPercent: vehicle?.battery?.remainingPercent ?? record?.batteryPercent ?? null,
    modeText: vehicle?.modeText ?? null,
    attention,
    sentence: alert?.sentence ?? sentenceOf(member),
    missionId: mission?.missionId ?? null,
    timeToSceneS: mission?.timeToSceneS ?? null,
    remoteStationId: member.remote?.stationId ?? null,
  };
}

/** By what needs attention, then this station's before those of others, then by status and name. */
export function sortedEntries(members: readonly FleetMember[]): FleetEntry[] {
  return members
    .map(fleetEntry)
    .sort(
      (a, b) =>
        ATTENTION_ORDER[a.attention] - ATTENTION_ORDER[b.attention] ||
        Number(a.remoteStationId !== null) - Number(b.remoteStationId !== null) ||
        statusRank(a) - statusRank(b) ||
        a.key.localeCompare(b.key, 'en', { numeric: true }),
    );
}

/** Vehicles without a position yet are left out: there is nowhere to draw them. */
export function fleetMotion(members: readonly FleetMember[], nowMs: number): FleetMotion {
  const keys: string[] = [];
  const values: number[] = [];
  for (const member of members) {
    const { key, record, vehicle, mission } = member;
    if (member.remote !== null) {
      const row = remoteMotion(member.remote, record, mission !== null);
      if (row !== null) {
        keys.push(key);
        values.push(...row);
      }
      continue;
    }
    if (vehicle === null || vehicle.position === null) continue;
    keys.push(key);
    const flags =
      (vehicle.armed ? MOTION_FLAG.ARMED : 0) |
      (mission === null ? 0 : MOTION_FLAG.ON_MISSION) |
      (vehicle.contact === 'STALE' ? MOTION_FLAG.STALE : 0) |
      (vehicle.contact === 'LOST' ? MOTION_FLAG.LOST : 0) |
      (record === null ? MOTION_FLAG.UNREGISTERED : 0);
    values.push(
      round(vehicle.position.latitudeDeg, 7),
      round(vehicle.position.longitudeDeg, 7),
      round(vehicle.position.altitudeRelativeHomeM, 1),
      round(vehicle.attitude?.headingDeg ?? 0, 0),
      round(vehicle.velocity?.groundSpeedMps ?? 0, 1),
      Math.max(0, Math.round(nowMs - vehicle.position.receivedAtMs)),
      flags,
    );
  }
  if (values.length !== keys.length * MOTION_COLUMNS.length)
    throw new Error('A motion row does not match its columns.');
  return { keys, values };
}

/** Where another station says that it is; at its base while it stands there, known to be so. */
function remoteMotion(
  { place, availability }: RemoteDrone,
  record: DroneRecord | null,
  onMission: boolean,
): number[] | null {
  const base = availability === 'UNKNOWN' || onMission ? null : (record?.basePosition ?? null);
  const at = place ?? base;
  if (at === null) return null;
  return [
    round(at.latitudeDeg, 7),
    round(at.longitudeDeg, 7),
    round(place?.altitudeRelativeHomeM ?? 0, 1),
    round(place?.headingDeg ?? 0, 0),
    round(place?.groundSpeedMps ?? 0, 1),
    Math.round(place?.ageMs ?? 0),
    MOTION_FLAG.REMOTE |
      (onMission ? MOTION_FLAG.ON_MISSION : 0) |
      ((place?.ageMs ?? 0) > REMOTE_STALE_MS ? MOTION_FLAG.STALE : 0),
  ];
}

function attentionOf({ alert, mission, vehicle, remote }: FleetMember): FleetEntry['attention'] {
  if (alert?.level === 'WARNING' || alert?.level === 'CAUTION') return alert.level;
  // What another station flies is for that station to attend to.
  if (remote !== null) return 'NONE';
  if (mission !== null) return 'IN_FLIGHT';
  return vehicle?.armed === true ? 'IN_FLIGHT' : 'NONE';
}

function sentenceOf({ record, vehicle, mission, remote }: FleetMember): string {
  if (remote !== null) return remoteSentence(remote, mission);
  if (record === null) return 'Not registered';
  if (mission !== null) return mission.destinationAddress ?? 'On a mission';
  if (vehicle === null) return 'Not heard';
  if (vehicle.contact === 'LOST') return 'No contact';
  if (record.status === 'MAINTENANCE' || record.status === 'OFFLINE') return 'Grounded';
  if (vehicle.health?.readyToArm === false) {
    const reason = vehicle.statusTexts.find((entry) => /^prearm/i.test(entry.text));
    return reason === undefined ? 'Not ready to arm' : reason.text.replace(/^prearm:\s*/i, '');
  }
  return vehicle.health?.readyToArm === true && !vehicle.armed ? 'Passes its own checks' : vehicle.modeText;
}

function remoteSentence({ stationId, availability }: RemoteDrone, mission: MissionSummary | null): string {
  if (mission !== null) return `${stationId} flies it to ${mission.destinationAddress ?? 'a scene'}`;
  if (availability === 'FREE') return `At ${stationId}, free`;
  return availability === 'TAKEN' ? `At ${stationId}, not free` : `At ${stationId}, not heard of lately`;
}

function statusRank(entry: FleetEntry): number {
  return entry.status === null ? STATUS_ORDER.length : STATUS_ORDER.indexOf(entry.status);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
