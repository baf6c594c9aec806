import { sql } from 'kysely';
import type { SyncTable } from '../queries/sync-tables.ts';
import type { Reader, Writer } from '../transactions.ts';
import { afterPull, isLive, type RowState, type Waiting, type ZoneGeometry } from './merge.ts';
import { abbreviated, spelledOut, stampsEqual, stateOf } from './pulled-rows.ts';
import type { Columns, PulledRow, Stamp } from './wire.ts';
import { attempt, type RowToWrite, type Unwritable } from './write-rows.ts';

type Stamps = Record<string, Stamp>;

/** What this station has of a row. */
export interface Held {
  /** Null: there is no such row, or it was deleted. */
  readonly row: Columns | null;
  readonly stamps: Stamps | null;
  readonly grave: {
    readonly stamp: Stamp;
    readonly row: Columns | null;
    readonly stamps: Stamps | null;
  } | null;
  readonly waiting: Waiting;
}

const NOTHING_WAITS: Waiting = { columns: new Set(), deletedAt: null };

/**
 * What pulled rows make of the station's (afterPull in db/sync/merge.ts): the rows that change, as they are to stand,
 * and those that could not be merged. Rows that stay deleted are kept in their graves.
 */
export async function mergeInto(
  writer: Writer,
  table: SyncTable,
  pulled: readonly PulledRow[],
  healed: boolean,
): Promise<{ toWrite: RowToWrite[]; failed: Unwritable<PulledRow>[] }> {
  const held = await heldRows(
    writer,
    table,
    pulled.map(({ rowId }) => rowId),
  );
  const toWrite: RowToWrite[] = [];
  const failed: Unwritable<PulledRow>[] = [];
  const risen: string[] = [];
  for (const row of pulled) {
    const here = held.get(row.rowId);
    if (here === undefined) {
      toWrite.push({ rowId: row.rowId, row: row.row ?? {}, stamps: row.stamps ?? {}, origin: row.origin });
      continue;
    }
    const names = Object.keys(row.row ?? {});
    const stamps = spelledOut(row.stamps, names);
    const isSame = here.grave === null && stampsEqual(stamps, spelledOut(here.stamps, names));
    if (isSame && !healed) continue;
    const geometry = await geometryFor(writer, table, here, row);
    if (typeof geometry === 'string') {
      failed.push({ item: row, reason: geometry });
      continue;
    }
    const merged = afterPull(table.rule, stateHeld(here), { ...row, stamps }, here.waiting, geometry);
    if (merged === null) throw new Error('A row that was pulled as it is does not vanish.');
    if (isLive(merged)) {
      if (here.grave !== null && merged.deletedAt === null) risen.push(row.rowId);
      const { columns } = merged;
      toWrite.push({
        rowId: row.rowId,
        row: columns,
        stamps: abbreviated(spelledOut(merged.stamps, Object.keys(columns))),
        origin: row.origin,
      });
    } else await keepInGrave(writer, table, row.rowId, merged);
  }
  if (risen.length > 0)
    await writer.run(
      sql`DELETE FROM sync_tombstones WHERE table_name = ${table.name} AND row_id = ANY (${risen}::text[])`,
    );
  return { toWrite, failed };
}

/** What there is of these rows, waiting changes included. A row of which there is nothing is left out. */
export async function heldRows(
  reader: Reader,
  table: SyncTable,
  rowIds: readonly string[],
): Promise<Map<string, Held>> {
  const ids = sql`${rowIds}::text[]`;
  const waits = await waitingOf(reader, table, rowIds);
  // Of rows without waiting changes nothing but a mission's status is looked at.
  const whole = sql`${[...waits.keys()]}::text[]`;
  const status =
    table.name === 'missions' ? sql`jsonb_build_object('status', held.status)` : sql`'{}'::jsonb`;
  const rows = await reader.all(sql<{ id: string; row: Columns; stamps: Stamps | null }>`
    SELECT id, CASE WHEN id = ANY (${whole}) THEN to_jsonb(held) - ${table.excluded}::text[] ELSE ${status} END AS "row",
      stamps
    FROM unnest(${ids}) AS id JOIN ${sql.table(table.name)} AS held
      ON ${sql.ref(`held.${table.key}`)} = id::${sql.raw(table.keyType)}
    LEFT JOIN sync_stamps ON sync_stamps.table_name = ${table.name} AND sync_stamps.row_id = id`);
  const graves = await reader.all(sql<{
    id: string;
    stamp: Stamp;
    row: Columns | null;
    stamps: Stamps | null;
  }>`
    SELECT row_id AS id, stamp, "row", stamps FROM sync_tombstones
    WHERE table_name = ${table.name} AND row_id = ANY (${ids})`);
  const held = new Map<string, Held>();
  for (const { id, row, stamps } of rows)
    held.set(id, { row, stamps: stamps ?? {}, grave: null, waiting: waits.get(id) ?? NOTHING_WAITS });
  for (const { id, ...grave } of graves) {
    const live = held.get(id);
    const waiting = waits.get(id) ?? NOTHING_WAITS;
    held.set(id, live === undefined ? { row: null, stamps: null, grave, waiting } : { ...live, grave });
  }
  return held;
}

