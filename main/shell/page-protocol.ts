import { readFile } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { protocol } from 'electron';
import { pageHeaders } from '../station/page-headers.ts';
import { answerTileRequest } from '../station/tiles/answer-tile-request.ts';
import { openTilePacks, type TilePacks } from '../station/tiles/tile-packs.ts';

export const PAGE_SCHEME = 'skyrescue';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://page`;

/** Serves the built page and the map tiles under a scheme of our own: no port is open, nothing else is reachable. */
export async function handlePageRequest(directories: {
  pageDirectory: string;
  resourcesDirectory: string;
}): Promise<TilePacks> {
  const packs = await openTilePacks(join(directories.resourcesDirectory, 'map'));
  protocol.handle(PAGE_SCHEME, async (request) => {
    const url = new URL(request.url);
    if (url.host !== 'page' || request.method !== 'GET') return new Response('', { status: 404 });
    const path = decodeURIComponent(url.pathname);
    const tile = path.startsWith('/tiles/') ? await answerTileRequest(packs, path) : null;
    if (tile !== null)
      return new Response(tile.status === 204 ? null : Buffer.from(tile.body), {
        status: tile.status,
        headers: tile.headers,
      });
    return filePage(directories.pageDirectory, path === '/' ? '/index.html' : path);
  });
  return packs;
}

async function filePage(directory: string, path: string): Promise<Response> {
  const file = normalize(join(directory, path));
  if (!file.startsWith(directory + sep)) return new Response('', { status: 404 });
  try {
    return new Response(await readFile(file), { headers: pageHeaders(path) });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return new Response('', { status: 404 });
    throw error;
  }
}
