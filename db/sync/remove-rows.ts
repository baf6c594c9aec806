import { sql } from 'kysely';
import type { SyncTable } from '../queries/sync-tables.ts';
import type { Reader, Writer } from '../transactions.ts';
import { isLive, joined, type RowState } from './merge.ts';
import { heldRows, keepInGrave, stateHeld } from './merge-into.ts';
import type { Parking } from './parking.ts';
import type { PulledRow } from './wire.ts';
import { removeRows } from './write-rows.ts';

/**
 * Rows that this station may no longer see, with what derives from them. What this station's own records refer to
 * stays. Answers how many rows went.
 */
export async function moveOut(
  writer: Writer,
  tables: readonly SyncTable[],
  table: SyncTable,
  rowIds: readonly string[],
): Promise<number> {
  if (rowIds.length === 0) return 0;
  let removed = 0;
  for (const child of tables) {
    const [column] = Object.entries(child.parents).find(([, parent]) => parent === table.name) ?? [];
    if (column === undefined || child.name === 'drones') continue;
    const own = child.name === 'missions' ? sql`NOT is_own_mission(station_id)` : sql`TRUE`;
    const derived = await writer.all(sql<{ id: string }>`
      SELECT ${sql.ref(child.key)}::text AS id FROM ${sql.table(child.name)}
      WHERE ${sql.ref(column)} = ANY (${rowIds}::${sql.raw(table.keyType)}[]) AND ${own}`);
    removed += await moveOut(
      writer,
      tables,
      child,
      derived.map(({ id }) => id),
    );
  }
  const here = await countOf(writer, table, rowIds);
  const kept = await removeRows(writer, table, rowIds);
  return removed + here - kept.length;
}

/** Rows that were deleted elsewhere (S4): a tombstone stays, and a change that waits here and is later stays as well. */
export async function buryRows(
  writer: Writer,
  table: SyncTable,
  pulled: readonly PulledRow[],
  parking: Parking,
): Promise<number> {
  if (pulled.length === 0) return 0;
  const held = await heldRows(
    writer,
    table,
    pulled.map(({ rowId }) => rowId),
  );
  const dead: { row: PulledRow; state: RowState }[] = [];
  for (const row of pulled) {
    const deleted: RowState = { columns: {}, stamps: {}, deletedAt: row.stamps?.['*'] ?? null };
    if (deleted.deletedAt === null) continue;
    const here = held.get(row.rowId);
    const waits = here !== undefined && (here.waiting.columns.size > 0 || here.waiting.deletedAt !== null);
    const state = waits ? joined(table.name, stateHeld(here), deleted) : deleted;
    if (isLive(state)) await keepInGrave(writer, table, row.rowId, state);
    else dead.push({ row, state });
  }
  const ids = dead.map(({ row }) => row.rowId);
  const here = await countOf(writer, table, ids);
  const kept = await removeRows(writer, table, ids);
  const keptIds = new Set(kept.map(({ item }) => item));
  for (const { row, state } of dead)
    if (keptIds.has(row.rowId)) await parking.park([row], null, 'Other records still refer to it.');
    else await keepInGrave(writer, table, row.rowId, state);
  return here - kept.length;
}

async function countOf(reader: Reader, table: SyncTable, rowIds: readonly string[]): Promise<number> {
  const counted = await reader.first(sql<{ count: number }>`
    SELECT count(*) FROM ${sql.table(table.name)} WHERE ${sql.ref(table.key)} = ANY (${rowIds}::${sql.raw(table.keyType)}[])`);
  return counted?.count ?? 0;
}
