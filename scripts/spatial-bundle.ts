import { gunzipSync, gzipSync } from 'node:zlib';

const BLOCK = 512;
/** Raster, topology and geocoder, and the scripts for upgrades from versions that this database never had. */
const LEFT_OUT = [
  /(^|\/)lib\/postgresql\/postgis_/,
  /(^|\/)share\/postgresql\/contrib\//,
  /(^|\/)share\/postgresql\/extension\/(postgis_|address_standardizer)/,
  /(^|\/)share\/postgresql\/extension\/postgis--(?!\d+\.\d+\.\d+\.sql$)/,
];

/** The package's PostGIS bundle (a gzipped tar archive, POSIX.1-1988 ustar) with only what this database uses. */
export function slimSpatialBundle(bundle: Uint8Array): Uint8Array {
  const archive = gunzipSync(bundle);
  const kept: Uint8Array[] = [];
  for (let offset = 0; offset + BLOCK <= archive.length; ) {
    const header = archive.subarray(offset, offset + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(text(header, 124, 12), 8) || 0;
    const end = offset + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const prefix = text(header, 345, 155);
    const name = `${prefix === '' ? '' : `${prefix}/`}${text(header, 0, 100)}`;
    if (!LEFT_OUT.some((pattern) => pattern.test(name))) kept.push(archive.subarray(offset, end));
    offset = end;
  }
  return gzipSync(Buffer.concat([...kept, new Uint8Array(2 * BLOCK)]), { level: 9 });
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = Buffer.from(header.subarray(start, start + length)).toString('latin1');
  return field.split('\0', 1)[0]?.trim() ?? '';
}
