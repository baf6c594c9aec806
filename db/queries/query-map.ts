import type { Zone, ZoneInput } from '../../preload/contract/airspace.ts';
import type { Decision, Route, WeatherInput } from '../../preload/contract/dispatch.ts';
import type { CloseReason, Emergency, EmergencyInput } from '../../preload/contract/emergencies.ts';
import type { BaseStation, DroneRecord, DroneStatus } from '../../preload/contract/fleet.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { MissionEvent, MissionEventType, MissionStatus } from '../../preload/contract/missions.ts';
import type { RetentionRun } from '../../preload/contract/records.ts';
import type { FlightPlan, MissionRecord } from './mission-record.ts';
import type { HealthReads, HealthWrites } from './query-map-health.ts';
import type { ModelReads, ModelWrites } from './query-map-models.ts';
import type { PeopleReads, PeopleWrites } from './query-map-people.ts';
import type { SyncReads, SyncWrites } from './query-map-sync.ts';
import type { ReportQueries } from './report-map.ts';
import type { SyncLiveQueries } from './sync-live-map.ts';

/**
 * Every call that the station may make of its database, typed in one place. The worker's implementations and the
 * client are both checked against it: a missing query does not compile. Reads run in read-only transactions.
 */
export interface ReadQueries
  extends ReportQueries,
    HealthReads,
    ModelReads,
    PeopleReads,
    SyncReads,
    SyncLiveQueries {
  droneRecords(input: Record<string, never>): DroneRecord[];
  baseStations(input: Record<string, never>): BaseStation[];
  /** Registered drones by distance from `destination` (PostGIS, geodesic), nearest first. */
  dronesByDistance(input: { destination: Position; limit: number }): { droneId: string; distanceM: number }[];
  allZones(input: { nowMs: number }): Zone[];
  /**
   * Zones in force at any moment of [fromMs, untilMs] that forbid `altitudeAglM` and lie within `corridorM` of the
   * line, each grown by `marginM` (ST_Buffer on geography), merged where they overlap unless that would hide a free
   * pocket among them; outer rings only.
   */
  obstacles(input: {
    line: Position[];
    corridorM: number;
    marginM: number;
    altitudeAglM: number;
    fromMs: number;
    untilMs: number;
  }): { rings: Position[][] };
  /** The nearest zone in force to the line or point, within 50 km. `clearanceM` 0 means that it touches or crosses. */
  nearestZone(input: { line: Position[]; altitudeAglM: number; fromMs: number; untilMs: number }): {
    zoneId: string;
    name: string;
    clearanceM: number;
  } | null;
  /** Zones in force at the moment that contain or come within `withinM` of a point, at any altitude (landing). */
  zonesAtPoint(input: { point: Position; withinM: number; fromMs: number; untilMs: number }): {
    zoneId: string;
    name: string;
    clearanceM: number;
  }[];
  emergency(input: { emergencyId: string }): Emergency | null;
  openEmergencies(input: Record<string, never>): Emergency[];
  mission(input: { missionId: string }): MissionRecord | null;
  /** Of this station: another one's missions are not for it to take up. */
  unfinishedMissions(input: Record<string, never>): MissionRecord[];
  /** Those of the missions that whoever asks may see. */
  visibleMissions(input: { missionIds: readonly string[] }): string[];
  recentMissions(input: { limit: number }): MissionRecord[];
  missionEvents(input: { missionId: string }): MissionEvent[];
  /** What the events of a mission measured; null where none did. Milliseconds and metres. */
  missionFigures(input: { missionId: string }): {
    acceptToFirstCommandMs: number | null;
    abortToFirstPacketMs: number | null;
    /** Distance of the landing place from the destination. */
    deliveryErrorM: number | null;
  };
  missionTranscript(input: { missionId: string }): TranscriptRecord[];
  /** The flown path, oldest first, thinned evenly to at most `maximumPoints`. */
  flownPath(input: { missionId: string; maximumPoints: number }): Position[];
  telemetryCount(input: { missionId: string }): number;
  /** Smallest distance of the recorded path to any zone that was in force in [fromMs, untilMs]; null: no zone. */
  flownClearance(input: { missionId: string }): number | null;
  databaseSize(input: Record<string, never>): number;
  /** Newest first. */
  retentionRuns(input: { limit: number }): RetentionRun[];
  /** What was saved under the name; null: nothing. Whoever reads it checks what it holds. */
  setting(input: { name: string }): Record<string, unknown> | null;
}

