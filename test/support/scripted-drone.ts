import type {
  Aircraft,
  AircraftDirectory,
  CommandOptions,
  CommandOutcome,
  PlanItem,
  VehicleNotice,
} from '../../main/station/ports/aircraft.ts';
import type { Clock } from '../../main/station/ports/clock.ts';
import type { Position } from '../../preload/contract/geo.ts';
import type { VehicleState } from '../../preload/contract/vehicle.ts';
import { buildVehicle } from './build-vehicle.ts';

const TICK_MS = 100;
const ANSWER_MS = 20;
const TIMEOUT_MS = 3_000;
const CLIMB_MPS = 4;
const METRES_PER_DEGREE = 111_195;

export type Action =
  | 'uploadPlan'
  | 'uploadExclusions'
  | 'arm'
  | 'startMission'
  | 'resumeMission'
  | 'hold'
  | 'returnHome'
  | 'landHere'
  | 'releaseAed';

/** How an action is answered: obeyed and acknowledged, refused, lost on the way there, or its answer lost. */
export type Answer = 'OBEY' | 'LOSE_REQUEST' | 'LOSE_ANSWER' | { refuse: string };

/** A drone that flies its plan in straight lines at constant speed, on the clock that it is given. */
export class ScriptedDrone implements Aircraft {
  readonly systemId: number;
  readonly sent: { action: Action; atMs: number; contact: VehicleState['contact'] }[] = [];
  readonly answers = new Map<Action, Answer>();
  plan: readonly PlanItem[] = [];
  exclusions: readonly (readonly Position[])[] = [];
  aedBehaviour: 'TAKEN' | 'OPENS' | 'JAMS' | 'MUTE' = 'TAKEN';
  batteryPercent = 95;
  contact: VehicleState['contact'] = 'LIVE';
  mode: VehicleState['modeKind'] = 'GUIDED';
  armed = false;
  at: Position;
  heightM = 0;
  statusTexts: VehicleState['statusTexts'] = [];
  aed: Pick<NonNullable<VehicleState['aed']>, 'compartment' | 'present' | 'removed'> = {
    compartment: 'CLOSED',
    present: true,
    removed: false,
  };
  readonly #clock: Clock;
  readonly #home: Position;
  #item = 0;
  #speedMps = 10;
  #ground = 0;
  #climb = 0;
  #heardAtMs: number;
  #lastHeard: VehicleState | null = null;

