import type { LocalPoint } from './local-frame.ts';
import type { Wind } from './wind.ts';

/** What a flight controller asks of the airframe: a velocity, reached with at most this acceleration. */
export interface VelocityDemand {
  readonly northMps: number;
  readonly eastMps: number;
  readonly upMps: number;
  /** Null keeps the heading. */
  readonly yawRad: number | null;
  readonly accelerationMps2: number;
}

/** Motors stopped; turning; or one of them dead, which a quadcopter does not survive. */
export type Propulsion = 'STOPPED' | 'RUNNING' | 'FAILED';

export const GRAVITY_MPS2 = 9.80665;
export const MASS_KG = 7;
const MAXIMUM_AIRSPEED_MPS = 20;
const MAXIMUM_TILT_RAD = 0.6;
const VERTICAL_ACCELERATION_MPS2 = 1.5;
const VELOCITY_RESPONSE_S = 0.3;
const ATTITUDE_RESPONSE_S = 0.15;
const YAW_RATE_RADPS = Math.PI / 3;
/** Makes 18 m/s of airspeed a lean of about 20 degrees. */
const DRAG_PER_M = 0.011;
/** How far a gust shoves the vehicle before the controller answers. */
const GUST_ACCELERATION_PER_S = 0.12;
const FALL_SPEED_MPS = 9;
/** Ground contact faster than this breaks it. */
const CRASH_SPEED_MPS = 3;

/** Point-mass quadcopter with attitude following its acceleration. Up 0 is the ground. */
export class Airframe implements LocalPoint {
  northM = 0;
  eastM = 0;
  upM = 0;
  northMps = 0;
  eastMps = 0;
  upMps = 0;
  rollRad = 0;
  pitchRad = 0;
  yawRad = 0;
  /** What the controller asks for; the attitude follows. */
  demandedRollRad = 0;
  demandedPitchRad = 0;
  rollRateRadps = 0;
  pitchRateRadps = 0;
  yawRateRadps = 0;
  airspeedMps = 0;
  onGround = true;
  crashed = false;

  constructor(yawRad: number) {
    this.yawRad = yawRad;
  }

  get groundSpeedMps(): number {
    return Math.hypot(this.northMps, this.eastMps);
  }

  step(dtS: number, demand: VelocityDemand, wind: Wind, propulsion: Propulsion): void {
    if (this.onGround && (propulsion !== 'RUNNING' || demand.upMps <= 0)) {
      this.#rest();
      return;
    }
    this.onGround = false;
    if (propulsion === 'RUNNING') this.#fly(dtS, demand, wind);
    else this.#fall(dtS, wind, propulsion);
    this.northM += this.northMps * dtS;
    this.eastM += this.eastMps * dtS;
    this.upM += this.upMps * dtS;
    this.airspeedMps = Math.hypot(this.northMps - wind.northMps, this.eastMps - wind.eastMps);
    if (this.upM <= 0 && this.upMps <= 0) this.#touchDown();
  }

