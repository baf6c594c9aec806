import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { openTilePacks, type TilePacks } from '../../../main/station/tiles/tile-packs.ts';
import { buildBaseMap } from '../../../scripts/build-base-map.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
const BASE_MAP = fileURLToPath(new URL('../../../resources/map/base.pmtiles', import.meta.url));

export interface HarnessServer {
  url: string;
  packs: TilePacks;
  close(): Promise<void>;
}

/** Builds the harness page and serves it with the base map and `morePacks` on a free loopback port. */
export async function serveHarness(morePacks: readonly string[] = []): Promise<HarnessServer> {
  const directory = await mkdtemp(join(tmpdir(), 'map-harness-'));
  await build({
    root: fileURLToPath(new URL('.', import.meta.url)),
    plugins: [react()],
    logLevel: 'warn',
    configFile: false,
    build: { outDir: directory, emptyOutDir: true },
  });
  await buildBaseMap(BASE_MAP);
  const packs = await openTilePacks([BASE_MAP, ...morePacks]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    answer(packs, directory, pathname, response).catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    packs,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await packs.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function answer(packs: TilePacks, directory: string, path: string, response: ServerResponse) {
  if (path === '/tiles/packs.json') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packs.list()));
    return;
  }
  const [, packId, z, x, y] = /^\/tiles\/([^/]+)\/(\d+)\/(\d+)\/(\d+)$/.exec(path) ?? [];
  if (packId === undefined) {
    const file = join(directory, normalize(path === '/' ? '/index.html' : path));
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    const content = await readFile(file);
    response.writeHead(200, { 'content-type': type }).end(content);
    return;
  }
  const tile = await packs.read(packId, Number(z), Number(x), Number(y));
  if (tile === null) {
    response.writeHead(204).end();
    return;
  }
  const encoding = tile.contentEncoding === null ? {} : { 'content-encoding': tile.contentEncoding };
  response.writeHead(200, { 'content-type': tile.contentType, ...encoding }).end(tile.bytes);
}
