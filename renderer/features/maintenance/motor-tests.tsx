import { useState } from 'react';
import { Checkbox } from 'react-aria-components';
import type { OpenHealthCheck } from '../../../preload/contract/health.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';

const MOTORS = [1, 2, 3, 4] as const;

/** Each motor on its own, without propellers, held for a second: the station refuses it armed or in flight. */
export function MotorTests({ check }: { check: OpenHealthCheck }) {
  const { client } = useStation().connection;
  const [propellersOff, setPropellersOff] = useState(false);
  const test = useAction((motor: number) =>
    client.health.testMotor({ droneId: check.droneId, motor, propellersOff }),
  );
  const { motorTest } = check;
  const blocked =
    !propellersOff || motorTest !== null || check.doorTest?.running === true || check.interrupted !== null;
  return (
    <section className="maintenance-section" aria-label="Motor tests">
      <h3>Motors</h3>
      <p className="muted">
        Each motor turns slowly for 3 s and stops by itself. Until then nothing else stops it but the drone’s
        own switch.
      </p>
      <Checkbox className="check" isSelected={propellersOff} onChange={setPropellersOff}>
        <span className="check-box" aria-hidden="true" />
        All propellers are off this drone. A turning propeller cuts to the bone.
      </Checkbox>
      <div className="motor-buttons">
        {MOTORS.map((motor) => (
          <HoldButton
            key={motor}
            onConfirm={() => test.run(motor)}
            disabled={blocked}
            disabledHint={hint(check, motor, propellersOff)}
          >
            Motor {motor}
          </HoldButton>
        ))}
      </div>
      <p role="status" className="motor-turning">
        {motorTest !== null && <b>Motor {motorTest.motor} turns. It stops by itself.</b>}
      </p>
      <FailureNote failure={test.failure} />
    </section>
  );
}

function hint(check: OpenHealthCheck, motor: number, propellersOff: boolean): string {
  if (check.motorTest?.motor === motor) return 'turns now';
  if (check.motorTest !== null || check.doorTest?.running === true) return 'wait';
  if (check.interrupted !== null) return 'out of contact';
  return propellersOff ? '' : 'confirm first';
}
