import { sql } from 'kysely';
import { sharedSchema, stationOf } from '../queries/sync-station.ts';
import { type SyncTable, syncTables } from '../queries/sync-tables.ts';
import type { Writer } from '../transactions.ts';
import { mergeInto } from './merge-into.ts';
import { CONTESTED, findOrphans, hasImpossibleKey, MISSHAPEN, Parking } from './parking.ts';
import { latestByRow, latestStamp } from './pulled-rows.ts';
import { buryRows, moveOut } from './remove-rows.ts';
import { observeStamp } from './station-clock.ts';
import type { PulledRow, PullPage } from './wire.ts';
import { type RowToWrite, writeRows } from './write-rows.ts';

export interface Applied {
  applied: number;
  conflicts: number;
  parked: number;
  tables: Set<string>;
}

interface Circumstances {
  nowMs: number;
  more: boolean;
  healed?: boolean;
  misshapen?: NonNullable<PullPage['misshapen']>;
}

const DAY_MS = 24 * 3_600_000;
/** Parked rows that are tried again together; and with one page, unless it is the last: then all. */
const RETRIED_AT_ONCE = 1_000;
const RETRIED_WITH_A_PAGE = 5_000;

/**
 * Makes what another side has what this station has (S4, S7), without an echo. Runs in the caller's transaction, which
 * does nothing else afterwards: what it writes counts as written elsewhere.
 */
export async function applyRows(
  writer: Writer,
  pulled: readonly PulledRow[],
  { nowMs, more, healed = false, misshapen = [] }: Circumstances,
): Promise<Applied> {
  await writer.run(sql`SELECT set_config('app.sync', 'on', TRUE), set_config('app.now', 'infinity', TRUE)`);
  const tables = await syncTables(writer);
  const impossible = pulled.filter((row) => {
    const table = tables.find(({ name }) => name === row.table);
    return table !== undefined && hasImpossibleKey(tables, table, row);
  });
  const rows = impossible.length === 0 ? pulled : pulled.filter((row) => !impossible.includes(row));
  const { full_pull_noted: noted } = await stationOf(writer);
  const parking = new Parking(writer, await sharedSchema(writer), nowMs);
  const outcome: Applied = { applied: 0, conflicts: 0, parked: 0, tables: new Set() };

  if (noted) await noteBrought(writer, rows);
  await parking.park([...misshapen, ...impossible], MISSHAPEN, 'It has not the agreed form.');
  await observeStamp(writer, latestStamp(rows));
  let due: readonly PulledRow[] = [...(await parking.take(RETRIED_AT_ONCE)), ...rows];
  let contestedAreDue = true;
  for (let retried = 0; due.length > 0 && !(more && retried > RETRIED_WITH_A_PAGE); ) {
    const byTable = latestByRow(due);
    await parking.forget(due);
    for (const name of byTable.keys())
      if (!tables.some((table) => table.name === name))
        await parking.park(byTable.get(name) ?? [], null, 'This version has no such table.');
    const arrived = new Map<string, string[]>();
    for (const table of tables) {
      const upserts = (byTable.get(table.name) ?? []).filter(({ op }) => op === 'UPSERT');
      const placed = await upsertAll(writer, tables, table, upserts, parking, { nowMs, healed });
      arrived.set(table.name, placed.ids);
      count(outcome, table, placed.written);
      if (table.name === 'sync_conflicts')
        outcome.conflicts += upserts.filter(({ row }) => row?.decision == null).length;
    }
    for (const table of tables.toReversed()) {
      const gone = (byTable.get(table.name) ?? []).filter(({ op }) => op !== 'UPSERT');
      const left = gone.filter(({ op }) => op === 'MOVE_OUT').map(({ rowId }) => rowId);
      count(outcome, table, await moveOut(writer, tables, table, left));
      const deleted = gone.filter(({ op }) => op === 'DELETE');
      if (table.rule !== 'UNION') count(outcome, table, await buryRows(writer, table, deleted, parking));
    }
    await parking.release(arrived);
    due = await parking.take(RETRIED_AT_ONCE);
    if (due.length === 0 && contestedAreDue) {
      due = await parking.takeContested(RETRIED_AT_ONCE);
      contestedAreDue = false;
    }
    retried += due.length;
  }
  outcome.parked = await parking.parkedOf(rows);
  return outcome;
}

function count(outcome: Applied, table: SyncTable, rows: number): void {
  outcome.applied += rows;
  if (rows > 0) outcome.tables.add(table.name);
}

/** `ids`: what is in its place now, changed or not. */
async function upsertAll(
  writer: Writer,
  tables: readonly SyncTable[],
  table: SyncTable,
  pulled: readonly PulledRow[],
  parking: Parking,
  { nowMs, healed }: { nowMs: number; healed: boolean },
): Promise<{ ids: string[]; written: number }> {
  if (pulled.length === 0) return { ids: [], written: 0 };
  const { keptBy, keptForDays } = table;
  // Retention has removed, or would remove, what is older.
  const wanted =
    keptBy === null || keptForDays === null
      ? pulled
      : pulled.filter(({ row }) => Date.parse(String(row?.[keptBy])) > nowMs - keptForDays * DAY_MS);
  const orphans = await findOrphans(writer, tables, table, wanted);
  for (const [parent, rows] of Map.groupBy(
    wanted.filter((row) => orphans.has(row)),
    (row) => orphans.get(row),
  ))
    await parking.park(rows, parent ?? null, 'What it refers to has not come yet.');
  const placeable = wanted.filter((row) => !orphans.has(row));
  const { toWrite, failed } =
    table.rule === 'UNION'
      ? { toWrite: placeable.map(asItCame), failed: [] }
      : await mergeInto(writer, table, placeable, healed);
  const refused = await writeRows(writer, table, toWrite, healed);
  const pulledById = new Map(placeable.map((row) => [row.rowId, row]));
  for (const { item, reason } of [...failed, ...refused]) {
    const row = pulledById.get(item.rowId);
    pulledById.delete(item.rowId);
    if (row !== undefined) await parking.park([row], isContested(reason) ? CONTESTED : null, reason);
  }
  return { ids: [...pulledById.keys()], written: toWrite.length - refused.length };
}

function asItCame({ rowId, row, origin }: PulledRow): RowToWrite {
  return { rowId, row: row ?? {}, stamps: null, origin };
}

/** Refused only because of another row, which may change. */
function isContested(reason: string): boolean {
  return /^23(505|503|P01)/.test(reason);
}

async function noteBrought(writer: Writer, rows: readonly PulledRow[]): Promise<void> {
  const brought = rows.filter(({ op }) => op === 'UPSERT');
  await writer.run(sql`
    INSERT INTO sync_brought (table_name, row_id)
    SELECT * FROM unnest(${brought.map(({ table }) => table)}::text[], ${brought.map(({ rowId }) => rowId)}::text[])
    ON CONFLICT DO NOTHING`);
}
