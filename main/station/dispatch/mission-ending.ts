import type { DroneStatus } from '../../../preload/contract/fleet.ts';
import { LANDED_WITHIN_M, type MissionState, READY_BATTERY_PERCENT } from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

/** Closes the record as aborted, with the drone still flying or still armed. */
export function recordAborted(turn: Turn, reason: string): void {
  const { state } = turn;
  state.abortRequested = null;
  turn.clear('abort');
  if (!turn.advance('ABORTED', { abortedAtMs: turn.atMs, abortReason: reason })) return;
  state.abortReason = reason;
  turn.event('ABORTED', 'STATION', `Mission aborted: ${reason}`, {
    abortToFirstPacketMs: state.abortToFirstPacketMs,
  });
  turn.droneStatusAfter('IN_FLIGHT');
}

/** Breaks off without a person's request; the drone is followed until it stands still. */
export function breakOff(turn: Turn, reason: string): void {
  stopAutomatics(turn.state);
  turn.state.phase = 'ABORTING';
  recordAborted(turn, reason);
}

/** Nothing that the station had begun goes on. */
export function stopAutomatics(state: MissionState): void {
  state.inFlight = null;
  state.watch = null;
  state.planning = null;
  state.leavesSceneAtMs = null;
  state.restartCountdown = false;
}

/** The launch came to nothing. What may be armed is followed until it is seen disarmed. */
export function failLaunch(turn: Turn, reason: string, mayBeArmed: boolean): void {
  const { droneId } = turn.state;
  const order = mayBeArmed ? 'Keep clear of its rotors until it is disarmed, and send' : 'Send';
  turn.raise('launch-failed', 'WARNING', `${droneId} did not launch. ${reason} ${order} another drone.`);
  breakOff(turn, reason);
  if (!mayBeArmed) turn.over('READY');
}

/** The drone stands on the ground, away from home, and has to be fetched. */
export function strand(turn: Turn, sentence: string): void {
  const { state } = turn;
  turn.event('EMERGENCY_LAND', 'DRONE', sentence, landingPlace(state));
  turn.raise('landed-away', 'WARNING', `${sentence} Send somebody to secure it.`);
  recordAborted(turn, state.abortRequested ?? sentence);
  turn.over('MAINTENANCE');
}

export function landingPlace(state: MissionState): Record<string, number | null> {
  return {
    latitudeDeg: state.seen.position?.latitudeDeg ?? null,
    longitudeDeg: state.seen.position?.longitudeDeg ?? null,
  };
}

/** An unknown battery is treated as one that needs the charger. */
export function droneStatusAtHome(state: MissionState): DroneStatus {
  return (state.seen.batteryPercent ?? 0) < READY_BATTERY_PERCENT ? 'CHARGING' : 'READY';
}

export function isAt(distanceM: number | null): boolean {
  return distanceM !== null && distanceM <= LANDED_WITHIN_M;
}
