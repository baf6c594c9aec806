import { sql } from 'kysely';
import type { SyncTable } from '../queries/sync-tables.ts';
import { isSqlError } from '../refusals.ts';
import type { Writer } from '../transactions.ts';
import { parted } from './pulled-rows.ts';
import type { Columns, Stamp } from './wire.ts';

/** A row as it is to stand in its table. */
export interface RowToWrite {
  readonly rowId: string;
  readonly row: Columns;
  /** Null: rows of this table have none. */
  readonly stamps: Readonly<Record<string, Stamp>> | null;
  readonly origin: string | null;
}

export interface Unwritable<Item> {
  readonly item: Item;
  readonly reason: string;
}

/**
 * Writes whole rows, new or not, with their stamps. Answers those that the table's own rules refuse. What is only ever
 * added stays as it is unless it is `healed`.
 */
export async function writeRows(
  writer: Writer,
  table: SyncTable,
  rows: readonly RowToWrite[],
  healed: boolean,
): Promise<Unwritable<RowToWrite>[]> {
  const failed: Unwritable<RowToWrite>[] = [];
  // Rows of one schema version have the same columns.
  const shapes = Map.groupBy(rows, ({ row }) => Object.keys(row).sort().join());
  for (const alike of shapes.values())
    failed.push(...(await inHalves(writer, alike, (some) => writeAlike(writer, table, some, healed))));
  return failed;
}

/** Removes rows and what is known of them. Answers those that others still refer to. */
export function removeRows(
  writer: Writer,
  table: SyncTable,
  rowIds: readonly string[],
): Promise<Unwritable<string>[]> {
  return inHalves(writer, rowIds, async (some) => {
    await writer.run(sql`DELETE FROM ${sql.table(table.name)}
      WHERE ${sql.ref(table.key)} = ANY (${some}::${sql.raw(table.keyType)}[])`);
    await writer.run(
      sql`DELETE FROM sync_stamps WHERE table_name = ${table.name} AND row_id = ANY (${some}::text[])`,
    );
  });
}

async function writeAlike(
  writer: Writer,
  table: SyncTable,
  rows: readonly RowToWrite[],
  healed: boolean,
): Promise<void> {
  const split = rows.map((item) => ({ ...item, ...parted(table, item.row) }));
  const columns = Object.keys(split[0]?.known ?? {});
  const names = columns.map((column) => sql.ref(column));
  const changed = columns.filter((column) => column !== table.key);
  const onConflict =
    table.rule === 'UNION' && !healed
      ? sql`DO NOTHING`
      : sql`DO UPDATE SET ${sql.join(changed.map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`))}`;
  await writer.run(sql`
    INSERT INTO ${sql.table(table.name)} (${sql.join(names)})
    SELECT ${sql.join(names)}
    FROM jsonb_populate_recordset(NULL::${sql.table(table.name)}, ${JSON.stringify(split.map(({ known }) => known))}::jsonb)
    ON CONFLICT (${sql.ref(table.key)}) ${onConflict}`);
  const noted = split.filter(({ stamps, unknown }) => stamps !== null || unknown !== null);
  if (noted.length === 0) return;
  const notes = noted.map(({ rowId, stamps, unknown, origin }) => ({
    row_id: rowId,
    stamps: stamps ?? {},
    unknown,
    origin,
  }));
  await writer.run(sql`
    INSERT INTO sync_stamps (table_name, row_id, stamps, unknown, origin)
    SELECT ${table.name}, row_id, stamps, nullif(unknown, 'null'), origin
    FROM jsonb_to_recordset(${JSON.stringify(notes)}::jsonb)
      AS note (row_id TEXT, stamps JSONB, unknown JSONB, origin TEXT)
    ON CONFLICT (table_name, row_id) DO UPDATE SET
      stamps = excluded.stamps, unknown = excluded.unknown, origin = excluded.origin`);
}

/**
 * Does the work for all at once; if some rule of the database refuses it, for each half, and so finds the rows that
 * are at fault.
 */
async function inHalves<Item>(
  writer: Writer,
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<void>,
): Promise<Unwritable<Item>[]> {
  const [first] = items;
  if (first === undefined) return [];
  const reason = await attempt(writer, () => work(items));
  if (reason === null) return [];
  if (items.length === 1) return [{ item: first, reason }];
  const middle = items.length >> 1;
  return [
    ...(await inHalves(writer, items.slice(0, middle), work)),
    ...(await inHalves(writer, items.slice(middle), work)),
  ];
}

/**
 * Does the work, or nothing of it: then it answers which rule of the database refused what was to be written. What is
 * not a matter of values is thrown.
 */
export async function attempt(writer: Writer, work: () => Promise<void>): Promise<string | null> {
  await writer.run(sql`SAVEPOINT attempt`);
  try {
    await work();
    await writer.run(sql`RELEASE SAVEPOINT attempt`);
    return null;
  } catch (error) {
    if (!isSqlError(error) || !concernsValues(error.code)) throw error;
    await writer.run(sql`ROLLBACK TO SAVEPOINT attempt`);
    await writer.run(sql`RELEASE SAVEPOINT attempt`);
    return `${error.code} ${error.constraint ?? ''}`.trim();
  }
}

/** Data exceptions, integrity, raised by our own triggers; PostGIS calls an outline that is none an internal error. */
function concernsValues(sqlState: string): boolean {
  return /^(22|23|P0001$|SR|XX000$)/.test(sqlState);
}
