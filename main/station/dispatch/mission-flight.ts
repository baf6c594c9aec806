import { breakOff, droneStatusAtHome, failLaunch, isAt, landingPlace, strand } from './mission-ending.ts';
import { failReturn } from './mission-returning.ts';
import { landedAtScene } from './mission-scene.ts';
import type { Sight } from './mission-sight.ts';
import {
  ARRIVED_WITHIN_M,
  DELIVERABLE_WITHIN_M,
  hasReached,
  LANDED_WITHIN_M,
  NO_TAKEOFF_AFTER_MS,
  WATCH_UNKNOWN_MS,
} from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

/** Texts of the autopilot that may explain why it left its mission: this recent, and at least a warning. */
const REASON_WITHIN_MS = 15_000;
const SEVERITY_WARNING = 4;
const DESCENDING_MPS = -0.3;

/** The way to the scene. What was missed while out of contact is inferred from where the drone is seen. */
export function observeOutbound(turn: Turn, sight: Sight) {
  const { state } = turn;
  if (sight.airborne) {
    state.hasFlown = true;
    state.blind = false;
    turn.clear('no-takeoff');
  }
  const isAway = sight.toHomeM !== null && sight.toHomeM > LANDED_WITHIN_M;
  if (!state.hasFlown && !isAway) return watchTakeoff(turn, sight);
  noteTakeoff(turn, sight, isAway);
  noteArrival(turn, sight);
  if (sight.landed) return settleOutboundLanding(turn, sight);
  noteMode(turn, sight);
}

function watchTakeoff(turn: Turn, sight: Sight) {
  const { state } = turn;
  const sinceMs = state.startedAtMs ?? state.followedSinceMs;
  if (!sight.landed || turn.atMs - sinceMs < NO_TAKEOFF_AFTER_MS) return;
  if (!sight.armed) return failLaunch(turn, 'It did not take off and its rotors are off.', false);
  if (!state.alerts.includes('no-takeoff'))
    turn.raise(
      'no-takeoff',
      'CAUTION',
      `${state.droneId} is armed and has not taken off. Watch it, or press Abort.`,
    );
}

function noteTakeoff(turn: Turn, sight: Sight, isAway: boolean): void {
  const { state } = turn;
  if (hasReached(state.status, 'IN_FLIGHT')) return;
  const highEnough = (sight.altitudeRelativeHomeM ?? 0) >= 0.9 * state.plan.cruiseAltitudeRelativeHomeM;
  if (!highEnough && !isAway) return;
  turn.event('TAKEOFF_COMPLETE', 'DRONE', 'In the air, on the way to the scene.', {
    altitudeRelativeHomeM: sight.altitudeRelativeHomeM,
  });
  turn.advance('IN_FLIGHT');
}

function noteArrival(turn: Turn, sight: Sight): void {
  const { state } = turn;
  if (sight.toDestinationM === null) return;
  const arrived = sight.toDestinationM <= ARRIVED_WITHIN_M || (sight.landed && isAt(sight.toDestinationM));
  if (arrived && !hasReached(state.status, 'ARRIVED')) {
    state.actualEtaS = Math.round((turn.atMs - state.launchedAtMs) / 1_000);
    turn.event('ARRIVED_AT_SCENE', 'DRONE', `Over the scene after ${state.actualEtaS} s.`, {
      estimatedEtaS: state.estimatedEtaS,
      actualEtaS: state.actualEtaS,
      witnessed: !state.blind,
    });
    turn.advance('ARRIVED', { arrivedAtMs: turn.atMs, actualEtaS: state.actualEtaS });
  }
  const descends = sight.airborne && sight.climbRateMps < DESCENDING_MPS && state.phase === 'OUTBOUND';
  if (
    hasReached(state.status, 'ARRIVED') &&
    descends &&
    !state.landingInitiated &&
    isAt(sight.toDestinationM)
  ) {
    state.landingInitiated = true;
    state.phase = 'LANDING';
    turn.event('LANDING_INITIATED', 'DRONE', 'Landing at the scene.');
  }
}

function settleOutboundLanding(turn: Turn, sight: Sight) {
  const { state } = turn;
  if (sight.toDestinationM === null || sight.toHomeM === null) return;
  const offM = Math.round(sight.toDestinationM * 10) / 10;
  if (sight.toDestinationM <= DELIVERABLE_WITHIN_M && sight.toDestinationM <= sight.toHomeM) {
    if (!isAt(sight.toDestinationM))
      turn.raise(
        'landed-away',
        'WARNING',
        `${state.droneId} landed ${offM} m from the scene. Tell the caller where the AED is.`,
      );
    return landedAtScene(turn, offM);
  }
  if (!isAt(sight.toHomeM)) return strand(turn, `${state.droneId} came down ${offM} m from the scene.`);
  const reason = `It came home by itself. ${explanation(turn, sight)}`.trim();
  turn.event('FAILSAFE', 'DRONE', reason);
  turn.raise(
    'failsafe',
    'WARNING',
    `${state.droneId} did not reach the scene. ${reason} Send another drone.`,
  );
  breakOff(turn, reason);
  turn.over(droneStatusAtHome(state));
}

