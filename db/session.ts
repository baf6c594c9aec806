import type { PGlite } from '@electric-sql/pglite';
import type { CompiledQuery } from 'kysely';
import { FLUSH_STATEMENT } from './durable-fs.ts';
import type { CallContext } from './protocol.ts';
import { StatementCache, type Step } from './statement-cache.ts';
import { build, type Reader, type Statement, type Writer } from './transactions.ts';

/** Said at the beginning of a transaction, by whoever owns the database, and true until its end. */
export type WriteSetting = 'flushedLater' | 'bulk';

const BEGIN = 'begin';
const COMMIT = 'commit';
const ROLLBACK = 'rollback';
const FLUSH = 'flush';
const DISCARD_PLANS = 'discard-plans';
const READ_ONLY = 'read-only';
const ACT_AS = 'act-as';
const PART = 'part';

/** `is_local`: until the transaction ends. */
const local = (name: string, value: string): string => `set_config('${name}', ${value}, TRUE)`;
const KEPT: { readonly [name: string]: string } = {
  [BEGIN]: 'BEGIN',
  [COMMIT]: 'COMMIT',
  [ROLLBACK]: 'ROLLBACK',
  [FLUSH]: FLUSH_STATEMENT,
  [DISCARD_PLANS]: 'DISCARD PLANS',
  [READ_ONLY]: `SELECT ${local('transaction_read_only', "'on'")}`,
  ['flushedLater' satisfies WriteSetting]: `SELECT ${local('synchronous_commit', "'off'")}`,
  // V7__telemetry_batches.sql says what this leaves out, and what stands for it.
  ['bulk' satisfies WriteSetting]: `SELECT ${local('session_replication_role', "'replica'")}`,
  // V14__commits_of_many.sql says what for.
  [PART]: `SELECT ${local('app.sync_stamp', "''")}, ${local('app.sync_apart', '$1')}`,
  [ACT_AS]: `SELECT ${local('app.now', '$1')}, ${local('app.dispatcher_id', '$2')}, ${local('role', '$3')}`,
};

/** What one of several callers, or one statement for many of them, does in a transaction that they share. */
export interface Part<Output> {
  /** The column that tells the rows of one caller from those of another; '': all are one caller's. */
  apart: string;
  work(writer: Writer): Promise<Output>;
}

/**
 * The engine's only connection. Each transaction begins with for whom it runs and what time it is, and everything in
 * it runs with the sight of that role (V4__row_level_security.sql): statements are prepared with their values apart, so
 * no value can take the role off again.
 */
export class Session {
  readonly #database: PGlite;
  readonly #statements: StatementCache;

  private constructor(database: PGlite) {
    this.#database = database;
    this.#statements = new StatementCache(database);
  }

  static async open(database: PGlite): Promise<Session> {
    const session = new Session(database);
    for (const [name, text] of Object.entries(KEPT)) await session.#statements.keep(name, text);
    return session;
  }

  /** Nobody writes between the statements of one read, so that each can be a transaction of its own: that is one
   * entry into the engine, and nothing to end. */
  async read<Output>(context: CallContext, work: (reader: Reader) => Promise<Output>): Promise<Output> {
    const lead = [this.#statements.step(READ_ONLY), this.#actAs(context)];
    return this.#database.runExclusive(() => work(this.#readerOf(context, () => lead)));
  }

  /** Resolves when it is committed; throws when nothing of it is. */
  async write<Output>(
    context: CallContext,
    settings: readonly WriteSetting[],
    work: (writer: Writer) => Promise<Output>,
  ): Promise<Output> {
    return this.#write(context, settings, (writer) => work(writer));
  }

  /** The parts one after another, committed together: each sees what those before it wrote. Throws when none is. */
  async writeParts<Output>(
    context: CallContext,
    settings: readonly WriteSetting[],
    parts: readonly Part<Output>[],
  ): Promise<Output[]> {
    return this.#write(context, settings, async (writer, sendFirst) => {
      const outputs: Output[] = [];
      for (const { apart, work } of parts) {
        sendFirst(this.#statements.step(PART, [apart]));
        outputs.push(await work(writer));
      }
      return outputs;
    });
  }

  /** Forces everything committed so far onto the disk. */
  async flush(): Promise<void> {
    await this.#database.runExclusive(() => this.#statements.runSteps([this.#statements.step(FLUSH)]));
  }

  /** Plans are made for tables of a size. There is nobody else who would notice that they have grown. */
  async planAnew(): Promise<void> {
    await this.#database.runExclusive(() =>
      this.#statements.runSteps([this.#statements.step(DISCARD_PLANS)]),
    );
  }

  /** `sendFirst` has a step sent with the next statement. */
  async #write<Output>(
    context: CallContext,
    settings: readonly WriteSetting[],
    work: (writer: Writer, sendFirst: (step: Step) => void) => Promise<Output>,
  ): Promise<Output> {
    const opening = [BEGIN, ...settings].map((name) => this.#statements.step(name));
    // Sent with the first statement, and only then.
    let lead: readonly Step[] = [...opening, this.#actAs(context)];
    let begun = false;
    const nextLead = (): readonly Step[] => {
      const next = lead;
      lead = [];
      begun = true;
      return next;
    };
    return this.#database.runExclusive(async () => {
      try {
        const output = await work(this.#writerOf(context, nextLead), (step) => {
          lead = [...lead, step];
        });
        if (begun) await this.#commit();
        return output;
      } catch (error) {
        if (this.#database.isInTransaction())
          await this.#statements.runSteps([this.#statements.step(ROLLBACK)]);
        throw error;
      }
    });
  }

  async #commit(): Promise<void> {
    // A transaction in which an error was passed over ends in silence with ROLLBACK: it must not be acknowledged.
    const ended = await this.#statements.runSteps([this.#statements.step(COMMIT)]);
    if (ended !== 'COMMIT') throw new Error(`The transaction ended with ${ended}.`);
  }

  #actAs({ actor, nowMs }: CallContext): Step {
    return this.#statements.step(ACT_AS, [new Date(nowMs).toISOString(), actor ?? '', roleOf(actor)]);
  }

  #readerOf({ actor }: CallContext, lead: () => readonly Step[]): Reader {
    const rows = async <Row>(statement: Statement<Row>): Promise<Row[]> => {
      const { sql, parameters } = compiled(statement);
      return (await this.#statements.run<Row>(roleOf(actor), sql, parameters, lead)).rows;
    };
    return { all: rows, first: async (statement) => (await rows(statement))[0] ?? null };
  }

  #writerOf(context: CallContext, lead: () => readonly Step[]): Writer {
    const run = async (statement: Statement<unknown>): Promise<number> => {
      const { sql, parameters } = compiled(statement);
      return (await this.#statements.run(roleOf(context.actor), sql, parameters, lead)).changed;
    };
    return { ...this.#readerOf(context, lead), run } as Writer;
  }
}

function roleOf(actor: string | null): string {
  return actor === null ? 'skyrescue_station' : 'skyrescue_person';
}

function compiled(statement: Statement<unknown>): CompiledQuery {
  return 'isRawBuilder' in statement ? statement.compile(build) : statement.compile();
}
