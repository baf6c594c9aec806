import type { Position } from '../../../preload/contract/geo.ts';
import { distanceM } from './mission-geometry.ts';

/** Above most buildings, below the 400 ft (121.9 m) of 14 CFR 107.51. */
export const CRUISE_ALTITUDE_RELATIVE_HOME_M = 60;
/** Through the air, level. The autopilot holds it as ground speed, so a tail wind gains nothing. */
export const CRUISE_AIR_SPEED_MPS = 18;
/** ArduCopter's defaults are 2.5 m/s up (WPNAV_SPEED_UP) and 1.5 m/s down (WPNAV_SPEED_DN). */
export const CLIMB_RATE_MPS = 2.5;
const DESCENT_RATE_MPS = 1.5;
/** ArduCopter lowers itself at 0.5 m/s (LAND_SPEED) over the last 10 m (LAND_ALT_LOW). */
const LANDING_RATE_MPS = 0.5;
const LANDING_FROM_M = 10;
/** ArduCopter's defaults: 2.5 m/s² along the way (WPNAV_ACCEL), twice that in corners (WPNAV_ACCEL_C 0), 2 m off them. */
const ACCELERATION_MPS2 = 2.5;
const CORNERING_MPS2 = 2 * ACCELERATION_MPS2;
const CORNER_CUT_M = 2;
/** From the launch command to the first lift: plan and fence go up and come back, arming, spinning up. */
const PREPARATION_S = 8;
/** On the ground with the propellers stopped. */
const ON_SCENE_S = 240;
const RESERVE_PERCENT = 20;
/** Slower over ground than this, a leg counts as impossible. */
const LEAST_GROUND_SPEED_MPS = 3;
/** While nobody knows the wind, energy is planned for this head wind on every leg, there and back. */
const UNKNOWN_WIND_AS_HEAD_WIND_MPS = 6;

/**
 * A 9 kg class quadcopter with an AED. Capacity and hover: DJI Matrice 300 RTK specifications (two TB60 of 274 Wh;
 * 31 min of flight with 2.7 kg payload gives 548 Wh / 31 min = 1,060 W). Cruise adds 15 % for drag at 18 m/s; climb
 * adds m·g·v / 0.6 = 9 × 9.81 × 2.5 / 0.6 = 370 W; descent is counted as hover. Avionics, computer and radio stay on
 * at the scene.
 */
const CAPACITY_WH = 548;
const HOVER_W = 1_060;
const CRUISE_W = 1_220;
const CLIMB_W = 1_430;
const ELECTRONICS_W = 60;

export interface Wind {
  speedMps: number;
  /** Null: nobody knows from where, so it counts as head wind everywhere. */
  fromDeg: number | null;
}

export interface FlightNeed {
  /** From the launch command until the drone is over the scene, as the records count it; null: too strong a wind. */
  timeToSceneS: number | null;
  /** There, 4 min on scene, back, and the reserve; null: the wind is too strong to get there or back. */
  batteryNeededPercent: number | null;
}

/** What a mission along `waypoints` and back the same way takes. Wind null: not known. */
export function flightNeed(
  waypoints: readonly Position[],
  cruiseAltitudeRelativeHomeM: number,
  wind: Wind | null,
): FlightNeed {
  const thereS = cruiseSeconds(waypoints, wind ?? { speedMps: 0, fromDeg: null });
  const energyWind = wind ?? { speedMps: UNKNOWN_WIND_AS_HEAD_WIND_MPS, fromDeg: null };
  const energyThereS = cruiseSeconds(waypoints, energyWind);
  const energyBackS = cruiseSeconds([...waypoints].reverse(), energyWind);
  const climbS = cruiseAltitudeRelativeHomeM / CLIMB_RATE_MPS;
  const descentS = descentSeconds(cruiseAltitudeRelativeHomeM);
  const timeToSceneS = thereS === null ? null : PREPARATION_S + climbS + thereS;
  if (energyThereS === null || energyBackS === null) return { timeToSceneS, batteryNeededPercent: null };
  const usedWs =
    2 * (PREPARATION_S * HOVER_W + climbS * CLIMB_W + descentS * HOVER_W) +
    (energyThereS + energyBackS) * CRUISE_W +
    ON_SCENE_S * ELECTRONICS_W;
  return {
    timeToSceneS,
    batteryNeededPercent: (usedWs / 3_600 / CAPACITY_WH) * 100 + RESERVE_PERCENT,
  };
}

