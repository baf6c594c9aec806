import type { Position } from '../../../preload/contract/geo.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { CLIMB_RATE_MPS, speedChangeSeconds } from './energy-model.ts';
import { distanceM, remainingAlongRouteM } from './mission-geometry.ts';
import {
  FIRST_HEARD_WITHIN_MS,
  FRESH_MS,
  hasReached,
  LANDED_FOR_MS,
  type MissionState,
} from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

/** Below this, without a landed state from the autopilot, an armed drone counts as still on the ground. */
const OFF_THE_GROUND_M = 2;
/** Of each sample in the expected speed: samples come four times a second, so about ten seconds count. */
const SPEED_SHARE = 0.025;

/** What one look at the vehicle tells this mission, from data that may decide something (F10). */
export interface Sight {
  vehicle: VehicleState;
  position: Position | null;
  altitudeRelativeHomeM: number | null;
  toDestinationM: number | null;
  toHomeM: number | null;
  airborne: boolean;
  /** On the ground for a second without a break. */
  landed: boolean;
  armed: boolean;
  /** Null when older than 3 s. */
  aed: VehicleState['aed'];
  climbRateMps: number;
  groundSpeedMps: number;
}

export function look(turn: Turn, vehicle: VehicleState): Sight {
  const { state, atMs } = turn;
  const isFresh = (part: { receivedAtMs: number }): boolean => atMs - part.receivedAtMs <= FRESH_MS;
  const fix = vehicle.position !== null && isFresh(vehicle.position) ? vehicle.position : null;
  const velocity = vehicle.velocity !== null && isFresh(vehicle.velocity) ? vehicle.velocity : null;
  const position = fix === null ? null : { latitudeDeg: fix.latitudeDeg, longitudeDeg: fix.longitudeDeg };
  const height = fix?.altitudeRelativeHomeM ?? null;
  const airborne =
    vehicle.landedState === 'UNKNOWN'
      ? vehicle.armed && height !== null && height > OFF_THE_GROUND_M
      : vehicle.landedState !== 'ON_GROUND';
  const still = velocity !== null && velocity.groundSpeedMps < 1 && Math.abs(velocity.climbRateMps) < 0.5;
  const low = height !== null && height < state.plan.cruiseAltitudeRelativeHomeM / 2;
  const grounded =
    vehicle.landedState === 'UNKNOWN' ? !vehicle.armed && low && still : vehicle.landedState === 'ON_GROUND';
  const landedSinceMs = grounded ? (state.seen.landedSinceMs ?? atMs) : null;
  const battery =
    vehicle.battery !== null && isFresh(vehicle.battery) ? vehicle.battery.remainingPercent : null;
  state.seen = {
    position: position ?? state.seen.position,
    positionAtMs: position === null ? state.seen.positionAtMs : atMs,
    armed: vehicle.armed,
    airborne,
    landedSinceMs,
    batteryPercent: battery ?? state.seen.batteryPercent,
  };
  const aed = vehicle.aed !== null && isFresh(vehicle.aed) ? vehicle.aed : null;
  if (aed?.present === true && !aed.removed) state.aedSeenInside = true;
  return {
    vehicle,
    position,
    altitudeRelativeHomeM: height,
    toDestinationM: position === null ? null : distanceM(position, state.plan.destination),
    toHomeM: position === null ? null : distanceM(position, state.plan.home),
    airborne,
    landed: landedSinceMs !== null && atMs - landedSinceMs >= LANDED_FOR_MS,
    armed: vehicle.armed,
    aed,
    climbRateMps: velocity?.climbRateMps ?? 0,
    groundSpeedMps: velocity?.groundSpeedMps ?? 0,
  };
}

/** Loss and return of contact: told, recorded, and never followed by anything that was waiting (F1). */
export function followLink(turn: Turn, vehicle: VehicleState | null): void {
  const { state } = turn;
  const before = state.contact;
  if (vehicle === null && before === null && turn.atMs - state.followedSinceMs < FIRST_HEARD_WITHIN_MS)
    return;
  state.contact = vehicle?.contact ?? 'LOST';
  if (state.contact === 'LOST' && before !== 'LOST') {
    state.blind = true;
    const leaves = state.leavesSceneAtMs !== null || state.restartCountdown;
    const stays = leaves ? ' It will not leave by itself: press Return now when it is heard.' : '';
    state.leavesSceneAtMs = null;
    state.restartCountdown = false;
    const sentence = `No link to ${state.droneId}, ${whereabouts(state)}.${stays}`;
    turn.event('LINK_LOST', 'STATION', sentence);
    turn.raise('link-lost', 'WARNING', `${sentence} Nothing can be sent until it is heard again.`);
  }
  if (before === 'LOST' && state.contact === 'LIVE') {
    turn.event('LINK_RESTORED', 'STATION', `${state.droneId} is heard again.`);
    turn.clear('link-lost');
  }
}

export function whereabouts(state: MissionState): string {
  switch (state.phase) {
    case 'UPLOADING':
    case 'ARMING':
    case 'STARTING':
      return 'last seen on the ground at home, before take-off';
    case 'OUTBOUND':
      return 'last seen on its way to the scene';
    case 'LANDING':
      return 'last seen landing at the scene';
    case 'RETURNING':
      return 'last seen on its way home';
    case 'HOLDING':
      return 'last seen holding in the air';
    case 'ABORTING':
      return 'last seen breaking off its mission';
    default:
      return 'last seen on the ground at the scene';
  }
}

/** Seconds to the point over the scene; null when there is nothing to predict. */
export function predictTimeToScene(turn: Turn, sight: Sight): void {
  const { state } = turn;
  const ahead =
    !hasReached(state.status, 'ARRIVED') &&
    ['UPLOADING', 'ARMING', 'STARTING', 'OUTBOUND'].includes(state.phase);
  if (!ahead || state.status === 'ABORTED') {
    state.timeToSceneS = null;
    return;
  }
  if (sight.position === null) return;
  const { cruiseSpeedMps, cruiseAltitudeRelativeHomeM, outbound } = state.plan;
  const climbM =
    state.status === 'LAUNCHED'
      ? Math.max(0, cruiseAltitudeRelativeHomeM - (sight.altitudeRelativeHomeM ?? 0))
      : 0;
  // Below half the cruise speed the drone is speeding up or turning: its speed says nothing of the leg ahead. Above,
  // it counts little by little, so that a gust or a corner does not make the countdown jump.
  const before = state.expectedSpeedMps ?? cruiseSpeedMps;
  const isCruising = sight.groundSpeedMps >= cruiseSpeedMps / 2;
  state.expectedSpeedMps = isCruising ? before + SPEED_SHARE * (sight.groundSpeedMps - before) : before;
  const remainingM = remainingAlongRouteM(outbound, sight.position);
  const wholeM = remainingAlongRouteM(outbound, outbound[0] ?? sight.position);
  // Corners and stops are spread over the way: which of them lie ahead matters less than a countdown that flows.
  const shareAhead = wholeM === 0 ? 0 : Math.min(1, remainingM / wholeM);
  state.timeToSceneS =
    remainingM / state.expectedSpeedMps + shareAhead * speedChangeSeconds(outbound) + climbM / CLIMB_RATE_MPS;
}
