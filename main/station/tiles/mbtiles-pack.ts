import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Refusal } from '../../../preload/contract/errors.ts';
import { layerNames } from './pmtiles-pack.ts';
import { plainText, sensibleBounds, type TilePack, VECTOR_TILE_TYPE } from './tile-pack.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  pbf: VECTOR_TILE_TYPE,
  mvt: VECTOR_TILE_TYPE,
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
};

/** Opens an MBTiles file, version 1.3 (github.com/mapbox/mbtiles-spec). Throws a Refusal with the reason in words. */
export function openMbtilesPack(path: string, fileName: string): TilePack {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    refuseIncomplete(database, path, fileName);
    return describe(database, fileName);
  } catch (cause) {
    database?.close();
    throw cause instanceof Refusal ? cause : damaged(fileName, cause);
  }
}

function refuseIncomplete(database: DatabaseSync, path: string, fileName: string): void {
  const pages = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')
    .get();
  const expectedBytes = Number(pages?.bytes ?? 0);
  const sizeBytes = statSync(path).size;
  if (sizeBytes === 0)
    throw new Refusal('INVALID_INPUT', `${fileName} is empty: it has 0 bytes. Copy it again.`);
  if (sizeBytes < expectedBytes)
    throw new Refusal(
      'INVALID_INPUT',
      `${fileName} is incomplete: it has ${sizeBytes} of ${expectedBytes} bytes. Copy it again.`,
    );
}

function describe(database: DatabaseSync, fileName: string): TilePack {
  const rows = database.prepare('SELECT name, value FROM metadata').all();
  const metadata = new Map(rows.map((row) => [String(row.name), String(row.value)]));
  const contentType = CONTENT_TYPES[metadata.get('format') ?? ''] ?? guessContentType(database);
  if (contentType === null)
    throw new Refusal(
      'INVALID_INPUT',
      `${fileName} holds a kind of tile that this map cannot draw. Use a pack with PNG, JPEG, WebP or vector tiles.`,
    );
  const zooms = database.prepare('SELECT min(zoom_level) AS low, max(zoom_level) AS high FROM tiles').get();
  if (typeof zooms?.low !== 'number' || typeof zooms.high !== 'number')
    throw new Refusal('INVALID_INPUT', `${fileName} has no tiles in it. Get a new map pack.`);
  const tileStatement = database.prepare(
    'SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?',
  );
  const bounds = metadata.get('bounds')?.split(',').map(Number) ?? [];

  return {
    description: {
      name: plainText(metadata.get('name')) || fileName,
      format: contentType === VECTOR_TILE_TYPE ? 'VECTOR' : 'RASTER',
      minZoom: zooms.low,
      maxZoom: zooms.high,
      bounds: sensibleBounds(bounds),
      attribution: plainText(metadata.get('attribution')),
      vectorLayers: vectorLayers(metadata.get('json')),
    },
    async read(z, x, y) {
      const bytes = readTile(tileStatement, fileName, z, x, y);
      if (bytes === null) return null;
      const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
      return { bytes, contentType, contentEncoding: zipped ? 'gzip' : null };
    },
    close: async () => database.close(),
  };
}

function readTile(statement: StatementSync, fileName: string, z: number, x: number, y: number) {
  try {
    // MBTiles counts rows from the south (TMS).
    const row = statement.get(z, x, 2 ** z - 1 - y);
    return row?.tile_data instanceof Uint8Array ? row.tile_data : null;
  } catch (cause) {
    throw damaged(fileName, cause);
  }
}

/** For files without the required `format`: what the first tile looks like. */
function guessContentType(database: DatabaseSync): string | null {
  const bytes = database.prepare('SELECT tile_data FROM tiles LIMIT 1').get()?.tile_data;
  if (!(bytes instanceof Uint8Array)) return null;
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  return start.startsWith('\x1f\x8b') ? VECTOR_TILE_TYPE : null;
}

function vectorLayers(json: string | undefined): string[] {
  if (json === undefined) return [];
  try {
    const value: { vector_layers?: unknown } | null = JSON.parse(json);
    return layerNames(value?.vector_layers);
  } catch {
    // Only a hint for the style: a pack with a broken hint is still a map.
    return [];
  }
}

function damaged(fileName: string, cause: unknown): Refusal {
  const sentence = `${fileName} is damaged or is not an MBTiles map pack. Copy it again or get a new one.`;
  return new Refusal('INVALID_INPUT', sentence, { cause });
}
