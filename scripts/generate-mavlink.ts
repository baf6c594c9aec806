import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { XMLParser } from 'fast-xml-parser';
import { ardupilotmega, common, minimal, standard } from 'mavlink-mappings';
import { crcOf, crcOfByte } from '../main/station/mavlink/crc.ts';

/**
 * Writes the readers and writers of main/station/mavlink/generated/: from the metadata of mavlink-mappings and from
 * the XML in resources/mavlink/. `--check` writes nothing and exits with 1 when the files are not current.
 */

interface Field {
  /** MAVLink's name, snake_case. */
  source: string;
  /** camelCase. */
  name: string;
  /** Without "[]": uint8_t … double, char. */
  type: string;
  size: number;
  /** 0 for a single value. */
  length: number;
  offset: number;
  extension: boolean;
  units: string;
}

interface Message {
  id: number;
  name: string;
  interfaceName: string;
  crcExtra: number;
  fields: Field[];
}

type Enumeration = [name: string, entries: [name: string, value: number][]];

const ROOT = new URL('../', import.meta.url);
const XML_FILES = ['work-in-progress.xml', 'skyrescue.xml'];

/** The enumerations the station uses; with mavlink-mappings' name where its own is not ours in PascalCase. */
const ENUMERATIONS: [name: string, mappedName: string][] = [
  ['MAV_CMD', 'MavCmd'],
  ['MAV_RESULT', 'MavResult'],
  ['MAV_AUTOPILOT', 'MavAutopilot'],
  ['MAV_TYPE', 'MavType'],
  ['MAV_MODE_FLAG', 'MavModeFlag'],
  ['MAV_STATE', 'MavState'],
  ['MAV_LANDED_STATE', 'MavLandedState'],
  ['GPS_FIX_TYPE', 'GpsFixType'],
  ['MAV_SYS_STATUS_SENSOR', 'MavSysStatusSensor'],
  ['MAV_SEVERITY', 'MavSeverity'],
  ['MAV_MISSION_RESULT', 'MavMissionResult'],
  ['MAV_MISSION_TYPE', 'MavMissionType'],
  ['MAV_FRAME', 'MavFrame'],
  ['MAV_DATA_STREAM', 'MavDataStream'],
  ['MAV_PROTOCOL_CAPABILITY', 'MavProtocolCapability'],
  ['MAV_PARAM_TYPE', 'MavParamType'],
];

/** How a type of MAVLink is read and written: the DataView's accessor, its size, and the type in TypeScript. */
const TYPES: Record<string, { accessor: string; size: number; script: 'number' | 'bigint' }> = {
  char: { accessor: 'Uint8', size: 1, script: 'number' },
  uint8_t: { accessor: 'Uint8', size: 1, script: 'number' },
  int8_t: { accessor: 'Int8', size: 1, script: 'number' },
  uint16_t: { accessor: 'Uint16', size: 2, script: 'number' },
  int16_t: { accessor: 'Int16', size: 2, script: 'number' },
  uint32_t: { accessor: 'Uint32', size: 4, script: 'number' },
  int32_t: { accessor: 'Int32', size: 4, script: 'number' },
  float: { accessor: 'Float32', size: 4, script: 'number' },
  uint64_t: { accessor: 'BigUint64', size: 8, script: 'bigint' },
  int64_t: { accessor: 'BigInt64', size: 8, script: 'bigint' },
  double: { accessor: 'Float64', size: 8, script: 'number' },
};

function typeOf(field: Pick<Field, 'type'>): (typeof TYPES)[string] {
  const type = TYPES[field.type];
  if (type === undefined) throw new Error(`Unknown MAVLink type ${field.type}`);
  return type;
}

/** The generated files by their path under the repository. */
export function generate(): Map<string, string> {
  const xml = XML_FILES.map((file) =>
    parseXml(readFileSync(new URL(`resources/mavlink/${file}`, ROOT), 'utf8')),
  );
  const messages = new Map<number, Message>();
  for (const message of [...mappedMessages(), ...xml.flatMap((file) => file.messages)])
    messages.set(message.id, message);
  const sorted = [...messages.values()].sort((a, b) => a.id - b.id);
  nameApart(sorted);
  const enumerations = [...mappedEnumerations(), ...xml.flatMap((file) => file.enumerations)];
  return new Map([
    ['main/station/mavlink/generated/messages.ts', printMessages(sorted)],
    ['main/station/mavlink/generated/enums.ts', printEnumerations(enumerations)],
  ]);
}

