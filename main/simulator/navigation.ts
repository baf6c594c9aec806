import type { Airframe, VelocityDemand } from './airframe.ts';
import type { LocalPoint } from './local-frame.ts';
import type { Parameters } from './parameters.ts';

/** Most a flight controller asks of the airframe while braking. */
const BRAKE_ACCELERATION_MPS2 = 4;
/** Within this distance a position error becomes speed in proportion. */
const POSITION_GAIN_PER_S = 1;
/** How far ahead on its line a vehicle aims, and how soon it wants the speed it asks for. */
const LOOK_AHEAD_S = 1.5;
const SPEED_UP_S = 0.3;
/** Nearer than this the vehicle keeps its heading. */
const FACING_DISTANCE_M = 4;

/** Speed from which `distanceM` suffices to stop with `accelerationMps2`, gentle near the end. */
function approachSpeedMps(distanceM: number, accelerationMps2: number): number {
  const linearM = accelerationMps2 / POSITION_GAIN_PER_S ** 2;
  return distanceM < linearM
    ? distanceM * POSITION_GAIN_PER_S
    : Math.sqrt(2 * accelerationMps2 * (distanceM - linearM / 2));
}

/** Vertical speed toward a height. */
function climbSpeedMps(errorM: number, parameters: Parameters): number {
  const limitMps = parameters.get(errorM > 0 ? 'WPNAV_SPEED_UP' : 'WPNAV_SPEED_DN') / 100;
  return Math.sign(errorM) * Math.min(limitMps, approachSpeedMps(Math.abs(errorM), 1));
}

export interface Passage {
  readonly cruiseSpeedMps: number;
  /** Speed on passing the target; nothing stops there. */
  readonly arrivalSpeedMps?: number;
  /** Start of the line to be kept; nothing goes straight from wherever the vehicle is. */
  readonly from?: LocalPoint;
}

/**
 * Flies to a point. Height and distance are covered in the same time, so that the path is straight in the air as well.
 */
export function flyTo(
  airframe: Airframe,
  target: LocalPoint,
  parameters: Parameters,
  passage: Passage,
): VelocityDemand {
  const { cruiseSpeedMps, arrivalSpeedMps = 0, from } = passage;
  const accelerationMps2 = parameters.get('WPNAV_ACCEL') / 100;
  const distanceM = horizontalDistanceM(airframe, target);
  const errorM = target.upM - airframe.upM;
  const upMps = climbSpeedMps(errorM, parameters);
  let speedMps = Math.min(cruiseSpeedMps, approachSpeedMps(distanceM, accelerationMps2 * 0.8));
  if (Math.abs(errorM) < 2) {
    speedMps = Math.max(speedMps, Math.min(arrivalSpeedMps, cruiseSpeedMps));
  } else {
    const climbS = Math.abs(errorM) / Math.max(0.3, Math.abs(upMps));
    speedMps = Math.min(speedMps, Math.max(1, distanceM / climbS));
  }
  const aim = from === undefined ? target : aimOnLine(airframe, from, target);
  const aimM = horizontalDistanceM(airframe, aim);
  const north = aimM > 0.01 ? (aim.northM - airframe.northM) / aimM : 0;
  const east = aimM > 0.01 ? (aim.eastM - airframe.eastM) / aimM : 0;
  // Speeds up no faster than the airframe can, so that what is left of its acceleration kills sideways motion.
  const alongMps = Math.max(0, airframe.northMps * north + airframe.eastMps * east);
  speedMps = Math.min(speedMps, alongMps + accelerationMps2 * SPEED_UP_S);
  return {
    northMps: north * speedMps,
    eastMps: east * speedMps,
    upMps,
    yawRad: distanceM > FACING_DISTANCE_M ? Math.atan2(east, north) : null,
    accelerationMps2,
  };
}

/** A point of the line ahead of the vehicle, not beyond the target. */
function aimOnLine(airframe: Airframe, from: LocalPoint, target: LocalPoint): LocalPoint {
  const northM = target.northM - from.northM;
  const eastM = target.eastM - from.eastM;
  const lengthM = Math.hypot(northM, eastM);
  if (lengthM < 1) return target;
  const alongM = ((airframe.northM - from.northM) * northM + (airframe.eastM - from.eastM) * eastM) / lengthM;
  const share = (Math.max(0, alongM) + Math.max(4, airframe.groundSpeedMps * LOOK_AHEAD_S)) / lengthM;
  if (share >= 1) return target;
  return { northM: from.northM + northM * share, eastM: from.eastM + eastM * share, upM: target.upM };
}

