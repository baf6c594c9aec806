import { useState } from 'react';
import { Checkbox } from 'react-aria-components';
import type { DoorDrive, DoorStep, DoorTest, OpenHealthCheck } from '../../../preload/contract/health.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';

/** The AED's door, opened and closed again: the station refuses it armed, in flight, or where that is not known. */
export function DoorTests({ check }: { check: OpenHealthCheck }) {
  const { client } = useStation().connection;
  const [clear, setClear] = useState(false);
  const test = useAction((movement: 'TEST' | 'CLOSE') =>
    client.health.testDoor({ droneId: check.droneId, movement, clear }),
  );
  const { doorTest, checklist } = check;
  if (checklist.door.kind === 'NONE') return null;
  const running = doorTest?.running === true;
  const blocked = !clear || running || check.motorTest !== null || check.interrupted !== null;
  const hint = hintOf(check, clear);
  // What broke the test off is told by the check itself, and stays when this page is left.
  const failure = doorTest?.brokenOff == null ? test.failure : null;
  return (
    <section className="maintenance-section" aria-label="Door test">
      <h3>AED door</h3>
      <p className="muted">
        The test opens the door and closes it again by {driveWords(checklist.door)}, in about 10 s. What
        counts is the door’s own sensor.
      </p>
      <Checkbox className="check" isSelected={clear} onChange={setClear}>
        <span className="check-box" aria-hidden="true" />
        The drone stands on the bench, and hands and tools are out of the door’s way.
      </Checkbox>
      <div className="motor-buttons">
        <HoldButton onConfirm={() => test.run('TEST')} disabled={blocked} disabledHint={hint}>
          Test the door
        </HoldButton>
        <HoldButton onConfirm={() => test.run('CLOSE')} disabled={blocked} disabledHint={hint}>
          Close the door
        </HoldButton>
      </div>
      <div role="status" className="door-steps">
        {doorTest !== null && <Steps test={doorTest} />}
      </div>
      <FailureNote failure={failure} />
    </section>
  );
}

function hintOf(check: OpenHealthCheck, clear: boolean): string {
  if (check.doorTest?.running === true) return 'moves now';
  if (check.motorTest !== null) return 'wait';
  if (check.interrupted !== null) return 'out of contact';
  return clear ? '' : 'confirm first';
}

function driveWords(door: Exclude<DoorDrive, { kind: 'NONE' }>): string {
  return door.kind === 'GRIPPER'
    ? `the drone’s gripper ${door.gripper}`
    : `servo output ${door.output} (${door.openUs} and ${door.closedUs} µs)`;
}

function Steps({ test: { running, steps, brokenOff } }: { test: DoorTest }) {
  return (
    <>
      {running && <b>The door moves. Keep clear.</b>}
      {steps.map((step) => (
        <span key={step.towards}>
          <b>{step.towards === 'OPEN' ? 'Open' : 'Close'}</b> {stepWords(step)}
        </span>
      ))}
      {brokenOff !== null && <span className="door-broken-off">{brokenOff}</span>}
    </>
  );
}

const COMMAND_WORDS: Record<DoorStep['command'], string> = {
  SENT: 'sent',
  IN_PROGRESS: 'in progress',
  ACCEPTED: 'accepted',
  REFUSED: 'refused',
  UNKNOWN: 'no answer: it may have obeyed',
};
const SENSOR_WORDS: Record<NonNullable<DoorStep['sensor']>, string> = {
  CLOSED: 'closed',
  OPENING: 'moving',
  OPEN: 'open',
  JAMMED: 'jammed',
};

/** "accepted · sensor: open after 2.9 s · output 9: 1100 → 1900 µs". */
function stepWords({ command, refusal, sensor, reachedAfterMs, output }: DoorStep): string {
  const after = reachedAfterMs === null ? '' : ` after ${(reachedAfterMs / 1_000).toFixed(1)} s`;
  const words = [
    COMMAND_WORDS[command],
    refusal,
    sensor === null ? null : `sensor: ${SENSOR_WORDS[sensor]}${after}`,
    output === null ? null : `${output.name}: ${output.fromUs} → ${output.toUs} µs`,
  ];
  return words.filter((each) => each !== null).join(' · ');
}