/** mavlink-mappings calls both SIM_STATE and SIMSTATE SimState: the later one takes its name from MAVLink's. */
function nameApart(messages: readonly Message[]): void {
  const taken = new Set<string>();
  for (const message of messages) {
    if (taken.has(message.interfaceName)) message.interfaceName = pascalCase(message.name);
    if (taken.has(message.interfaceName)) throw new Error(`Two messages are called ${message.interfaceName}`);
    taken.add(message.interfaceName);
  }
}

function pascalCase(name: string): string {
  const snake = name.replace(/([a-z])([A-Z])/g, '$1_$2');
  return snake.toLowerCase().replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function camelCase(name: string): string {
  const pascal = pascalCase(name);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

function mappedMessages(): Message[] {
  const classes = [minimal, standard, common, ardupilotmega].flatMap((dialect) =>
    Object.values(dialect.REGISTRY),
  );
  return classes.map((type) => ({
    id: type.MSG_ID,
    name: type.MSG_NAME,
    interfaceName: type.name,
    crcExtra: type.MAGIC_NUMBER,
    fields: type.FIELDS.map((field) => ({
      source: field.source,
      name: camelCase(field.source),
      type: field.type.replace('[]', '').replace('_mavlink_version', ''),
      size: field.size,
      length: field.length,
      offset: field.offset,
      extension: field.extension,
      units: field.units,
    })),
  }));
}

function mappedEnumerations(): Enumeration[] {
  return ENUMERATIONS.map(([name, mappedName]) => {
    const entries = new Map<string, number>();
    for (const dialect of [minimal, standard, common, ardupilotmega]) {
      const found = (dialect as unknown as Record<string, Record<string, string | number>>)[mappedName] ?? {};
      for (const [entry, value] of Object.entries(found))
        if (typeof value === 'number') entries.set(entry, value);
    }
    if (entries.size === 0) throw new Error(`mavlink-mappings has no ${mappedName}`);
    return [name, [...entries].sort((a, b) => a[1] - b[1])];
  });
}

interface XmlField {
  type: string;
  name: string;
  units?: string;
}

interface XmlMessage {
  id: string;
  name: string;
  field: XmlField[];
}

interface XmlEnumeration {
  name: string;
  entry: { name: string; value: string }[];
}

function parseXml(text: string): { messages: Message[]; enumerations: Enumeration[] } {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => ['message', 'field', 'enum', 'entry'].includes(name),
  });
  if (/<extensions\s*\/>/.test(text))
    throw new Error('Extension fields in our own XML are not provided for.');
  const { mavlink } = parser.parse(text) as {
    mavlink: { messages: { message: XmlMessage[] }; enums: { enum: XmlEnumeration[] } | '' };
  };
  const enumerations = mavlink.enums === '' ? [] : mavlink.enums.enum;
  return {
    messages: mavlink.messages.message.map(messageFromXml),
    enumerations: enumerations.map(({ name, entry }) => [
      name,
      entry.map((one) => [one.name.replace(`${name}_`, ''), Number(one.value)]),
    ]),
  };
}

/** Field order: larger types first, otherwise as written ("Packet serialization", section Field reordering). */
function messageFromXml(xml: XmlMessage): Message {
  const fields = xml.field.map((field): Field => {
    const [, type = '', length] = /^(\w+)(?:\[(\d+)\])?$/.exec(field.type) ?? [];
    return {
      source: field.name,
      name: camelCase(field.name),
      type,
      size: typeOf({ type }).size,
      length: Number(length ?? 0),
      offset: 0,
      extension: false,
      units: field.units ?? '',
    };
  });
  fields.sort((a, b) => b.size - a.size);
  let offset = 0;
  for (const field of fields) {
    field.offset = offset;
    offset += field.size * Math.max(1, field.length);
  }
  if (offset > 255) throw new Error(`${xml.name} has ${offset} bytes of payload; 255 is the limit`);
  return {
    id: Number(xml.id),
    name: xml.name,
    interfaceName: pascalCase(xml.name),
    crcExtra: crcExtraOf(xml.name, fields),
    fields,
  };
}

/** The two halves of the checksum over names and types, folded into a byte ("Packet serialization", CRC_EXTRA). */
function crcExtraOf(name: string, fields: readonly Field[]): number {
  let crc = addText(`${name} `);
  for (const field of fields) {
    crc = addText(`${field.type} ${field.source} `, crc);
    if (field.length > 0) crc = crcOfByte(field.length, crc);
  }
  return (crc & 0xff) ^ (crc >>> 8);
}

