import { sql } from 'kysely';
import type { SyncTable } from '../queries/sync-tables.ts';
import type { Reader, Writer } from '../transactions.ts';
import { keyIn } from './pulled-rows.ts';
import type { PulledRow } from './wire.ts';

/** The row that a row refers to and that is not here: its table and key. */
type Missing = string;

/** Waits for whatever it collides with to change: two rows may not have the same serial number, for example. */
export const CONTESTED: Missing = '*\0';

/** Has not the agreed form: nothing here brings it into its table, only its coming again does. */
export const MISSHAPEN: Missing = '!\0';

const missing = (table: string, rowId: string): Missing => `${table}\0${rowId}`;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether the row's key, or one that it refers to, cannot be one. A whole page would fail by it. */
export function hasImpossibleKey(
  tables: readonly SyncTable[],
  table: SyncTable,
  { rowId, row }: PulledRow,
): boolean {
  const isImpossible = (keyed: SyncTable | undefined, key: string | null): boolean =>
    keyed?.keyType === 'uuid' && key !== null && !UUID.test(key);
  return (
    isImpossible(table, rowId) ||
    Object.entries(table.parents).some(([column, parent]) =>
      isImpossible(
        tables.find(({ name }) => name === parent),
        keyIn(row, column),
      ),
    )
  );
}

/** Which of the rows refer to something that this station does not have, and to what. */
export async function findOrphans(
  reader: Reader,
  tables: readonly SyncTable[],
  table: SyncTable,
  rows: readonly PulledRow[],
): Promise<Map<PulledRow, Missing>> {
  const orphans = new Map<PulledRow, Missing>();
  for (const [column, parentName] of Object.entries(table.parents)) {
    const parent = tables.find(({ name }) => name === parentName);
    const keys = [...new Set(rows.map(({ row }) => keyIn(row, column)).filter((key) => key !== null))];
    if (parent === undefined || keys.length === 0) continue;
    const absent = await reader.all(sql<{ key: string }>`
      SELECT key FROM unnest(${keys}::text[]) AS key
      WHERE NOT EXISTS (SELECT FROM ${sql.table(parent.name)}
        WHERE ${sql.ref(`${parent.name}.${parent.key}`)} = key::${sql.raw(parent.keyType)})`);
    const absentKeys = new Set(absent.map(({ key }) => key));
    for (const row of rows) {
      const key = keyIn(row.row, column);
      if (key !== null && absentKeys.has(key)) orphans.set(row, missing(parent.name, key));
    }
  }
  return orphans;
}

/** Keeps rows that cannot stand in their tables yet, whole, until they can. */
export class Parking {
  readonly #writer: Writer;
  readonly #schema: number;
  readonly #nowMs: number;
  #isEmpty: boolean | null = null;

  constructor(writer: Writer, schema: number, nowMs: number) {
    this.#writer = writer;
    this.#schema = schema;
    this.#nowMs = nowMs;
  }

  async park(
    rows: readonly { table: string; rowId: string }[],
    waitsFor: Missing | null,
    reason: string,
  ): Promise<void> {
    if (rows.length === 0) return;
    const [waitsForTable, waitsForRow] = waitsFor?.split('\0') ?? [null, null];
    await this.#writer.run(sql`
      INSERT INTO sync_parked (table_name, row_id, pulled, waits_for_table, waits_for_row, reason, tried_with, at)
      SELECT pulled ->> 'table', pulled ->> 'rowId', pulled, ${waitsForTable}, ${waitsForRow}, ${reason},
        ${this.#schema}, to_timestamp(${this.#nowMs}::float8 / 1000)
      FROM jsonb_array_elements(${JSON.stringify(rows)}::jsonb) AS pulled
      ON CONFLICT (table_name, row_id) DO UPDATE SET pulled = excluded.pulled,
        waits_for_table = excluded.waits_for_table, waits_for_row = excluded.waits_for_row,
        reason = excluded.reason, tried_with = excluded.tried_with`);
    this.#isEmpty = false;
  }

  /** What comes again takes the place of what was parked of it. */
  async forget(rows: readonly PulledRow[]): Promise<void> {
    if (await this.#hasNone()) return;
    await this.#writer.run(sql`
      DELETE FROM sync_parked USING unnest(${rows.map(({ table }) => table)}::text[],
        ${rows.map(({ rowId }) => rowId)}::text[]) AS come (table_name, row_id)
      WHERE sync_parked.table_name = come.table_name AND sync_parked.row_id = come.row_id`);
  }

  /** What waited for these rows need not wait any longer. */
  async release(arrived: ReadonlyMap<string, readonly string[]>): Promise<void> {
    if (await this.#hasNone()) return;
    const pairs = [...arrived].flatMap(([table, ids]) => ids.map((id) => ({ table, id })));
    await this.#writer.run(sql`
      UPDATE sync_parked SET waits_for_table = NULL, waits_for_row = NULL, tried_with = 0
      FROM unnest(${pairs.map(({ table }) => table)}::text[], ${pairs.map(({ id }) => id)}::text[])
        AS come (table_name, row_id)
      WHERE waits_for_table = come.table_name AND waits_for_row = come.row_id`);
  }

  /** Rows that collided with others when they were tried last. */
  async takeContested(limit: number): Promise<PulledRow[]> {
    return (await this.#hasNone()) ? [] : this.#take(sql`waits_for_table = '*'`, limit);
  }

  /** The next rows that wait for nothing and that this version has not tried to place. */
  async take(limit: number): Promise<PulledRow[]> {
    return (await this.#hasNone())
      ? []
      : this.#take(sql`waits_for_table IS NULL AND tried_with < ${this.#schema}`, limit);
  }

  async #take(which: ReturnType<typeof sql>, limit: number): Promise<PulledRow[]> {
    const taken = await this.#writer.all(sql<{ pulled: PulledRow }>`
      DELETE FROM sync_parked WHERE ctid IN (SELECT ctid FROM sync_parked WHERE ${which} LIMIT ${limit})
      RETURNING pulled`);
    return taken.map(({ pulled }) => pulled);
  }

  /** How many of these rows are parked now. */
  async parkedOf(rows: readonly PulledRow[]): Promise<number> {
    if (await this.#hasNone()) return 0;
    const counted = await this.#writer.first(sql<{ count: number }>`
      SELECT count(*) FROM sync_parked JOIN unnest(${rows.map(({ table }) => table)}::text[],
        ${rows.map(({ rowId }) => rowId)}::text[]) AS come (table_name, row_id) USING (table_name, row_id)`);
    return counted?.count ?? 0;
  }

  async #hasNone(): Promise<boolean> {
    this.#isEmpty ??= (await this.#writer.first(sql`SELECT FROM sync_parked LIMIT 1`)) === null;
    return this.#isEmpty;
  }
}
