import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const BIN = '/usr/lib/postgresql/15/bin';
const READY_WITHIN_MS = 60_000;
const run = promisify(execFile);

export interface PostgresServer {
  /** Directory of the unix socket: the server listens nowhere else. */
  socketDirectory: string;
  dataDirectory: string;
  user: string;
  createDatabase(name: string): Promise<void>;
  /** Runs SQL with psql, stopping at the first error; returns what it printed, unaligned, tuples only. */
  sql(database: string, statement: string): Promise<string>;
  /** Loads a file with psql, stopping at the first error. */
  load(database: string, path: string): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts what was ended, on the same data. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL 15 with PostGIS on a unix socket of its own; in a temporary directory and thrown away, or in `keptIn`.
 * PostgreSQL refuses to run as root: then it runs as the package's user `postgres`.
 */
export async function startPostgres(
  settings: readonly string[] = [],
  { keptIn }: { keptIn?: string } = {},
): Promise<PostgresServer> {
  if (!existsSync(join(BIN, 'postgres')))
    throw new Error('PostgreSQL 15 is missing: install postgresql-15 and postgresql-15-postgis-3.');
  const owner = serverAccount();
  const directory = mkdtempSync(join(tmpdir(), 'skyrescue-postgres-'));
  if (owner !== null) chownSync(directory, owner.uid, owner.gid);
  const data = join(keptIn ?? directory, 'data');
  if (!existsSync(data)) {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    if (owner !== null) chownSync(data, owner.uid, owner.gid);
    const initialised = spawnSync(
      join(BIN, 'initdb'),
      ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'],
      { ...(owner ?? {}), cwd: directory, encoding: 'utf8' },
    );
    if (initialised.status !== 0) throw new Error(`initdb failed: ${initialised.stderr}`);
  }
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    [`unix_socket_directories = '${directory}'`, "listen_addresses = ''", ...settings].join('\n'),
  );
  let server: ChildProcess | null = null;
  const end = (): void => void server?.kill('SIGKILL');
  process.once('exit', end);

  const psql = async (database: string, ...args: string[]): Promise<string> => {
    const connection = ['-h', directory, '-U', 'postgres', '-d', database];
    const { stdout } = await run(
      join(BIN, 'psql'),
      ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...connection, ...args],
      { maxBuffer: 64_000_000 },
    );
    return stdout.trim();
  };

  async function finish(signal: NodeJS.Signals): Promise<void> {
    const ending = server;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    const impatience = setTimeout(() => ending.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(impatience);
  }

  async function stop(): Promise<void> {
    process.removeListener('exit', end);
    // Immediate shutdown where nobody needs what is in it.
    await finish(keptIn === undefined ? 'SIGQUIT' : 'SIGINT');
    rmSync(directory, { recursive: true, force: true });
  }

  async function start(): Promise<void> {
    const started = spawn(join(BIN, 'postgres'), ['-D', data], {
      ...(owner ?? {}),
      cwd: directory,
      stdio: 'ignore',
    });
    server = started;
    const deadlineMs = performance.now() + READY_WITHIN_MS;
    while (spawnSync(join(BIN, 'pg_isready'), ['-q', '-h', directory]).status !== 0) {
      if (started.exitCode !== null || performance.now() > deadlineMs) {
        await stop();
        throw new Error('PostgreSQL did not start.');
      }
      await wait(100);
    }
  }

  await start();
  return {
    socketDirectory: directory,
    dataDirectory: data,
    user: 'postgres',
    createDatabase: async (name) => void (await psql('postgres', '-c', `CREATE DATABASE "${name}"`)),
    sql: (database, statement) => psql(database, '-c', statement),
    load: async (database, path) => void (await psql(database, '-f', path)),
    kill: () => finish('SIGQUIT'),
    start,
    stop,
  };
}

/** Whom servers run as that refuse to run as root. */
export function serverAccount(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim());
  return { uid: id('-u'), gid: id('-g') };
}