  constructor(clock: Clock, systemId: number, at: Position) {
    this.#clock = clock;
    this.systemId = systemId;
    this.at = at;
    this.#home = at;
    this.#heardAtMs = clock.nowMs();
    clock.every(TICK_MS, () => this.#fly());
  }

  /** Out of contact the station keeps the last that it heard. */
  state(): VehicleState {
    if (this.contact === 'LOST' && this.#lastHeard !== null)
      return { ...this.#lastHeard, contact: 'LOST', lastHeardMsAgo: this.#clock.nowMs() - this.#heardAtMs };
    this.#heardAtMs = this.#clock.nowMs();
    this.#lastHeard = this.#state();
    return this.#lastHeard;
  }

  uploadPlan(items: readonly PlanItem[], options?: CommandOptions): Promise<CommandOutcome> {
    return this.#do('uploadPlan', options, () => {
      this.plan = items;
      this.#item = 0;
    });
  }

  uploadExclusions(
    rings: readonly (readonly Position[])[],
    options?: CommandOptions,
  ): Promise<CommandOutcome> {
    return this.#do('uploadExclusions', options, () => {
      this.exclusions = rings;
    });
  }

  arm(options?: CommandOptions): Promise<CommandOutcome> {
    return this.#do('arm', options, () => {
      this.mode = 'GUIDED';
      this.armed = true;
    });
  }

  startMission(options?: CommandOptions): Promise<CommandOutcome> {
    return this.#do('startMission', options, () => {
      this.mode = 'MISSION';
      this.#item = 0;
    });
  }

  resumeMission(options?: CommandOptions): Promise<CommandOutcome> {
    return this.#do('resumeMission', options, () => {
      this.mode = 'MISSION';
    });
  }

  hold(options?: CommandOptions): Promise<CommandOutcome> {
    return this.#do('hold', options, () => {
      this.mode = 'HOLD';
    });
  }

  returnHome(options?: CommandOptions): Promise<CommandOutcome> {
    return this.#do('returnHome', options, () => {
      this.mode = 'RETURN';
    });
  }

  landHere(options?: CommandOptions): Promise<CommandOutcome> {
    return this.#do('landHere', options, () => {
      this.mode = 'LAND';
    });
  }

  releaseAed(options?: CommandOptions): Promise<CommandOutcome> {
    return this.#do('releaseAed', options, () => {
      if (this.aedBehaviour === 'MUTE') return;
      this.aed = { ...this.aed, compartment: this.aedBehaviour === 'JAMS' ? 'JAMMED' : 'OPENING' };
      if (this.aedBehaviour === 'JAMS') return;
      this.#clock.after(2_000, () => {
        this.aed = { ...this.aed, compartment: 'OPEN' };
      });
      if (this.aedBehaviour === 'TAKEN') this.#clock.after(8_000, () => this.takeAed());
    });
  }

  takeAed(): void {
    this.aed = { compartment: 'OPEN', present: false, removed: true };
  }

  actions(): Action[] {
    return this.sent.map(({ action }) => action);
  }

  #do(action: Action, options: CommandOptions | undefined, obey: () => void): Promise<CommandOutcome> {
    this.sent.push({ action, atMs: this.#clock.nowMs(), contact: this.contact });
    options?.onFirstPacket?.();
    const answer = this.answers.get(action) ?? 'OBEY';
    return new Promise((resolve) => {
      const unanswered = (): void =>
        resolve({ state: 'UNKNOWN', sentence: 'The drone did not answer in time.' });
      if (this.contact === 'LOST' || answer === 'LOSE_REQUEST')
        return void this.#clock.after(TIMEOUT_MS, unanswered);
      this.#clock.after(ANSWER_MS, () => {
        if (typeof answer === 'object') return resolve({ state: 'REFUSED', sentence: answer.refuse });
        obey();
        if (answer === 'OBEY') return resolve({ state: 'ACCEPTED' });
        this.#clock.after(TIMEOUT_MS, unanswered);
      });
    });
  }

  #fly() {
    this.#ground = 0;
    this.#climb = 0;
    if (!this.armed) return;
    if (this.mode === 'LAND') return this.#descend();
    if (this.mode === 'RETURN') {
      if (this.#moveTo(this.#home, 10)) this.#descend();
      return;
    }
    if (this.mode !== 'MISSION') return;
    const item = this.plan[this.#item];
    if (item === undefined) return;
    if (item.kind === 'SPEED') this.#speedMps = item.groundSpeedMps;
    const done =
      item.kind === 'SPEED' ||
      (item.kind === 'TAKEOFF' && this.#climbTo(item.altitudeRelativeHomeM)) ||
      (item.kind === 'WAYPOINT' && this.#moveTo(item.position, this.#speedMps));
    if (item.kind === 'LAND' && this.#moveTo(item.position, this.#speedMps)) this.#descend();
    if (done) this.#item += 1;
  }

  #climbTo(heightM: number): boolean {
    this.#climb = CLIMB_MPS;
    this.heightM = Math.min(heightM, this.heightM + (CLIMB_MPS * TICK_MS) / 1_000);
    return this.heightM >= heightM;
  }

  /** Autopilots disarm when they have landed. */
  #descend(): void {
    this.#climb = -CLIMB_MPS;
    this.heightM = Math.max(0, this.heightM - (CLIMB_MPS * TICK_MS) / 1_000);
    if (this.heightM === 0) this.armed = false;
  }

  #moveTo(goal: Position, speedMps: number): boolean {
    const east = (goal.longitudeDeg - this.at.longitudeDeg) * Math.cos((this.at.latitudeDeg * Math.PI) / 180);
    const north = goal.latitudeDeg - this.at.latitudeDeg;
    const leftM = Math.hypot(east, north) * METRES_PER_DEGREE;
    const stepM = (speedMps * TICK_MS) / 1_000;
    if (leftM <= stepM) {
      this.at = goal;
      return true;
    }
    this.#ground = speedMps;
    const share = stepM / leftM;
    this.at = {
      latitudeDeg: this.at.latitudeDeg + share * north,
      longitudeDeg: this.at.longitudeDeg + share * (goal.longitudeDeg - this.at.longitudeDeg),
    };
    return false;
  }

  #state(): VehicleState {
    const nowMs = this.#clock.nowMs();
    return buildVehicle(nowMs, {
      systemId: this.systemId,
      contact: this.contact,
      position: {
        ...this.at,
        altitudeAmslM: 20 + this.heightM,
        altitudeRelativeHomeM: this.heightM,
        receivedAtMs: nowMs,
      },
      velocity: {
        groundSpeedMps: this.#ground,
        airSpeedMps: null,
        climbRateMps: this.#climb,
        receivedAtMs: nowMs,
      },
      battery: {
        remainingPercent: this.batteryPercent,
        voltageV: 50,
        currentA: 20,
        timeLeftS: null,
        temperatureC: 30,
        receivedAtMs: nowMs,
      },
      modeKind: this.mode,
      modeText: this.mode,
      armed: this.armed,
      landedState: this.heightM > 0 ? 'IN_AIR' : 'ON_GROUND',
      home: { ...this.#home, altitudeAmslM: 20 },
      aed:
        this.aedBehaviour === 'MUTE'
          ? null
          : {
              ...this.aed,
              selfTestPassed: true,
              batteryPercent: 90,
              padExpiryMs: null,
              temperatureC: 20,
              receivedAtMs: nowMs,
            },
      statusTexts: this.statusTexts,
    });
  }
}

/** The drones of a test as the directory that the station sees. */
export class ScriptedFleet implements AircraftDirectory {
  readonly #drones: readonly ScriptedDrone[];
  readonly #listeners = new Set<(notice: VehicleNotice) => void>();

  constructor(drones: readonly ScriptedDrone[]) {
    this.#drones = drones;
  }

  find(systemId: number): ScriptedDrone | null {
    return this.#drones.find((drone) => drone.systemId === systemId) ?? null;
  }

  all(): readonly ScriptedDrone[] {
    return this.#drones;
  }

  onNotice(listener: (notice: VehicleNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  say(notice: VehicleNotice): void {
    for (const listener of this.#listeners) listener(notice);
  }
}
