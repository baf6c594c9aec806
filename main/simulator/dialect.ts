import { MavLinkData, type MavLinkDataConstructor, MavLinkPacketField, x25crc } from 'node-mavlink';

type FieldValue = number | bigint | string | readonly number[];

/** A message class read from a dialect's XML, with the fields' values by their XML names in camel case. */
export interface DialectMessage extends MavLinkDataConstructor<MavLinkData> {
  /** @throws Error when a field is missing or unknown, so that a changed dialect does not go unnoticed. */
  create(fields: Readonly<Record<string, FieldValue>>): MavLinkData;
}

export interface Dialect {
  readonly inferenceStatus: DialectMessage;
  readonly aedStatus: DialectMessage;
  readonly voice: DialectMessage;
}

const TYPE_SIZES: Readonly<Record<string, number>> = {
  char: 1,
  int8_t: 1,
  uint8_t: 1,
  int16_t: 2,
  uint16_t: 2,
  int32_t: 4,
  uint32_t: 4,
  float: 4,
  int64_t: 8,
  uint64_t: 8,
  double: 8,
};

interface XmlField {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly length: number;
  readonly extension: boolean;
}

/**
 * Builds the SkyRescue messages from the dialect's XML, apart from the station's own generator on purpose: each is
 * the other's oracle. Wire order and CRC seed follow the MAVLink guide, "Field Reordering" and "CRC_EXTRA".
 * @throws Error when a message is missing or a field's type is not known.
 */
export function loadDialect(xml: string): Dialect {
  const classes = readMessages(xml);
  const named = (name: string): DialectMessage => {
    const found = classes.get(name);
    if (found === undefined) throw new Error(`The dialect has no message ${name}.`);
    return found;
  };
  return {
    inferenceStatus: named('SKYRESCUE_INFERENCE_STATUS'),
    aedStatus: named('SKYRESCUE_AED_STATUS'),
    voice: named('SKYRESCUE_VOICE'),
  };
}

/** All messages of a dialect's XML by name. @throws Error when a field's type is not known. */
export function readMessages(xml: string): Map<string, DialectMessage> {
  const classes = new Map<string, DialectMessage>();
  for (const match of xml.matchAll(/<message\s+id="(\d+)"\s+name="(\w+)"[^>]*>([\s\S]*?)<\/message>/g)) {
    const [, id = '', name = '', body = ''] = match;
    classes.set(name, messageClass(Number(id), name, readFields(body)));
  }
  return classes;
}

function readFields(body: string): XmlField[] {
  const extensionsAt = body.search(/<extensions\s*\/>/);
  return Array.from(body.matchAll(/<field\s([^>]*?)\/?>/g), (match) => {
    const type = attribute(match[1] ?? '', 'type');
    const [, item = '', length = '0'] = /^(\w+)(?:\[(\d+)\])?$/.exec(type) ?? [];
    const size = TYPE_SIZES[item];
    if (size === undefined) throw new Error(`The dialect uses the unknown field type "${type}".`);
    return {
      name: attribute(match[1] ?? '', 'name'),
      type: item,
      size,
      length: Number(length),
      extension: extensionsAt >= 0 && match.index > extensionsAt,
    };
  });
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  if (value === undefined) throw new Error(`A field of the dialect has no ${name}: ${tag}`);
  return value;
}

function messageClass(id: number, name: string, fields: readonly XmlField[]): DialectMessage {
  const base = fields.filter((field) => !field.extension).sort((one, other) => other.size - one.size);
  const ordered = [...base, ...fields.filter((field) => field.extension)];
  let offset = 0;
  const packetFields = ordered.map((field) => {
    const type = field.length > 0 ? `${field.type}[]` : field.type;
    const at = offset;
    offset += field.size * Math.max(1, field.length);
    return new MavLinkPacketField(
      field.name,
      camelCase(field.name),
      at,
      field.extension,
      field.size,
      type,
      '',
      field.length,
    );
  });
  const payloadLength = offset;
  const magic = crcSeed(name, base);
  const names = new Set(packetFields.map((field) => field.name));
  return class extends MavLinkData {
    static override readonly MSG_ID = id;
    static override readonly MSG_NAME = name;
    static override readonly PAYLOAD_LENGTH = payloadLength;
    static override readonly MAGIC_NUMBER = magic;
    static override readonly FIELDS = packetFields;

    static create(values: Readonly<Record<string, FieldValue>>): MavLinkData {
      const given = Object.keys(values);
      if (given.length !== names.size || given.some((key) => !names.has(key))) {
        throw new Error(`${name} has the fields ${[...names].join(', ')}; given were ${given.join(', ')}.`);
      }
      return Object.assign(new this(), values);
    }
  };
}

function crcSeed(name: string, fields: readonly XmlField[]): number {
  const text = fields.reduce(
    (before, field) =>
      `${before}${field.type} ${field.name} ${field.length > 0 ? String.fromCharCode(field.length) : ''}`,
    `${name} `,
  );
  const crc = x25crc(Buffer.from(text, 'latin1'));
  return (crc & 0xff) ^ (crc >> 8);
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** MAVLink text is UTF-8; node-mavlink writes one byte a character, so the bytes are handed to it as characters. */
export function utf8Characters(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
