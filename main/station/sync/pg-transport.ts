import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { TelemetryBatch } from '../../../db/sync/wire.ts';
import type { CentralTransport, TelemetryAnswer } from './central-transport.ts';
import { linesOf, rowOf, withColumns } from './copy-text.ts';
import * as forms from './pg-answers.ts';
import { type PgAddress, type PgConnection, pgConnection } from './pg-connection.ts';
import { faultOf, isAboutValues } from './pg-faults.ts';

const { readAnswer } = forms;
const ROWS_IN_A_PART = 500;

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
      return forms.readPage(await ask(calls, 'SELECT sync.pull($1, $2, $3, $4, $5)', parameters));
    },
    pushTelemetry: (batch, epoch) => pushTelemetry(calls, { token, epoch, batch }),
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

interface TelemetryPush {
  readonly token: string;
  readonly epoch: string;
  readonly batch: Omit<TelemetryBatch, 'position'> & {
    /** Null: more of the same position comes. */
    readonly position: number | null;
  };
}

/** By COPY as a whole; where something is wrong with a row, in parts, so that only its part is looked at row by row. */
async function pushTelemetry(connection: PgConnection, whole: TelemetryPush): Promise<TelemetryAnswer> {
  const answer = await copied(connection, whole);
  if (answer !== null) return answer;
  const { batch } = whole;
  const lines = linesOf(batch);
  const settled = { rows: 0, refused: 0, serverNowMs: 0 };
  for (let first = 0; first < lines.length; first += ROWS_IN_A_PART) {
    const some = lines.slice(first, first + ROWS_IN_A_PART);
    const position = first + some.length < lines.length ? null : batch.position;
    const part = { ...whole, batch: { ...batch, position, text: [`${some.join('\n')}\n`] } };
    const { rows, refused, serverNowMs } =
      (await copied(connection, part)) ?? (await oneByOne(connection, part, some));
    settled.rows += rows;
    settled.refused += refused;
    settled.serverNowMs = serverNowMs;
  }
  return settled;
}

/** Null: there is something wrong with a row, and nothing was taken. */
async function copied(
  connection: PgConnection,
  { token, epoch, batch }: TelemetryPush,
): Promise<TelemetryAnswer | null> {
  try {
    return await connection.attempt(async ({ client, value }) => {
      const known = readAnswer(
        forms.telemetryColumns,
        await value('SELECT sync.begin_telemetry($1, $2)', [token, epoch]),
      );
      const { columns, text } = withColumns(batch, known);
      const names = columns.map((column) => client.escapeIdentifier(column)).join(', ');
      const copy = client.query(copyFrom(`COPY pg_temp.sync_telemetry (${names}) FROM STDIN`));
      await pipeline(Readable.from(text), copy);
      return readAnswer(
        forms.telemetryAnswer,
        await value('SELECT sync.finish_telemetry($1, $2)', [token, batch.position]),
      );
    });
  } catch (error) {
    if (isAboutValues(error)) return null;
    throw faultOf(error);
  }
}

/** What the server cannot keep it puts aside, and takes the others. */
async function oneByOne(
  connection: PgConnection,
  { token, epoch, batch }: TelemetryPush,
  lines: readonly string[],
): Promise<TelemetryAnswer> {
  const rows = JSON.stringify(lines.map((line) => rowOf(line, batch.columns)));
  const parameters = [token, epoch, rows, batch.position];
  return readAnswer(
    forms.telemetryAnswer,
    await ask(connection, 'SELECT sync.push_telemetry_rows($1, $2, $3, $4)', parameters),
  );
}
