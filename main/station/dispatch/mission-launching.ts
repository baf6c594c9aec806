import type { CommandOutcome } from '../ports/aircraft.ts';
import { failLaunch } from './mission-ending.ts';
import { outboundItems } from './mission-plan.ts';
import { WATCH_UNKNOWN_MS } from './mission-state.ts';
import type { Turn } from './mission-turn.ts';

type LaunchPurpose = 'LAUNCH_PLAN' | 'LAUNCH_FENCE' | 'LAUNCH_ARM' | 'LAUNCH_START';

const NO_LINK = 'The link was lost before take-off.';

/** The first command of the mission: its record is already durable. */
export function beginLaunch(turn: Turn): void {
  const items = outboundItems(turn.state.plan);
  if (!turn.send('LAUNCH_PLAN', { kind: 'UPLOAD_PLAN', items })) failLaunch(turn, NO_LINK, false);
}

/** Upload, verify, fence, arm, start: each step waits for the answer to the one before. */
export function settleLaunch(turn: Turn, purpose: LaunchPurpose, outcome: CommandOutcome) {
  switch (purpose) {
    case 'LAUNCH_PLAN':
      if (outcome.state !== 'ACCEPTED') return failLaunch(turn, outcome.sentence, false);
      turn.event('MISSION_UPLOADED', 'DRONE', 'The flight plan is on board, read back and compared.');
      if (!turn.send('LAUNCH_FENCE', { kind: 'UPLOAD_EXCLUSIONS', line: turn.state.plan.outbound }))
        failLaunch(turn, NO_LINK, false);
      return;
    case 'LAUNCH_FENCE':
      settleFence(turn, outcome);
      turn.state.phase = 'ARMING';
      if (!turn.send('LAUNCH_ARM', { kind: 'ARM', setsHome: true })) failLaunch(turn, NO_LINK, false);
      return;
    case 'LAUNCH_ARM':
      if (outcome.state === 'ACCEPTED') return startMission(turn);
      if (outcome.state === 'REFUSED') return failLaunch(turn, outcome.sentence, false);
      turn.state.watch = { purpose, untilMs: turn.atMs + WATCH_UNKNOWN_MS };
      return;
    case 'LAUNCH_START':
      if (outcome.state === 'ACCEPTED') return launchStarted(turn, 'The drone accepted the start.');
      if (outcome.state === 'REFUSED') return failLaunch(turn, outcome.sentence, true);
      turn.state.watch = { purpose, untilMs: turn.atMs + WATCH_UNKNOWN_MS };
  }
}

/** The planned route keeps clear of the zones by itself; the fence on board is the second net. */
function settleFence(turn: Turn, outcome: CommandOutcome): void {
  if (outcome.state === 'ACCEPTED') {
    turn.event('FENCE_UPLOADED', 'DRONE', 'The no-fly zones along the route are on board.');
    return;
  }
  const { droneId } = turn.state;
  turn.raise(
    'fence-missing',
    'CAUTION',
    `${droneId} flies without the no-fly zones on board. ${outcome.sentence} Its planned route avoids them: watch it.`,
  );
}

export function startMission(turn: Turn): void {
  turn.state.phase = 'STARTING';
  if (!turn.send('LAUNCH_START', { kind: 'START' })) failLaunch(turn, NO_LINK, true);
}

export function launchStarted(turn: Turn, sentence: string): void {
  const { state } = turn;
  state.phase = 'OUTBOUND';
  state.startedAtMs = turn.atMs;
  turn.expectMode('MISSION');
  turn.event('LAUNCH_ACKNOWLEDGED', 'DRONE', sentence, {
    acceptToFirstCommandMs: state.acceptToFirstCommandMs,
  });
}
