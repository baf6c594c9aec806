import { gunzipSync } from 'node:zlib';
import { PMTiles, type Source, TileType, tileIdToZxy } from 'pmtiles';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { encodeDirectory, writePmtiles } from '../../../scripts/pmtiles-writer.ts';

class Memory implements Source {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  getKey = (): string => 'memory';

  async getBytes(offset: number, length: number) {
    return { data: new Uint8Array(this.#bytes.slice(offset, offset + length)).buffer };
  }
}

const DESCRIPTION = {
  minZoom: 0,
  maxZoom: 9,
  bounds: [-180, -85, 180, 85] as const,
  metadata: { name: 'Test', vector_layers: [{ id: 'land' }] },
};
const bytesOf = (text: string) => new TextEncoder().encode(text);

async function readTile(archive: PMTiles, z: number, x: number, y: number): Promise<string | null> {
  const tile = await archive.getZxy(z, x, y);
  return tile === undefined ? null : new TextDecoder().decode(tile.data);
}

test('the reader finds header, metadata and each tile', async () => {
  const tiles = [
    { z: 0, x: 0, y: 0, bytes: bytesOf('world') },
    { z: 1, x: 0, y: 0, bytes: bytesOf('sea') },
    { z: 1, x: 0, y: 1, bytes: bytesOf('sea') },
    { z: 1, x: 1, y: 0, bytes: bytesOf('land') },
    { z: 2, x: 3, y: 1, bytes: bytesOf('sea') },
  ];
  const bytes = writePmtiles(tiles.toReversed(), DESCRIPTION);
  expect(writePmtiles(tiles, DESCRIPTION)).toEqual(bytes);
  const archive = new PMTiles(new Memory(bytes));
  expect(await archive.getHeader()).toMatchObject({
    specVersion: 3,
    clustered: true,
    tileType: TileType.Mvt,
    minZoom: 0,
    maxZoom: 9,
    minLon: -180,
    maxLat: 85,
    numAddressedTiles: 5,
    numTileEntries: 4,
    numTileContents: 3,
  });
  expect(await archive.getMetadata()).toEqual(DESCRIPTION.metadata);
  for (const { z, x, y, bytes: content } of tiles)
    expect(await readTile(archive, z, x, y)).toBe(new TextDecoder().decode(content));
  expect(await readTile(archive, 1, 1, 1)).toBeNull();
  expect(await readTile(archive, 2, 0, 0)).toBeNull();
});

test('a directory too large for the root goes to leaves, and every tile is still found', async () => {
  const count = 40_000;
  const random = seededRandom(3);
  const tiles = Array.from({ length: count }, (_, index) => {
    // Gaps and lengths of no pattern keep the directory from compressing away.
    const [z, x, y] = tileIdToZxy(index * 3 + Math.floor(random.next() * 3));
    return { z, x, y, bytes: bytesOf(`${index}`.repeat(1 + Math.floor(random.next() * 60))) };
  });
  const archive = new PMTiles(new Memory(writePmtiles(tiles, DESCRIPTION)));
  const header = await archive.getHeader();
  expect(header.leafDirectoryLength).toBeGreaterThan(0);
  expect(header.rootDirectoryOffset + header.rootDirectoryLength).toBeLessThanOrEqual(16_384);
  for (let index = 0; index < count; index += 1237) {
    const tile = tiles[index];
    if (tile !== undefined)
      expect(await readTile(archive, tile.z, tile.x, tile.y)).toBe(new TextDecoder().decode(tile.bytes));
  }
});

test('the columns of a directory, byte by byte', () => {
  const entries = [
    { tileId: 5, offset: 0, length: 300, runLength: 1 },
    { tileId: 42, offset: 300, length: 2, runLength: 3 },
    { tileId: 2 ** 33, offset: 0, length: 300, runLength: 1 },
  ];
  const bytes = [...encodeDirectory(entries)];
  expect(bytes.slice(0, 3)).toEqual([3, 5, 37]);
  // 300 = 0b10_0101100; the second entry lies right behind the first (0), the third starts at 0 (0 + 1).
  expect(bytes.slice(-8)).toEqual([0xac, 0x02, 2, 0xac, 0x02, 1, 0, 1]);
});

test('equal bytes are compressed once', () => {
  const one = writePmtiles([{ z: 0, x: 0, y: 0, bytes: bytesOf('sea') }], DESCRIPTION);
  const tileBytes = one.slice(Number(new DataView(one.buffer, one.byteOffset).getBigUint64(56, true)));
  expect(gunzipSync(tileBytes).toString()).toBe('sea');
});
