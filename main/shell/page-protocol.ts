import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';
import { CONTENT_SECURITY_POLICY } from '../station/content-security-policy.ts';
import { answerTileRequest } from '../station/tiles/answer-tile-request.ts';
import { openTilePacks, type TilePacks } from '../station/tiles/tile-packs.ts';

export const PAGE_SCHEME = 'skyrescue';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://page`;

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

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
    const headers = {
      'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
    };
    return new Response(await readFile(file), { headers });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return new Response('', { status: 404 });
    throw error;
  }
}