/** The row's state as db/sync/merge.ts reads it. */
export function stateHeld({ row, stamps, grave }: Held): RowState {
  if (row !== null) return stateOf(row, stamps, grave?.stamp ?? null, Object.keys(row));
  return stateOf(
    grave?.row ?? null,
    grave?.stamps ?? null,
    grave?.stamp ?? null,
    Object.keys(grave?.row ?? {}),
  );
}

/** Keeps a row that is deleted with all that a later change would bring back. */
export async function keepInGrave(
  writer: Writer,
  table: SyncTable,
  rowId: string,
  { columns, stamps, deletedAt }: RowState,
): Promise<void> {
  await writer.run(sql`
    INSERT INTO sync_tombstones (table_name, row_id, stamp, "row", stamps)
    VALUES (${table.name}, ${rowId}, ${deletedAt}, ${JSON.stringify(columns)}::jsonb,
      ${JSON.stringify(abbreviated(stamps))}::jsonb)
    ON CONFLICT (table_name, row_id) DO UPDATE SET
      stamp = excluded.stamp, "row" = excluded."row", stamps = excluded.stamps`);
}

async function waitingOf(
  reader: Reader,
  table: SyncTable,
  rowIds: readonly string[],
): Promise<Map<string, Waiting>> {
  const rows = await reader.all(sql<{ id: string; columns: string[]; deletes: boolean; stamp: Stamp }>`
    SELECT row_id AS id, ARRAY(SELECT jsonb_object_keys(columns)) AS columns, op = 'DELETE' AS deletes, stamp
    FROM sync_outbox JOIN sync_station ON sync_outbox.incarnation = sync_station.incarnation AND seq > acked_seq
    WHERE table_name = ${table.name} AND row_id = ANY (${rowIds}::text[]) ORDER BY seq`);
  const waiting = new Map<string, Waiting>();
  for (const { id, columns, deletes, stamp } of rows) {
    const before = waiting.get(id) ?? NOTHING_WAITS;
    waiting.set(id, {
      columns: new Set([...before.columns, ...columns]),
      deletedAt: deletes ? stamp : before.deletedAt,
    });
  }
  return waiting;
}

const NO_GEOMETRY: ZoneGeometry = {
  covers: () => {
    throw new Error('Only zones with waiting changes are laid over each other.');
  },
  hull: () => {
    throw new Error('Only zones with waiting changes are laid over each other.');
  },
};

/** What the merge may ask of the two outlines of a zone, asked beforehand; text: why one of them is none. */
async function geometryFor(
  writer: Writer,
  table: SyncTable,
  { row, waiting }: Held,
  pulled: PulledRow,
): Promise<ZoneGeometry | string> {
  const [local, other] = [row?.zone_polygon, pulled.row?.zone_polygon];
  if (table.rule !== 'ZONE' || waiting.columns.size === 0 || typeof local !== 'string') return NO_GEOMETRY;
  let answer: { local_covers: boolean; other_covers: boolean; hull: string } | null = null;
  const reason = await attempt(writer, async () => {
    answer = await writer.first(sql`
      SELECT ST_Covers(one, other) AS local_covers, ST_Covers(other, one) AS other_covers,
        ST_ConvexHull(ST_Collect(one, other))::geography::text AS hull
      FROM (SELECT ${local}::geography::geometry AS one, ${String(other)}::geography::geometry AS other) AS outlines`);
  });
  return reason ?? laidOver(local, answer);
}

function laidOver(
  local: string,
  answer: { local_covers: boolean; other_covers: boolean; hull: string } | null,
): ZoneGeometry {
  if (answer === null) throw new Error('A query without a table has one row.');
  return {
    covers: (outer, inner) =>
      outer === inner || (outer === local ? answer.local_covers : answer.other_covers),
    hull: () => answer.hull,
  };
}
