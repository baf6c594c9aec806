import type { Transaction } from '@electric-sql/pglite';
import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely';
import type { CallContext } from './protocol.ts';
import type { Schema } from './schema.ts';

/** Builds statements and never runs one: they run through a Reader or a Writer, inside a transaction. */
export const build = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export type Statement<Row> = Compilable<Row> | RawBuilder<Row>;

/** A transaction that only reads: the database itself refuses anything else in it. */
export interface Reader {
  all<Row>(statement: Statement<Row>): Promise<Row[]>;
  /** The only row, or null. */
  first<Row>(statement: Statement<Row>): Promise<Row | null>;
}

declare const writes: unique symbol;
/** A transaction that may also write. */
export interface Writer extends Reader {
  readonly [writes]: true;
  /** Runs the statement and returns how many rows it changed. */
  run(statement: Statement<unknown>): Promise<number>;
}

export type ReadImplementation<Queries> = {
  readonly [Name in keyof Queries]: Queries[Name] extends (input: infer Input) => infer Output
    ? (reader: Reader, input: Input) => Promise<Output>
    : never;
};

export type WriteImplementation<Queries> = {
  readonly [Name in keyof Queries]: Queries[Name] extends (input: infer Input) => infer Output
    ? (writer: Writer, input: Input) => Promise<Output>
    : never;
};

/**
 * The first words of every transaction: for whom it runs and what time it is, until it ends. Queries see what the
 * policies of V4__row_level_security.sql show to that role; as statements are prepared one at a time with their values
 * apart, no value can take the role off again.
 */
export async function actAs(
  transaction: Transaction,
  { actor, nowMs }: CallContext,
  ...settings: readonly string[]
): Promise<void> {
  const role = actor === null ? 'skyrescue_station' : 'skyrescue_person';
  const now = new Date(nowMs).toISOString();
  await transaction.exec([...settings, `SET LOCAL app.now = '${now}'`, `SET LOCAL ROLE ${role}`].join('; '));
  if (actor !== null) await transaction.query("SELECT set_config('app.dispatcher_id', $1, TRUE)", [actor]);
}

/** A reader on an open transaction. The caller has made the transaction READ ONLY. */
export function readerOf(transaction: Transaction): Reader {
  return {
    all: async <Row>(statement: Statement<Row>) => (await execute<Row>(transaction, statement)).rows,
    first: async <Row>(statement: Statement<Row>) =>
      (await execute<Row>(transaction, statement)).rows[0] ?? null,
  };
}

export function writerOf(transaction: Transaction): Writer {
  const writer = {
    ...readerOf(transaction),
    run: async (statement: Statement<unknown>) => (await execute(transaction, statement)).affectedRows ?? 0,
  };
  return writer as Writer;
}

function execute<Row>(transaction: Transaction, statement: Statement<Row>) {
  const { sql, parameters } = 'isRawBuilder' in statement ? statement.compile(build) : statement.compile();
  return transaction.query<Row>(sql, [...parameters]);
}
