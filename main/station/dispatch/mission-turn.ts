import type { MissionChanges } from '../../../db/queries/query-map.ts';
import type { AlertLevel } from '../../../preload/contract/alerts.ts';
import type { ErrorCode } from '../../../preload/contract/errors.ts';
import type { DroneStatus } from '../../../preload/contract/fleet.ts';
import type { MissionStatus } from '../../../preload/contract/missions.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import {
  type AircraftCommand,
  type AlertKind,
  type EventDraft,
  isTerminal,
  type MissionEffect,
  type MissionState,
  type MissionStep,
  mayFollow,
  type Purpose,
} from './mission-state.ts';

const COMMAND_NAMES: Record<AircraftCommand['kind'], string> = {
  UPLOAD_PLAN: 'Upload flight plan',
  UPLOAD_EXCLUSIONS: 'Upload no-fly zones',
  ARM: 'Arm',
  START: 'Start mission',
  RESUME: 'Go on',
  HOLD: 'Hold',
  RETURN_HOME: 'Return home',
  LAND_HERE: 'Land here',
  RELEASE_AED: 'Release AED',
};

/** Problems of the flight that is over end with it; these stay until the mission leaves the screen. */
const ALERTS_THAT_OUTLIVE_THE_FLIGHT: readonly AlertKind[] = ['launch-failed', 'failsafe', 'landed-away'];

/** One step of the mission machine in the making: a draft of the next state, and what is to be done. */
export class Turn {
  readonly state: MissionState;
  readonly atMs: number;
  readonly #effects: MissionEffect[] = [];
  readonly #events: EventDraft[] = [];
  #changes: MissionChanges = {};
  #droneStatusAfter: DroneStatus | undefined;
  #refusal: MissionStep['refusal'] = null;

  constructor(state: MissionState, atMs: number) {
    this.state = { ...state };
    this.atMs = atMs;
  }

  get inContact(): boolean {
    return this.state.contact === 'LIVE' || this.state.contact === 'STALE';
  }

  /** Sends at once or not at all: out of contact nothing is sent and nothing is kept for later (F1). */
  send(purpose: Purpose, command: AircraftCommand): boolean {
    if (!this.inContact) return false;
    const commandId = this.state.nextId++;
    this.state.inFlight = { commandId, purpose };
    this.state.watch = null;
    this.state.command = {
      name: COMMAND_NAMES[command.kind],
      state: 'SENT',
      sentence: 'Sent. Waiting for the drone to answer.',
      atMs: this.atMs,
    };
    this.#effects.push({ kind: 'SEND', commandId, command });
    return true;
  }

  /** Asks for a way home round the zones. The answer comes as HOMEWARD. */
  planHomeward(purpose: 'RETURN' | 'ABORT') {
    const { position } = this.state.seen;
    if (position === null) return;
    const requestId = this.state.nextId++;
    this.state.planning = { requestId, purpose };
    this.#effects.push({ kind: 'PLAN_HOMEWARD', requestId, from: position, to: this.state.plan.home });
  }

  /** What the vehicle's mode should be from now on. */
  expectMode(kind: VehicleState['modeKind']): void {
    this.state.expectedMode = { kind, sinceMs: this.atMs, seen: false };
  }

  event(
    type: EventDraft['type'],
    source: EventDraft['source'],
    sentence: string,
    data?: EventDraft['data'],
  ): void {
    this.#events.push(data === undefined ? { type, source, sentence } : { type, source, sentence, data });
  }

  /** Moves the status forward (F5) together with what it changes; false when it may not follow. */
  advance(status: MissionStatus, changes: Omit<MissionChanges, 'status'> = {}): boolean {
    if (!mayFollow(this.state.status, status)) return false;
    this.state.status = status;
    this.#changes = { ...this.#changes, ...changes, status };
    return true;
  }

  change(changes: Omit<MissionChanges, 'status'>): void {
    // A terminal record is closed; only the step that closes it may still write to it.
    if (isTerminal(this.state.status) && this.#changes.status === undefined) return;
    this.#changes = { ...this.#changes, ...changes };
  }

  droneStatusAfter(status: DroneStatus): void {
    if (this.#changes.status !== undefined) this.#droneStatusAfter = status;
    else if (isTerminal(this.state.status)) this.#effects.push({ kind: 'SET_DRONE_STATUS', status });
  }

  raise(alert: AlertKind, level: AlertLevel, sentence: string): void {
    if (!this.state.alerts.includes(alert)) this.state.alerts = [...this.state.alerts, alert];
    this.#effects.push({ kind: 'RAISE', alert, level, sentence });
  }

  clear(alert: AlertKind): void {
    if (!this.state.alerts.includes(alert)) return;
    this.state.alerts = this.state.alerts.filter((raised) => raised !== alert);
    this.#effects.push({ kind: 'CLEAR', alert });
  }

  refuse(code: ErrorCode, sentence: string): void {
    this.#refusal = { code, sentence };
  }

  /** The drone stands still and nothing more will be done for this mission. */
  over(droneStatus: DroneStatus): void {
    this.state.phase = 'OVER';
    this.state.overAtMs = this.atMs;
    this.state.leavesSceneAtMs = null;
    this.state.timeToSceneS = null;
    this.state.inFlight = null;
    this.state.watch = null;
    this.state.planning = null;
    this.droneStatusAfter(droneStatus);
    for (const alert of this.state.alerts)
      if (!ALERTS_THAT_OUTLIVE_THE_FLIGHT.includes(alert)) this.clear(alert);
  }

  finish(): MissionStep {
    const events = this.#events;
    const changes = this.#changes;
    if (events.length > 0 || Object.keys(changes).length > 0) {
      const after = this.#droneStatusAfter;
      this.#effects.push(
        after === undefined
          ? { kind: 'RECORD', events, changes }
          : { kind: 'RECORD', events, changes, droneStatusAfter: after },
      );
    }
    return { state: this.state, effects: orderOfUrgency(this.#effects), refusal: this.#refusal };
  }
}

/** Commands first, whatever else is to be done: an abort must not wait for a disk. */
function orderOfUrgency(effects: readonly MissionEffect[]): MissionEffect[] {
  return [...effects.filter(({ kind }) => kind === 'SEND'), ...effects.filter(({ kind }) => kind !== 'SEND')];
}
