import { isFlying, requestAbort } from './mission-aborting.ts';
import { beginReturn } from './mission-returning.ts';
import { delivered, requestRelease } from './mission-scene.ts';
import { type ActingPerson, isTerminal, type PersonAct } from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

/** What a person asked for: one act, at most one command (F1), and a reason in words when it is not done. */
export function actForPerson(turn: Turn, act: PersonAct, person: ActingPerson) {
  const { state } = turn;
  if (state.phase === 'OVER') return turn.refuse('MISSION_OVER', 'This mission is over. Nothing was sent.');
  switch (act.kind) {
    case 'ABORT':
      return requestAbort(turn, 'GO_HOME', act.reason, person.displayName);
    case 'LAND_HERE':
      return requestAbort(turn, 'LAND', act.reason, person.displayName);
    case 'HOLD':
      return requestHold(turn);
    case 'RESUME':
      return requestResume(turn);
    case 'RELEASE_AGAIN':
      return releaseAgain(turn);
    case 'CONFIRM_DELIVERY':
      return confirmDelivery(turn, act.note, person);
    case 'RETURN_NOW':
      return returnNow(turn);
    case 'STAY_ON_SCENE':
      return stayOnScene(turn);
  }
}

function requestHold(turn: Turn) {
  const { state } = turn;
  if (!isFlying(state))
    return turn.refuse('CONFLICT', `${state.droneId} is not in the air: there is nothing to hold.`);
  if (isOutOfContact(turn)) return;
  if (state.inFlight?.purpose === 'HOLD')
    return turn.refuse('CONFLICT', 'Hold is already on its way to the drone.');
  state.planning = null;
  state.homewardStarted = false;
  turn.send('HOLD', { kind: 'HOLD' });
}

function requestResume(turn: Turn) {
  const { state } = turn;
  if (isTerminal(state.status) || state.phase === 'ABORTING')
    return turn.refuse(
      'MISSION_OVER',
      'The mission was broken off and cannot go on. Press Abort or Land here.',
    );
  if (state.phase !== 'HOLDING')
    return turn.refuse('CONFLICT', `${state.droneId} does not hold: there is nothing to go on with.`);
  if (isOutOfContact(turn)) return;
  if (state.inFlight?.purpose === 'RESUME')
    return turn.refuse('CONFLICT', 'Go on is already on its way to the drone.');
  turn.send('RESUME', { kind: 'RESUME' });
}

function releaseAgain(turn: Turn) {
  const { state } = turn;
  if (state.status !== 'LANDED' || !['RELEASING', 'AWAITING_CONFIRMATION'].includes(state.phase))
    return turn.refuse(
      'CONFLICT',
      'The AED can be released only while the drone stands at the scene with the AED.',
    );
  if (isOutOfContact(turn)) return;
  if (state.inFlight?.purpose === 'RELEASE')
    return turn.refuse('CONFLICT', 'The release is already on its way to the drone.');
  turn.clear('release');
  requestRelease(turn);
}

/** F6: a named person's word is evidence, and is recorded as what it is. */
function confirmDelivery(turn: Turn, note: string | null, person: ActingPerson) {
  const { state } = turn;
  if (state.status === 'AED_DEPLOYED') return turn.refuse('CONFLICT', 'The delivery is already confirmed.');
  if (state.status !== 'LANDED')
    return turn.refuse('CONFLICT', 'The delivery can be confirmed once the drone has landed at the scene.');
  turn.event('AED_DEPLOYED', 'DISPATCHER', `${person.displayName} confirmed that the AED was taken out.`, {
    evidence: 'PERSON',
    dispatcherId: person.dispatcherId,
    displayName: person.displayName,
    note,
  });
  delivered(turn);
}

function returnNow(turn: Turn) {
  const { state } = turn;
  if (state.phase === 'PREPARING_RETURN')
    return turn.refuse('CONFLICT', 'The return is already being prepared.');
  if (!['RELEASING', 'AWAITING_CONFIRMATION', 'ON_SCENE'].includes(state.phase))
    return turn.refuse(
      'CONFLICT',
      'The drone is not on the ground at the scene. To bring it home, press Abort.',
    );
  if (isOutOfContact(turn)) return;
  if (!beginReturn(turn))
    turn.refuse(
      'CONFLICT',
      `The position of ${state.droneId} is older than 3 s. Try again when it is fresh.`,
    );
}

function stayOnScene(turn: Turn) {
  const { state } = turn;
  const purpose = state.inFlight?.purpose;
  const mayStillStay =
    state.phase === 'PREPARING_RETURN' &&
    (purpose === undefined || purpose === 'RETURN_PLAN') &&
    state.watch === null;
  if (state.phase !== 'ON_SCENE' && !mayStillStay)
    return turn.refuse('CONFLICT', 'The drone does not wait at the scene. To stop it, press Hold or Abort.');
  state.restartCountdown = false;
  state.leavesSceneAtMs = null;
  if (!mayStillStay) return;
  state.inFlight = null;
  state.planning = null;
  state.phase = state.status === 'LANDED' ? 'AWAITING_CONFIRMATION' : 'ON_SCENE';
}

function isOutOfContact(turn: Turn): boolean {
  if (turn.inContact) return false;
  turn.refuse(
    'DRONE_OUT_OF_CONTACT',
    `There is no link to ${turn.state.droneId}. Nothing was sent. Try again when it is heard.`,
  );
  return true;
}
