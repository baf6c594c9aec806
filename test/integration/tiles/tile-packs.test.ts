import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTilePacks, type TilePacks } from '../../../main/station/tiles/tile-packs.ts';
import { buildBaseMap } from '../../../scripts/build-base-map.ts';

let directory: string;
let packs: TilePacks | null;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tile-packs-'));
  packs = null;
});
afterEach(async () => {
  await packs?.close();
  await rm(directory, { recursive: true });
});

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);

function buildMbtiles(path: string, metadata: Record<string, string>, tile: Uint8Array): void {
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE metadata (name text, value text)');
  database.exec(
    'CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)',
  );
  const insertMetadata = database.prepare('INSERT INTO metadata VALUES (?, ?)');
  for (const [name, value] of Object.entries(metadata)) insertMetadata.run(name, value);
  // XYZ 12/1239/1514: row 2581 counted from the south.
  database.prepare('INSERT INTO tiles VALUES (12, 1239, 2581, ?)').run(tile);
  database.prepare('INSERT INTO tiles VALUES (3, 2, 5, ?)').run(new Uint8Array(20_000));
  database.close();
}

test('the base map is read back, tile by tile, as its builder wrote it', async () => {
  const path = join(directory, 'base.pmtiles');
  expect(await buildBaseMap(path, 3)).toBe(true);
  expect(await buildBaseMap(path, 3)).toBe(false);
  packs = await openTilePacks(directory);

  expect(packs.refused()).toEqual([]);
  expect(packs.list()).toMatchObject([
    {
      packId: 'base',
      format: 'VECTOR',
      minZoom: 0,
      maxZoom: 3,
      vectorLayers: ['land', 'lake', 'shore', 'coast', 'border', 'state'],
    },
  ]);
  const tile = await packs.read('base', 3, 2, 3);
  expect(tile).toMatchObject({ contentType: 'application/vnd.mapbox-vector-tile', contentEncoding: 'gzip' });
  expect(gunzipSync(tile?.bytes ?? PNG).includes('land')).toBe(true);
  expect(await packs.read('base', 4, 0, 0)).toBeNull();
  expect(await packs.read('base', 3, 8, 0)).toBeNull();
  expect(await packs.read('base', 3, -1, 0.5)).toBeNull();
  expect(await packs.read('elsewhere', 3, 2, 3)).toBeNull();
});

test('the same inputs build the same bytes', async () => {
  await buildBaseMap(join(directory, 'one.pmtiles'), 2);
  await buildBaseMap(join(directory, 'two.pmtiles'), 2);
  const [one, two] = await Promise.all(
    ['one', 'two'].map((name) => readFile(join(directory, `${name}.pmtiles`))),
  );
  expect(one?.equals(two ?? Buffer.of())).toBe(true);
});

test('MBTiles rows are counted from the south, and zipped tiles say so', async () => {
  const zipped = gzipSync('a vector tile');
  buildMbtiles(
    join(directory, 'Boston streets.mbtiles'),
    {
      name: 'Boston',
      format: 'pbf',
      bounds: '-71.2,42.2,-70.9,42.5',
      attribution: '<a href="x">&copy; OpenStreetMap</a>',
      json: '{"vector_layers":[{"id":"roads"}]}',
    },
    zipped,
  );
  buildMbtiles(join(directory, 'aerial.mbtiles'), { name: 'Aerial' }, PNG);
  packs = await openTilePacks(directory);

  expect(packs.list()).toMatchObject([
    {
      packId: 'boston-streets',
      name: 'Boston',
      format: 'VECTOR',
      bounds: [-71.2, 42.2, -70.9, 42.5],
      attribution: '© OpenStreetMap',
      vectorLayers: ['roads'],
      minZoom: 3,
      maxZoom: 12,
    },
    { packId: 'aerial', format: 'RASTER' },
  ]);
  expect(await packs.read('boston-streets', 12, 1239, 1514)).toEqual({
    bytes: new Uint8Array(zipped),
    contentType: 'application/vnd.mapbox-vector-tile',
    contentEncoding: 'gzip',
  });
  expect(await packs.read('aerial', 12, 1239, 1514)).toEqual({
    bytes: PNG,
    contentType: 'image/png',
    contentEncoding: null,
  });
  expect(await packs.read('aerial', 12, 1239, 1515)).toBeNull();
});

test('bad files are refused with a sentence and keep no good one from opening', async () => {
  await buildBaseMap(join(directory, 'base.pmtiles'), 2);
  await buildBaseMap(join(directory, 'cut.pmtiles'), 2);
  await truncate(join(directory, 'cut.pmtiles'), 20_000);
  await writeFile(join(directory, 'short.pmtiles'), 'PMTiles');
  await writeFile(join(directory, 'text.pmtiles'), 'not a map '.repeat(5_000));
  buildMbtiles(join(directory, 'cut.mbtiles'), { format: 'png' }, PNG);
  await truncate(join(directory, 'cut.mbtiles'), 9_000);
  await writeFile(join(directory, 'text.mbtiles'), 'not a map '.repeat(5_000));
  await writeFile(join(directory, 'empty.mbtiles'), '');
  buildMbtiles(join(directory, 'odd.mbtiles'), { format: 'terrain' }, new Uint8Array([1, 2, 3]));
  packs = await openTilePacks(directory);

  expect(packs.list().map((pack) => pack.packId)).toEqual(['base']);
  const sentences = Object.fromEntries(
    packs.refused().map((refusal) => [refusal.fileName, refusal.sentence]),
  );
  expect(sentences).toEqual({
    'cut.pmtiles': expect.stringMatching(
      /^cut\.pmtiles is incomplete: it has 20000 of \d+ bytes\. Copy it again\.$/,
    ),
    'short.pmtiles': expect.stringContaining('is damaged or is not a PMTiles map pack'),
    'text.pmtiles': expect.stringContaining('is damaged or is not a PMTiles map pack'),
    'cut.mbtiles': expect.stringMatching(/is incomplete|is damaged/),
    'text.mbtiles': expect.stringContaining('is damaged or is not an MBTiles map pack'),
    'empty.mbtiles': expect.stringContaining('is empty'),
    'odd.mbtiles': expect.stringContaining('cannot draw'),
  });
});
