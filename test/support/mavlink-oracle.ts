import {
  ardupilotmega,
  common,
  type MavLinkData,
  type MavLinkPacketField,
  minimal,
  standard,
} from 'mavlink-mappings';
import type { Random } from '../../main/station/ports/random.ts';

export type MessageClass = (new () => MavLinkData) & {
  MSG_ID: number;
  MSG_NAME: string;
  PAYLOAD_LENGTH: number;
  MAGIC_NUMBER: number;
  FIELDS: MavLinkPacketField[];
};

export type Fields = Record<string, unknown>;

/** Every message class of mavlink-mappings that the station knows too. */
export const MESSAGE_CLASSES: readonly MessageClass[] = [minimal, standard, common, ardupilotmega].flatMap(
  (dialect) => Object.values(dialect.REGISTRY) as unknown as MessageClass[],
);

/** A value that the field's type can hold, extremes included; text is ASCII, which is all node-mavlink writes. */
export function randomValue(field: MavLinkPacketField, random: Random): unknown {
  const type = field.type.replace('[]', '').replace('_mavlink_version', '');
  if (type === 'char') {
    const codes = random.bytes(Math.floor(random.next() * (field.length + 1)));
    return String.fromCharCode(...codes.map((code) => 32 + (code % 95)));
  }
  if (field.length > 0) return Array.from({ length: field.length }, () => randomNumber(type, random));
  return randomNumber(type, random);
}

function randomNumber(type: string, random: Random): number | bigint {
  const buffer = Buffer.from(random.next() < 0.2 ? new Uint8Array(8) : random.bytes(8));
  switch (type) {
    case 'uint8_t':
      return buffer.readUInt8();
    case 'int8_t':
      return buffer.readInt8();
    case 'uint16_t':
      return buffer.readUInt16LE();
    case 'int16_t':
      return buffer.readInt16LE();
    case 'uint32_t':
      return buffer.readUInt32LE();
    case 'int32_t':
      return buffer.readInt32LE();
    case 'uint64_t':
      return buffer.readBigUInt64LE();
    case 'int64_t':
      return buffer.readBigInt64LE();
    case 'float':
      return random.next() < 0.05 ? Number.NaN : Math.fround((random.next() - 0.5) * 1e6);
    case 'double':
      return (random.next() - 0.5) * 1e9;
    default:
      throw new Error(`No random value for ${type}`);
  }
}

/** The station's name of a field: MAVLink's name in camelCase. */
export function stationName(field: MavLinkPacketField): string {
  const words = field.source
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_');
  const [first = '', ...rest] = words;
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
