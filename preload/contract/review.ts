import { z } from 'zod';
import { emergencyType } from './emergencies.ts';
import { call } from './errors.ts';
import { droneStatus } from './fleet.ts';
import { droneId, instantMs, position, recordId } from './geo.ts';
import { missionStatus, transcriptLine } from './missions.ts';

export const patientOutcome = z.enum(['SURVIVED', 'TRANSPORTED', 'DECEASED', 'UNKNOWN']);

/** A span of time, [fromMs, untilMs). */
const span = z.object({ fromMs: instantMs, untilMs: instantMs });

export const reviewFilter = span.extend({
  /** Missions of the drones that belong to this base today; null: of all. */
  baseStationId: z.string().max(50).nullable(),
  droneId: droneId.nullable(),
  status: missionStatus.nullable(),
});
export type ReviewFilter = z.infer<typeof reviewFilter>;

/** Where a page of missions ends: the next one begins behind it. */
export const reviewCursor = z.object({ launchedAtMs: instantMs, missionId: recordId });
export type ReviewCursor = z.infer<typeof reviewCursor>;

/** One line of the list of missions. */
export const reviewedMission = z.object({
  missionId: recordId,
  droneId: z.string(),
  baseStationId: z.string().nullable(),
  status: missionStatus,
  destinationAddress: z.string().nullable(),
  destination: position,
  launchedAtMs: z.number(),
  /** From launch to arrival; null: it never arrived. */
  actualEtaS: z.number().nullable(),
  aedDeployed: z.boolean().nullable(),
  /** The station that flew it; null: this one. */
  remoteStationId: z.string().nullable(),
});
export type ReviewedMission = z.infer<typeof reviewedMission>;

export const reviewedEvent = z.object({
  eventId: z.string(),
  /** Also what a newer station recorded and this one has no word for. */
  type: z.string(),
  atMs: z.number(),
  /** Before the launch it is negative. */
  secondsSinceLaunch: z.number(),
  source: z.string().nullable(),
  sentence: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
});
export type ReviewedEvent = z.infer<typeof reviewedEvent>;

/** Everything that is kept of one mission, the flown path thinned to at most 1,000 points. */
export const missionReview = reviewedMission.extend({
  baseStationName: z.string().nullable(),
  dispatcherName: z.string().nullable(),
  emergencyType,
  calledAtMs: z.number(),
  arrivedAtMs: z.number().nullable(),
  aedDeployedAtMs: z.number().nullable(),
  completedAtMs: z.number().nullable(),
  abortedAtMs: z.number().nullable(),
  abortReason: z.string().nullable(),
  estimatedEtaS: z.number().nullable(),
  overrideReason: z.string().nullable(),
  bystanderUsedAed: z.boolean().nullable(),
  shockDelivered: z.boolean().nullable(),
  ambulanceArrivedAtMs: z.number().nullable(),
  patientOutcome: patientOutcome.nullable(),
  weather: z
    .object({
      condition: z.string().nullable(),
      temperatureC: z.number().nullable(),
      windSpeedMps: z.number().nullable(),
      windFromDeg: z.number().nullable(),
      source: z.string().nullable(),
    })
    .nullable(),
  events: z.array(reviewedEvent),
  transcript: z.array(transcriptLine),
  plannedRoute: z.array(position),
  flownPath: z.array(position),
});
export type MissionReview = z.infer<typeof missionReview>;

export const trackPoint = z.object({
  atMs: z.number(),
  latitudeDeg: z.number(),
  longitudeDeg: z.number(),
  altitudeAmslM: z.number(),
  groundSpeedMps: z.number().nullable(),
  headingDeg: z.number().nullable(),
  batteryPercent: z.number().nullable(),
});
export type TrackPoint = z.infer<typeof trackPoint>;

export const baseSuccess = z.object({
  baseStationId: z.string().nullable(),
  /** Null: the drones have no base. */
  name: z.string().nullable(),
  completed: z.number().int(),
  /** Completed missions whose AED was taken out. */
  delivered: z.number().int(),
  /** Of the completed ones; null where there is none. */
  successPercent: z.number().nullable(),
  /** Not in the percentage, and told beside it, so that it flatters nobody. */
  aborted: z.number().int(),
  averageEtaS: z.number().nullable(),
});
export type BaseSuccess = z.infer<typeof baseSuccess>;

export const baseAvailability = z.object({
  baseStationId: z.string().nullable(),
  name: z.string().nullable(),
  ready: z.number().int(),
  charging: z.number().int(),
  inFlight: z.number().int(),
  maintenance: z.number().int(),
  offline: z.number().int(),
  averageReadyBatteryPercent: z.number().nullable(),
});
export type BaseAvailability = z.infer<typeof baseAvailability>;

export const responseTime = z.object({
  launched: z.number().int(),
  arrived: z.number().int(),
  /** From launch to arrival, of those that arrived; null: none did. */
  averageS: z.number().nullable(),
  medianS: z.number().nullable(),
});
export type ResponseTime = z.infer<typeof responseTime>;

export const reviewFigures = z.object({
  activeMissions: z.number().int(),
  dronesByStatus: z.array(z.object({ status: droneStatus, drones: z.number().int() })),
  databaseBytes: z.number(),
  response: responseTime,
  lastDay: responseTime,
  successByBase: z.array(baseSuccess),
  availability: z.array(baseAvailability),
});
export type ReviewFigures = z.infer<typeof reviewFigures>;

export const zoneConflict = z.object({
  missionId: z.string(),
  droneId: z.string(),
  status: missionStatus,
  zoneId: z.string(),
  zoneName: z.string(),
  zoneType: z.string(),
  /** What lies in the zone: where it lands, the way that it still has to fly, or where it was last recorded. */
  where: z.enum(['DESTINATION', 'ROUTE', 'POSITION']),
});
export type ZoneConflict = z.infer<typeof zoneConflict>;

export const nearestDrone = z.object({
  droneId: z.string(),
  model: z.string(),
  baseStationId: z.string().nullable(),
  batteryPercent: z.number(),
  distanceM: z.number(),
});
export type NearestDrone = z.infer<typeof nearestDrone>;

const missionRef = z.object({ missionId: recordId });

/** What the records say once the excitement is over. Reads only. */
export const review = {
  /** Newest first, one page at a time; `next` is null on the last one. */
  missions: call
    .input(reviewFilter.extend({ after: reviewCursor.nullable(), limit: z.number().int().min(1).max(200) }))
    .output(z.object({ missions: z.array(reviewedMission), next: reviewCursor.nullable() })),
  mission: call.input(missionRef).output(missionReview),
  /** What was recorded along the way, oldest first, thinned evenly; empty once the telemetry was removed. */
  track: call
    .input(missionRef.extend({ maximumPoints: z.number().int().min(2).max(20_000) }))
    .output(z.array(trackPoint)),
  figures: call.input(span).output(reviewFigures),
  /** Missions in flight and the zones in force that they touch, by the records. */
  conflicts: call.output(z.array(zoneConflict)),
  /** The nearest READY drone with half its battery by the records, for a look at coverage: no go/no-go. */
  nearestDrone: call.input(z.object({ place: position })).output(nearestDrone.nullable()),
};
