import { MAV_PARAM_TYPE } from '../generated/enums.ts';
import { MOST_PARAMETERS } from './parameter-list.ts';
import { type Parameter, shortestDecimal } from './parameter-value.ts';

export const PARAMETER_PACK = '@PARAM/param.pck';
/** So long is one with the most parameters that are read, each with a whole name. */
export const LONGEST_PACK_BYTES = MOST_PARAMETERS * 24;

const MAGIC = 0x671b;
const HEADER_LENGTH = 6;
const LONGEST_NAME = 16;

/** By ap_var_type. */
const TYPES: Readonly<Record<number, { type: number; length: number; read(at: DataView): number }>> = {
  1: { type: MAV_PARAM_TYPE.INT8, length: 1, read: (at) => at.getInt8(0) },
  2: { type: MAV_PARAM_TYPE.INT16, length: 2, read: (at) => at.getInt16(0, true) },
  3: { type: MAV_PARAM_TYPE.INT32, length: 4, read: (at) => at.getInt32(0, true) },
  4: { type: MAV_PARAM_TYPE.REAL32, length: 4, read: (at) => shortestDecimal(at.getFloat32(0, true)) },
};

/**
 * All parameters of an ArduPilot as its file `@PARAM/param.pck` holds them (libraries/AP_Filesystem/
 * AP_Filesystem_Param.cpp): a header with the counts; of each the type, how much of its name is that of the one before,
 * the rest of the name, and the value; zeros between them fill up. Null: it is not such a file, or not all of it.
 */
export function readParameterPack(bytes: Uint8Array): Parameter[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER_LENGTH || view.getUint16(0, true) !== MAGIC) return null;
  const count = view.getUint16(2, true);
  if (count === 0 || count !== view.getUint16(4, true) || count > MOST_PARAMETERS) return null;
  const parameters = new Map<string, Parameter>();
  let name = '';
  let at = HEADER_LENGTH;
  while (at < bytes.length) {
    const kind = view.getUint8(at);
    if (kind === 0) {
      at++;
      continue;
    }
    const type = TYPES[kind];
    const lengths = bytes[at + 1] ?? 0;
    const ownLength = (lengths >> 4) + 1;
    const valueAt = at + 2 + ownLength;
    if (type === undefined || valueAt + type.length > bytes.length) return null;
    const own = new TextDecoder().decode(bytes.subarray(at + 2, valueAt));
    name = name.slice(0, lengths & 0x0f) + own;
    if (name.length > LONGEST_NAME || parameters.has(name)) return null;
    const value = type.read(new DataView(view.buffer, view.byteOffset + valueAt, type.length));
    parameters.set(name, { name, type: type.type, value });
    at = valueAt + type.length;
  }
  return parameters.size === count ? [...parameters.values()] : null;
}
