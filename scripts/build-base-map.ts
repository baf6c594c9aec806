import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Feature, FeatureCollection, MultiLineString, MultiPolygon, Polygon } from 'geojson';
import GeoJSONVT from 'geojson-vt';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { fromGeojsonVt } from 'vt-pbf';
import { type ArchiveTile, writePmtiles } from './pmtiles-writer.ts';

/**
 * Builds the base map that ships: land, coast, country borders and US state lines of the whole world, from Natural
 * Earth (world-atlas) and the US Census (us-atlas), both public domain. The same inputs give the same bytes.
 */
const require = createRequire(import.meta.url);
const INPUTS = {
  world: require.resolve('world-atlas/countries-10m.json'),
  states: require.resolve('us-atlas/states-10m.json'),
};
const SOURCES = [
  fileURLToPath(import.meta.url),
  fileURLToPath(new URL('./pmtiles-writer.ts', import.meta.url)),
];
const EXTENT = 4096;
const BASE_MAX_ZOOM = 8;

/** Natural Earth fills the Great Lakes in: the United States and its territories come from the Census instead. */
const CENSUS_COUNTRIES = new Set(['840', '630', '850', '316', '580', '016']);

type NamedAreas = GeometryCollection<{ name: string }>;
type Lines = Feature<MultiLineString>;

interface BaseLayers {
  land: FeatureCollection<Polygon | MultiPolygon>;
  coast: Lines;
  border: Lines;
  state: Lines;
}

async function readLayers(): Promise<BaseLayers> {
  const world: Topology<{ countries: NamedAreas }> = JSON.parse(await readFile(INPUTS.world, 'utf8'));
  const us: Topology<{ states: NamedAreas; nation: GeometryCollection }> = JSON.parse(
    await readFile(INPUTS.states, 'utf8'),
  );
  const { countries } = world.objects;
  const { states, nation } = us.objects;
  const ofCensus = (area: { id?: string | number }): boolean => CENSUS_COUNTRIES.has(String(area.id));
  const elsewhere: NamedAreas = {
    ...countries,
    geometries: countries.geometries.filter((country) => !ofCensus(country)),
  };
  const lines = (coordinates: MultiLineString['coordinates']): Lines => ({
    type: 'Feature',
    properties: {},
    geometry: { type: 'MultiLineString', coordinates },
  });
  const land = [...feature(world, elsewhere).features, ...feature(us, nation).features].map((area) => ({
    ...area,
    id: undefined,
    properties: {},
  })) as Feature<Polygon | MultiPolygon>[];
  // An arc with one country on both sides of the mesh is coast; a Census coast has no state behind it.
  const worldCoast = mesh(world, countries, (a, b) => a === b && !ofCensus(a)).coordinates;
  const usOutline = mesh(us, states, (a, b) => a === b).coordinates;
  return {
    land: { type: 'FeatureCollection', features: land },
    coast: lines([...worldCoast, ...usOutline]),
    border: lines(mesh(world, countries, (a, b) => a !== b).coordinates),
    state: lines(mesh(us, states, (a, b) => a !== b).coordinates),
  };
}

/** Every tile from zoom 0 to `maxZoom` that has something in it; below an empty tile all are empty. */
function* cut(layers: BaseLayers, maxZoom: number): Generator<ArchiveTile> {
  const indexes = Object.entries(layers).map(
    ([name, data]) =>
      [name, new GeoJSONVT(data, { maxZoom, indexMaxZoom: Math.min(5, maxZoom), extent: EXTENT })] as const,
  );
  const pending: { z: number; x: number; y: number }[] = [{ z: 0, x: 0, y: 0 }];
  for (let tile = pending.pop(); tile !== undefined; tile = pending.pop()) {
    const { z, x, y } = tile;
    const content: Record<string, { features: NonNullable<ReturnType<GeoJSONVT['getTile']>>['features'] }> =
      {};
    for (const [name, index] of indexes) {
      const layer = index.getTile(z, x, y);
      if (layer !== null && layer.features.length > 0) content[name] = layer;
    }
    if (Object.keys(content).length === 0) continue;
    yield { z, x, y, bytes: fromGeojsonVt(content, { version: 2, extent: EXTENT }) };
    if (z === maxZoom) continue;
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const)
      pending.push({ z: z + 1, x: x * 2 + dx, y: y * 2 + dy });
  }
}

async function fingerprint(maxZoom: number): Promise<string> {
  const hash = createHash('sha256').update(`zoom ${maxZoom}`);
  for (const path of [...Object.values(INPUTS), ...SOURCES]) hash.update(await readFile(path));
  return hash.digest('hex');
}

/** Builds the archive unless the one there came from the same inputs and script. Returns whether it was built. */
export async function buildBaseMap(outputPath: string, maxZoom = BASE_MAX_ZOOM): Promise<boolean> {
  const hashPath = `${outputPath}.sha256`;
  const hash = await fingerprint(maxZoom);
  if (existsSync(outputPath) && existsSync(hashPath) && (await readFile(hashPath, 'utf8')) === hash)
    return false;
  const archive = writePmtiles(cut(await readLayers(), maxZoom), {
    minZoom: 0,
    maxZoom,
    bounds: [-180, -85.0511, 180, 85.0511],
    metadata: {
      name: 'Base map',
      attribution: 'Natural Earth, US Census',
      vector_layers: ['land', 'coast', 'border', 'state'].map((id) => ({ id, fields: {} })),
    },
  });
  await mkdir(dirname(outputPath), { recursive: true });
  const partial = `${outputPath}.partial`;
  await writeFile(partial, archive);
  await rename(partial, outputPath);
  await writeFile(hashPath, hash);
  return true;
}

if (import.meta.main) {
  const outputPath = fileURLToPath(new URL('../resources/map/base.pmtiles', import.meta.url));
  const startedMs = performance.now();
  const built = await buildBaseMap(outputPath);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const megabytes = ((await stat(outputPath)).size / 1e6).toFixed(1);
  console.log(
    built ? `Base map built in ${seconds} s, ${megabytes} MB.` : `Base map is up to date, ${megabytes} MB.`,
  );
}
