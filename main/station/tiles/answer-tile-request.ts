import { Refusal } from '../../../preload/contract/errors.ts';
import type { TilePacks } from './tile-packs.ts';

export interface TileAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const TILE_PATH = /^\/tiles\/([a-z0-9-]+)\/(\d+)\/(\d+)\/(\d+)$/;

/** `/tiles/packs.json` and `/tiles/{pack}/{z}/{x}/{y}`, the same for every host; null for any other path. */
export async function answerTileRequest(packs: TilePacks, path: string): Promise<TileAnswer | null> {
  if (path === '/tiles/packs.json') {
    const body = Buffer.from(JSON.stringify(packs.list()));
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body,
    };
  }
  const [, packId, z, x, y] = TILE_PATH.exec(path) ?? [];
  if (packId === undefined) return null;
  try {
    const tile = await packs.read(packId, Number(z), Number(x), Number(y));
    if (tile === null) return { status: 204, headers: {}, body: NOTHING };
    const headers: Record<string, string> = {
      'content-type': tile.contentType,
      'cache-control': 'max-age=3600',
    };
    if (tile.contentEncoding !== null) headers['content-encoding'] = tile.contentEncoding;
    return { status: 200, headers, body: tile.bytes };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const body = Buffer.from(JSON.stringify({ code: error.code, message: error.message }));
    return { status: 422, headers: { 'content-type': 'application/json' }, body };
  }
}