/** The way home. */
export function observeHomebound(turn: Turn, sight: Sight) {
  const { state } = turn;
  if (sight.airborne) {
    state.hasFlown = true;
    state.blind = false;
  }
  const isAwayFromScene = sight.toDestinationM !== null && sight.toDestinationM > LANDED_WITHIN_M;
  if (!state.hasFlown && !isAwayFromScene) {
    const sinceMs = state.startedAtMs ?? state.followedSinceMs;
    if (sight.landed && !sight.armed && turn.atMs - sinceMs >= NO_TAKEOFF_AFTER_MS)
      failReturn(turn, 'It did not take off and its rotors are off.');
    return;
  }
  if (!sight.landed) return noteMode(turn, sight);
  if (sight.toHomeM === null) return;
  if (!isAt(sight.toHomeM))
    return strand(turn, `${state.droneId} came down ${Math.round(sight.toHomeM)} m from home.`);
  turn.clear('failsafe');
  turn.event('RETURNED_HOME', 'DRONE', 'The drone is back home.', landingPlace(state));
  turn.event('COMPLETED', 'STATION', 'Mission completed.');
  turn.advance('COMPLETED', { completedAtMs: turn.atMs });
  turn.over(droneStatusAtHome(state));
}

/** Did the vehicle leave its mission, or its hold, without having been told to? */
function noteMode(turn: Turn, sight: Sight) {
  const { state } = turn;
  const mode = sight.vehicle.modeKind;
  const expected = state.expectedMode;
  // While a command is under way the mode may be the one before it, or the one after it.
  if (expected === null || state.inFlight !== null) return;
  const holdsAsTold = expected.kind === 'HOLD' && mode === 'GUIDED';
  if (mode === expected.kind || holdsAsTold) {
    state.expectedMode = { ...expected, seen: true };
    return;
  }
  if (!expected.seen && turn.atMs - expected.sinceMs <= WATCH_UNKNOWN_MS) return;
  if (mode === 'MISSION') return resumedByItself(turn);
  if (mode === 'RETURN' || mode === 'LAND') return failsafe(turn, sight, mode);
  turn.expectMode(mode);
  state.phase = 'HOLDING';
  const sentence = `${state.droneId} left its mission by itself: its mode is ${sight.vehicle.modeText}.`;
  const order = 'Somebody else may have taken control. Press Go on, Abort or Land here.';
  if (mode === 'HOLD') turn.event('HOLD', 'DRONE', sentence);
  else turn.event('FAILSAFE', 'DRONE', sentence);
  turn.raise('off-mission', mode === 'HOLD' ? 'CAUTION' : 'WARNING', `${sentence} ${order}`);
}

function resumedByItself(turn: Turn): void {
  const { state } = turn;
  turn.expectMode('MISSION');
  state.phase = state.status === 'RETURNING' ? 'RETURNING' : 'OUTBOUND';
  turn.clear('off-mission');
  turn.event('RESUMED', 'DRONE', 'The drone goes on with its mission.');
}

function failsafe(turn: Turn, sight: Sight, mode: 'RETURN' | 'LAND') {
  const { state } = turn;
  // A landing at the place where it was to land anyway changes nothing.
  const goal = state.status === 'RETURNING' ? sight.toHomeM : sight.toDestinationM;
  if (mode === 'LAND' && isAt(goal)) return turn.expectMode('LAND');
  const deed = mode === 'RETURN' ? 'returns home by itself' : 'lands where it is by itself';
  const why = explanation(turn, sight);
  const sentence = `${state.droneId} ${deed}.${why === '' ? '' : ` ${why}`}`;
  turn.event('FAILSAFE', 'DRONE', sentence, { mode: sight.vehicle.modeText });
  turn.expectMode(mode);
  turn.clear('off-mission');
  if (state.status === 'RETURNING') {
    state.phase = 'RETURNING';
    turn.raise('failsafe', mode === 'RETURN' ? 'CAUTION' : 'WARNING', `${sentence} Watch it.`);
    return;
  }
  turn.raise('failsafe', 'WARNING', `${sentence} It does not reach the scene: send another drone.`);
  state.airborneInAbort = true;
  breakOff(turn, sentence);
}

/** The autopilot's own words of the last moments. */
function explanation(turn: Turn, sight: Sight): string {
  const said = sight.vehicle.statusTexts.filter(
    ({ severity, receivedAtMs }) =>
      severity <= SEVERITY_WARNING && turn.atMs - receivedAtMs <= REASON_WITHIN_MS,
  );
  return said.length === 0 ? '' : `It says: ${said.map(({ text }) => text).join('; ')}.`;
}
