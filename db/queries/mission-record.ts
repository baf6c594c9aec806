import type { Position } from '../../preload/contract/geo.ts';
import type { MissionStatus } from '../../preload/contract/missions.ts';

/** The plan that a mission flies, kept with it so that a restarted station knows it. */
export interface FlightPlan {
  systemId: number;
  home: Position;
  destination: Position;
  cruiseAltitudeRelativeHomeM: number;
  cruiseSpeedMps: number;
  outbound: Position[];
  homebound: Position[];
  clearanceM: number | null;
}

export interface MissionRecord {
  missionId: string;
  emergencyId: string;
  droneId: string;
  dispatcherId: string;
  dispatcherName: string | null;
  status: MissionStatus;
  destination: Position;
  destinationAddress: string | null;
  launchedAtMs: number;
  arrivedAtMs: number | null;
  aedDeployedAtMs: number | null;
  completedAtMs: number | null;
  abortedAtMs: number | null;
  estimatedEtaS: number | null;
  actualEtaS: number | null;
  abortReason: string | null;
  aedDeployed: boolean | null;
  voiceExchanges: number;
  plan: FlightPlan | null;
  /** The station that flies it; null: this one. */
  remoteStationId: string | null;
}