function addText(text: string, crc?: number): number {
  const bytes = new TextEncoder().encode(text);
  return crcOf(bytes, 0, bytes.length, crc);
}

const HEADER =
  '// Generated by scripts/generate-mavlink.ts. Do not edit: change the generator or resources/mavlink.\n';

function printMessages(messages: readonly Message[]): string {
  return [
    HEADER,
    "import type { MessageDefinition } from '../frame.ts';",
    "import { readArray, readText, writeArray, writeText } from '../payload.ts';",
    '',
    ...messages.map(printMessage),
    '/** Every message the station can read and write. */',
    'export const MESSAGE_DEFINITIONS: readonly MessageDefinition<object>[] = [',
    ...messages.map(({ name }) => `  ${name},`),
    '];',
    '',
  ].join('\n');
}

function printMessage({ id, name, interfaceName, crcExtra, fields }: Message): string {
  const base = fields.filter((field) => !field.extension);
  return [
    `export interface ${interfaceName} {`,
    ...fields.map((field) => {
      const comment = field.units === '' ? '' : `/** ${field.units.replace(/^\[|\]$/g, '')} */ `;
      return `  ${comment}${field.name}: ${scriptType(field)};`;
    }),
    '}',
    '',
    `export const ${name}: MessageDefinition<${interfaceName}> = {`,
    `  id: ${id},`,
    `  name: '${name}',`,
    `  crcExtra: ${crcExtra},`,
    `  minLength: ${endOf(base)},`,
    `  maxLength: ${endOf(fields)},`,
    '  read: ({ payload }) => ({',
    ...fields.map((field) => `    ${field.name}: ${printRead(field)},`),
    '  }),',
    '  write(payload, fields) {',
    ...fields.map((field) => `    ${printWrite(field)}`),
    '  },',
    '};',
    '',
  ].join('\n');
}

function endOf(fields: readonly Field[]): number {
  return Math.max(...fields.map((field) => field.offset + field.size * Math.max(1, field.length)));
}

function scriptType(field: Field): string {
  if (field.length === 0) return typeOf(field).script;
  return field.type === 'char' ? 'string' : `${typeOf(field).script}[]`;
}

/** Arrays up to this length are written out; longer ones take a loop. */
const LONGEST_INLINE_ARRAY = 8;

function printRead(field: Field): string {
  const { accessor, size } = typeOf(field);
  const get = (offset: string) => `payload.get${accessor}(${offset}${size > 1 ? ', true' : ''})`;
  if (field.length === 0) return get(String(field.offset));
  if (field.type === 'char') return `readText(payload, ${field.offset}, ${field.length})`;
  if (field.length > LONGEST_INLINE_ARRAY)
    return `readArray(${field.length}, (index) => ${get(at(field.offset, size))})`;
  return `[${indices(field)
    .map((index) => get(String(field.offset + index * size)))
    .join(', ')}]`;
}

function printWrite(field: Field): string {
  const { accessor, size } = typeOf(field);
  const set = (offset: string, value: string) =>
    `payload.set${accessor}(${offset}, ${value}${size > 1 ? ', true' : ''})`;
  const value = `fields.${field.name}`;
  if (field.length === 0) return `${set(String(field.offset), value)};`;
  if (field.type === 'char') return `writeText(payload, ${field.offset}, ${field.length}, ${value});`;
  return `writeArray(${field.length}, ${value}, (index, value) => ${set(at(field.offset, size), 'value')});`;
}

function at(offset: number, size: number): string {
  return `${offset} + index${size > 1 ? ` * ${size}` : ''}`;
}

function indices(field: Field): number[] {
  return Array.from({ length: field.length }, (_, index) => index);
}

function printEnumerations(enumerations: readonly Enumeration[]): string {
  const print = ([name, entries]: Enumeration): string =>
    [
      `export const ${name} = {`,
      ...entries.map(([entry, value]) => `  ${/^\d/.test(entry) ? `'${entry}'` : entry}: ${value},`),
      '} as const;',
      '',
    ].join('\n');
  return [HEADER, ...enumerations.map(print)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stale = [...generate()].filter(([path, text]) => text !== currentText(path));
  if (process.argv.includes('--check')) {
    for (const [path] of stale) console.error(`${path} is not current: run scripts/generate-mavlink.ts`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const [path, text] of stale) writeFileSync(new URL(path, ROOT), text);
    console.log(stale.length === 0 ? 'Nothing to do.' : `Wrote ${stale.map(([path]) => path).join(', ')}.`);
  }
}

function currentText(path: string): string | null {
  try {
    return readFileSync(new URL(path, ROOT), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