export interface WriteQueries extends HealthWrites, ModelWrites, PeopleWrites, SyncWrites {
  createEmergency(input: EmergencyInput & { emergencyId: string; nowMs: number }): Emergency;
  updateEmergency(input: EmergencyInput & { emergencyId: string }): Emergency;
  closeEmergency(input: {
    emergencyId: string;
    reason: CloseReason;
    note: string | null;
    byDispatcherId: string;
    nowMs: number;
  }): Emergency;
  registerDrone(input: {
    droneId: string;
    systemId: number;
    serialNumber: string;
    baseStationId: string;
    model: string | undefined;
  }): DroneRecord;
  setDroneStatus(input: { droneId: string; status: DroneStatus }): DroneRecord;
  /** What was last heard, for the days when the drone is silent: battery, position, firmware. Not durable at once. */
  recordDroneSeen(input: {
    drones: {
      droneId: string;
      batteryPercent: number | null;
      position: Position | null;
      altitudeAmslM: number | null;
      firmware: string | null;
      modelVersion: string | null;
    }[];
  }): void;
  createZone(input: ZoneInput & { zoneId: string; nowMs: number }): Zone;
  /** Refuses with CONFLICT unless `version` is the stored one. */
  updateZone(input: ZoneInput & { zoneId: string; version: number; nowMs: number }): Zone;
  /**
   * One durable transaction: the mission (status LAUNCHED), its LAUNCH event, its weather rows, the drone IN_FLIGHT.
   * Refuses with DRONE_BUSY when the drone already has an unfinished mission.
   */
  createMission(input: NewMission): MissionRecord;
  /**
   * One durable transaction: events, and the changes of the mission that they stand for. Status only moves forward
   * (F5): a backward move leaves the status as it is; a terminal mission changes in its outcome fields only
   * (MISSION_OVER otherwise). COMPLETED and ABORTED free the drone with `droneStatusAfter`.
   */
  recordMissionProgress(input: {
    missionId: string;
    events: NewMissionEvent[];
    changes: MissionChanges;
    droneStatusAfter?: DroneStatus;
  }): MissionRecord;
  /** Batched, asynchronous commit (made durable within a second); also keeps `telemetry_1min` up to date. */
  appendTelemetry(input: { rows: TelemetryRow[] }): { inserted: number };
  appendTranscript(input: NewTranscriptLine): void;
  /**
   * Removes at most `limit` rows that are older than `beforeMs`, oldest first; those from `unsentFromMs` on count as
   * not sent yet. Waits behind, and gives way to, everything else.
   */
  removeExpired(input: {
    table: RetentionRun['table'];
    beforeMs: number;
    unsentFromMs: number;
    limit: number;
  }): { removed: number; removedUnsent: number };
  recordRetentionRun(input: RetentionRun): void;
  saveSetting(input: { name: string; value: Record<string, unknown>; nowMs: number }): void;
  /** A base station that the command line names and nobody has entered yet. Does nothing when it exists. */
  ensureBaseStation(input: { baseStationId: string; position: Position }): BaseStation;
  /** The town, fleet and accounts of the demo, with this password for every account. Idempotent. */
  seedDemo(input: { password: string; nowMs: number }): void;
}

export interface NewMission {
  missionId: string;
  emergencyId: string;
  droneId: string;
  dispatcherId: string;
  dispatcherName: string;
  destination: Position;
  destinationAddress: string | null;
  nowMs: number;
  estimatedEtaS: number;
  riskScore: number;
  landingZoneConfidence: number | null;
  plan: FlightPlan;
  route: Route;
  /** Kept whole as `ai_recommendation`. */
  decision: Decision;
  override: { reason: string; byDispatcherId: string } | null;
  weather: (WeatherInput & { source: string; position: Position; observedAtMs: number; weatherId: string })[];
  events: NewMissionEvent[];
}

export interface NewMissionEvent {
  eventId: string;
  type: MissionEventType;
  atMs: number;
  source: MissionEvent['source'];
  sentence: string;
  data?: Record<string, string | number | boolean | null>;
}

export interface MissionChanges {
  status?: MissionStatus;
  arrivedAtMs?: number;
  aedDeployedAtMs?: number;
  completedAtMs?: number;
  abortedAtMs?: number;
  abortReason?: string;
  actualEtaS?: number;
  aedDeployed?: boolean;
  landingZoneConfidence?: number;
  voiceAiActive?: boolean;
  languageDetected?: string;
  conversationState?: string;
  plan?: FlightPlan;
  outcome?: {
    bystanderUsedAed: boolean | null;
    shockDelivered: boolean | null;
    ambulanceArrivedAtMs: number | null;
    patientOutcome: 'SURVIVED' | 'TRANSPORTED' | 'DECEASED' | 'UNKNOWN' | null;
  };
}

export interface TelemetryRow {
  atMs: number;
  missionId: string;
  droneId: string;
  latitudeDeg: number;
  longitudeDeg: number;
  altitudeAmslM: number;
  groundSpeedMps: number | null;
  headingDeg: number | null;
  batteryPercent: number | null;
  satellites: number | null;
  gpsFixQuality: string | null;
  obstacles: number | null;
  persons: number | null;
  landingZoneConfidence: number | null;
  navigationMode: 'MANUAL' | 'ASSISTED' | 'AUTONOMOUS' | null;
  distanceToDestinationM: number | null;
  temperatureC: number | null;
}

export interface TranscriptRecord {
  atMs: number;
  speaker: 'DRONE' | 'BYSTANDER' | 'AED_DEVICE';
  text: string;
  language: string;
  confidence: number | null;
  conversationState: string | null;
}

export interface NewTranscriptLine extends TranscriptRecord {
  transcriptId: string;
  missionId: string;
}

/** The query as the station calls it: a promise of the result. */
export type Callable<Queries> = {
  readonly [Name in keyof Queries]: Queries[Name] extends (input: infer Input) => infer Output
    ? (input: Input) => Promise<Output>
    : never;
};
