import { type FileHandle, open } from 'node:fs/promises';
import { Compression, PMTiles, type RangeResponse, ResolvedValueCache, type Source, TileType } from 'pmtiles';
import { Refusal } from '../../../preload/contract/errors.ts';
import { plainText, sensibleBounds, type Tile, type TilePack, VECTOR_TILE_TYPE } from './tile-pack.ts';

const CONTENT_TYPES: Readonly<Partial<Record<TileType, string>>> = {
  [TileType.Mvt]: VECTOR_TILE_TYPE,
  [TileType.Png]: 'image/png',
  [TileType.Jpeg]: 'image/jpeg',
  [TileType.Webp]: 'image/webp',
  [TileType.Avif]: 'image/avif',
};
const ENCODINGS: Readonly<Partial<Record<Compression, Tile['contentEncoding']>>> = {
  [Compression.Unknown]: null,
  [Compression.None]: null,
  [Compression.Gzip]: 'gzip',
  [Compression.Brotli]: 'br',
};
const CACHED_DIRECTORIES = 100;

/** Ranges of a local file. A range past its end is an error: the archive was cut short. */
class FileRanges implements Source {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #sizeBytes: number;

  constructor(file: FileHandle, path: string, sizeBytes: number) {
    this.#file = file;
    this.#path = path;
    this.#sizeBytes = sizeBytes;
  }

  getKey(): string {
    return this.#path;
  }

  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    // The reader asks for 16 KiB at first, whatever the archive's size.
    const wanted = offset === 0 ? Math.min(length, this.#sizeBytes) : length;
    if (offset + wanted > this.#sizeBytes) throw new Error(`range past the end: ${offset}+${wanted}`);
    const bytes = new Uint8Array(wanted);
    const { bytesRead } = await this.#file.read(bytes, 0, wanted, offset);
    if (bytesRead !== wanted) throw new Error(`short read: ${bytesRead} of ${wanted} at ${offset}`);
    return { data: bytes.buffer };
  }
}

/** Opens a PMTiles archive, version 3. Throws a Refusal with the reason in words. */
export async function openPmtilesPack(path: string, fileName: string): Promise<TilePack> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return await describe(new FileRanges(file, path, size), size, file, fileName);
  } catch (cause) {
    await file.close();
    throw cause instanceof Refusal ? cause : damaged(fileName, cause);
  }
}

async function describe(source: FileRanges, sizeBytes: number, file: FileHandle, fileName: string) {
  const cache = new ResolvedValueCache(CACHED_DIRECTORIES);
  const reader = new PMTiles(source, cache);
  const header = await reader.getHeader();
  const endBytes = Math.max(
    header.tileDataOffset + (header.tileDataLength ?? 0),
    header.leafDirectoryOffset + (header.leafDirectoryLength ?? 0),
  );
  if (sizeBytes < endBytes)
    throw new Refusal(
      'INVALID_INPUT',
      `${fileName} is incomplete: it has ${sizeBytes} of ${endBytes} bytes. Copy it again.`,
    );
  const contentType = CONTENT_TYPES[header.tileType];
  const contentEncoding = ENCODINGS[header.tileCompression];
  if (contentType === undefined || contentEncoding === undefined)
    throw new Refusal(
      'INVALID_INPUT',
      `${fileName} holds a kind of tile that this map cannot draw. Use a pack with PNG, JPEG, WebP or vector tiles.`,
    );
  const metadata = asRecord(await reader.getMetadata());
  // The page undoes the compression itself, so tiles pass through as they are stored.
  const stored = new PMTiles(source, cache, async (bytes) => bytes);

  return {
    description: {
      name: plainText(metadata.name) || fileName,
      format: header.tileType === TileType.Mvt ? 'VECTOR' : 'RASTER',
      minZoom: header.minZoom,
      maxZoom: header.maxZoom,
      bounds: sensibleBounds([header.minLon, header.minLat, header.maxLon, header.maxLat]),
      attribution: plainText(metadata.attribution),
      vectorLayers: layerNames(metadata.vector_layers),
    },
    async read(z, x, y) {
      try {
        const found = await stored.getZxy(z, x, y);
        return found === undefined
          ? null
          : { bytes: new Uint8Array(found.data), contentType, contentEncoding };
      } catch (cause) {
        throw damaged(fileName, cause);
      }
    },
    close: () => file.close(),
  } satisfies TilePack;
}

function damaged(fileName: string, cause: unknown): Refusal {
  const sentence = `${fileName} is damaged or is not a PMTiles map pack. Copy it again or get a new one.`;
  return new Refusal('INVALID_INPUT', sentence, { cause });
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The ids of a `vector_layers` list, as both formats' metadata write it. */
export function layerNames(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((layer) => asRecord(layer).id).filter((id) => typeof id === 'string');
}
