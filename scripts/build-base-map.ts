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

/**
 * Natural Earth's countries fill the Great Lakes in, and the Census leaves them out but draws the sea coast five times
 * coarser. So within this box (degrees: west, south, east, north) the Census decides what is lake in the United
 * States, and Natural Earth decides everything else. Neither knows the Canadian side of the lakes.
 */
const LAKES_BOX = [-93, 41.2, -75.8, 49.1] as const;
const UNITED_STATES = '840';

type NamedAreas = GeometryCollection<{ name: string }>;
type Lines = Feature<MultiLineString>;
type Area = Feature<Polygon | MultiPolygon>;
/** Longitude, latitude. */
type Place = [number, number];

/** In the order of painting: `lake` is what the Census may turn back into land, `shore` is what it does turn. */
interface BaseLayers {
  land: FeatureCollection<Polygon | MultiPolygon>;
  lake: Feature<MultiPolygon>;
  shore: Feature<MultiPolygon>;
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
  const bare = (areas: Feature[]) =>
    areas.map(({ geometry }) => ({ type: 'Feature', properties: {}, geometry })) as Area[];
  const unitedStates = {
    ...countries,
    geometries: countries.geometries.filter(({ id }) => id === UNITED_STATES),
  };
  const lines = (coordinates: MultiLineString['coordinates']): Lines => ({
    type: 'Feature',
    properties: {},
    geometry: { type: 'MultiLineString', coordinates },
  });
  // An arc with the same area on both sides of it in the mesh is an outer edge.
  const worldCoast = mesh(world, countries, (a, b) => a === b).coordinates;
  const usOutline = mesh(us, states, (a, b) => a === b).coordinates;
  return {
    land: { type: 'FeatureCollection', features: bare(feature(world, countries).features) },
    lake: withinLakesBox(bare(feature(world, unitedStates).features)),
    shore: withinLakesBox(bare(feature(us, nation).features)),
    coast: lines([...worldCoast, ...usOutline.flatMap(partsInLakesBox)]),
    border: lines(mesh(world, countries, (a, b) => a !== b).coordinates),
    state: lines(mesh(us, states, (a, b) => a !== b).coordinates),
  };
}

/** The areas cut to the box, ring by ring (Sutherland and Hodgman): good for filling, which is all they are for. */
function withinLakesBox(areas: readonly Area[]): Feature<MultiPolygon> {
  const [west, south, east, north] = LAKES_BOX;
  const polygons = areas.flatMap(({ geometry }) =>
    geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates,
  );
  const cutRing = (ring: Place[]): Place[] => {
    let kept = ring;
    for (const [axis, limit, sign] of [
      [0, west, 1],
      [0, east, -1],
      [1, south, 1],
      [1, north, -1],
    ] as const)
      kept = keepSide(kept, axis, limit, sign);
    const first = kept[0];
    return first === undefined ? [] : [...kept, first];
  };
  const coordinates = polygons
    .map((rings) => rings.map((ring) => cutRing(ring as Place[])).filter((ring) => ring.length > 3))
    .filter((rings) => rings.length > 0);
  return { type: 'Feature', properties: {}, geometry: { type: 'MultiPolygon', coordinates } };
}

/** The part of an open or closed ring with `sign * (place[axis] - limit) >= 0`. */
function keepSide(ring: readonly Place[], axis: 0 | 1, limit: number, sign: 1 | -1): Place[] {
  const kept: Place[] = [];
  for (const [index, place] of ring.entries()) {
    const before = ring.at(index - 1) ?? place;
    const inside = sign * (place[axis] - limit) >= 0;
    if (inside !== sign * (before[axis] - limit) >= 0) {
      const share = (limit - before[axis]) / (place[axis] - before[axis]);
      kept.push([before[0] + (place[0] - before[0]) * share, before[1] + (place[1] - before[1]) * share]);
    }
    if (inside) kept.push(place);
  }
  return kept;
}

function partsInLakesBox(line: MultiLineString['coordinates'][number]): Place[][] {
  const [west, south, east, north] = LAKES_BOX;
  const parts: Place[][] = [[]];
  for (const place of line as Place[]) {
    const inside = place[0] >= west && place[0] <= east && place[1] >= south && place[1] <= north;
    if (inside) parts.at(-1)?.push(place);
    else parts.push([]);
  }
  return parts.filter((part) => part.length > 1);
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
      vector_layers: ['land', 'lake', 'shore', 'coast', 'border', 'state'].map((id) => ({ id, fields: {} })),
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
