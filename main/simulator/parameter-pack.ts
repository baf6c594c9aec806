import { common } from 'node-mavlink';

const { INT8, INT16, INT32, REAL32 } = common.MavParamType;
const MAGIC = 0x671b;
const HEADER_LENGTH = 6;
/** What one message of file transfer carries: no value lies across the border of two. */
const READ_LENGTH = 239;

export type PackedParameter = readonly [id: string, value: number, type: common.MavParamType];

/** By MAV_PARAM_TYPE: ArduPilot's own number of the type, and how its value is written. */
const TYPES: ReadonlyMap<
  number,
  { kind: number; length: number; write(bytes: Buffer, value: number): void }
> = new Map([
  [INT8, { kind: 1, length: 1, write: (bytes, value) => void bytes.writeInt8(value) }],
  [INT16, { kind: 2, length: 2, write: (bytes, value) => void bytes.writeInt16LE(value) }],
  [INT32, { kind: 3, length: 4, write: (bytes, value) => void bytes.writeInt32LE(value) }],
  [REAL32, { kind: 4, length: 4, write: (bytes, value) => void bytes.writeFloatLE(value) }],
]);

/** As ArduPilot makes `@PARAM/param.pck` (libraries/AP_Filesystem/AP_Filesystem_Param.cpp). */
export function parameterPack(parameters: readonly PackedParameter[]): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt16LE(MAGIC, 0);
  header.writeUInt16LE(parameters.length, 2);
  header.writeUInt16LE(parameters.length, 4);
  const pieces = [header];
  let length = HEADER_LENGTH;
  let before = '';
  for (const [id, value, type] of parameters) {
    const format = TYPES.get(type);
    if (format === undefined) throw new Error(`${id} has a type that ArduPilot does not have.`);
    const shared = sharedLength(before, id);
    const own = id.slice(shared);
    const data = Buffer.alloc(format.length);
    format.write(data, value);
    const entry = Buffer.concat([
      Buffer.from([format.kind, shared | ((own.length - 1) << 4)]),
      Buffer.from(own, 'latin1'),
      data,
    ]);
    const over = (length + entry.length) % READ_LENGTH;
    const pad = over > 0 && over < format.length ? format.length - over : 0;
    pieces.push(Buffer.alloc(pad), entry);
    length += pad + entry.length;
    before = id;
  }
  return Buffer.concat(pieces);
}

/** At least one letter is always its own. */
function sharedLength(one: string, other: string): number {
  let length = 0;
  while (length < other.length - 1 && one[length] === other[length]) length++;
  return length;
}
