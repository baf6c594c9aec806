import type { DoorStep } from '../../../preload/contract/health.ts';
import { SERVO_OUTPUT_RAW } from '../mavlink/generated/messages.ts';
import { caution, type Finding, fail, type HealthCheck, judged, pass } from './check.ts';
import { DOOR_MESSAGES } from './door-evidence.ts';

const NOT_MOVED = 'The door has not been moved in this check.';
const SLOW_S = 5;
const TOO_SLOW_S = 8;
/** How exactly a servo is told to go back to where it was. */
const SAME_PULSE_US = 20;

const closedWords = (closed: DoorStep | undefined): string =>
  closed?.sensor === 'CLOSED' ? 'It is closed again.' : 'It is not closed: look at it.';
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function judgeRelease(open: DoorStep | undefined, closed: DoorStep | undefined): Finding | string | null {
  if (open?.command === 'REFUSED')
    return fail('refused', open.refusal ?? 'The drone refused to open its door.');
  if (closed?.command === 'REFUSED')
    return fail(
      'refused',
      `${closed.refusal ?? 'The drone refused to close its door.'} ${closedWords(closed)}`,
    );
  if (open === undefined)
    return closed?.sensor === 'JAMMED' ? fail('jammed', 'The door jammed while it was closed.') : NOT_MOVED;
  if (open.sensor === null && closed?.sensor == null)
    return open.command === 'UNKNOWN'
      ? 'The drone did not answer, and has no sensor of its door. Look at it, and test it again.'
      : 'The drone has no sensor of its door. Look at it, and write down what you saw.';
  if (open.reachedAfterMs === null)
    return open.sensor === 'JAMMED'
      ? fail('jammed', `The door jammed while it opened. ${closedWords(closed)}`)
      : fail('not opened', `The door was told to open and did not. ${closedWords(closed)}`);
  if (closed?.reachedAfterMs == null)
    return closed?.sensor === 'JAMMED'
      ? fail('jammed', 'The door opened, and jammed while it closed. Do not fly it with an open door.')
      : fail('not closed', 'The door opened, and did not close again. Do not fly it with an open door.');
  const slowestS = Math.max(open.reachedAfterMs, closed.reachedAfterMs) / 1_000;
  const measured = `open in ${seconds(open.reachedAfterMs)}, closed in ${seconds(closed.reachedAfterMs)}`;
  const found =
    slowestS > TOO_SLOW_S
      ? fail(measured, 'The door is too slow.')
      : slowestS > SLOW_S
        ? caution(measured, 'The door is slow.')
        : pass(measured);
  return { ...found, value: slowestS };
}

const release = judged('AED', {
  id: 'door-release',
  title: 'Door opens and closes',
  messages: DOOR_MESSAGES,
  limit: `opens and closes when told to, each ≤ ${SLOW_S} s, never above ${TOO_SLOW_S} s`,
  bounds: { unit: 's', worse: 'ABOVE', caution: SLOW_S, fail: TOO_SLOW_S },
  limitSource: 'MAV_CMD_DO_GRIPPER or DO_SET_SERVO; the sensor of the door reports once a second',
  remedy: 'Free the door, grease its hinge, check its servo and horn. Test it again.',
  judge({ door }) {
    if (door === null) return NOT_MOVED;
    if (door.brokenOff !== null) return fail('broken off', door.brokenOff);
    if (door.running) return 'The door is being tested.';
    const [first, second] = door.steps;
    return first?.towards === 'OPEN' ? judgeRelease(first, second) : judgeRelease(undefined, first);
  },
});

const output = judged('AED', {
  id: 'door-output',
  title: 'Servo output of the door',
  messages: [SERVO_OUTPUT_RAW],
  limit: 'moves, and goes back',
  limitSource: 'MAVLink SERVO_OUTPUT_RAW',
  remedy: 'Check which output moves the door, in the drone’s parameters and in the checklist of its model.',
  needed: false,
  judge({ door, window, nowMs }) {
    if (door === null || door.running || door.brokenOff !== null) return NOT_MOVED;
    const [open, closed] = door.steps;
    if (open?.towards !== 'OPEN' || open.command === 'REFUSED') return NOT_MOVED;
    if (window.latest(SERVO_OUTPUT_RAW, nowMs) === null) return null;
    if (open.output === null)
      return open.reachedAfterMs === null
        ? fail('none moved', 'The drone was told to open its door, and none of its servo outputs moved.')
        : 'The door moved, and none of the autopilot’s own servo outputs did: something else drives it.';
    const { name, fromUs, toUs } = open.output;
    const backUs = closed?.output?.name === name ? closed.output.toUs : toUs;
    const measured = `${name}: ${fromUs} → ${toUs} → ${backUs} µs`;
    return Math.abs(backUs - fromUs) <= SAME_PULSE_US
      ? pass(measured)
      : fail(measured, 'The servo output of the door did not go back to where it was.');
  },
});

export const doorChecks: readonly HealthCheck[] = [release, output];
