import { Refusal } from '../preload/contract/errors.ts';
import { backupSourceOf } from './backup/backup-source.ts';
import type { BackupSource } from './backup/run-backup.ts';
import type { OpenDatabase } from './open-database.ts';
import { type CallContext, type QueryName, RECORDINGS } from './protocol.ts';
import { readQueries, writeQueries } from './queries/all-queries.ts';
import { atOnceOf } from './queries/shared-writes.ts';
import {
  isSqlError,
  lacksGrant,
  losesTheEngine,
  refusalOf,
  storageFull,
  storageUnavailable,
} from './refusals.ts';
import { type Part, Session, type WriteSetting } from './session.ts';

/** The database cannot be used any more: what failed was not a statement but the engine or its disk. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.message, options);
    this.refusal = refusal;
  }
}

export interface Call extends CallContext {
  name: QueryName;
  input: unknown;
}

/** What became of a call. */
export type Outcome = { output: unknown } | { refusal: Refusal };

type UnexpectedListener = (name: string, sqlState: string | null, message: string) => void;

const BULK: ReadonlySet<QueryName> = new Set(['appendTelemetry']);

/** Runs queries by name, one at a time, each in its own transaction. */
export class Engine {
  readonly #open: OpenDatabase;
  readonly #session: Session;
  readonly #onUnexpected: UnexpectedListener;
  #unflushed = false;
  #written = false;
  #backingUp = false;
  #toVacuum: string[] = [];

  private constructor(open: OpenDatabase, session: Session, onUnexpected: UnexpectedListener) {
    this.#open = open;
    this.#session = session;
    this.#onUnexpected = onUnexpected;
  }

  static async start(open: OpenDatabase, onUnexpected: UnexpectedListener): Promise<Engine> {
    return new Engine(open, await Session.open(open.database), onUnexpected);
  }

