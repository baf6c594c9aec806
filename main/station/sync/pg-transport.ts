import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Columns, Json, TelemetryBatch } from '../../../db/sync/wire.ts';
import type { CentralTransport, TelemetryAnswer } from './central-transport.ts';
import * as forms from './pg-answers.ts';
import { type PgAddress, type PgConnection, pgConnection } from './pg-connection.ts';
import { faultOf, isAboutValues } from './pg-faults.ts';

const { readAnswer } = forms;
const ROWS_ONE_BY_ONE = 500;
const COPY_ROWS_AT_ONCE = 500;

/**
 * The central server over PostgreSQL's own protocol, also through PgBouncer in transaction mode (S11): every call is one
 * transaction, carries the token, names no prepared statement and leaves nothing behind on the connection.
 */
export function pgTransport(options: PgAddress & { readonly token: string }): CentralTransport {
  const { token } = options;
  const calls = pgConnection(options);
  // Whoever waits for a launch does not wait for a page of records.
  const leases = pgConnection(options);
  let schema = 0;

  return {
    async hello(hello) {
      const answer = await ask(calls, 'SELECT sync.hello($1, $2)', [token, JSON.stringify(hello)]);
      schema = hello.schema;
      return readAnswer(forms.welcome, answer);
    },
    async push(batch, epoch) {
      const parameters = [token, schema, epoch, JSON.stringify(batch)];
      return readAnswer(forms.pushAnswer, await ask(calls, 'SELECT sync.push($1, $2, $3, $4)', parameters));
    },
    async pull({ cursor, maxRows, maxBytes }) {
      const after = cursor === null ? null : JSON.stringify(cursor);
      const parameters = [token, schema, after, maxRows, maxBytes];
      return readAnswer(forms.pullPage, await ask(calls, 'SELECT sync.pull($1, $2, $3, $4, $5)', parameters));
    },
    pushTelemetry: (batch, epoch) => pushTelemetry(calls, token, epoch, batch),
    async digests(table, cursor) {
      const parameters = [token, table, JSON.stringify(cursor)];
      return readAnswer(forms.bucketDigests, await ask(calls, 'SELECT sync.digests($1, $2, $3)', parameters));
    },
    async bucketRows(table, bucket) {
      const parameters = [token, table, bucket];
      return readAnswer(
        forms.bucketRows,
        await ask(calls, 'SELECT sync.bucket_rows($1, $2, $3)', parameters),
      );
    },
    async lease({ droneId, missionId, untilMs }) {
      const parameters = [token, droneId, missionId, Math.round(untilMs)];
      return readAnswer(
        forms.leaseAnswer,
        await ask(leases, 'SELECT sync.lease($1, $2, $3, $4)', parameters),
      );
    },
    async close() {
      calls.close();
      leases.close();
    },
  };
}

function ask(connection: PgConnection, statement: string, parameters: readonly unknown[]): Promise<unknown> {
  return connection.transaction(({ value }) => value(statement, parameters));
}

/** By COPY; row by row where something is wrong with one of them, which the server then keeps aside. */
async function pushTelemetry(
  connection: PgConnection,
  token: string,
  epoch: string,
  { rows, position }: TelemetryBatch,
): Promise<TelemetryAnswer> {
  try {
    return await connection.attempt(async ({ client, value }) => {
      const columns = readAnswer(
        forms.telemetryColumns,
        await value('SELECT sync.begin_telemetry($1, $2)', [token, epoch]),
      );
      const names = columns.map((column) => client.escapeIdentifier(column)).join(', ');
      const copy = client.query(copyFrom(`COPY pg_temp.sync_telemetry (${names}) FROM STDIN`));
      await pipeline(Readable.from(copyLines(rows, columns)), copy);
      return readAnswer(
        forms.telemetryAnswer,
        await value('SELECT sync.finish_telemetry($1, $2)', [token, position]),
      );
    });
  } catch (error) {
    if (!isAboutValues(error)) throw faultOf(error);
  }
  const settled = { rows: 0, refused: 0, serverNowMs: 0 };
  for (let first = 0; first < rows.length; first += ROWS_ONE_BY_ONE) {
    const isLast = first + ROWS_ONE_BY_ONE >= rows.length;
    const part = JSON.stringify(rows.slice(first, first + ROWS_ONE_BY_ONE));
    const answer = readAnswer(
      forms.telemetryAnswer,
      await ask(connection, 'SELECT sync.push_telemetry_rows($1, $2, $3, $4)', [
        token,
        epoch,
        part,
        isLast ? position : null,
      ]),
    );
    settled.rows += answer.rows;
    settled.refused += answer.refused;
    settled.serverNowMs = answer.serverNowMs;
  }
  return settled;
}

/** COPY's text form (PostgreSQL, COPY, "Text Format"). */
function* copyLines(rows: readonly Columns[], columns: readonly string[]): Generator<string> {
  for (let first = 0; first < rows.length; first += COPY_ROWS_AT_ONCE)
    yield rows
      .slice(first, first + COPY_ROWS_AT_ONCE)
      .map((row) => `${columns.map((column) => copyValue(row[column] ?? null)).join('\t')}\n`)
      .join('');
}

function copyValue(value: Json): string {
  if (value === null) return '\\N';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/[\\\t\n\r]/g, (sign) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n' })[sign] ?? '\\r');
}
