import type { MissionRecord } from './mission-record.ts';

/** What of other stations' records, and of this one's, the live marks on map and list need. */
export interface SyncLiveQueries {
  /** Of these missions of this station, those of which no change waits to be sent: the centre has them as they are. */
  settledMissions(input: { missionIds: readonly string[] }): string[];
  /** Missions of other stations that are not over, or ended after `endedAfterMs`, as whoever asks may see them. */
  remoteMissions(input: { endedAfterMs: number; limit: number }): MissionRecord[];
  /** Drones that other stations entered. */
  remoteDrones(input: { limit: number }): { droneId: string; stationId: string }[];
}
