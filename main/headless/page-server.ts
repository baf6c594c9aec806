import { timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize, sep } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { Refusal } from '../../preload/contract/errors.ts';
import { pageHeaders } from '../station/page-headers.ts';
import type { Log } from '../station/ports/log.ts';

/** A request larger than this is cut off; the contract refuses long texts far below it, with a sentence. */
const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Answers `/tiles/…`; true when it has. */
export type TileResponder = (path: string, response: ServerResponse) => Promise<boolean>;

export interface PageServerOptions {
  port: number;
  /** Random per start: whoever has it may talk to the station. */
  token: string;
  pageDirectory: string;
  tiles: TileResponder;
  onConnection(socket: WebSocket): void;
  log: Log;
}

export interface PageServer {
  origin: string;
  close(): Promise<void>;
}

/**
 * The page over HTTP and the contract over WebSocket, on loopback only. A request must name this host (a page that
 * rebinds its DNS name to 127.0.0.1 does not), a WebSocket must bring the token and, when it has an Origin, ours.
 */
export async function openPageServer(options: PageServerOptions): Promise<PageServer> {
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      options.log.warn('page-request-failed', { error: error instanceof Error ? error.name : 'unknown' });
      if (!response.headersSent) refuse(response, 500, 'INTERNAL', 'The page could not be read.');
      else response.destroy();
    });
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!hosts.has(request.headers.host ?? ''))
      return refuse(response, 403, 'WRONG_HOST', 'This page is not served under that name.');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'WRONG_METHOD', 'Only GET is answered here.');
    const path = decodePath(request.url ?? '/');
    if (path === null) return refuse(response, 400, 'BAD_ADDRESS', 'The address is malformed.');
    if (path.startsWith('/tiles/') && (await options.tiles(path, response))) return;
    await sendFile(response, options.pageDirectory, path === '/' ? '/index.html' : path);
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', origin);
    const from = request.headers.origin;
    const ours = from === undefined || from === origin || from === `http://localhost:${port}`;
    if (url.pathname !== '/rpc' || !hosts.has(request.headers.host ?? '') || !ours)
      return refuseUpgrade(socket, 403, 'WRONG_ORIGIN', 'This page may not talk to the station.');
    if (!sameToken(url.searchParams.get('token') ?? '', options.token))
      return refuseUpgrade(
        socket,
        401,
        'WRONG_TOKEN',
        'The token is wrong. Open the address that the station printed at its start.',
      );
    sockets.handleUpgrade(request, socket, head, (webSocket) => options.onConnection(webSocket));
  });

  return {
    origin,
    async close() {
      for (const client of sockets.clients) client.close(1001, 'The station is stopping.');
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Refusal(
              'CONFLICT',
              `Port ${port} is used by another program. Choose another one with --port.`,
            )
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function decodePath(url: string): string | null {
  try {
    return decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname);
  } catch (error) {
    if (error instanceof URIError || error instanceof TypeError) return null;
    throw error;
  }
}

async function sendFile(response: ServerResponse, directory: string, path: string): Promise<void> {
  const file = normalize(join(directory, path));
  if (!file.startsWith(directory + sep)) return refuse(response, 404, 'NOT_FOUND', 'There is no such page.');
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) return refuse(response, 404, 'NOT_FOUND', 'There is no such page.');
  response.writeHead(200, { ...pageHeaders(path), 'content-length': found.size });
  await pipeline(createReadStream(file), response);
}

function sameToken(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, message }));
}

function refuseUpgrade(socket: Duplex, status: number, code: string, message: string): void {
  const body = JSON.stringify({ code, message });
  const reason = status === 401 ? 'Unauthorized' : 'Forbidden';
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
