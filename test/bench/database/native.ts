import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HISTORY_TABLE } from '../../../db/migrate.ts';
import { MIGRATIONS_DIRECTORY } from '../../integration/db/temporary-database.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import {
  AFTER_TELEMETRY_SQL,
  BEFORE_TELEMETRY_SQL,
  RECORDS_SQL,
  TELEMETRY_CHUNK,
  telemetrySql,
} from './data.ts';

const BIN = '/usr/lib/postgresql/15/bin';
const DATABASE = 'bench';

/** A native PostgreSQL 15 with PostGIS and the product's schema. */
export interface NativeDatabase {
  /** What psql measured for each group of statements, ms, all in one session; the first group warms it up. */
  times(groups: readonly string[]): number[];
  /** How many times a second `callers` clients at once get through a script, each statement prepared. */
  ratePerSecond(script: string, callers: number): number;
  stop(): Promise<void>;
}

/** Loads the bench's data with so many rows of telemetry. Files are written in `scratch`. */
export async function startNative(scratch: string, telemetryRows: number): Promise<NativeDatabase> {
  const server = await startPostgres(['max_wal_size = 4GB']);
  try {
    await load(server, scratch, telemetryRows);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    times: (groups) => times(server, scratch, groups),
    ratePerSecond: (script, callers) => ratePerSecond(server, scratch, script, callers),
    stop: () => server.stop(),
  };
}

async function load(server: PostgresServer, scratch: string, telemetryRows: number): Promise<void> {
  await server.createDatabase(DATABASE);
  await server.sql(DATABASE, HISTORY_TABLE);
  for (const migration of readdirSync(MIGRATIONS_DIRECTORY).sort(byVersion))
    await server.load(DATABASE, join(MIGRATIONS_DIRECTORY, migration));
  const sql = [RECORDS_SQL, `${BEFORE_TELEMETRY_SQL};`];
  for (let from = 0; from < telemetryRows; from += TELEMETRY_CHUNK)
    sql.push(telemetrySql(from, from + TELEMETRY_CHUNK));
  sql.push(`${AFTER_TELEMETRY_SQL};`, 'VACUUM (ANALYZE);', 'CHECKPOINT;');
  const path = join(scratch, 'load.sql');
  writeFileSync(path, sql.join('\n'));
  await server.load(DATABASE, path);
}

function times(server: PostgresServer, scratch: string, groups: readonly string[]): number[] {
  const path = join(scratch, 'queries.sql');
  const ended = groups.map((group) => `${group};\n\\echo END`);
  writeFileSync(path, ['\\timing on', ...ended.slice(0, 1), ...ended].join('\n'));
  const output = run(server, 'psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-f', path]);
  const found: number[] = [];
  let sumMs = 0;
  for (const line of output.split('\n')) {
    const [, milliseconds] = /^Time: ([\d.]+) ms/.exec(line) ?? [];
    if (milliseconds !== undefined) sumMs += Number(milliseconds);
    if (line !== 'END') continue;
    found.push(sumMs);
    sumMs = 0;
  }
  return found.slice(1);
}

function ratePerSecond(server: PostgresServer, scratch: string, script: string, callers: number): number {
  const path = join(scratch, 'script.sql');
  writeFileSync(path, script);
  const threads = Math.min(2, callers);
  const load = ['-n', '-M', 'prepared', '-c', String(callers), '-j', String(threads), '-T', '4', '-f', path];
  const [, rate] = /tps = ([\d.]+)/.exec(run(server, 'pgbench', load)) ?? [];
  if (rate === undefined) throw new Error('pgbench named no rate.');
  return Number(rate);
}

function run(server: PostgresServer, program: string, options: readonly string[]): string {
  const connection = ['-h', server.socketDirectory, '-U', server.user];
  const done = spawnSync(join(BIN, program), [...connection, ...options, DATABASE], {
    encoding: 'utf8',
    maxBuffer: 512_000_000,
  });
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr.slice(0, 2_000)}`);
  return done.stdout;
}

function byVersion(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
