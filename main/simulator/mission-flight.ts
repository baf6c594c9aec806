import type { Airframe, VelocityDemand } from './airframe.ts';
import type { LocalPoint } from './local-frame.ts';
import { flyTo, HOVERING, Hold, horizontalDistanceM, Landing, ReturnFlight, STILL } from './navigation.ts';
import type { Parameters } from './parameters.ts';
import { PLAN_COMMAND, type StoredItem } from './plan-storage.ts';

const C = PLAN_COMMAND;

interface MissionHost {
  readonly airframe: Airframe;
  readonly parameters: Parameters;
  items(): readonly StoredItem[];
  place(item: StoredItem): LocalPoint;
  home(): LocalPoint;
  hasPosition(): boolean;
  /** Whether the vehicle may leave the ground: ArduCopter waits for MISSION_START or a raised throttle. */
  mayTakeOff(): boolean;
  reached(sequence: number): void;
  say(text: string): void;
  gripper(release: boolean): void;
}

/** Most sideways speed that a turn may leave: it carries the vehicle about 2 m beside its line. */
const SIDEWAYS_AT_TURN_MPS = 3;

/** MISSION_STATE of MISSION_CURRENT. */
export type MissionState = 'NOT_STARTED' | 'ACTIVE' | 'PAUSED' | 'COMPLETE';

/** What the vehicle is doing for the item it flies; made anew for each item and each time the mission goes on. */
type Leg =
  | { kind: 'TAKEOFF'; target: LocalPoint }
  | { kind: 'WAYPOINT'; target: LocalPoint; from: LocalPoint; holdS: number; reached: boolean }
  | { kind: 'APPROACH'; target: LocalPoint; from: LocalPoint; atGround: 'LAND' | 'PLACE' }
  | { kind: 'LAND'; landing: Landing; atGround: 'LAND' | 'PLACE'; cruiseUpM: number }
  | { kind: 'RETURN'; flight: ReturnFlight }
  | { kind: 'HOLD'; hold: Hold };

/** Executes the stored mission while the vehicle is in AUTO. Items are read when they are begun, as ArduPilot does. */
export class MissionFlight {
  /** Sequence number of the current item, as MISSION_CURRENT shows it. */
  current = 0;
  state: MissionState = 'NOT_STARTED';
  readonly #host: MissionHost;
  #leg: Leg | null = null;
  #speedMps: number;

  constructor(host: MissionHost) {
    this.#host = host;
    this.#speedMps = host.parameters.get('WPNAV_SPEED') / 100;
  }

