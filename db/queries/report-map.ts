import type { Position } from '../../preload/contract/geo.ts';
import type {
  BaseAvailability,
  BaseSuccess,
  MissionReview,
  NearestDrone,
  ResponseTime,
  ReviewCursor,
  ReviewedEvent,
  ReviewedMission,
  ReviewFigures,
  ReviewFilter,
  TrackPoint,
  ZoneConflict,
} from '../../preload/contract/review.ts';

/** The sample and monitoring queries of the data specification, and what the Review workspace adds to them. */
export interface ReportQueries {
  /** Sample query 1. By the records alone: READY, at least `minimumBatteryPercent`, geodesic distance. */
  nearestAvailableDrone(input: { place: Position; minimumBatteryPercent: number }): NearestDrone | null;
  /** Sample query 2: in the order in which they were recorded, with the seconds since the launch. */
  missionTimeline(input: { missionId: string }): ReviewedEvent[];
  /** Sample query 4: missions launched in [fromMs, untilMs) by today's base of their drone, best first. */
  successRateByBase(input: { fromMs: number; untilMs: number }): BaseSuccess[];
  /** Sample query 5: every mission that is not over against every zone in force at `nowMs`. */
  missionZoneConflicts(input: { nowMs: number }): ZoneConflict[];
  /** Monitoring 1. */
  activeMissionCount(input: Record<string, never>): number;
  /** Monitoring 2: of missions launched in [fromMs, untilMs). */
  responseTime(input: { fromMs: number; untilMs: number }): ResponseTime;
  /** Monitoring 3: every status, also those that no drone has. */
  dronesByStatus(input: Record<string, never>): ReviewFigures['dronesByStatus'];
  /** The view of the same name, with the names of the bases; also bases without a drone. */
  fleetAvailability(input: Record<string, never>): BaseAvailability[];
  /** Newest first; `after` is the last one of the page before. */
  searchMissions(input: ReviewFilter & { after: ReviewCursor | null; limit: number }): ReviewedMission[];
  /** Everything about one mission but its lists and its lines. */
  missionFacts(input: { missionId: string }): MissionFacts | null;
  /** At most `maximumPoints` rows of telemetry, oldest first, the first and the last among them. */
  missionTrack(input: { missionId: string; maximumPoints: number }): TrackPoint[];
  /** The way as it was flown, as kept with the mission: there when the telemetry is not any more. */
  keptFlightPath(input: { missionId: string; maximumPoints: number }): Position[];
}

export type MissionFacts = Omit<MissionReview, 'events' | 'transcript' | 'flownPath'>;
