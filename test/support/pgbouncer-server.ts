import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { serverAccount } from './postgres-server.ts';
import { freeTcpPort } from './redis-server.ts';

const PROGRAM = '/usr/sbin/pgbouncer';
const READY_WITHIN_MS = 20_000;

export interface PgbouncerServer {
  readonly port: number;
  /** Without a password of the user the address is as good as none. */
  url(user: string, database: string): string;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PgbouncerOptions {
  /** Directory of PostgreSQL's unix socket. */
  readonly socketDirectory: string;
  readonly passwords: Readonly<Record<string, string>>;
  /** PEM files: then it speaks TLS only. */
  readonly tls?: { certificate: string; key: string };
  readonly poolSize?: number;
}

/** PgBouncer in transaction mode on a loopback port, as it stands before a central server. */
export async function startPgbouncer(options: PgbouncerOptions): Promise<PgbouncerServer> {
  if (!existsSync(PROGRAM)) throw new Error('PgBouncer is missing: install pgbouncer.');
  const owner = serverAccount();
  const directory = mkdtempSync(join(tmpdir(), 'skyrescue-pgbouncer-'));
  const port = await freeTcpPort();
  const users = join(directory, 'users');
  const settings = join(directory, 'pgbouncer.ini');
  writeFileSync(
    users,
    Object.entries(options.passwords)
      .map(([user, password]) => `"${user}" "${password}"`)
      .join('\n'),
    { mode: 0o600 },
  );
  writeFileSync(settings, configuration(options, port, directory), { mode: 0o600 });
  // It does not run as whoever made the files.
  if (options.tls !== undefined) {
    copyFileSync(options.tls.certificate, join(directory, 'certificate'));
    copyFileSync(options.tls.key, join(directory, 'key'));
  }
  if (owner !== null)
    for (const path of [directory, ...readdirSync(directory).map((name) => join(directory, name))])
      chownSync(path, owner.uid, owner.gid);
  let server: ChildProcess | null = null;
  const end = (): void => void server?.kill('SIGKILL');
  process.once('exit', end);

  async function kill(): Promise<void> {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  async function start(): Promise<void> {
    const started = spawn(PROGRAM, [settings], { ...(owner ?? {}), cwd: directory, stdio: 'ignore' });
    server = started;
    const deadlineMs = performance.now() + READY_WITHIN_MS;
    while (!(await accepts(port))) {
      if (started.exitCode !== null || performance.now() > deadlineMs)
        throw new Error('PgBouncer did not start.');
      await wait(50);
    }
  }

  async function stop(): Promise<void> {
    process.removeListener('exit', end);
    await kill();
    rmSync(directory, { recursive: true, force: true });
  }

  await start();
  const secured = options.tls === undefined ? '?sslmode=disable' : '';
  return {
    port,
    url: (user, database) =>
      `postgresql://${user}:${options.passwords[user] ?? ''}@127.0.0.1:${port}/${database}${secured}`,
    kill,
    start,
    stop,
  };
}

function configuration(
  { socketDirectory, tls, poolSize }: PgbouncerOptions,
  port: number,
  directory: string,
): string {
  return [
    '[databases]',
    `* = host=${socketDirectory}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${join(directory, 'users')}`,
    'pool_mode = transaction',
    `default_pool_size = ${poolSize ?? 10}`,
    'max_client_conn = 2000',
    // After a server that was away, at once again: the default of 15 s would be the outage's length.
    'server_login_retry = 1',
    // Rather a quick "not now" than a client that waits for a server that is not there.
    'query_wait_timeout = 5',
    ...(tls === undefined
      ? []
      : [
          'client_tls_sslmode = require',
          `client_tls_cert_file = ${join(directory, 'certificate')}`,
          `client_tls_key_file = ${join(directory, 'key')}`,
        ]),
    '',
  ].join('\n');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
