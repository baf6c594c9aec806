import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { droneStatusAtHome, failLaunch, isAt, recordAborted, strand } from './mission-ending.ts';
import { observeHomebound, observeOutbound } from './mission-flight.ts';
import { launchStarted, startMission } from './mission-launching.ts';
import { failHomeward, failReturn, returnStarted } from './mission-returning.ts';
import { observeScene } from './mission-scene.ts';
import { followLink, look, predictTimeToScene, type Sight } from './mission-sight.ts';
import { type MissionState, WATCH_UNKNOWN_MS, type WatchedPurpose } from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

/** How long an aborted drone may go on with its old mission before that is told. */
const STILL_FLYING_AFTER_MS = 5_000;

/** Time passed, and this is how the vehicle looks now. */
export function observe(turn: Turn, vehicle: VehicleState | null): void {
  const { state } = turn;
  if (state.phase === 'OVER') return;
  const wasLost = state.contact === 'LOST';
  followLink(turn, vehicle);
  if (state.contact === 'LOST' && !wasLost) endSequences(turn);
  const sight = vehicle?.contact === 'LIVE' ? look(turn, vehicle) : null;
  if (state.watch !== null) watchForEffect(turn, state.watch, sight);
  if (sight === null) return;
  if (sight.armed && !state.armedRecorded) {
    state.armedRecorded = true;
    turn.event('ARMED', 'DRONE', 'Rotors are armed.');
  }
  observePhase(turn, sight);
  predictTimeToScene(turn, sight);
}

/**
 * F1: what would have sent its next command when the drone is heard again ends here. A start that is already on its
 * way sends nothing more: whether it was obeyed is seen later.
 */
function endSequences(turn: Turn): void {
  const { state } = turn;
  const purpose = state.inFlight?.purpose ?? state.watch?.purpose;
  const reason = 'The link was lost.';
  state.planning = null;
  if (purpose === 'LAUNCH_PLAN' || purpose === 'LAUNCH_FENCE' || purpose === 'LAUNCH_ARM')
    failLaunch(turn, 'The link was lost before take-off.', purpose === 'LAUNCH_ARM');
  else if (state.phase === 'PREPARING_RETURN' && purpose !== 'RETURN_START') failReturn(turn, reason);
  else if (purpose === 'ABORT_PLAN') {
    state.inFlight = null;
    failHomeward(turn, reason);
  }
}

function observePhase(turn: Turn, sight: Sight) {
  switch (turn.state.phase) {
    case 'OUTBOUND':
    case 'LANDING':
      return observeOutbound(turn, sight);
    case 'RETURNING':
      return observeHomebound(turn, sight);
    case 'HOLDING':
      return turn.state.status === 'RETURNING' ? observeHomebound(turn, sight) : observeOutbound(turn, sight);
    case 'RELEASING':
    case 'AWAITING_CONFIRMATION':
    case 'ON_SCENE':
    case 'PREPARING_RETURN':
      return observeScene(turn, sight);
    case 'ABORTING':
      return observeAborting(turn, sight);
    case 'UPLOADING':
    case 'ARMING':
    case 'STARTING':
    case 'OVER':
      return;
  }
}

/** A command that nobody answered: did the vehicle do it all the same? (F7) */
function watchForEffect(
  turn: Turn,
  watch: { purpose: WatchedPurpose; untilMs: number },
  sight: Sight | null,
) {
  const { state } = turn;
  const wanted = watch.purpose === 'LAUNCH_ARM' || watch.purpose === 'RETURN_ARM' ? 'ARMED' : 'STARTED';
  const started = sight?.armed === true && sight.vehicle.modeKind === 'MISSION';
  const happened = wanted === 'ARMED' ? sight?.armed === true : started;
  if (!happened && wanted === 'STARTED' && state.contact === 'LOST') {
    // It may be flying: it is looked at when it is heard again, and nothing will be sent then.
    state.watch = { ...watch, untilMs: turn.atMs + WATCH_UNKNOWN_MS };
    return;
  }
  if (!happened && turn.atMs < watch.untilMs) return;
  state.watch = null;
  const isLaunch = watch.purpose === 'LAUNCH_ARM' || watch.purpose === 'LAUNCH_START';
  if (!happened) {
    const reason = `No answer from the drone: whether it ${wanted === 'ARMED' ? 'armed' : 'started'} is not known.`;
    if (!isLaunch) return failReturn(turn, reason);
    return failLaunch(turn, reason, sight === null || sight.armed || wanted === 'STARTED');
  }
  const seen = 'It did not answer, but it is seen to have obeyed.';
  if (watch.purpose === 'LAUNCH_ARM') return startMission(turn);
  if (watch.purpose === 'LAUNCH_START') return launchStarted(turn, seen);
  if (watch.purpose === 'RETURN_START') return returnStarted(turn, seen);
  if (!turn.send('RETURN_START', { kind: 'START' })) failReturn(turn, 'The link was lost.');
}

/** An aborted drone is followed until it stands still with its rotors off. */
function observeAborting(turn: Turn, sight: Sight) {
  const { state } = turn;
  if (sight.airborne) state.airborneInAbort = true;
  const mode = sight.vehicle.modeKind;
  if (state.abortRequested !== null && sight.airborne && (mode === 'RETURN' || mode === 'LAND'))
    recordAborted(turn, state.abortRequested);
  if (sight.landed && !sight.armed && !armingMayFollow(state)) return settleOnGround(turn, sight);
  const goesOn = sight.airborne && mode === 'MISSION' && !state.homewardStarted && state.inFlight === null;
  const sinceMs = state.command?.atMs ?? state.followedSinceMs;
  if (goesOn && turn.atMs - sinceMs > STILL_FLYING_AFTER_MS && !state.alerts.includes('abort'))
    turn.raise(
      'abort',
      'WARNING',
      `${state.droneId} was told to break off and still flies its mission. Press Abort again, or Land here.`,
    );
}

/** An answer that is still out may yet say that the rotors turn. */
function armingMayFollow(state: MissionState): boolean {
  return state.inFlight !== null || state.watch !== null;
}

function settleOnGround(turn: Turn, sight: Sight) {
  const { state } = turn;
  const flew = state.hasFlown || state.airborneInAbort;
  // Without a position only a drone that never left is known to be at home.
  if (sight.toHomeM === null && flew) return;
  if (state.abortRequested !== null) recordAborted(turn, state.abortRequested);
  if (sight.toHomeM === null || isAt(sight.toHomeM)) {
    if (flew) turn.event('RETURNED_HOME', 'DRONE', 'The drone is back home.');
    return turn.over(flew ? droneStatusAtHome(state) : 'READY');
  }
  const sentence = `${state.droneId} stands ${Math.round(sight.toDestinationM ?? 0)} m from the scene, away from home.`;
  if (state.airborneInAbort) return strand(turn, sentence);
  turn.raise('landed-away', 'WARNING', `${sentence} Send somebody to fetch it.`);
  turn.over('MAINTENANCE');
}
