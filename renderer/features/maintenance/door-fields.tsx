import type { DoorDrive } from '../../../preload/contract/health.ts';
import { Field, Segments } from '../../ui/field.tsx';

export const GRIPPER: DoorDrive = { kind: 'GRIPPER', gripper: 1 };
const SERVO: DoorDrive = { kind: 'SERVO', output: 9, openUs: 1_900, closedUs: 1_100 };
const FRESH: Record<DoorDrive['kind'], DoorDrive> = { GRIPPER, SERVO, NONE: { kind: 'NONE' } };

const KINDS = [
  { value: 'GRIPPER', label: 'Gripper' },
  { value: 'SERVO', label: 'Servo', name: 'Servo output' },
  { value: 'NONE', label: 'No door' },
] as const;
const PULSE_US = { least: 500, most: 2_500, apart: 100 };

export function doorWords(door: DoorDrive): string {
  switch (door.kind) {
    case 'GRIPPER':
      return `moved by gripper ${door.gripper}`;
    case 'SERVO':
      return `moved by servo output ${door.output}, open at ${door.openUs} µs, closed at ${door.closedUs} µs`;
    case 'NONE':
      return 'this model has none, and it is not tested';
  }
}

const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;

/** The station refuses the rest. */
export function isSound(door: DoorDrive): boolean {
  if (door.kind === 'NONE') return true;
  if (door.kind === 'GRIPPER') return within(door.gripper, 1, 4);
  const { output, openUs, closedUs } = door;
  const { least, most, apart } = PULSE_US;
  const pulses = within(openUs, least, most) && within(closedUs, least, most);
  return within(output, 1, 32) && pulses && Math.abs(openUs - closedUs) >= apart;
}

/** How a health check moves the AED door of this model. */
export function DoorFields({ door, onChange }: { door: DoorDrive; onChange(door: DoorDrive): void }) {
  return (
    <div className="door-fields">
      <Segments
        label="AED door, moved by"
        choices={KINDS}
        value={door.kind}
        onChange={(kind) => onChange(FRESH[kind])}
      />
      {door.kind === 'GRIPPER' && (
        <NumberField
          label="Gripper"
          value={door.gripper}
          onChange={(gripper) => onChange({ ...door, gripper })}
        />
      )}
      {door.kind === 'SERVO' && (
        <>
          <NumberField
            label="Output"
            value={door.output}
            onChange={(output) => onChange({ ...door, output })}
          />
          <NumberField
            label="Open, µs"
            value={door.openUs}
            onChange={(openUs) => onChange({ ...door, openUs })}
          />
          <NumberField
            label="Closed, µs"
            value={door.closedUs}
            onChange={(closedUs) => onChange({ ...door, closedUs })}
          />
        </>
      )}
    </div>
  );
}

function NumberField(props: { label: string; value: number; onChange(value: number): void }) {
  const { label, value, onChange } = props;
  return (
    <Field
      label={label}
      value={value === 0 ? '' : String(value)}
      onChange={(text) => onChange(Number(text.replaceAll(/\D/g, '').slice(0, 4)))}
      inputMode="numeric"
      maxLength={4}
    />
  );
}
