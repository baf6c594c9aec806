import { readFileSync } from 'node:fs';
import { checkServerIdentity } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import { type MigrationDatabase, type MigrationSession, migrate, readMigrations } from '../db/migrate.ts';
import { Refusal } from '../preload/contract/errors.ts';

export const LOGIN_ROLE = 'skyrescue_sync';
const CONNECT_WITHIN_MS = 15_000;

export const centralMigrations = () =>
  readMigrations(`${import.meta.dirname}/../db/migrations`, `${import.meta.dirname}/../db/central`);

/** An administrator's connection to the central server. The certificate is verified unless the address says sslmode=disable. */
export async function connectAsAdministrator(address: string, authorityFile: string | null): Promise<Client> {
  const client = new Client(configuration(address, authorityFile));
  // A connection that breaks between two statements fails the next statement.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal('STORAGE_UNAVAILABLE', `The central server cannot be reached: ${reason}.`, {
      cause: error,
    });
  }
  return client;
}

function configuration(address: string, authorityFile: string | null): ClientConfig {
  if (!URL.canParse(address))
    throw new Refusal('INVALID_INPUT', 'The address is not a postgresql:// address.');
  const url = new URL(address);
  const plain = url.searchParams.get('sslmode') === 'disable';
  const socketDirectory = url.searchParams.get('host');
  return {
    host: socketDirectory ?? url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username) || undefined,
    password: decodeURIComponent(url.password) || undefined,
    database: decodeURIComponent(url.pathname.slice(1)) || undefined,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    ssl:
      plain || socketDirectory !== null
        ? false
        : {
            ...(authorityFile !== null && { ca: readFileSync(authorityFile, 'utf8') }),
            checkServerIdentity: (_name, certificate) => checkServerIdentity(url.hostname, certificate),
          },
  };
}

/** Each migration is one transaction, so that this also works through PgBouncer in transaction mode. */
export function migrateCentral(client: Client, onProgress: (sentence: string) => void): Promise<number> {
  const migrations = centralMigrations();
  const session: MigrationSession = {
    exec: (sql) => client.query(sql),
    async query<Row>(sql: string, parameters: unknown[] = []) {
      const { rows } = await client.query(sql, parameters);
      return { rows: rows as Row[] };
    },
  };
  const database: MigrationDatabase = {
    ...session,
    async transaction(work) {
      await client.query('BEGIN');
      try {
        // A search path of the administrator's own must not decide where tables go.
        await client.query('SET LOCAL search_path = public');
        await work(session);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  };
  return migrate(database, migrations, undefined, ({ version, description }) => {
    const place = migrations.findIndex((migration) => migration.version === version) + 1;
    onProgress(`${place}/${migrations.length}  V${version}  ${description}`);
  });
}
