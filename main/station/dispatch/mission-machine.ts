import type { CommandOutcome } from '../ports/aircraft.ts';
import { settleAbort } from './mission-aborting.ts';
import { beginLaunch, settleLaunch } from './mission-launching.ts';
import { observe } from './mission-observe.ts';
import { actForPerson } from './mission-person.ts';
import { settleReturn, takeHomewardRoute } from './mission-returning.ts';
import { awaitPerson, awaitSightlessConfirmation } from './mission-scene.ts';
import {
  isTerminal,
  type MissionInput,
  type MissionState,
  type MissionStep,
  WATCH_UNKNOWN_MS,
} from './mission-state.ts';
import { Turn } from './mission-turn.ts';

/** The whole behaviour of a mission: what is known, and what happened, give what is known next and what is to be done. */
export function reduceMission(state: MissionState, input: MissionInput, atMs: number): MissionStep {
  const turn = new Turn(state, atMs);
  switch (input.kind) {
    case 'LAUNCH':
      beginLaunch(turn);
      break;
    case 'SAMPLE':
      observe(turn, input.vehicle);
      break;
    case 'FIRST_PACKET':
      noteFirstPacket(turn, input.commandId, input.sinceRequestMs);
      break;
    case 'PROGRESS':
      noteProgress(turn, input.commandId, input.percent);
      break;
    case 'OUTCOME':
      settle(turn, input.commandId, input.outcome);
      break;
    case 'PERSON':
      actForPerson(turn, input.act, input.person);
      break;
    case 'HOMEWARD':
      takeHomewardRoute(turn, input.requestId, input.route);
      break;
    case 'STRAIGHT_HOME':
      turn.state.straightHome = { clear: input.clear, atMs };
      break;
    case 'VOICE':
      noteVoice(turn, input.first, input.language, input.conversationState);
      break;
    case 'ZONE_CONFLICT':
      turn.event('ZONE_CONFLICT', 'STATION', input.sentence);
      break;
    case 'RECOVERED':
      turn.event('STATION_RESTARTED', 'STATION', 'The station restarted and follows this mission again.');
      break;
  }
  return turn.finish();
}

function noteFirstPacket(turn: Turn, commandId: number, sinceRequestMs: number): void {
  const { state } = turn;
  if (state.inFlight?.commandId !== commandId) return;
  const { purpose } = state.inFlight;
  const rounded = Math.round(sinceRequestMs * 10) / 10;
  if (purpose === 'LAUNCH_PLAN') state.acceptToFirstCommandMs = rounded;
  else if (purpose === 'ABORT_RETURN' || purpose === 'ABORT_HOLD' || purpose === 'ABORT_LAND')
    state.abortToFirstPacketMs ??= rounded;
}

function noteProgress(turn: Turn, commandId: number, percent: number | null): void {
  const { state } = turn;
  if (state.inFlight?.commandId !== commandId || state.command === null) return;
  const sentence = percent === null ? 'In progress.' : `In progress: ${Math.round(percent)} %.`;
  state.command = { ...state.command, state: 'IN_PROGRESS', sentence, atMs: turn.atMs };
}

/** F7: accepted, refused with the reason, or unknown. The answer to a command that was superseded changes nothing. */
function settle(turn: Turn, commandId: number, outcome: CommandOutcome) {
  const { state } = turn;
  if (state.inFlight?.commandId !== commandId || state.command === null) return;
  const { purpose } = state.inFlight;
  state.inFlight = null;
  const sentence = outcome.state === 'ACCEPTED' ? 'The drone accepted.' : outcome.sentence;
  state.command = { ...state.command, state: outcome.state, sentence, atMs: turn.atMs };
  if (outcome.state !== 'ACCEPTED')
    turn.event(
      outcome.state === 'REFUSED' ? 'COMMAND_REFUSED' : 'COMMAND_UNKNOWN',
      outcome.state === 'REFUSED' ? 'DRONE' : 'STATION',
      `${state.command.name}: ${outcome.sentence}`,
      { command: purpose },
    );
  switch (purpose) {
    case 'LAUNCH_PLAN':
    case 'LAUNCH_FENCE':
    case 'LAUNCH_ARM':
    case 'LAUNCH_START':
      return settleLaunch(turn, purpose, outcome);
    case 'RETURN_PLAN':
    case 'RETURN_ARM':
    case 'RETURN_START':
      return settleReturn(turn, purpose, outcome);
    case 'ABORT_RETURN':
    case 'ABORT_HOLD':
    case 'ABORT_PLAN':
    case 'ABORT_START':
    case 'ABORT_LAND':
      return settleAbort(turn, purpose, outcome);
    case 'RELEASE':
      return settleRelease(turn, outcome);
    case 'HOLD':
    case 'RESUME':
      return settlePause(turn, purpose, outcome);
  }
}

function settleRelease(turn: Turn, outcome: CommandOutcome) {
  const { state } = turn;
  if (state.phase !== 'RELEASING') return;
  if (outcome.state === 'REFUSED')
    return awaitPerson(turn, `It refused to release the AED. ${outcome.sentence}`, 'WARNING');
  // The compartment itself will tell whether an unanswered request was obeyed.
  if (outcome.state === 'UNKNOWN') state.releaseDeadlineMs = turn.atMs + WATCH_UNKNOWN_MS;
  else if (!state.aedSeenInside && state.openedAtMs === null) awaitSightlessConfirmation(turn);
}

function settlePause(turn: Turn, purpose: 'HOLD' | 'RESUME', outcome: CommandOutcome): void {
  const { state } = turn;
  if (outcome.state !== 'ACCEPTED') {
    const name = purpose === 'HOLD' ? 'hold' : 'go on';
    const problem =
      outcome.state === 'REFUSED'
        ? `refused to ${name}`
        : `did not answer: whether it ${name === 'hold' ? 'holds' : 'goes on'} is not known`;
    turn.raise(
      'command',
      'WARNING',
      `${state.droneId} ${problem}. ${outcome.sentence} Try again, or press Abort.`,
    );
    return;
  }
  turn.clear('command');
  turn.clear('off-mission');
  turn.expectMode(purpose === 'HOLD' ? 'HOLD' : 'MISSION');
  if (purpose === 'HOLD') {
    turn.event('HOLD', 'DISPATCHER', 'The drone holds its position.');
    if (state.phase !== 'ABORTING') state.phase = 'HOLDING';
    return;
  }
  turn.event('RESUMED', 'DISPATCHER', 'The drone goes on with its mission.');
  state.phase = state.status === 'RETURNING' ? 'RETURNING' : 'OUTBOUND';
}

function noteVoice(turn: Turn, first: boolean, language: string, conversationState: string | null): void {
  if (first)
    turn.event('VOICE_CONVERSATION_STARTED', 'DRONE', 'The drone talks with the people at the scene.', {
      language,
    });
  if (isTerminal(turn.state.status)) return;
  turn.change({
    voiceAiActive: true,
    languageDetected: language,
    ...(conversationState === null ? {} : { conversationState }),
  });
}
