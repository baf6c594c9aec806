import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseDamaged } from './refusals.ts';

/** PostgreSQL 18's global/pg_control: ControlFileData of src/include/catalog/pg_control.h, in a file of fixed size. */
const CONTROL_FILE_BYTES = 8_192;
const CONTROL_VERSION_OFFSET = 8;
const CONTROL_VERSION = 1_800;
const CONTROL_CHECKSUM_OFFSET = 292;

const DIRECTORIES = ['base', 'global', 'pg_wal', 'pg_xact', 'pg_multixact'];

/**
 * Looks at what the engine needs before it may touch anything: it would make a new database where the version file is
 * missing, and end without a word where the control file is. Throws DatabaseDamaged that says what is wrong.
 */
export function inspectDirectory(directory: string): void {
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  if (!existsSync(join(directory, 'PG_VERSION'))) throw new DatabaseDamaged('its version file is missing');
  for (const name of DIRECTORIES)
    if (!existsSync(join(directory, name))) throw new DatabaseDamaged(`its folder ${name} is missing`);
  if (!readdirSync(join(directory, 'pg_wal')).some((name) => /^[0-9A-F]{24}$/.test(name)))
    throw new DatabaseDamaged('its write-ahead log is missing');
  inspectControlFile(join(directory, 'global/pg_control'));
}

function inspectControlFile(path: string): void {
  if (!existsSync(path)) throw new DatabaseDamaged('its control file is missing');
  const control = readFileSync(path);
  if (control.length !== CONTROL_FILE_BYTES) throw new DatabaseDamaged('its control file is cut short');
  const isWhole =
    control.readUInt32LE(CONTROL_VERSION_OFFSET) === CONTROL_VERSION &&
    control.readUInt32LE(CONTROL_CHECKSUM_OFFSET) === crc32c(control.subarray(0, CONTROL_CHECKSUM_OFFSET));
  if (!isWhole) throw new DatabaseDamaged('the checksum of its control file is wrong');
}

/** CRC-32C (Castagnoli), as PostgreSQL computes it; zlib's is another polynomial. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