export function horizontalDistanceM(from: LocalPoint, to: LocalPoint): number {
  return Math.hypot(to.northM - from.northM, to.eastM - from.eastM);
}

/** Speed with which a vehicle keeps a place. */
export const HOVERING: Passage = { cruiseSpeedMps: 3 };

/** Stops in the air, then keeps the place where it came to rest. */
export class Hold {
  #place: LocalPoint | null = null;

  demand(airframe: Airframe, parameters: Parameters): VelocityDemand {
    if (this.#place === null) {
      if (airframe.groundSpeedMps > 0.3 || Math.abs(airframe.upMps) > 0.3) {
        return { ...STILL, accelerationMps2: BRAKE_ACCELERATION_MPS2 };
      }
      this.#place = { northM: airframe.northM, eastM: airframe.eastM, upM: airframe.upM };
    }
    return { ...flyTo(airframe, this.#place, parameters, HOVERING), yawRad: null };
  }
}

export const STILL: VelocityDemand = {
  northMps: 0,
  eastMps: 0,
  upMps: 0,
  yawRad: null,
  accelerationMps2: 2.5,
};

/** Descends over one place, slowly near the ground; without a position it drifts. */
export class Landing {
  #place: { northM: number; eastM: number } | null;

  constructor(place: { northM: number; eastM: number } | null = null) {
    this.#place = place;
  }

  demand(airframe: Airframe, parameters: Parameters, hasPosition: boolean): VelocityDemand {
    const high = airframe.upM > parameters.get('LAND_ALT_LOW') / 100;
    const upMps = -parameters.get(high ? 'LAND_SPEED_HIGH' : 'LAND_SPEED') / 100;
    if (!hasPosition) return { ...STILL, upMps, accelerationMps2: 0.2 };
    if (this.#place === null) {
      if (airframe.groundSpeedMps > 0.5) return { ...STILL, upMps };
      this.#place = { northM: airframe.northM, eastM: airframe.eastM };
    }
    const over = flyTo(airframe, { ...this.#place, upM: airframe.upM }, parameters, HOVERING);
    return { ...over, upMps, yawRad: null };
  }
}

/** Return to launch: up to RTL_ALT, straight to home, a pause, down. */
export class ReturnFlight {
  phase: 'CLIMB' | 'CRUISE' | 'PAUSE' | 'DESCEND' = 'CLIMB';
  readonly #home: LocalPoint;
  readonly #start: LocalPoint;
  readonly #altitudeM: number;
  readonly #landing: Landing;
  #pausedS = 0;

  constructor(airframe: Airframe, home: LocalPoint, parameters: Parameters) {
    this.#home = home;
    this.#start = { northM: airframe.northM, eastM: airframe.eastM, upM: airframe.upM };
    this.#altitudeM = Math.max(airframe.upM, home.upM + parameters.get('RTL_ALT') / 100);
    this.#landing = new Landing(home);
  }

  demand(dtS: number, airframe: Airframe, parameters: Parameters, hasPosition: boolean): VelocityDemand {
    const speedCmps = parameters.get('RTL_SPEED') || parameters.get('WPNAV_SPEED');
    const above = { northM: this.#home.northM, eastM: this.#home.eastM, upM: this.#altitudeM };
    switch (this.phase) {
      case 'CLIMB':
        if (airframe.upM > this.#altitudeM - 0.5) this.phase = 'CRUISE';
        return flyTo(airframe, { ...this.#start, upM: this.#altitudeM }, parameters, HOVERING);
      case 'CRUISE':
        if (horizontalDistanceM(airframe, this.#home) < 1) this.phase = 'PAUSE';
        return flyTo(airframe, above, parameters, { cruiseSpeedMps: speedCmps / 100, from: this.#start });
      case 'PAUSE':
        this.#pausedS += dtS;
        if (this.#pausedS * 1000 >= parameters.get('RTL_LOIT_TIME')) this.phase = 'DESCEND';
        return flyTo(airframe, above, parameters, HOVERING);
      case 'DESCEND':
        return this.#landing.demand(airframe, parameters, hasPosition);
    }
  }
}