function descentSeconds(fromM: number): number {
  const slowM = Math.min(LANDING_FROM_M, fromM);
  return (fromM - slowM) / DESCENT_RATE_MPS + slowM / LANDING_RATE_MPS;
}

function cruiseSeconds(waypoints: readonly Position[], wind: Wind): number | null {
  let seconds = 0;
  for (let index = 1; index < waypoints.length; index++) {
    const [from, to] = [waypoints[index - 1], waypoints[index]];
    if (from === undefined || to === undefined) continue;
    const lengthM = distanceM(from, to);
    if (lengthM === 0) continue;
    const speedMps = groundSpeedMps(bearingDeg(from, to), wind);
    if (speedMps === null) return null;
    seconds += lengthM / speedMps;
  }
  return seconds + speedChangeSeconds(waypoints);
}

/** What gathering speed, slowing down in corners and stopping over the last point cost beyond steady flight. */
export function speedChangeSeconds(waypoints: readonly Position[]): number {
  const courses: number[] = [];
  for (let index = 1; index < waypoints.length; index++) {
    const [from, to] = [waypoints[index - 1], waypoints[index]];
    if (from !== undefined && to !== undefined && distanceM(from, to) > 0) courses.push(bearingDeg(from, to));
  }
  if (courses.length === 0) return 0;
  let seconds = CRUISE_AIR_SPEED_MPS / ACCELERATION_MPS2;
  for (let index = 1; index < courses.length; index++) {
    const slowdownMps =
      CRUISE_AIR_SPEED_MPS - cornerSpeedMps((courses[index] ?? 0) - (courses[index - 1] ?? 0));
    seconds += slowdownMps ** 2 / (ACCELERATION_MPS2 * CRUISE_AIR_SPEED_MPS);
  }
  return seconds;
}

/** The fastest a corner is flown: on the arc that passes it at 2 m, with the cornering acceleration. */
function cornerSpeedMps(turnDeg: number): number {
  const halfTurn = Math.abs(((turnDeg + 540) % 360) - 180) * (Math.PI / 360);
  const outsideShare = 1 / Math.max(0.01, Math.cos(halfTurn)) - 1;
  const radiusM = outsideShare === 0 ? Number.MAX_VALUE : CORNER_CUT_M / outsideShare;
  return Math.min(CRUISE_AIR_SPEED_MPS, Math.sqrt(CORNERING_MPS2 * radiusM));
}

/**
 * Speed over ground along a course: the wind triangle, the nose turned into the wind to stay on course. At most the
 * cruise speed. Null when the wind leaves less than 3 m/s.
 */
export function groundSpeedMps(courseDeg: number, wind: Wind): number | null {
  const angle = wind.fromDeg === null ? 0 : ((wind.fromDeg - courseDeg) * Math.PI) / 180;
  const headMps = wind.speedMps * Math.cos(angle);
  const crossMps = wind.speedMps * Math.sin(angle);
  if (Math.abs(crossMps) >= CRUISE_AIR_SPEED_MPS) return null;
  const speedMps = Math.sqrt(CRUISE_AIR_SPEED_MPS ** 2 - crossMps ** 2) - headMps;
  return speedMps < LEAST_GROUND_SPEED_MPS ? null : Math.min(speedMps, CRUISE_AIR_SPEED_MPS);
}

/** Initial great-circle course, degrees clockwise from true north. */
function bearingDeg(from: Position, to: Position): number {
  const radians = Math.PI / 180;
  const east = (to.longitudeDeg - from.longitudeDeg) * radians;
  const fromLatitude = from.latitudeDeg * radians;
  const toLatitude = to.latitudeDeg * radians;
  const y = Math.sin(east) * Math.cos(toLatitude);
  const x =
    Math.cos(fromLatitude) * Math.sin(toLatitude) -
    Math.sin(fromLatitude) * Math.cos(toLatitude) * Math.cos(east);
  return (Math.atan2(y, x) / radians + 360) % 360;
}
