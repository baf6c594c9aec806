import { landingPlace } from './mission-ending.ts';
import { beginReturn, returnStarted } from './mission-returning.ts';
import type { Sight } from './mission-sight.ts';
import { NOT_TAKEN_AFTER_MS, OPEN_WITHIN_MS } from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

/** On the ground at the scene: the AED is released once, unless the landing itself was not seen (F1). */
export function landedAtScene(turn: Turn, offM: number): void {
  const { state } = turn;
  turn.event('LANDED', 'DRONE', `Landed ${offM} m from the scene.`, {
    ...landingPlace(state),
    distanceM: offM,
    witnessed: !state.blind,
  });
  turn.advance('LANDED');
  turn.clear('off-mission');
  state.expectedMode = null;
  state.phase = 'AWAITING_CONFIRMATION';
  if (!state.blind && requestRelease(turn)) return;
  turn.raise(
    'release',
    'WARNING',
    `${state.droneId} landed at the scene while it was out of contact. Press Release AED to open the compartment.`,
  );
}

/** Asks for the release. Accepted is not released: that needs evidence (F6). */
export function requestRelease(turn: Turn): boolean {
  if (!turn.send('RELEASE', { kind: 'RELEASE_AED' })) return false;
  turn.state.phase = 'RELEASING';
  turn.state.releaseDeadlineMs = turn.atMs + OPEN_WITHIN_MS;
  return true;
}

/** A request is this old, counted back from its deadline, before a jam is blamed on it. */
const JAM_VISIBLE_FROM_MS = OPEN_WITHIN_MS - 3_000;

export function observeScene(turn: Turn, sight: Sight) {
  const { state } = turn;
  // The autopilot took off again: a start whose answer got lost, or one that another station gave.
  const climbs = sight.airborne && (sight.climbRateMps > 0.5 || sight.groundSpeedMps > 3);
  if (climbs && sight.vehicle.modeKind === 'MISSION' && state.inFlight === null)
    return returnStarted(turn, 'The drone took off from the scene.');
  if (!sight.airborne) state.blind = false;
  if (state.status === 'LANDED') weighEvidence(turn, sight);
  if (state.restartCountdown && state.phase === 'ON_SCENE' && sight.landed) {
    state.restartCountdown = false;
    state.leavesSceneAtMs = turn.atMs + state.sceneDwellMs;
  }
  if (state.phase === 'ON_SCENE' && state.leavesSceneAtMs !== null && turn.atMs >= state.leavesSceneAtMs)
    beginReturn(turn);
}

/** F6: the drone's own evidence. */
function weighEvidence(turn: Turn, sight: Sight) {
  const { state } = turn;
  const { aed } = sight;
  if (aed !== null) {
    if (aed.compartment === 'OPEN' && state.openedAtMs === null) {
      state.openedAtMs = turn.atMs;
      turn.clear('release');
      turn.event('AED_COMPARTMENT_OPENED', 'DRONE', 'The AED compartment is open.');
    }
    if (aed.removed && state.aedSeenInside) {
      turn.event('AED_DEPLOYED', 'DRONE', 'The AED was taken out.', { evidence: 'AED_STATUS_REMOVED' });
      return delivered(turn);
    }
    // Right after a request the compartment still tells of the attempt before.
    const tried =
      state.releaseDeadlineMs === null || turn.atMs >= state.releaseDeadlineMs - JAM_VISIBLE_FROM_MS;
    if (aed.compartment === 'JAMMED' && tried)
      return awaitPerson(turn, 'The AED compartment is jammed.', 'WARNING');
  }
  if (state.openedAtMs !== null && turn.atMs - state.openedAtMs >= NOT_TAKEN_AFTER_MS) warnNotTaken(turn);
  const overdue = state.releaseDeadlineMs !== null && turn.atMs >= state.releaseDeadlineMs;
  if (state.phase !== 'RELEASING' || state.openedAtMs !== null || !overdue) return;
  if (aed === null || aed.compartment === 'UNKNOWN') awaitSightlessConfirmation(turn);
  else awaitPerson(turn, 'The AED compartment is not open.', 'WARNING');
}

/** The drone has no eyes for its compartment: a person's are needed. */
export function awaitSightlessConfirmation(turn: Turn): void {
  awaitPerson(turn, 'It cannot tell whether the AED was released.', 'CAUTION');
}

export function awaitPerson(turn: Turn, problem: string, level: 'WARNING' | 'CAUTION'): void {
  const { state } = turn;
  if (state.phase === 'AWAITING_CONFIRMATION' && state.alerts.includes('release')) return;
  state.phase = 'AWAITING_CONFIRMATION';
  const order =
    level === 'WARNING'
      ? 'Press Release again, or ask the caller and confirm the delivery.'
      : 'Ask the caller whether the AED was taken out, then confirm the delivery.';
  turn.raise('release', level, `${state.droneId}: ${problem} ${order}`);
}

function warnNotTaken(turn: Turn): void {
  const { state } = turn;
  if (state.alerts.includes('not-taken')) return;
  turn.raise(
    'not-taken',
    'CAUTION',
    `The AED on ${state.droneId} has been in reach for two minutes and nobody took it. Tell the caller where it is.`,
  );
}

/** Delivered. The drone leaves after a moment, unless somebody keeps it. */
export function delivered(turn: Turn): void {
  const { state } = turn;
  turn.clear('release');
  turn.clear('not-taken');
  turn.advance('AED_DEPLOYED', { aedDeployedAtMs: turn.atMs, aedDeployed: true });
  state.aedDeployed = true;
  if (state.phase === 'PREPARING_RETURN') return;
  state.phase = 'ON_SCENE';
  // Out of contact nothing is left waiting that could fire when the drone is heard again (F1).
  state.leavesSceneAtMs = state.contact === 'LIVE' ? turn.atMs + state.sceneDwellMs : null;
}
