import type { TilePackDescription } from '../../../preload/contract/tiles.ts';

export interface Tile {
  bytes: Uint8Array;
  contentType: string;
  /** For the Content-Encoding header; null: the bytes are as they are. */
  contentEncoding: 'gzip' | 'br' | null;
}

/** One open file. */
export interface TilePack {
  readonly description: Omit<TilePackDescription, 'packId' | 'fileName'>;
  /** Null: the pack has no such tile. Throws a Refusal when the file turns out to be damaged there. */
  read(z: number, x: number, y: number): Promise<Tile | null>;
  close(): Promise<void>;
}

export const VECTOR_TILE_TYPE = 'application/vnd.mapbox-vector-tile';

/** Attributions come as HTML in both formats; the page shows text. */
export function plainText(value: unknown, maximum = 200): string {
  if (typeof value !== 'string') return '';
  const text = value
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&copy;', '©')
    .replaceAll('&amp;', '&');
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, maximum);
}

/** Bounds that make sense, else the whole Mercator world. */
export function sensibleBounds(values: readonly number[]): TilePackDescription['bounds'] {
  const [west, south, east, north] = values;
  const known = west !== undefined && south !== undefined && east !== undefined && north !== undefined;
  if (!known || !values.every(Number.isFinite) || west >= east || south >= north)
    return [-180, -85.0511, 180, 85.0511];
  return [Math.max(west, -180), Math.max(south, -85.0511), Math.min(east, 180), Math.min(north, 85.0511)];
}