  /**
   * Throws Refusal when the query is refused, EngineFailure when the database is lost. With `flushedLater` a write is
   * not yet on the disk: it must not be acknowledged before `flush`.
   */
  async run(
    name: QueryName,
    input: unknown,
    context: CallContext,
    { flushedLater = RECORDINGS.has(name) } = {},
  ): Promise<unknown> {
    return this.#guard(name, () =>
      isRead(name) ? this.#read(name, input, context) : this.#write(name, input, context, flushedLater),
    );
  }

  /**
   * Writes of one person, or of the station, that wait together: the same as `run` of one after another, in one
   * transaction and with one wait for the disk. What one of them is refused for costs the others nothing. Throws
   * EngineFailure when the database is lost: then what became of any of them is not known.
   */
  async runTogether(calls: readonly Call[], options: { flushedLater: boolean }): Promise<Outcome[]> {
    const [first] = calls;
    if (first === undefined) return [];
    if (calls.length === 1) return [await this.#outcome(first, options)];
    try {
      return await this.#guard(first.name, () =>
        this.#writeTogether(calls, first.actor, options.flushedLater),
      );
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // One of them is at fault. By halves it is found soon, and the order stays.
      const middle = Math.ceil(calls.length / 2);
      const before = await this.runTogether(calls.slice(0, middle), options);
      return [...before, ...(await this.runTogether(calls.slice(middle), options))];
    }
  }

  /** The first spatial query loads the projections around the bases: tenths of a second that no caller should wait. */
  async warmUp(): Promise<void> {
    await this.#open.database.query(
      `SELECT ST_Union(ST_Buffer(zone, 1)::geometry), ST_Distance(zone, zone), min(zone <-> zone)
       FROM (SELECT ST_Buffer(location, 1) AS zone FROM base_stations
         UNION ALL SELECT 'POLYGON((0 0,0 1,1 1,0 0))') AS zones GROUP BY zone`,
    );
  }

  /** Makes durable what was written without waiting for the disk. Recordings: call within a second of one. */
  async flush(): Promise<void> {
    if (!this.#unflushed) return;
    await this.#guard('flush', () => this.#session.flush());
    this.#unflushed = false;
  }

  /** PGlite has no checkpointer: without this the write-ahead log grows for ever. True: there was something to do. */
  async checkpoint(): Promise<boolean> {
    // While a copy is made, the log that makes it whole must stay.
    if (!this.#written || this.#backingUp) return false;
    await this.#guard('checkpoint', async () => {
      await this.#open.database.exec('CHECKPOINT');
      await this.#session.planAnew();
    });
    this.#written = false;
    this.#unflushed = false;
    return true;
  }

  /** PGlite has no autovacuum. One table at a time, so that calls go between; false: that was the last. */
  async vacuumNext(): Promise<boolean> {
    return this.#guard('vacuum', async () => {
      const { database } = this.#open;
      if (this.#toVacuum.length === 0) {
        const { rows } = await database.query<{ name: string }>(
          `SELECT oid::regclass::text AS name FROM pg_class
           WHERE relkind = 'r' AND relpersistence = 'p' AND NOT relisshared ORDER BY relpages DESC`,
        );
        this.#toVacuum = rows.map(({ name }) => name);
      }
      const table = this.#toVacuum.pop();
      if (table !== undefined) await database.exec(`VACUUM (ANALYZE) ${table}`);
      return this.#toVacuum.length > 0;
    });
  }

  /** The database's side of a backup, each step between two queries. */
  backupSource(): BackupSource {
    const source = backupSourceOf(this.#open.database);
    return {
      begin: () => {
        this.#backingUp = true;
        return this.#guard('backup', source.begin);
      },
      end: () => this.#guard('backup', source.end),
      release: async () => {
        this.#backingUp = false;
        await this.#guard('backup', source.release);
      },
    };
  }

  async close(): Promise<void> {
    await this.#open.database.close();
  }

  async #read(name: QueryName, input: unknown, context: CallContext): Promise<unknown> {
    return this.#session.read(context, (reader) => call(readQueries, name, reader, input));
  }

  async #write(
    name: QueryName,
    input: unknown,
    context: CallContext,
    flushedLater: boolean,
  ): Promise<unknown> {
    const settings: WriteSetting[] = flushedLater ? ['flushedLater'] : [];
    if (BULK.has(name)) settings.push('bulk');
    const output = await this.#session.write(context, settings, (writer) =>
      call(writeQueries, name, writer, input),
    );
    this.#written = true;
    // A durable commit would take every earlier one with it, but one that changed nothing commits nothing.
    if (flushedLater) this.#unflushed = true;
    return output;
  }

  async #outcome({ name, input, ...context }: Call, options: { flushedLater: boolean }): Promise<Outcome> {
    try {
      return { output: await this.run(name, input, context, options) };
    } catch (error) {
      if (error instanceof Refusal) return { refusal: error };
      throw error;
    }
  }

  async #writeTogether(
    calls: readonly Call[],
    actor: string | null,
    flushedLater: boolean,
  ): Promise<Outcome[]> {
    if (calls.some((each) => each.actor !== actor)) throw new Error('Two persons share no transaction.');
    // By the time of the last one what the others tell of has happened too.
    const nowMs = Math.max(...calls.map((call) => call.nowMs));
    const outputs = await this.#session.writeParts(
      { actor, nowMs },
      flushedLater ? ['flushedLater'] : [],
      partsOf(calls),
    );
    this.#written = true;
    if (flushedLater) this.#unflushed = true;
    return outputs.flat().map((output) => ({ output }));
  }

  async #guard<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const refusal = isSqlError(error) ? refusalOf(error) : null;
      if (isSqlError(error) && lacksGrant(error)) this.#onUnexpected(name, error.code, error.message);
      if (refusal !== null) throw refusal;
      const sqlState = isSqlError(error) ? error.code : null;
      this.#onUnexpected(name, sqlState, error instanceof Error ? error.message : String(error));
      const outcome = this.#open.filesystem.takeDiskFull() ? storageFull() : storageUnavailable(error);
      if (sqlState === null ? !(await this.#answers()) : losesTheEngine(error))
        throw new EngineFailure(outcome, { cause: error });
      throw outcome;
    }
  }

  /** Whether what went wrong was in our own code, and the engine is as well as ever. */
  async #answers(): Promise<boolean> {
    try {
      await this.#open.database.query('SELECT 1');
      return !this.#open.database.isInTransaction();
    } catch {
      return false;
    }
  }
}

export function isRead(name: QueryName): boolean {
  return name in readQueries;
}

/** Each gives the outputs of its calls. */
function partsOf(calls: readonly Call[]): Part<unknown[]>[] {
  const parts: Part<unknown[]>[] = [];
  for (let next = 0; next < calls.length; ) {
    const waiting = calls.slice(next);
    const atOnce = atOnceOf(waiting);
    const [{ name, input }] = waiting as [Call];
    parts.push(
      atOnce === null
        ? { apart: '', work: async (writer) => [await call(writeQueries, name, writer, input)] }
        : { apart: atOnce.apart, work: atOnce.write },
    );
    next += atOnce?.count ?? 1;
  }
  return parts;
}

/** The names and inputs were checked against the query map where the call was made, on the other side of the port. */
function call<Transaction>(
  queries: object,
  name: QueryName,
  transaction: Transaction,
  input: unknown,
): Promise<unknown> {
  const query: unknown = Reflect.get(queries, name);
  if (typeof query !== 'function') throw new Refusal('NOT_FOUND', `The database has no query named ${name}.`);
  return Promise.resolve(Reflect.apply(query, undefined, [transaction, input]));
}
