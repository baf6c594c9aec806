import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PgbouncerServer, startPgbouncer } from '../test/support/pgbouncer-server.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { type RedisServer, startRedis } from '../test/support/redis-server.ts';
import { connectAsAdministrator, LOGIN_ROLE, migrateCentral } from './central-database.ts';

const DATABASE = 'skyrescue';

export interface CentralDevServers {
  readonly postgres: PostgresServer;
  readonly pgbouncer: PgbouncerServer;
  readonly redis: RedisServer;
  readonly administratorUrl: string;
  readonly stationUrl: string;
  stop(): Promise<void>;
}

/** Debian's PostgreSQL, PgBouncer and Redis on loopback; in a temporary directory, or kept in `directory`. */
export async function startCentralDev(
  directory: string | null,
  onProgress: (sentence: string) => void,
): Promise<CentralDevServers> {
  const passwords = passwordsIn(directory);
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const postgres = await startPostgres(
      ['max_connections = 60'],
      directory === null ? {} : { keptIn: directory },
    );
    stops.push(() => postgres.stop());
    if ((await postgres.sql('postgres', `SELECT 1 FROM pg_database WHERE datname = '${DATABASE}'`)) === '')
      await postgres.createDatabase(DATABASE);
    const pgbouncer = await startPgbouncer({ socketDirectory: postgres.socketDirectory, passwords });
    stops.push(() => pgbouncer.stop());
    const redis = await startRedis();
    stops.push(() => redis.stop());
    const administratorUrl = pgbouncer.url('postgres', DATABASE);
    const client = await connectAsAdministrator(administratorUrl, null);
    try {
      await migrateCentral(client, onProgress);
    } finally {
      await client.end();
    }
    return {
      postgres,
      pgbouncer,
      redis,
      administratorUrl,
      stationUrl: pgbouncer.url(LOGIN_ROLE, DATABASE),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function passwordsIn(directory: string | null): Record<string, string> {
  const made = (): Record<string, string> =>
    Object.fromEntries(['postgres', LOGIN_ROLE].map((user) => [user, randomBytes(18).toString('base64url')]));
  if (directory === null) return made();
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'passwords.json');
  if (!existsSync(path)) writeFileSync(path, JSON.stringify(made()), { mode: 0o600 });
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
}
