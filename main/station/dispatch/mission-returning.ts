import type { Position } from '../../../preload/contract/geo.ts';
import type { CommandOutcome } from '../ports/aircraft.ts';
import { homewardItems, homewardItemsInFlight } from './mission-plan.ts';
import { FRESH_MS, hasReached, WATCH_UNKNOWN_MS } from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

type ReturnPurpose = 'RETURN_PLAN' | 'RETURN_ARM' | 'RETURN_START';

/** Leaves the scene: plans the way home from where the drone stands. False: its position is not known. */
export function beginReturn(turn: Turn): boolean {
  const { state } = turn;
  if (state.seen.position === null || turn.atMs - state.seen.positionAtMs > FRESH_MS) return false;
  state.leavesSceneAtMs = null;
  state.restartCountdown = false;
  state.phase = 'PREPARING_RETURN';
  turn.clear('return');
  turn.planHomeward('RETURN');
  return true;
}

/** The answer of the route planner, for the flight home or for an aborted drone that holds in the air. */
export function takeHomewardRoute(
  turn: Turn,
  requestId: number,
  route: { waypoints: Position[]; clearanceM: number | null } | null,
) {
  const { state } = turn;
  if (state.planning?.requestId !== requestId) return;
  const { purpose } = state.planning;
  state.planning = null;
  if (route === null) {
    const reason = 'No way home that keeps clear of the no-fly zones was found.';
    return purpose === 'RETURN' ? failReturn(turn, reason) : failHomeward(turn, reason);
  }
  state.plan = { ...state.plan, homebound: route.waypoints };
  turn.change({ plan: state.plan });
  const items = purpose === 'RETURN' ? homewardItems(state.plan) : homewardItemsInFlight(state.plan);
  const sent = turn.send(purpose === 'RETURN' ? 'RETURN_PLAN' : 'ABORT_PLAN', { kind: 'UPLOAD_PLAN', items });
  if (sent) return;
  const reason = 'The link was lost.';
  return purpose === 'RETURN' ? failReturn(turn, reason) : failHomeward(turn, reason);
}

export function settleReturn(turn: Turn, purpose: ReturnPurpose, outcome: CommandOutcome) {
  if (outcome.state === 'REFUSED') return failReturn(turn, outcome.sentence);
  if (outcome.state === 'UNKNOWN') {
    if (purpose === 'RETURN_PLAN') return failReturn(turn, outcome.sentence);
    turn.state.watch = { purpose, untilMs: turn.atMs + WATCH_UNKNOWN_MS };
    return;
  }
  if (purpose === 'RETURN_START') return returnStarted(turn, 'The drone is on its way home.');
  const next = purpose === 'RETURN_PLAN' ? 'RETURN_ARM' : 'RETURN_START';
  const sent = turn.send(next, next === 'RETURN_ARM' ? { kind: 'ARM', setsHome: false } : { kind: 'START' });
  if (!sent) failReturn(turn, 'The link was lost.');
}

export function returnStarted(turn: Turn, sentence: string): void {
  const { state } = turn;
  state.phase = 'RETURNING';
  state.hasFlown = state.seen.airborne;
  state.startedAtMs = turn.atMs;
  state.planning = null;
  state.leavesSceneAtMs = null;
  turn.expectMode('MISSION');
  turn.clear('return');
  turn.clear('release');
  turn.clear('not-taken');
  turn.clear('landed-away');
  turn.event('RETURN_STARTED', 'DRONE', sentence);
  turn.advance('RETURNING', hasReached(state.status, 'AED_DEPLOYED') ? {} : { aedDeployed: false });
  state.aedDeployed ??= false;
}

/** It stays where it is. Only a person tries again: nobody expects rotors to start later by themselves. */
export function failReturn(turn: Turn, reason: string): void {
  const { state } = turn;
  state.inFlight = null;
  state.watch = null;
  state.planning = null;
  state.leavesSceneAtMs = null;
  state.hasFlown = true;
  state.phase = hasReached(state.status, 'AED_DEPLOYED') ? 'ON_SCENE' : 'AWAITING_CONFIRMATION';
  turn.raise(
    'return',
    'WARNING',
    `${state.droneId} did not start its way home and stays at the scene. ${reason} Press Return now to try again.`,
  );
}

/** An aborted drone that could not be given a way home keeps holding. */
export function failHomeward(turn: Turn, reason: string): void {
  turn.raise(
    'abort',
    'WARNING',
    `${turn.state.droneId} holds in the air and has no way home. ${reason} Press Abort to try again, or Land here.`,
  );
}