  /** What the vehicle is about to do with the ground, for EXTENDED_SYS_STATE. */
  get verticalIntent(): 'TAKEOFF' | 'LANDING' | 'NONE' {
    if (this.state !== 'ACTIVE') return 'NONE';
    if (this.#leg?.kind === 'TAKEOFF') return 'TAKEOFF';
    if (this.#leg?.kind === 'LAND') return 'LANDING';
    return this.#leg?.kind === 'RETURN' && this.#leg.flight.phase === 'DESCEND' ? 'LANDING' : 'NONE';
  }

  /** Where the current leg leads, or null when it leads nowhere. */
  get target(): LocalPoint | null {
    return this.#leg !== null && 'target' in this.#leg ? this.#leg.target : null;
  }

  startsWithTakeoff(): boolean {
    const first = this.#host.items().find((item, index) => index > 0 && isNavigation(item));
    return first?.command === C.TAKEOFF;
  }

  startOrResume(): void {
    if (this.state === 'PAUSED') {
      this.state = 'ACTIVE';
      this.#leg = null;
      this.#begin(this.current);
    } else if (this.state !== 'ACTIVE') {
      this.#speedMps = this.#host.parameters.get('WPNAV_SPEED') / 100;
      this.state = 'ACTIVE';
      this.#begin(Math.max(1, this.current));
    }
  }

  pause(): void {
    if (this.state === 'ACTIVE') this.state = 'PAUSED';
  }

  /** Back to the first item, as ArduCopter does when it disarms. */
  reset(): void {
    this.state = 'NOT_STARTED';
    this.current = 0;
    this.#leg = null;
  }

  /** Makes an item current; false when there is none with this number. */
  jumpTo(sequence: number): boolean {
    if (sequence >= this.#host.items().length) return false;
    if (this.state === 'ACTIVE') this.#begin(Math.max(1, sequence));
    else {
      if (this.state === 'COMPLETE') this.state = 'NOT_STARTED';
      this.current = sequence;
    }
    return true;
  }

  setSpeed(speedMps: number): void {
    this.#speedMps = speedMps;
  }

  /** @returns what to fly, or null when the mission has ended on the ground. */
  demand(dtS: number): VelocityDemand | null {
    if (!this.#host.mayTakeOff() && this.#host.airframe.onGround) return STILL;
    const leg = this.#leg;
    if (leg === null) return this.#host.airframe.onGround ? null : STILL;
    const { airframe, parameters } = this.#host;
    switch (leg.kind) {
      case 'TAKEOFF':
        if (airframe.upM > leg.target.upM - 0.5) this.#complete();
        return flyTo(airframe, leg.target, parameters, HOVERING);
      case 'WAYPOINT':
        return this.#waypoint(leg, dtS);
      case 'APPROACH':
        if (horizontalDistanceM(airframe, leg.target) < 1 && airframe.groundSpeedMps < 1) {
          this.#leg = {
            kind: 'LAND',
            landing: new Landing(leg.target),
            atGround: leg.atGround,
            cruiseUpM: airframe.upM,
          };
        }
        return flyTo(airframe, leg.target, parameters, {
          cruiseSpeedMps: this.#speedMps,
          from: leg.from,
        });
      case 'LAND':
        return this.#land(leg);
      case 'RETURN':
        if (airframe.onGround) {
          this.#finish();
          return null;
        }
        return leg.flight.demand(dtS, airframe, parameters, this.#host.hasPosition());
      case 'HOLD':
        return leg.hold.demand(airframe, parameters);
    }
  }

  #land(leg: Extract<Leg, { kind: 'LAND' }>): VelocityDemand | null {
    const { airframe, parameters } = this.#host;
    if (!airframe.onGround) return leg.landing.demand(airframe, parameters, this.#host.hasPosition());
    if (leg.atGround === 'LAND') {
      this.#host.reached(this.current);
      this.#finish();
      return null;
    }
    this.#host.gripper(true);
    this.#leg = {
      kind: 'TAKEOFF',
      target: { northM: airframe.northM, eastM: airframe.eastM, upM: leg.cruiseUpM },
    };
    return STILL;
  }

  #waypoint(leg: Extract<Leg, { kind: 'WAYPOINT' }>, dtS: number): VelocityDemand {
    const { airframe, parameters } = this.#host;
    const distanceM = horizontalDistanceM(airframe, leg.target);
    const near =
      distanceM < parameters.get('WPNAV_RADIUS') / 100 || (distanceM < 12 && hasPassed(leg, airframe));
    if (near && Math.abs(leg.target.upM - airframe.upM) < 2) {
      if (!leg.reached) {
        leg.reached = true;
        this.#host.reached(this.current);
        this.#host.say(`Reached command #${this.current}`);
      }
      leg.holdS -= dtS;
      if (leg.holdS <= 0) this.#next();
    }
    return flyTo(airframe, leg.target, parameters, {
      cruiseSpeedMps: this.#speedMps,
      arrivalSpeedMps: this.#passingSpeed(leg),
      from: leg.from,
    });
  }

  /** A waypoint without a delay is flown through; the sharper the turn, the slower. */
  #passingSpeed(leg: Extract<Leg, { kind: 'WAYPOINT' }>): number {
    const following = this.#host
      .items()
      .find((item, index) => index > this.current && isNavigation(item) && item.latitudeE7 !== 0);
    if (leg.holdS > 0 || following?.command !== C.WAYPOINT) return 0;
    const after = this.#host.place(following);
    const inbound = Math.atan2(leg.target.eastM - leg.from.eastM, leg.target.northM - leg.from.northM);
    const outbound = Math.atan2(after.eastM - leg.target.eastM, after.northM - leg.target.northM);
    const turn = outbound - inbound;
    if (Math.cos(turn) < 0.5) return 2;
    return Math.min(this.#speedMps, SIDEWAYS_AT_TURN_MPS / Math.max(0.01, Math.abs(Math.sin(turn))));
  }

  #complete(): void {
    this.#host.reached(this.current);
    this.#next();
  }

  #next(): void {
    this.#begin(this.current + 1);
  }

