import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { zxyToTileId } from 'pmtiles';

/**
 * Writes a PMTiles archive, version 3 of the specification (github.com/protomaps/PMTiles, spec/v3/spec.md): header,
 * root directory, metadata, leaf directories, tile data; clustered; directories, metadata and tiles gzipped. The
 * reader's package has no writer, so this is one, and its tests read what it writes with that reader.
 */
export interface ArchiveTile {
  z: number;
  x: number;
  y: number;
  /** Uncompressed vector tile. */
  bytes: Uint8Array;
}

export interface ArchiveDescription {
  minZoom: number;
  maxZoom: number;
  /** Degrees: west, south, east, north. */
  bounds: readonly [number, number, number, number];
  metadata: Readonly<Record<string, unknown>>;
}

export interface DirectoryEntry {
  tileId: number;
  /** From the start of the tile data, or of the leaf directories when `runLength` is 0. */
  offset: number;
  length: number;
  runLength: number;
}

const HEADER_BYTES = 127;
/** Header and root directory must fit the first 16 KiB. */
const ROOT_LIMIT_BYTES = 16_384 - HEADER_BYTES;
const GZIP = 2;
const VECTOR_TILE = 1;

/** Equal tiles are stored once. The same tiles give the same bytes, in whatever order they come. */
export function writePmtiles(tiles: Iterable<ArchiveTile>, description: ArchiveDescription): Uint8Array {
  const sorted = [...tiles]
    .map((tile) => ({ tileId: zxyToTileId(tile.z, tile.x, tile.y), bytes: tile.bytes }))
    .sort((a, b) => a.tileId - b.tileId);
  const { entries, contents, contentBytes } = layOut(sorted);
  const { root, leaves } = directories(entries);
  const metadata = gzipSync(JSON.stringify(description.metadata), { level: 9 });

  const sections = { root, metadata, leaves };
  const header = writeHeader(description, sections, {
    addressed: sorted.length,
    entries: entries.length,
    contents: contents.length,
    contentBytes,
  });
  return Buffer.concat([header, root, metadata, leaves, ...contents]);
}

function layOut(sorted: readonly { tileId: number; bytes: Uint8Array }[]) {
  const entries: DirectoryEntry[] = [];
  const contents: Uint8Array[] = [];
  const placeOf = new Map<string, { offset: number; length: number }>();
  let contentBytes = 0;
  for (const { tileId, bytes } of sorted) {
    const key = createHash('sha256').update(bytes).digest('base64');
    let place = placeOf.get(key);
    if (place === undefined) {
      const compressed = gzipSync(bytes, { level: 9 });
      place = { offset: contentBytes, length: compressed.length };
      placeOf.set(key, place);
      contents.push(compressed);
      contentBytes += compressed.length;
    }
    const last = entries.at(-1);
    if (last !== undefined && last.offset === place.offset && last.tileId + last.runLength === tileId)
      last.runLength++;
    else entries.push({ tileId, ...place, runLength: 1 });
  }
  return { entries, contents, contentBytes };
}

function directories(entries: readonly DirectoryEntry[]): { root: Uint8Array; leaves: Uint8Array } {
  const whole = gzipSync(encodeDirectory(entries), { level: 9 });
  if (whole.length <= ROOT_LIMIT_BYTES) return { root: whole, leaves: new Uint8Array(0) };
  for (let leafEntries = 4096; ; leafEntries *= 2) {
    const pointers: DirectoryEntry[] = [];
    const leaves: Uint8Array[] = [];
    let offset = 0;
    for (let start = 0; start < entries.length; start += leafEntries) {
      const chunk = entries.slice(start, start + leafEntries);
      const leaf = gzipSync(encodeDirectory(chunk), { level: 9 });
      pointers.push({ tileId: chunk[0]?.tileId ?? 0, offset, length: leaf.length, runLength: 0 });
      leaves.push(leaf);
      offset += leaf.length;
    }
    const root = gzipSync(encodeDirectory(pointers), { level: 9 });
    if (root.length <= ROOT_LIMIT_BYTES) return { root, leaves: Buffer.concat(leaves) };
  }
}

/** Spec, section "Directories": a count, then the four columns, each as varints. */
export function encodeDirectory(entries: readonly DirectoryEntry[]): Uint8Array {
  const bytes: number[] = [];
  appendVarint(bytes, entries.length);
  let lastId = 0;
  for (const entry of entries) {
    appendVarint(bytes, entry.tileId - lastId);
    lastId = entry.tileId;
  }
  for (const entry of entries) appendVarint(bytes, entry.runLength);
  for (const entry of entries) appendVarint(bytes, entry.length);
  let nextOffset: number | null = null;
  for (const entry of entries) {
    // 0 says "right behind the entry before"; every other offset is written plus one.
    appendVarint(bytes, entry.offset === nextOffset ? 0 : entry.offset + 1);
    nextOffset = entry.offset + entry.length;
  }
  return Uint8Array.from(bytes);
}

function appendVarint(bytes: number[], value: number): void {
  // Arithmetic, not shifts: tile ids pass 2^32 from zoom 16 on.
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function writeHeader(
  description: ArchiveDescription,
  sections: Readonly<Record<'root' | 'metadata' | 'leaves', Uint8Array>>,
  counts: { addressed: number; entries: number; contents: number; contentBytes: number },
): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode('PMTiles'));
  view.setUint8(7, 3);
  const rootAt = HEADER_BYTES;
  const metadataAt = rootAt + sections.root.length;
  const leavesAt = metadataAt + sections.metadata.length;
  const tilesAt = leavesAt + sections.leaves.length;
  const numbers = [
    rootAt,
    sections.root.length,
    metadataAt,
    sections.metadata.length,
    leavesAt,
    sections.leaves.length,
    tilesAt,
    counts.contentBytes,
    counts.addressed,
    counts.entries,
    counts.contents,
  ];
  for (const [index, value] of numbers.entries()) view.setBigUint64(8 + index * 8, BigInt(value), true);
  view.setUint8(96, 1); // clustered
  view.setUint8(97, GZIP);
  view.setUint8(98, GZIP);
  view.setUint8(99, VECTOR_TILE);
  view.setUint8(100, description.minZoom);
  view.setUint8(101, description.maxZoom);
  const [west, south, east, north] = description.bounds;
  for (const [index, degrees] of [west, south, east, north].entries())
    view.setInt32(102 + index * 4, Math.round(degrees * 1e7), true);
  view.setUint8(118, description.minZoom);
  view.setInt32(119, Math.round(((west + east) / 2) * 1e7), true);
  view.setInt32(123, Math.round(((south + north) / 2) * 1e7), true);
  return header;
}
