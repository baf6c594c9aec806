import { type PGlite, protocol } from '@electric-sql/pglite';

const { serialize } = protocol;
const { CommandCompleteMessage, DataRowMessage, ParameterDescriptionMessage, RowDescriptionMessage } =
  protocol.messages;

type BackendMessage = Awaited<ReturnType<PGlite['execProtocolStream']>>[number];

/** Kept for as long as they are used: the program has about a hundred statements, for two roles. */
const MAXIMUM_STATEMENTS = 400;
const CHANGES_ROWS = /^(?:INSERT|UPDATE|DELETE|MERGE|COPY) (?:\d+ )?(\d+)$/;

/** A message to the engine, not sent yet. */
export type Step = Uint8Array;

export interface Outcome<Row> {
  rows: Row[];
  /** Rows that an INSERT, UPDATE or DELETE changed; otherwise 0. */
  changed: number;
}

interface Column {
  name: string;
  parse: PGlite['parsers'][number] | undefined;
}

interface PreparedStatement {
  name: string;
  serializers: (PGlite['serializers'][number] | undefined)[];
  columns: Column[];
}

/**
 * Statements that the engine keeps prepared, so that it need not parse and plan them each time, sent with as few
 * entries into the engine as can be: PGlite's own `query` enters it six times a statement and prepares nothing.
 * Whoever calls has the engine to itself. Everything throws the engine's error, whose `code` is PostgreSQL's.
 */
export class StatementCache {
  readonly #database: PGlite;
  /** By role and text, the longest unused first. */
  readonly #prepared = new Map<string, PreparedStatement>();
  #count = 0;

  constructor(database: PGlite) {
    this.#database = database;
  }

  /** Prepares a statement whose values are texts, for good. */
  async keep(name: string, text: string): Promise<void> {
    await this.#send([serialize.parse({ name, text })]);
  }

  /** Runs a statement that is kept. Send it with others by `run`, or by `runSteps`. */
  step(name: string, values: string[] = []): Step {
    return Buffer.concat([serialize.bind({ statement: name, values }), serialize.execute({})]);
  }

  /** Returns what the last of the steps was, in PostgreSQL's word: COMMIT. */
  async runSteps(steps: readonly Step[]): Promise<string> {
    const done = (await this.#send(steps)).findLast((message) => message instanceof CommandCompleteMessage);
    return done?.text ?? '';
  }

  /**
   * Runs a statement after the steps that `lead` gives, in one entry, or two when it is new: an error skips what
   * follows it. `role` is the one that the lead takes on, because a plan holds the policies of its role.
   */
  async run<Row>(
    role: string,
    text: string,
    parameters: readonly unknown[],
    lead: () => readonly Step[],
  ): Promise<Outcome<Row>> {
    const key = `${role} ${text}`;
    const statement = this.#prepared.get(key) ?? (await this.#prepare(text, lead()));
    // Put at the end: what was used last.
    this.#prepared.delete(key);
    this.#prepared.set(key, statement);
    const values = parameters.map((value, index) => textOf(value, statement.serializers[index]));
    const messages = await this.#send([
      ...lead(),
      serialize.bind({ statement: statement.name, values }),
      serialize.execute({}),
    ]);
    await this.#forgetOldest();
    return outcomeOf<Row>(messages, statement.columns);
  }

  async #prepare(text: string, lead: readonly Step[]): Promise<PreparedStatement> {
    this.#count++;
    const name = `statement-${this.#count}`;
    const messages = await this.#send([
      ...lead,
      serialize.parse({ name, text }),
      serialize.describe({ type: 'S', name }),
    ]);
    const { serializers, parsers } = this.#database;
    const parameters = messages.find((message) => message instanceof ParameterDescriptionMessage);
    const result = messages.find((message) => message instanceof RowDescriptionMessage);
    return {
      name,
      serializers: parameters?.dataTypeIDs.map((type) => serializers[type]) ?? [],
      columns: result?.fields.map((field) => ({ name: field.name, parse: parsers[field.dataTypeID] })) ?? [],
    };
  }

  async #forgetOldest(): Promise<void> {
    if (this.#prepared.size <= MAXIMUM_STATEMENTS) return;
    const [oldest] = this.#prepared;
    if (oldest === undefined) return;
    const [key, { name }] = oldest;
    this.#prepared.delete(key);
    await this.#send([serialize.close({ type: 'S', name })]);
  }

  async #send(steps: readonly Step[]): Promise<BackendMessage[]> {
    return this.#database.execProtocolStream(Buffer.concat([...steps, serialize.sync()]), {
      syncToFs: false,
    });
  }
}

function textOf(value: unknown, serializer: PreparedStatement['serializers'][number]): string | null {
  if (value === null || value === undefined) return null;
  return serializer === undefined ? String(value) : serializer(value);
}

/** What the last statement of a pipeline returned: the rows of the steps before it are of no use. */
function outcomeOf<Row>(messages: readonly BackendMessage[], columns: readonly Column[]): Outcome<Row> {
  const rows: unknown[] = [];
  let changed = 0;
  const last = messages.findLastIndex((message) => message.name === 'bindComplete');
  for (const message of messages.slice(last)) {
    if (message instanceof DataRowMessage) rows.push(rowOf(message.fields, columns));
    else if (message instanceof CommandCompleteMessage)
      changed = Number(CHANGES_ROWS.exec(message.text)?.[1] ?? 0);
  }
  return { rows: rows as Row[], changed };
}

function rowOf(fields: readonly (string | null)[], columns: readonly Column[]): object {
  const row: Record<string, unknown> = {};
  columns.forEach(({ name, parse }, index) => {
    const text = fields[index] ?? null;
    row[name] = text === null || parse === undefined ? text : parse(text);
  });
  return row;
}
