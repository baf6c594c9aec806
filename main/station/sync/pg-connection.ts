import { checkServerIdentity } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import { SyncFault } from './central-transport.ts';
import { faultOf, isRefusedStatement } from './pg-faults.ts';

const CONNECT_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 28_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/** PgBouncer passes no timeouts on when a connection begins, and keeps none from one transaction to the next. */
const BEGIN =
  "BEGIN; SET LOCAL statement_timeout = '25s'; SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '30s'";

export interface PgAddress {
  /** postgresql://login:password@host:port/database; ?sslmode=disable speaks in the clear, for a tunnel or a test. */
  readonly url: string;
  /** PEM; null: the system's authorities. */
  readonly authorityPem: string | null;
}

export interface PgTransaction {
  /** The first column of the first row. */
  value(statement: string, parameters: readonly unknown[]): Promise<unknown>;
  readonly client: Client;
}

/** One connection, made when it is needed and made anew after a failure. */
export interface PgConnection {
  /** Commits what `work` did. Fails with a SyncFault; then it may nevertheless be done if the answer was lost. */
  transaction<Result>(work: (transaction: PgTransaction) => Promise<Result>): Promise<Result>;
  /** As `transaction`, but hands on what the server refused as it was said. */
  attempt<Result>(work: (transaction: PgTransaction) => Promise<Result>): Promise<Result>;
  close(): void;
}

export function pgConnection(address: PgAddress): PgConnection {
  const configuration = clientConfiguration(address);
  let current: Client | null = null;

  function drop(client: Client): void {
    if (current === client) current = null;
    // At once: a half-open connection would take the polite way for ever.
    client.connection.stream.destroy();
  }

  async function connected(): Promise<Client> {
    if (current !== null) return current;
    const client = new Client(configuration);
    current = client;
    client.on('error', () => drop(client));
    client.on('end', () => drop(client));
    try {
      await client.connect();
    } catch (error) {
      drop(client);
      throw error;
    }
    return client;
  }

  async function attempt<Result>(work: (transaction: PgTransaction) => Promise<Result>): Promise<Result> {
    const client = await connected();
    try {
      await client.query(BEGIN);
      const result = await work({
        client,
        async value(statement, parameters) {
          const { rows } = await client.query({ text: statement, values: [...parameters], rowMode: 'array' });
          return (rows[0] as unknown[] | undefined)?.[0];
        },
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      if (!isRefusedStatement(error)) drop(client);
      else await client.query('ROLLBACK').catch(() => drop(client));
      throw error;
    }
  }

  return {
    attempt,
    transaction: (work) =>
      attempt(work).catch((error: unknown) => {
        throw faultOf(error);
      }),
    close() {
      if (current !== null) drop(current);
    },
  };
}

function clientConfiguration({ url, authorityPem }: PgAddress): ClientConfig {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
    throw new SyncFault('WRONG_SERVER', 'The address of the central server is not a postgresql:// address.');
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    application_name: 'skyrescue-station',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    ssl:
      searchParams.get('sslmode') === 'disable'
        ? false
        : {
            ...(authorityPem !== null && { ca: authorityPem }),
            rejectUnauthorized: true,
            // Of a host that is an address, Node would look for "localhost" in the certificate.
            checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
          },
  };
}
