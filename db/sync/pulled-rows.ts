import type { SyncTable } from '../queries/sync-tables.ts';
import type { RowState } from './merge.ts';
import type { Columns, Json, PulledRow, Stamp } from './wire.ts';

type Stamps = Readonly<Record<string, Stamp>>;

/** The stamp that stands for every column that has none of its own. */
const OTHERS = '*';

/** Of several versions of a row in one page the last is the one that holds. */
export function latestByRow(rows: readonly PulledRow[]): Map<string, PulledRow[]> {
  const latest = new Map<string, PulledRow>();
  for (const row of rows) {
    const name = `${row.table}\0${row.rowId}`;
    latest.delete(name);
    latest.set(name, row);
  }
  return Map.groupBy(latest.values(), (row) => row.table);
}

/** What has a column here, and what only a newer version has a place for. */
export function parted(table: SyncTable, row: Columns): { known: Columns; unknown: Columns | null } {
  const known: Columns = {};
  const unknown: Columns = {};
  for (const [column, value] of Object.entries(row))
    if (table.columns.includes(column)) known[column] = value;
    else if (!table.excluded.includes(column)) unknown[column] = value;
  return { known, unknown: Object.keys(unknown).length === 0 ? null : unknown };
}

/** Each column's stamp by name. */
export function spelledOut(stamps: Stamps | null, columns: readonly string[]): Record<string, Stamp> {
  const all: Record<string, Stamp> = {};
  for (const column of [...columns, ...Object.keys(stamps ?? {})]) {
    const stamp = stamps?.[column] ?? stamps?.[OTHERS];
    if (column !== OTHERS && stamp !== undefined) all[column] = stamp;
  }
  return all;
}

/** The least stamp stands for the columns that have it; only the others are named. */
export function abbreviated(stamps: Stamps): Record<string, Stamp> {
  const values = Object.values(stamps);
  const [first] = values;
  if (first === undefined) return {};
  const least = values.reduce((one, other) => (other < one ? other : one), first);
  const named = Object.entries(stamps).filter(([column, stamp]) => stamp !== least && column !== OTHERS);
  return { [OTHERS]: least, ...Object.fromEntries(named) };
}

export function stampsEqual(one: Stamps | null, other: Stamps | null): boolean {
  const names = Object.keys(one ?? {});
  return (
    one !== null &&
    other !== null &&
    names.length === Object.keys(other).length &&
    names.every((name) => one[name] === other[name])
  );
}

/** The row's state with stamps that are spelled out, as db/sync/merge.ts reads it. */
export function stateOf(
  row: Columns | null,
  stamps: Stamps | null,
  deletedAt: Stamp | null,
  columns: readonly string[],
): RowState {
  return { columns: row ?? {}, stamps: spelledOut(stamps, columns), deletedAt };
}

export function latestStamp(rows: readonly PulledRow[]): Stamp | null {
  let latest: Stamp | null = null;
  for (const { stamps } of rows)
    for (const stamp of Object.values(stamps ?? {})) if (latest === null || stamp > latest) latest = stamp;
  return latest;
}

/** The value of a column as text: keys of rows. */
export function keyIn(row: Columns | null, column: string): string | null {
  const value: Json | undefined = row?.[column];
  return value === undefined || value === null ? null : String(value);
}
