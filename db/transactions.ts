import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely';
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
