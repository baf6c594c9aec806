import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';

const PROGRAM = '/usr/bin/redis-server';
const READY_WITHIN_MS = 20_000;

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** A client of the test's own. It is closed with the server. */
  readonly client: Redis;
  /** Stands still as a machine under load does: connections stay, nothing answers. */
  hang(): void;
  goOn(): void;
  /** Ends it as a power cut would; `start` begins again, empty, on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A throwaway Redis on a free loopback port, in memory only. */
export async function startRedis(
  options: { password?: string; tls?: { certificate: string; key: string; authority: string } } = {},
): Promise<RedisServer> {
  if (!existsSync(PROGRAM)) throw new Error('Redis is missing: install redis-server.');
  const port = await freeTcpPort();
  const directory = mkdtempSync(join(tmpdir(), 'skyrescue-redis-'));
  const { tls, password } = options;
  const signIn = {
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls: { rejectUnauthorized: false } }),
  };
  const listening =
    tls === undefined
      ? ['--port', String(port)]
      : [
          ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
          ...[
            '--tls-cert-file',
            tls.certificate,
            '--tls-key-file',
            tls.key,
            '--tls-ca-cert-file',
            tls.authority,
          ],
        ];
  const args = ['--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no', ...listening];
  let server: ChildProcess | null = null;
  const end = (): void => void server?.kill('SIGKILL');
  process.once('exit', end);
  const client = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: () => 50,
    ...signIn,
  });
  client.on('error', () => undefined);

  async function start(): Promise<void> {
    server = spawn(PROGRAM, [...args, ...(password === undefined ? [] : ['--requirepass', password])], {
      stdio: 'ignore',
    });
    const deadlineMs = performance.now() + READY_WITHIN_MS;
    const probe = new Redis(port, '127.0.0.1', {
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
      ...signIn,
    });
    probe.on('error', () => undefined);
    try {
      while ((await Promise.race([probe.ping().catch(String), wait(1_000)])) === undefined)
        if (performance.now() > deadlineMs) throw new Error('The throwaway Redis did not start.');
    } finally {
      probe.disconnect();
    }
    if (client.status === 'wait') await client.connect();
  }

  async function kill(): Promise<void> {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    port,
    url: `${tls === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    client,
    hang: () => void server?.kill('SIGSTOP'),
    goOn: () => void server?.kill('SIGCONT'),
    kill,
    start,
    async stop() {
      process.removeListener('exit', end);
      client.disconnect();
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A TCP port on loopback that was free a moment ago. */
export async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}