  #rest(): void {
    this.northMps = 0;
    this.eastMps = 0;
    this.upMps = 0;
    this.rollRateRadps = 0;
    this.pitchRateRadps = 0;
    this.yawRateRadps = 0;
    this.airspeedMps = 0;
  }

  #touchDown(): void {
    if (this.upMps < -CRASH_SPEED_MPS) this.crashed = true;
    this.upM = 0;
    this.onGround = true;
    if (!this.crashed) {
      this.rollRad = 0;
      this.pitchRad = 0;
      this.demandedRollRad = 0;
      this.demandedPitchRad = 0;
    }
    this.#rest();
  }

  #fly(dtS: number, demand: VelocityDemand, wind: Wind): void {
    const share = airspeedShare(demand, wind);
    let northMps2 = (demand.northMps * share - this.northMps) / VELOCITY_RESPONSE_S;
    let eastMps2 = (demand.eastMps * share - this.eastMps) / VELOCITY_RESPONSE_S;
    const size = Math.hypot(northMps2, eastMps2);
    if (size > demand.accelerationMps2) {
      northMps2 *= demand.accelerationMps2 / size;
      eastMps2 *= demand.accelerationMps2 / size;
    }
    const upMps2 = clamp((demand.upMps - this.upMps) / VELOCITY_RESPONSE_S, VERTICAL_ACCELERATION_MPS2);
    this.northMps += (northMps2 + wind.gustNorthMps * GUST_ACCELERATION_PER_S) * dtS;
    this.eastMps += (eastMps2 + wind.gustEastMps * GUST_ACCELERATION_PER_S) * dtS;
    this.upMps += upMps2 * dtS;
    this.#turn(dtS, demand.yawRad);
    this.#lean(dtS, northMps2, eastMps2, wind);
  }

  #turn(dtS: number, yawRad: number | null): void {
    const error = yawRad === null ? 0 : wrapRad(yawRad - this.yawRad);
    this.yawRateRadps = clamp(error * 2, YAW_RATE_RADPS);
    this.yawRad = wrapRad(this.yawRad + this.yawRateRadps * dtS);
  }

  /** Leans into the acceleration and against the drag, as a multirotor must. */
  #lean(dtS: number, northMps2: number, eastMps2: number, wind: Wind): void {
    const airNorthMps = this.northMps - wind.northMps;
    const airEastMps = this.eastMps - wind.eastMps;
    const drag = DRAG_PER_M * Math.hypot(airNorthMps, airEastMps);
    const north = northMps2 + drag * airNorthMps;
    const east = eastMps2 + drag * airEastMps;
    const cosine = Math.cos(this.yawRad);
    const sine = Math.sin(this.yawRad);
    this.demandedPitchRad = clamp(-Math.atan2(north * cosine + east * sine, GRAVITY_MPS2), MAXIMUM_TILT_RAD);
    this.demandedRollRad = clamp(Math.atan2(east * cosine - north * sine, GRAVITY_MPS2), MAXIMUM_TILT_RAD);
    this.pitchRateRadps = (this.demandedPitchRad - this.pitchRad) / ATTITUDE_RESPONSE_S;
    this.rollRateRadps = (this.demandedRollRad - this.rollRad) / ATTITUDE_RESPONSE_S;
    this.pitchRad += this.pitchRateRadps * dtS;
    this.rollRad += this.rollRateRadps * dtS;
  }

  /** Three motors spin it down; none lets it drop. */
  #fall(dtS: number, wind: Wind, propulsion: Propulsion): void {
    const pull = propulsion === 'FAILED' ? 4 : GRAVITY_MPS2;
    this.upMps = Math.max(-FALL_SPEED_MPS, this.upMps - pull * dtS);
    this.northMps += (wind.northMps - this.northMps) * 0.4 * dtS;
    this.eastMps += (wind.eastMps - this.eastMps) * 0.4 * dtS;
    this.yawRateRadps = propulsion === 'FAILED' ? 6 : 0;
    this.yawRad = wrapRad(this.yawRad + this.yawRateRadps * dtS);
    this.rollRad += (0.8 - this.rollRad) * dtS;
    this.pitchRad += (0.4 - this.pitchRad) * dtS;
  }
}

/** How much of the demanded ground speed keeps the airspeed within the limit, holding the track. */
function airspeedShare(demand: VelocityDemand, wind: Wind): number {
  const squared = demand.northMps ** 2 + demand.eastMps ** 2;
  if (squared === 0) return 1;
  const along = demand.northMps * wind.northMps + demand.eastMps * wind.eastMps;
  const spare = wind.northMps ** 2 + wind.eastMps ** 2 - MAXIMUM_AIRSPEED_MPS ** 2;
  const root = along * along - squared * spare;
  // Wind above the airspeed limit: no ground speed on this track can be held.
  if (root < 0) return 0;
  return Math.min(1, Math.max(0, (along + Math.sqrt(root)) / squared));
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

function wrapRad(angle: number): number {
  return angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
}
