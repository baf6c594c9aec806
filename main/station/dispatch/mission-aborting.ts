import type { CommandOutcome } from '../ports/aircraft.ts';
import { isAt, recordAborted, stopAutomatics } from './mission-ending.ts';
import { distanceM } from './mission-geometry.ts';
import { failHomeward } from './mission-returning.ts';
import { whereabouts } from './mission-sight.ts';
import { type MissionState, type Purpose, STRAIGHT_HOME_FRESH_MS } from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

type AbortPurpose = 'ABORT_RETURN' | 'ABORT_HOLD' | 'ABORT_PLAN' | 'ABORT_START' | 'ABORT_LAND';

const MAY_HAVE_ARMED: readonly Purpose[] = ['LAUNCH_ARM', 'LAUNCH_START', 'RETURN_ARM', 'RETURN_START'];
const GOING_HOME: readonly Purpose[] = ['ABORT_RETURN', 'ABORT_HOLD', 'ABORT_PLAN', 'ABORT_START'];

/** A person breaks the mission off (F4), by a flight home or by a landing on the spot. */
export function requestAbort(turn: Turn, deed: 'GO_HOME' | 'LAND', reason: string, personName: string) {
  const { state } = turn;
  const what = deed === 'GO_HOME' ? 'the abort' : 'a landing on the spot';
  turn.event('ABORT_REQUESTED', 'DISPATCHER', `${personName} asked for ${what}: ${reason}`, {
    reason,
    inContact: turn.inContact,
  });
  if (isFlying(state)) return abortInFlight(turn, deed, reason);
  const mayBeArmed = state.seen.armed || isArmingUnderWay(state);
  stopAutomatics(state);
  state.phase = 'ABORTING';
  if (!mayBeArmed) {
    recordAborted(turn, reason);
    return endOnGround(turn);
  }
  state.abortRequested = reason;
  if (turn.send('ABORT_LAND', { kind: 'LAND_HERE' })) return;
  turn.raise(
    'abort',
    'WARNING',
    `Nothing more is sent to ${state.droneId}, but it may be armed and there is no link. Keep clear of its rotors.`,
  );
}

function abortInFlight(turn: Turn, deed: 'GO_HOME' | 'LAND', reason: string) {
  const { state } = turn;
  if (!turn.inContact)
    return turn.refuse(
      'DRONE_OUT_OF_CONTACT',
      `Nothing was sent: there is no link to ${state.droneId}, ${whereabouts(state)}. Press again when it is heard.`,
    );
  const purpose = state.inFlight?.purpose;
  const isUnderWay =
    deed === 'LAND' ? purpose === 'ABORT_LAND' : purpose !== undefined && GOING_HOME.includes(purpose);
  if (isUnderWay) return;
  stopAutomatics(state);
  state.abortRequested = reason;
  state.phase = 'ABORTING';
  state.homewardStarted = false;
  turn.clear('off-mission');
  if (deed === 'LAND') turn.send('ABORT_LAND', { kind: 'LAND_HERE' });
  else if (isStraightHomeClear(turn)) turn.send('ABORT_RETURN', { kind: 'RETURN_HOME' });
  else turn.send('ABORT_HOLD', { kind: 'HOLD' });
}

/** Known beforehand, so that an abort never waits for a map query. Not known counts as not clear. */
function isStraightHomeClear({ state, atMs }: Turn): boolean {
  return state.straightHome?.clear === true && atMs - state.straightHome.atMs <= STRAIGHT_HOME_FRESH_MS;
}

/** In doubt it flies: an abort in the air must not be mistaken for one on the ground. */
export function isFlying(state: MissionState): boolean {
  if (state.seen.airborne) return true;
  switch (state.phase) {
    case 'OUTBOUND':
    case 'LANDING':
    case 'HOLDING':
    case 'RETURNING':
      return state.seen.landedSinceMs === null || state.contact === 'LOST';
    case 'ABORTING':
      return state.seen.landedSinceMs === null && (state.hasFlown || state.airborneInAbort);
    default:
      return false;
  }
}

function isArmingUnderWay(state: MissionState): boolean {
  return state.watch !== null || (state.inFlight !== null && MAY_HAVE_ARMED.includes(state.inFlight.purpose));
}

/** Rotors off, on the ground: at home nothing happened, anywhere else somebody must fetch it. */
function endOnGround(turn: Turn) {
  const { state } = turn;
  const { position } = state.seen;
  const isHome = position === null ? !state.hasFlown : isAt(distanceM(position, state.plan.home));
  if (isHome) return turn.over('READY');
  turn.raise(
    'landed-away',
    'WARNING',
    `${state.droneId} stays on the ground where it is. Send somebody to fetch it.`,
  );
  turn.over('MAINTENANCE');
}

export function settleAbort(turn: Turn, purpose: AbortPurpose, outcome: CommandOutcome) {
  if (outcome.state === 'ACCEPTED') return abortAccepted(turn, purpose);
  const { droneId } = turn.state;
  if (purpose === 'ABORT_PLAN' || purpose === 'ABORT_START') return failHomeward(turn, outcome.sentence);
  if (outcome.state === 'UNKNOWN')
    return turn.raise(
      'abort',
      'WARNING',
      `Whether ${droneId} breaks off is not known: it did not answer. Watch it, and press Abort again.`,
    );
  // Refused means that nothing happened, so the same request may try the next best thing.
  if (purpose === 'ABORT_RETURN' && turn.send('ABORT_HOLD', { kind: 'HOLD' })) return;
  const other =
    purpose === 'ABORT_LAND' ? 'Press Abort to bring it home.' : 'Press Land here, or Abort again.';
  turn.raise('abort', 'WARNING', `${droneId} refused to break off. ${outcome.sentence} ${other}`);
}

function abortAccepted(turn: Turn, purpose: AbortPurpose) {
  const { state } = turn;
  if (state.abortRequested !== null) recordAborted(turn, state.abortRequested);
  turn.clear('abort');
  switch (purpose) {
    case 'ABORT_RETURN':
      return turn.expectMode('RETURN');
    case 'ABORT_LAND':
      return turn.expectMode('LAND');
    case 'ABORT_HOLD':
      turn.expectMode('HOLD');
      return turn.planHomeward('ABORT');
    case 'ABORT_PLAN':
      if (turn.send('ABORT_START', { kind: 'START' })) state.homewardStarted = true;
      else failHomeward(turn, 'The link was lost.');
      return;
    case 'ABORT_START':
      return turn.expectMode('MISSION');
  }
}
