import type { FlightPlan } from '../../../db/queries/mission-record.ts';
import type { MissionChanges } from '../../../db/queries/query-map.ts';
import type { AlertLevel } from '../../../preload/contract/alerts.ts';
import type { ErrorCode } from '../../../preload/contract/errors.ts';
import type { DroneStatus } from '../../../preload/contract/fleet.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type {
  MissionEvent,
  MissionEventType,
  MissionStatus,
  MissionSummary,
} from '../../../preload/contract/missions.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { CommandOutcome, PlanItem } from '../ports/aircraft.ts';

/** Horizontal distance from the destination at which the drone has arrived. */
export const ARRIVED_WITHIN_M = 15;
/** Horizontal distance within which a landing counts as at the destination, or at home. */
export const LANDED_WITHIN_M = 30;
/** Farther from the destination than this, a landing is no delivery any more. */
export const DELIVERABLE_WITHIN_M = 100;
/** F10: older data decides nothing. */
export const FRESH_MS = 3_000;
/** How long the vehicle's state is watched for the effect of a command that nobody answered. */
export const WATCH_UNKNOWN_MS = 5_000;
/** On the ground for this long without a break before it counts as landed. */
export const LANDED_FOR_MS = 1_000;
/** The compartment must be seen open this soon after the drone accepted the release. */
export const OPEN_WITHIN_MS = 15_000;
/** Open for this long with the AED still inside: somebody should be told. */
export const NOT_TAKEN_AFTER_MS = 120_000;
/** Started, and still on the ground. */
export const NO_TAKEOFF_AFTER_MS = 15_000;
/** How old the answer "the straight way home is clear" may be when an abort relies on it. */
export const STRAIGHT_HOME_FRESH_MS = 6_000;
/** After a restart of the station, drones need a moment to be heard. */
export const FIRST_HEARD_WITHIN_MS = 10_000;
/** A drone that comes home with less goes to the charger. */
export const READY_BATTERY_PERCENT = 80;

/** What a command is for: its outcome is read in this light. */
export type Purpose =
  | 'LAUNCH_PLAN'
  | 'LAUNCH_FENCE'
  | 'LAUNCH_ARM'
  | 'LAUNCH_START'
  | 'RELEASE'
  | 'RETURN_PLAN'
  | 'RETURN_ARM'
  | 'RETURN_START'
  | 'ABORT_RETURN'
  | 'ABORT_HOLD'
  | 'ABORT_PLAN'
  | 'ABORT_START'
  | 'ABORT_LAND'
  | 'HOLD'
  | 'RESUME';

/** A command whose unknown outcome can be seen in the vehicle's state. */
export type WatchedPurpose = 'LAUNCH_ARM' | 'LAUNCH_START' | 'RETURN_ARM' | 'RETURN_START';

export type AircraftCommand =
  | { kind: 'UPLOAD_PLAN'; items: readonly PlanItem[] }
  /** The zones along this line, read when the command is sent. */
  | { kind: 'UPLOAD_EXCLUSIONS'; line: readonly Position[] }
  /** For a launch the drone's home is where it stands; for the way back it stays where the launch was. */
  | { kind: 'ARM'; setsHome: boolean }
  | { kind: 'START' }
  | { kind: 'RESUME' }
  | { kind: 'HOLD' }
  | { kind: 'RETURN_HOME' }
  | { kind: 'LAND_HERE' }
  | { kind: 'RELEASE_AED' };

export type AlertKind =
  | 'launch-failed'
  | 'fence-missing'
  | 'no-takeoff'
  | 'link-lost'
  | 'failsafe'
  | 'off-mission'
  | 'command'
  | 'abort'
  | 'release'
  | 'not-taken'
  | 'return'
  | 'landed-away';

type ModeKind = VehicleState['modeKind'];

/** Everything the station knows about one mission. Only `reduceMission` makes a new one. */
export interface MissionState {
  missionId: string;
  emergencyId: string;
  droneId: string;
  dispatcherName: string | null;
  destinationAddress: string | null;
  launchedAtMs: number;
  estimatedEtaS: number | null;
  sceneDwellMs: number;
  /** Since when this station process follows the mission. */
  followedSinceMs: number;

  plan: FlightPlan;
  status: MissionStatus;
  phase: MissionSummary['phase'];
  actualEtaS: number | null;
  timeToSceneS: number | null;
  /** Over ground, for what is left of the way; null before the first sight in flight. */
  expectedSpeedMps: number | null;
  leavesSceneAtMs: number | null;
  abortReason: string | null;
  aedDeployed: boolean | null;
  overAtMs: number | null;

  command: MissionSummary['command'];
  inFlight: { commandId: number; purpose: Purpose } | null;
  watch: { purpose: WatchedPurpose; untilMs: number } | null;
  /** A homeward route is being computed; answers to older requests are ignored. */
  planning: { requestId: number; purpose: 'RETURN' | 'ABORT' } | null;
  nextId: number;
  /** What a person asked for, until the abort is recorded. */
  abortRequested: string | null;
  /** Machine time from a person's click to the first packet on the wire. */
  acceptToFirstCommandMs: number | null;
  abortToFirstPacketMs: number | null;

