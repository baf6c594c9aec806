import { type RawBuilder, sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import { applyRows } from '../sync/apply-page.ts';
import { spelledOut } from '../sync/pulled-rows.ts';
import type { BucketDigests, Columns, PulledRow } from '../sync/wire.ts';
import type { Reader, ReadImplementation, WriteImplementation, Writer } from '../transactions.ts';
import type { SyncReads, SyncWrites } from './query-map-sync.ts';
import { ALL_OFFERED, stationOf } from './sync-station.ts';
import { type SyncTable, syncTables } from './sync-tables.ts';

export const syncPulledReads: ReadImplementation<
  Pick<SyncReads, 'syncPulledTables' | 'syncDigestPart' | 'syncConflicts'>
> = {
  async syncPulledTables(reader) {
    const tables = await syncTables(reader);
    // What retention removes on each side in its own time cannot be compared.
    return tables.filter(({ pulled, keptBy }) => pulled && keptBy === null).map(({ name }) => name);
  },

  async syncDigestPart(reader, { table: name, cursor, afterKey, limit }) {
    const state = await comparableState(reader);
    const table = await tableNamed(reader, name);
    if (state === null || state.cursor !== cursorText(cursor))
      return { state: null, digests: {}, lastKey: null };
    const after =
      afterKey === null ? sql`TRUE` : sql`${sql.ref(table.key)} > ${afterKey}::${sql.raw(table.keyType)}`;
    const parts = await reader.all(sql<{ bucket: string; digest: string; last: string; rows: number }>`
      WITH portion AS (SELECT * FROM ${sql.table(name)} WHERE ${after} ORDER BY ${sql.ref(table.key)} LIMIT ${limit}),
        digested AS (SELECT id, sync_row_digest(id, columns) AS digest FROM (${travelling(table, 'portion')}) AS rows)
      SELECT sync_bucket(id) AS bucket, sum(digest)::text AS digest, max(id COLLATE "C") AS last, count(*) AS rows
      FROM digested GROUP BY 1`);
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    const lastKey = parts.reduce((last, part) => (part.last > last ? part.last : last), '');
    const digests: BucketDigests = {};
    for (const { bucket, digest } of parts) digests[bucket] = digest;
    return { state: state.cursor + state.lastSeq, digests, lastKey: rows < limit ? null : lastKey };
  },

  async syncConflicts(reader, { limit }) {
    const rows = await reader.all(sql<ConflictRow>`
      SELECT * FROM sync_conflicts WHERE decision IS NULL ORDER BY at DESC, conflict_id LIMIT ${limit}`);
    return rows.map((row) => ({
      conflictId: row.conflict_id,
      table: row.table_name,
      rowId: row.row_id,
      inForce: row.in_force,
      other: row.other,
      inForceStamp: row.in_force_stamp,
      otherStamp: row.other_stamp,
      otherStationId: row.other_station_id,
      otherDeletes: row.other_deletes,
      inForceBy: row.in_force_by,
      otherBy: row.other_by,
      twoFlights: row.kind === 'TWO_FLIGHTS',
      atMs: row.at,
    }));
  },
};

export const syncPulledWrites: WriteImplementation<
  Pick<
    SyncWrites,
    'syncBeginFullPull' | 'syncApplyPage' | 'syncSweep' | 'syncHealBucket' | 'syncDecideConflict'
  >
> = {
  async syncBeginFullPull(writer) {
    await writer.run(sql`DELETE FROM sync_brought`);
    await writer.run(sql`UPDATE sync_station SET full_pull = TRUE, full_pull_noted = epoch IS NOT NULL,
      cursor_txid = NULL, cursor_seq = NULL`);
  },

  async syncApplyPage(writer, { page, nowMs }) {
    const { rows, misshapen = [], cursor, more, visibility } = page;
    const { tables, ...outcome } = await applyRows(writer, rows, { nowMs, more, misshapen });
    await writer.run(sql`UPDATE sync_station SET epoch = ${cursor.epoch}, cursor_txid = ${cursor.txid},
      cursor_seq = ${cursor.seq}, visibility = ${visibility}`);
    return { ...outcome, tables: [...tables] };
  },

  async syncSweep(writer) {
    const station = await stationOf(writer);
    const { full_pull: fullPull, full_pull_noted: noted } = station;
    const changed = new Set<string>();
    let removed = 0;
    if (fullPull && noted) {
      await writer.run(sql`SELECT set_config('app.sync', 'on', TRUE)`);
      const tables = await syncTables(writer);
      for (const table of tables.filter(({ pulled }) => pulled).toReversed()) {
        const gone = await removeStrays(
          writer,
          table,
          sql`NOT EXISTS (SELECT FROM sync_brought WHERE table_name = ${table.name}
            AND row_id = ${sql.ref(`${table.name}.${table.key}`)}::text)`,
        );
        if (gone > 0) changed.add(table.name);
        removed += gone;
      }
      await writer.run(sql`DELETE FROM sync_parked WHERE NOT EXISTS (SELECT FROM sync_brought
        WHERE sync_brought.table_name = sync_parked.table_name AND sync_brought.row_id = sync_parked.row_id)`);
    }
    // What a waiting group touches is looked at again once that is settled: it may be refused for lack of a right.
    if (station.last_seq > station.acked_seq) return { removed, tables: [...changed] };
    await writer.run(sql`DELETE FROM sync_brought`);
    await writer.run(sql`UPDATE sync_station SET full_pull = FALSE, full_pull_noted = FALSE`);
    return { removed, tables: [...changed] };
  },

  async syncHealBucket(writer, { table: name, bucket, rows, nowMs }) {
    if ((await comparableState(writer)) === null) return { changed: 0, tables: [] };
    const table = await tableNamed(writer, name);
    const differing = await differingRows(writer, table, rows);
    const { applied, tables } = await applyRows(writer, differing, { nowMs, more: false, healed: true });
    const there = rows.map(({ rowId }) => rowId);
    const removed = await removeStrays(
      writer,
      table,
      sql`sync_bucket(${sql.ref(`${name}.${table.key}`)}::text) = ${bucket}
        AND ${sql.ref(`${name}.${table.key}`)}::text <> ALL (${there}::text[])`,
    );
    if (removed > 0) tables.add(name);
    return { changed: applied + removed, tables: [...tables] };
  },

  async syncDecideConflict(writer, { conflictId, decision, dispatcherId, nowMs }) {
    // What comes of it is that person's change.
    await writer.run(sql`SELECT set_config('app.dispatcher_id', ${dispatcherId}, TRUE)`);
    const conflict = await writer.first(sql<ConflictRow>`
      UPDATE sync_conflicts SET decision = ${decision}, decided_by = ${dispatcherId},
        decided_at = to_timestamp(${nowMs}::float8 / 1000)
      WHERE conflict_id = ${conflictId} AND decision IS NULL RETURNING *`);
    if (conflict === null)
      throw new Refusal('NOT_FOUND', 'This was decided in the meantime. Open System → Sync again.');
    // That two stations flew one drone is no value: the records of both flights stay.
    if (decision === 'TAKE_OTHER' && conflict.kind === null) await takeOther(writer, conflict);
    return { table: conflict.table_name };
  },
};

interface ConflictRow {
  conflict_id: string;
  table_name: string;
  row_id: string;
  in_force: Columns;
  other: Columns;
  in_force_stamp: string | null;
  other_stamp: string;
  other_station_id: string;
  other_deletes: boolean;
  in_force_by: string | null;
  other_by: string | null;
  kind: 'TWO_FLIGHTS' | null;
  at: number;
}

/** The rows of `from` as they travel: `id` and `columns`. */
function travelling(table: SyncTable, from: string): RawBuilder<{ id: string; columns: Columns }> {
  const source = sql.ref(from);
  return sql`SELECT ${sql.ref(`${from}.${table.key}`)}::text AS id,
      to_jsonb(${source}) - ${table.excluded}::text[] || coalesce(unknown, '{}') AS columns
    FROM ${source} LEFT JOIN sync_stamps ON sync_stamps.table_name = ${table.name}
      AND sync_stamps.row_id = ${sql.ref(`${from}.${table.key}`)}::text`;
}

/** What must be equal for two sides to be comparable; null: they are not, a change of this station waits. */
async function comparableState(reader: Reader): Promise<{ cursor: string; lastSeq: number } | null> {
  const row = await stationOf(reader);
  const { epoch, cursor_txid: txid, cursor_seq: seq } = row;
  if (row.last_seq > row.acked_seq || row.offered !== ALL_OFFERED || row.full_pull) return null;
  return epoch === null || txid === null || seq === null
    ? null
    : { cursor: cursorText({ epoch, txid, seq }), lastSeq: row.last_seq };
}

function cursorText({ epoch, txid, seq }: { epoch: string; txid: string; seq: string }): string {
  return `${epoch} ${txid} ${seq} `;
}

async function tableNamed(reader: Reader, name: string): Promise<SyncTable> {
  const table = (await syncTables(reader)).find((one) => one.name === name && one.pulled);
  if (table === undefined) throw new Refusal('NOT_FOUND', `The table ${name} is not pulled.`);
  return table;
}

async function differingRows(
  reader: Reader,
  table: SyncTable,
  rows: readonly PulledRow[],
): Promise<PulledRow[]> {
  const theirs = rows.map(({ rowId, row }) => ({ id: rowId, columns: row ?? {} }));
  const differing = await reader.all(sql<{ id: string }>`
    SELECT theirs.id FROM jsonb_to_recordset(${JSON.stringify(theirs)}::jsonb) AS theirs (id TEXT, columns JSONB)
    LEFT JOIN LATERAL (${travelling(table, table.name)}
      WHERE ${sql.ref(`${table.name}.${table.key}`)} = theirs.id::${sql.raw(table.keyType)}) AS ours ON TRUE
    WHERE sync_row_digest(theirs.id, theirs.columns)
      IS DISTINCT FROM CASE WHEN ours.id IS NOT NULL THEN sync_row_digest(ours.id, ours.columns) END`);
  const ids = new Set(differing.map(({ id }) => id));
  const stamps = await reader.all(sql<{ id: string; stamps: Record<string, string> }>`
    SELECT row_id AS id, stamps FROM sync_stamps
    WHERE table_name = ${table.name} AND row_id = ANY (${rows.map(({ rowId }) => rowId)}::text[])`);
  const held = new Map(stamps.map((row) => [row.id, row.stamps]));
  return rows.filter(({ rowId, row, stamps: theirStamps }) => {
    const names = Object.keys(row ?? {});
    const mine = JSON.stringify(spelledOut(held.get(rowId) ?? null, names.toSorted()));
    const stampsDiffer =
      theirStamps !== null && mine !== JSON.stringify(spelledOut(theirStamps, names.toSorted()));
    return ids.has(rowId) || stampsDiffer;
  });
}

/**
 * Removes rows of others that the server does not give to this station, but none that a change of this station waits
 * for, and none that something which stays refers to.
 */
async function removeStrays(writer: Writer, table: SyncTable, which: RawBuilder<unknown>): Promise<number> {
  const id = sql`${sql.ref(`${table.name}.${table.key}`)}::text`;
  const referring = await writer.all(sql<{ child: string; column: string }>`
    SELECT relname AS child, attname AS "column"
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
      JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND confrelid = to_regclass(quote_ident(${table.name}))`);
  const unreferred = referring.map(
    ({ child, column }) => sql`NOT EXISTS (SELECT FROM ${sql.table(child)}
      WHERE ${sql.ref(`${child}.${column}`)} = ${sql.ref(`${table.name}.${table.key}`)})`,
  );
  const removed = await writer.all(sql<{ id: string }>`
    DELETE FROM ${sql.table(table.name)}
    WHERE ${which} AND NOT (${isOwn(table)})
      AND NOT EXISTS (SELECT FROM sync_outbox JOIN sync_station
        ON sync_outbox.incarnation = sync_station.incarnation AND seq > acked_seq
        WHERE table_name = ${table.name} AND row_id = ${id})
      AND ${unreferred.length === 0 ? sql`TRUE` : sql.join(unreferred, sql` AND `)}
    RETURNING ${id} AS id`);
  if (removed.length > 0)
    await writer.run(sql`DELETE FROM sync_stamps WHERE table_name = ${table.name}
      AND row_id = ANY (${removed.map((row) => row.id)}::text[])`);
  return removed.length;
}

/** Whether this station made the row. What derives from a mission is its station's. */
function isOwn(table: SyncTable): RawBuilder<unknown> {
  if (table.columns.includes('station_id')) return sql`is_own_mission(station_id)`;
  if ('mission_id' in table.parents)
    return sql`(mission_id IS NULL OR EXISTS (SELECT FROM missions
      WHERE missions.mission_id = ${sql.ref(`${table.name}.mission_id`)} AND is_own_mission(missions.station_id)))`;
  return sql`EXISTS (SELECT FROM sync_stamps WHERE table_name = ${table.name}
    AND row_id = ${sql.ref(`${table.name}.${table.key}`)}::text AND origin = own_station_id())`;
}

/** The values that had been put aside become a new change, made now, by this station. */
async function takeOther(writer: Writer, conflict: ConflictRow): Promise<void> {
  const table = (await syncTables(writer)).find(({ name }) => name === conflict.table_name);
  if (table === undefined) throw new Refusal('NOT_FOUND', 'This version does not know these records.');
  const isRow = sql`${sql.ref(table.key)} = ${conflict.row_id}::${sql.raw(table.keyType)}`;
  if (conflict.other_deletes) {
    await writer.run(sql`DELETE FROM ${sql.table(table.name)} WHERE ${isRow}`);
    return;
  }
  const columns = Object.keys(conflict.other).filter(
    (column) =>
      table.columns.includes(column) &&
      column !== table.key &&
      !(table.rule === 'ZONE' && column === 'version') &&
      // F5: no decision brings a mission back.
      !(table.name === 'missions' && column === 'status'),
  );
  if (columns.length === 0)
    throw new Refusal(
      'CONFLICT',
      'A mission that is over does not go back to an earlier state. Keep what is in force.',
    );
  await writer.run(sql`SELECT set_config('app.sync', 'deciding', TRUE)`);
  const values = columns.map((column) => sql`${sql.ref(column)} = chosen.${sql.ref(column)}`);
  if (table.rule === 'ZONE') values.push(sql`version = ${sql.ref(`${table.name}.version`)} + 1`);
  const changed = await writer.run(sql`
    UPDATE ${sql.table(table.name)} SET ${sql.join(values)}
    FROM jsonb_populate_record(NULL::${sql.table(table.name)}, ${JSON.stringify(conflict.other)}::jsonb) AS chosen
    WHERE ${sql.ref(`${table.name}.${table.key}`)} = ${conflict.row_id}::${sql.raw(table.keyType)}`);
  if (changed === 0)
    throw new Refusal('NOT_FOUND', 'The record was deleted in the meantime. Keep what is in force.');
}
