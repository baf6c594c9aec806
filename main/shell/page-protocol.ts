import { readFile } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { protocol } from 'electron';
import { pageHeaders } from '../station/page-headers.ts';
import { answerTileRequest, type TileAnswer } from '../station/tiles/answer-tile-request.ts';
import { openTilePacks, type TilePacks } from '../station/tiles/tile-packs.ts';

export const PAGE_SCHEME = 'skyrescue';
const PAGE_HOST = 'page';
export const PAGE_ADDRESS = `${PAGE_SCHEME}://${PAGE_HOST}/index.html`;

const DECODERS = { gzip: promisify(gunzip), br: promisify(brotliDecompress) };

/** Whether an address is one of ours: the exact scheme and host, not something that begins alike. */
export function isPageAddress(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && url.protocol === `${PAGE_SCHEME}:` && url.host === PAGE_HOST;
}

/** Serves the built page and the map tiles under a scheme of our own: no port is open, nothing else is reachable. */
export async function handlePageRequests(directories: {
  page: string;
  maps: readonly string[];
}): Promise<TilePacks> {
  const packs = await openTilePacks(directories.maps);
  protocol.handle(PAGE_SCHEME, async (request) => {
    const path = request.method === 'GET' ? pathOf(request.url) : null;
    if (path === null) return notFound();
    const tile = path.startsWith('/tiles/') ? await answerTileRequest(packs, path) : null;
    return tile === null ? filePage(directories.page, path) : tileResponse(tile);
  });
  return packs;
}

function pathOf(address: string): string | null {
  if (!isPageAddress(address)) return null;
  const { pathname } = new URL(address);
  try {
    return pathname === '/' ? '/index.html' : decodeURIComponent(pathname);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** What a scheme of our own answers does not pass through the network stack, which alone would decompress it. */
async function tileResponse({ status, headers, body }: TileAnswer): Promise<Response> {
  if (status === 204) return new Response(null, { status, headers });
  const { 'content-encoding': encoding, ...plain } = headers;
  const decode = encoding === 'gzip' || encoding === 'br' ? DECODERS[encoding] : null;
  return decode === null
    ? new Response(Buffer.from(body), { status, headers })
    : new Response(await decode(body), { status, headers: plain });
}

async function filePage(directory: string, path: string): Promise<Response> {
  const file = normalize(join(directory, path));
  if (!file.startsWith(directory + sep)) return notFound();
  try {
    return new Response(await readFile(file), { headers: pageHeaders(path) });
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR'))
      return notFound();
    throw error;
  }
}

function notFound(): Response {
  return new Response('', { status: 404 });
}