  /** Null: not heard since this station process follows the mission. */
  contact: VehicleState['contact'] | null;
  /** Nothing was seen since contact was lost (or the station started): what happened meanwhile was not witnessed. */
  blind: boolean;
  seen: {
    position: Position | null;
    positionAtMs: number;
    armed: boolean;
    airborne: boolean;
    landedSinceMs: number | null;
    batteryPercent: number | null;
  };
  /** The mode that the last accepted command leads to, and whether it was seen since. */
  expectedMode: { kind: ModeKind; sinceMs: number; seen: boolean } | null;
  armedRecorded: boolean;
  /** Since the plan in force was started. */
  hasFlown: boolean;
  startedAtMs: number | null;
  landingInitiated: boolean;
  /** Where the AED compartment was seen to be in its story. */
  releaseDeadlineMs: number | null;
  openedAtMs: number | null;
  aedSeenInside: boolean;
  restartCountdown: boolean;
  homewardStarted: boolean;
  airborneInAbort: boolean;
  straightHome: { clear: boolean; atMs: number } | null;
  alerts: readonly AlertKind[];
}

export interface ActingPerson {
  dispatcherId: string;
  displayName: string;
}

export type PersonAct =
  | { kind: 'ABORT'; reason: string }
  | { kind: 'LAND_HERE'; reason: string }
  | { kind: 'HOLD' }
  | { kind: 'RESUME' }
  | { kind: 'RELEASE_AGAIN' }
  | { kind: 'CONFIRM_DELIVERY'; note: string | null }
  | { kind: 'RETURN_NOW' }
  | { kind: 'STAY_ON_SCENE' };

export type MissionInput =
  /** The mission is recorded: begin to send. */
  | { kind: 'LAUNCH' }
  /** The vehicle as it is known now; null: never heard. Also how time passes: at least twice a second. */
  | { kind: 'SAMPLE'; vehicle: VehicleState | null }
  /** The command's first packet is on the wire; machine time since the person's request that led to it. */
  | { kind: 'FIRST_PACKET'; commandId: number; sinceRequestMs: number }
  | { kind: 'PROGRESS'; commandId: number; percent: number | null }
  | { kind: 'OUTCOME'; commandId: number; outcome: CommandOutcome }
  | { kind: 'PERSON'; act: PersonAct; person: ActingPerson }
  /** The answer to PLAN_HOMEWARD; null: there is no way round the zones, or it could not be computed. */
  | {
      kind: 'HOMEWARD';
      requestId: number;
      route: { waypoints: Position[]; clearanceM: number | null } | null;
    }
  | { kind: 'STRAIGHT_HOME'; clear: boolean }
  | { kind: 'VOICE'; first: boolean; language: string; conversationState: string | null }
  /** A zone that came into force lies across the route: told by an alert of its own, kept with the mission here. */
  | { kind: 'ZONE_CONFLICT'; sentence: string }
  /** The station found this mission unfinished when it started. */
  | { kind: 'RECOVERED' };

export interface EventDraft {
  type: MissionEventType;
  source: MissionEvent['source'];
  sentence: string;
  data?: Record<string, string | number | boolean | null>;
}

export type MissionEffect =
  | { kind: 'SEND'; commandId: number; command: AircraftCommand }
  | { kind: 'PLAN_HOMEWARD'; requestId: number; from: Position; to: Position }
  | { kind: 'RAISE'; alert: AlertKind; level: AlertLevel; sentence: string }
  | { kind: 'CLEAR'; alert: AlertKind }
  | { kind: 'RECORD'; events: EventDraft[]; changes: MissionChanges; droneStatusAfter?: DroneStatus }
  /** The drone of a mission whose record is already closed. */
  | { kind: 'SET_DRONE_STATUS'; status: DroneStatus };

export interface MissionStep {
  state: MissionState;
  /** To be run in this order: what is sent comes before what is written. */
  effects: MissionEffect[];
  /** Why a person's act was not done. */
  refusal: { code: ErrorCode; sentence: string } | null;
}

const STATUS_ORDER: readonly MissionStatus[] = [
  'LAUNCHED',
  'IN_FLIGHT',
  'ARRIVED',
  'LANDED',
  'AED_DEPLOYED',
  'RETURNING',
  'COMPLETED',
];

export function isTerminal(status: MissionStatus): boolean {
  return status === 'COMPLETED' || status === 'ABORTED';
}

/** F5: forward only; ABORTED wins over all but COMPLETED; nothing follows a terminal status. */
export function mayFollow(from: MissionStatus, to: MissionStatus): boolean {
  if (isTerminal(from)) return false;
  if (to === 'ABORTED') return true;
  return STATUS_ORDER.indexOf(to) > STATUS_ORDER.indexOf(from);
}

export function hasReached(status: MissionStatus, milestone: MissionStatus): boolean {
  return STATUS_ORDER.indexOf(status) >= STATUS_ORDER.indexOf(milestone);
}
