import type { MessageDefinition, Payload } from '../frame.ts';
import { MAV_PARAM_TYPE } from '../generated/enums.ts';
import { PARAM_SET, type ParamSet } from '../generated/messages.ts';

/**
 * How whole numbers travel in the message's float (https://mavlink.io/en/services/parameter.html, section Parameter
 * encoding): cast to a float, as ArduPilot does, or their bytes as they are, as PX4 does.
 */
export type ParameterEncoding = 'C_CAST' | 'BYTEWISE';

export interface Parameter {
  readonly name: string;
  /** MAV_PARAM_TYPE. */
  readonly type: number;
  readonly value: number;
}

/** `param_value` is the first field of PARAM_VALUE and PARAM_SET. */
const VALUE_OFFSET = 0;

interface WholeNumbers {
  readonly words: string;
  readonly low: number;
  readonly high: number;
  read(payload: DataView): number;
  write(payload: DataView, value: number): void;
}

const WHOLE_NUMBERS: Readonly<Record<number, WholeNumbers>> = {
  [MAV_PARAM_TYPE.UINT8]: {
    words: 'from 0 to 255',
    low: 0,
    high: 255,
    read: (payload) => payload.getUint8(VALUE_OFFSET),
    write: (payload, value) => payload.setUint8(VALUE_OFFSET, value),
  },
  [MAV_PARAM_TYPE.INT8]: {
    words: 'from -128 to 127',
    low: -128,
    high: 127,
    read: (payload) => payload.getInt8(VALUE_OFFSET),
    write: (payload, value) => payload.setInt8(VALUE_OFFSET, value),
  },
  [MAV_PARAM_TYPE.UINT16]: {
    words: 'from 0 to 65,535',
    low: 0,
    high: 65_535,
    read: (payload) => payload.getUint16(VALUE_OFFSET, true),
    write: (payload, value) => payload.setUint16(VALUE_OFFSET, value, true),
  },
  [MAV_PARAM_TYPE.INT16]: {
    words: 'from -32,768 to 32,767',
    low: -32_768,
    high: 32_767,
    read: (payload) => payload.getInt16(VALUE_OFFSET, true),
    write: (payload, value) => payload.setInt16(VALUE_OFFSET, value, true),
  },
  [MAV_PARAM_TYPE.UINT32]: {
    words: 'from 0 to 4,294,967,295',
    low: 0,
    high: 4_294_967_295,
    read: (payload) => payload.getUint32(VALUE_OFFSET, true),
    write: (payload, value) => payload.setUint32(VALUE_OFFSET, value, true),
  },
  [MAV_PARAM_TYPE.INT32]: {
    words: 'from -2,147,483,648 to 2,147,483,647',
    low: -2_147_483_648,
    high: 2_147_483_647,
    read: (payload) => payload.getInt32(VALUE_OFFSET, true),
    write: (payload, value) => payload.setInt32(VALUE_OFFSET, value, true),
  },
};

/** The largest whole number up to which a float holds every one. */
const FLOAT_WHOLE_LIMIT = 2 ** 24;

export function isWholeNumberType(type: number): boolean {
  return WHOLE_NUMBERS[type] !== undefined;
}

/** The value of a PARAM_VALUE, as the shortest decimal number that the vehicle would store the same. */
export function readParameterValue({ payload }: Payload, type: number, encoding: ParameterEncoding): number {
  const whole = WHOLE_NUMBERS[type];
  if (encoding === 'BYTEWISE' && whole !== undefined) return whole.read(payload);
  return shortestDecimal(payload.getFloat32(VALUE_OFFSET, true));
}

const BYTEWISE_SET: MessageDefinition<ParamSet> = {
  ...PARAM_SET,
  write(payload, fields) {
    PARAM_SET.write(payload, fields);
    WHOLE_NUMBERS[fields.paramType]?.write(payload, fields.paramValue);
  },
};

/** PARAM_SET with the value written as this autopilot reads it. */
export function parameterSetIn(encoding: ParameterEncoding): MessageDefinition<ParamSet> {
  return encoding === 'BYTEWISE' ? BYTEWISE_SET : PARAM_SET;
}

/** Why a parameter of this type cannot have this value, as the rest of "NAME must be …"; null: it can. */
export function problemWithValue(type: number, value: number, encoding: ParameterEncoding): string | null {
  if (!Number.isFinite(Math.fround(value))) return 'a number that the vehicle can store';
  const whole = WHOLE_NUMBERS[type];
  if (whole === undefined) return null;
  if (!Number.isInteger(value) || value < whole.low || value > whole.high)
    return `a whole number ${whole.words}`;
  const exact =
    encoding === 'BYTEWISE' || Math.abs(value) <= FLOAT_WHOLE_LIMIT || Math.fround(value) === value;
  return exact ? null : 'a number that survives the way to this autopilot, which carries it as a float';
}

/** Whether the vehicle holds both values as the same number. */
export function sameParameterValue(type: number, one: number, other: number): boolean {
  return isWholeNumberType(type) ? one === other : Math.fround(one) === Math.fround(other);
}

/** 0.8 instead of 0.800000011920929. */
export function shortestDecimal(value: number): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) return value;
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