  /** Does what needs no flying on the way to the next item that does. */
  #begin(sequence: number): void {
    const items = this.#host.items();
    for (let at = sequence; at < items.length; at++) {
      const item = items[at];
      if (item === undefined) break;
      this.current = at;
      if (isNavigation(item)) {
        this.#host.say(`Mission: ${at} ${nameOf(item.command)}`);
        this.#leg = this.#legFor(item);
        return;
      }
      if (item.command === C.CHANGE_SPEED && item.param1 <= 1 && item.param2 > 0)
        this.#speedMps = item.param2;
      if (item.command === C.GRIPPER) this.#host.gripper(item.param2 === 0);
    }
    this.#finish();
  }

  /** The end of the list: ArduCopter stays where it is. */
  #finish(): void {
    this.state = 'COMPLETE';
    this.#leg = this.#host.airframe.onGround ? null : { kind: 'HOLD', hold: new Hold() };
  }

  #legFor(item: StoredItem): Leg {
    const { airframe, parameters } = this.#host;
    const here: LocalPoint = { northM: airframe.northM, eastM: airframe.eastM, upM: airframe.upM };
    const hasPlace = item.latitudeE7 !== 0 || item.longitudeE7 !== 0;
    const place = this.#host.place(item);
    switch (item.command) {
      case C.TAKEOFF:
        return { kind: 'TAKEOFF', target: { ...here, upM: place.upM } };
      case C.LAND:
      case C.PAYLOAD_PLACE: {
        const over = hasPlace ? { northM: place.northM, eastM: place.eastM } : here;
        const atGround = item.command === C.LAND ? 'LAND' : 'PLACE';
        return { kind: 'APPROACH', target: { ...over, upM: here.upM }, from: here, atGround };
      }
      case C.RETURN_TO_LAUNCH:
        return { kind: 'RETURN', flight: new ReturnFlight(airframe, this.#host.home(), parameters) };
      default: {
        const over = hasPlace ? { northM: place.northM, eastM: place.eastM } : here;
        const target = { ...over, upM: item.altitudeCm === 0 ? here.upM : place.upM };
        const holdS = item.command === C.LOITER_UNLIMITED ? Number.POSITIVE_INFINITY : item.param1;
        return { kind: 'WAYPOINT', target, from: here, holdS, reached: false };
      }
    }
  }
}

function hasPassed(leg: { target: LocalPoint; from: LocalPoint }, at: LocalPoint): boolean {
  const northM = leg.target.northM - leg.from.northM;
  const eastM = leg.target.eastM - leg.from.eastM;
  return (at.northM - leg.target.northM) * northM + (at.eastM - leg.target.eastM) * eastM > 0;
}

function isNavigation(item: StoredItem): boolean {
  return item.command <= 95;
}

function nameOf(command: number): string {
  switch (command) {
    case C.TAKEOFF:
      return 'Takeoff';
    case C.LAND:
      return 'Land';
    case C.RETURN_TO_LAUNCH:
      return 'RTL';
    case C.PAYLOAD_PLACE:
      return 'PayloadPlace';
    case C.LOITER_TIME:
      return 'LoitTime';
    case C.LOITER_UNLIMITED:
      return 'LoitUnlim';
    default:
      return 'WP';
  }
}
