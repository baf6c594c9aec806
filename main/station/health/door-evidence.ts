import type { DoorDrive, DoorStep } from '../../../preload/contract/health.ts';
import { SKYRESCUE_COMPARTMENT_STATE as COMPARTMENT } from '../mavlink/generated/enums.ts';
import {
  NAMED_VALUE_FLOAT,
  NAMED_VALUE_INT,
  SERVO_OUTPUT_RAW,
  type ServoOutputRaw,
  SKYRESCUE_AED_STATUS,
} from '../mavlink/generated/messages.ts';
import type { MessageWindow } from './message-window.ts';

type Sensor = NonNullable<DoorStep['sensor']>;

/** What a door's movement can be seen by. */
export const DOOR_MESSAGES = [SKYRESCUE_AED_STATUS, NAMED_VALUE_INT, NAMED_VALUE_FLOAT, SERVO_OUTPUT_RAW];

/** NAMED_VALUE_INT or _FLOAT of a drone without the dialect: the numbers of SKYRESCUE_COMPARTMENT_STATE. */
const NAMED_DOOR = 'aed_door';
const SENSORS: Readonly<Record<number, Sensor>> = {
  [COMPARTMENT.CLOSED]: 'CLOSED',
  [COMPARTMENT.OPENING]: 'OPENING',
  [COMPARTMENT.OPEN]: 'OPEN',
  [COMPARTMENT.JAMMED]: 'JAMMED',
};
/** A servo that is told to go somewhere else; less is trim. */
const LEAST_MOVE_US = 50;
/** How far back the pulses are looked for from which a movement began. */
const BEFORE_MS = 5_000;

/** What the door's own sensor said since then, oldest first. */
export function doorSensed(window: MessageWindow, fromMs: number): { sensor: Sensor; atMs: number }[] {
  const said = [
    ...window
      .since(SKYRESCUE_AED_STATUS, fromMs)
      .map(({ fields, atMs }) => ({ number: fields.compartment, atMs })),
    ...[...window.since(NAMED_VALUE_INT, fromMs), ...window.since(NAMED_VALUE_FLOAT, fromMs)]
      .filter(({ fields }) => fields.name === NAMED_DOOR)
      .map(({ fields, atMs }) => ({ number: fields.value, atMs })),
  ];
  return said
    .flatMap(({ number, atMs }) => {
      const sensor = SENSORS[number];
      return sensor === undefined ? [] : [{ sensor, atMs }];
    })
    .sort((one, other) => one.atMs - other.atMs);
}

/** The servo output that moved most since then, of those that may be the door's; null: none did. */
export function movedOutput(
  window: MessageWindow,
  fromMs: number,
  drive: DoorDrive,
  isPx4: boolean,
): DoorStep['output'] {
  const before = new Map<string, number>();
  const now = new Map<string, number>();
  for (const { fields, atMs } of window.since(SERVO_OUTPUT_RAW, fromMs - BEFORE_MS))
    for (const { name, number, pulseUs } of pulses(fields, isPx4))
      if (drive.kind !== 'SERVO' || drive.output === number)
        (atMs <= fromMs ? before : now).set(name, pulseUs);
  const moved = [...now].flatMap(([name, toUs]) => {
    const fromUs = before.get(name);
    return fromUs === undefined || Math.abs(toUs - fromUs) < LEAST_MOVE_US ? [] : [{ name, fromUs, toUs }];
  });
  return moved.reduce<DoorStep['output']>(
    (most, each) =>
      most === null || Math.abs(each.toUs - each.fromUs) > Math.abs(most.toUs - most.fromUs) ? each : most,
    null,
  );
}

/** ArduPilot counts its outputs through, 16 a message; PX4 has main and auxiliary ones. Zero: not used. */
function pulses(fields: ServoOutputRaw, isPx4: boolean): { name: string; number: number; pulseUs: number }[] {
  const { port } = fields;
  return [
    ...[fields.servo1Raw, fields.servo2Raw, fields.servo3Raw, fields.servo4Raw],
    ...[fields.servo5Raw, fields.servo6Raw, fields.servo7Raw, fields.servo8Raw],
    ...[fields.servo9Raw, fields.servo10Raw, fields.servo11Raw, fields.servo12Raw],
    ...[fields.servo13Raw, fields.servo14Raw, fields.servo15Raw, fields.servo16Raw],
  ].flatMap((pulseUs, index) => {
    if (pulseUs === 0) return [];
    const number = isPx4 ? index + 1 : port * 16 + index + 1;
    const name = isPx4 ? `${port === 0 ? 'main' : 'auxiliary'} output ${number}` : `output ${number}`;
    return [{ name, number, pulseUs }];
  });
}
