import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { droneId, position, requiredText } from './geo.ts';
import { anomalyReading, modelMatch } from './models.ts';
import { contact, vehicleState } from './vehicle.ts';

export const droneStatus = z.enum(['READY', 'CHARGING', 'IN_FLIGHT', 'MAINTENANCE', 'OFFLINE']);
export type DroneStatus = z.infer<typeof droneStatus>;

/** A registered drone as the database knows it. */
export const droneRecord = z.object({
  droneId: z.string(),
  model: z.string(),
  serialNumber: z.string(),
  mavlinkSystemId: z.number().int().nullable(),
  status: droneStatus,
  batteryPercent: z.number().nullable(),
  baseStationId: z.string().nullable(),
  basePosition: position.nullable(),
});
export type DroneRecord = z.infer<typeof droneRecord>;

/** What needs attention first comes first in the fleet list. */
export const attention = z.enum(['WARNING', 'CAUTION', 'IN_FLIGHT', 'NONE']);

/** One line of the fleet list: a registered drone, a vehicle that is heard, or both. */
export const fleetEntry = z.object({
  /** The drone id, or `system 7` for a vehicle that nobody registered. Stable key in every feed. */
  key: z.string(),
  registered: z.boolean(),
  systemId: z.number().int().nullable(),
  status: droneStatus.nullable(),
  baseStationId: z.string().nullable(),
  /** Null: never heard since the station started. */
  contact: contact.nullable(),
  lastHeardMsAgo: z.number().nullable(),
  batteryPercent: z.number().nullable(),
  modeText: z.string().nullable(),
  attention,
  /** The one sentence to show in the list: the reason for the attention, or what the drone is doing. */
  sentence: z.string(),
  missionId: z.string().nullable(),
  timeToSceneS: z.number().nullable(),
  /** The station that it belongs to, which alone commands it; null: this one. */
  remoteStationId: z.string().nullable(),
});
export type FleetEntry = z.infer<typeof fleetEntry>;

/** Columns of one drone in `fleetMotion.values`. */
export const MOTION_COLUMNS = [
  'latitudeDeg',
  'longitudeDeg',
  'altitudeRelativeHomeM',
  'headingDeg',
  'groundSpeedMps',
  'ageMs',
  'flags',
] as const;
/** Bits of the `flags` column. */
export const MOTION_FLAG = {
  ARMED: 1,
  ON_MISSION: 2,
  STALE: 4,
  LOST: 8,
  UNREGISTERED: 16,
  REMOTE: 32,
} as const;

/** Packed for speed: `values` holds MOTION_COLUMNS.length numbers for each key, in the order of `keys`. */
export const fleetMotion = z.object({ keys: z.array(z.string()), values: z.array(z.number()) });
export type FleetMotion = z.infer<typeof fleetMotion>;

export const baseStation = z.object({
  baseStationId: z.string(),
  name: z.string(),
  position,
  address: z.string().nullable(),
  capacity: z.number().int(),
  operational: z.boolean(),
});
export type BaseStation = z.infer<typeof baseStation>;

export const fleetDetail = z.object({
  entry: fleetEntry,
  record: droneRecord.nullable(),
  vehicle: vehicleState.nullable(),
  /** How its flight compares with its own beginning; null: not heard. */
  anomaly: anomalyReading.nullable(),
  /** Whether the model that it runs is one of the fleet's; null: it does not say, or not looked up yet. */
  modelMatch: modelMatch.nullable(),
});
export type FleetDetail = z.infer<typeof fleetDetail>;

export const fleet = {
  /** Feed, latest: the sorted fleet list, at most once a second and at once when something needs attention. */
  watch: call.output(eventIterator(z.object({ entries: z.array(fleetEntry) }))),
  /** Feed, latest: where every vehicle is, up to 10 a second. */
  motion: call.output(eventIterator(fleetMotion)),
  /** Feed, latest: everything about one vehicle, up to 5 a second. */
  detail: call.input(z.object({ key: z.string().max(100) })).output(eventIterator(fleetDetail)),
  baseStations: call.output(z.array(baseStation)),
  /** Makes a vehicle known: until then it cannot be launched. */
  register: call
    .input(
      z.object({
        droneId,
        systemId: z.number().int().min(1).max(254),
        serialNumber: requiredText('The serial number', 100),
        baseStationId: requiredText('The base station', 50),
        model: requiredText('The model', 100).optional(),
      }),
    )
    .output(droneRecord),
  /** Ground a drone or return it to service. */
  setStatus: call
    .input(
      z.object({
        droneId,
        status: z.enum(['READY', 'CHARGING', 'MAINTENANCE', 'OFFLINE']),
        reason: requiredText('The reason', 500),
      }),
    )
    .output(droneRecord),
};
