import { sql } from 'kysely';
import type { Writer } from '../transactions.ts';
import { ALL_OFFERED, stationOf } from './sync-station.ts';
import { type SyncTable, syncTables } from './sync-tables.ts';

/** Which column says how old a record's values are, for those from before the station was connected. */
const WRITTEN_AT: Record<string, string> = {
  ai_model_versions: 'created_at',
  sync_conflicts: 'at',
};

/**
 * Puts the next `limit` records that the station had before it was connected into the outbox, each a group of its own,
 * so that one that the server refuses holds up no other. True: there are more.
 */
export async function offerNext(writer: Writer, limit: number): Promise<boolean> {
  const { station_id: stationId, offered } = await stationOf(writer);
  if (stationId === null || offered === ALL_OFFERED) return false;
  const tables = await syncTables(writer);
  const place = (order: number): string => String(order).padStart(10, '0');
  const [order = '', ...key] = offered.split(':');
  const next = tables.find((table) => place(table.order) >= order);
  if (next === undefined) {
    await writer.run(sql`UPDATE sync_station SET offered = ${ALL_OFFERED}`);
    return false;
  }
  const afterKey = place(next.order) === order && key.length > 0 ? key.join(':') : null;
  await writer.run(sql`SELECT set_config('app.sync', 'on', TRUE), set_config('app.now', 'infinity', TRUE)`);
  const last = await offerFrom(writer, next, stationId, afterKey, limit);
  const following = tables.find((table) => table.order > next.order);
  const reached =
    last !== null
      ? `${place(next.order)}:${last}`
      : following === undefined
        ? ALL_OFFERED
        : // Before the first of its keys.
          place(following.order);
  await writer.run(sql`UPDATE sync_station SET offered = ${reached}`);
  return reached !== ALL_OFFERED;
}

/** The last key that was looked at; null: the table has no more. */
async function offerFrom(
  writer: Writer,
  table: SyncTable,
  stationId: string,
  afterKey: string | null,
  limit: number,
): Promise<string | null> {
  const key = sql.ref(table.key);
  const from = sql.table(table.name);
  const after = afterKey === null ? sql`TRUE` : sql`${key} > ${afterKey}::${sql.raw(table.keyType)}`;
  const portion = await writer.first(sql<{ last: string | null }>`
    SELECT max(id COLLATE "C") AS last
    FROM (SELECT ${key}::text AS id FROM ${from} WHERE ${after} ORDER BY ${key} LIMIT ${limit}) AS portion`);
  const last = portion?.last ?? null;
  if (last === null) return null;
  const within = sql`${after} AND ${key} <= ${last}::${sql.raw(table.keyType)}`;
  if (table.columns.includes('station_id'))
    await writer.run(
      sql`UPDATE ${from} SET station_id = ${stationId} WHERE station_id IS NULL AND ${within}`,
    );
  if (table.rule !== 'UNION') await stampThem(writer, table, stationId, within);
  await writer.run(sql`
    WITH own AS (
      SELECT ${key}::text AS id, to_jsonb(${from}) - ${table.excluded}::text[] AS columns
      FROM ${from} WHERE ${within} AND ${ownRows(table, stationId)}
    ), stamped AS (
      SELECT id, columns, coalesce(stamps, '{}') AS stamps,
        coalesce(stamps ->> '*', (SELECT min(value COLLATE "C") FROM jsonb_each_text(stamps)),
          (SELECT lpad(clock_ms::text, 15, '0') || '-00000-' || station_id || '~' FROM sync_station)) AS oldest
      FROM own LEFT JOIN sync_stamps ON table_name = ${table.name} AND row_id = id
    ), changes AS (
      SELECT id, columns, oldest AS stamp FROM stamped
      UNION ALL
      -- What was changed since the record was made, by the stamp that it got.
      SELECT id, jsonb_object_agg(key, columns -> key), value FROM stamped, jsonb_each_text(stamps)
      WHERE value <> oldest AND columns ? key GROUP BY id, value
    ), numbered AS (
      SELECT *, row_number() OVER (ORDER BY id COLLATE "C", stamp COLLATE "C") AS number FROM changes
    ), counted AS (
      UPDATE sync_station SET last_seq = last_seq + (SELECT count(*) FROM numbered)
      RETURNING WITH (OLD AS before) incarnation, before.last_seq AS last_seq
    )
    INSERT INTO sync_outbox (incarnation, seq, table_name, row_id, op, columns, replaced, stamp)
    SELECT incarnation, last_seq + number, ${table.name}, id, 'UPSERT',
      CASE WHEN ${table.keptBy !== null} THEN '{}' ELSE columns END, '{}', stamp
    FROM numbered, counted ORDER BY number`);
  return last;
}

/** Rows that nobody has stamped are stamped with the time at which they were last written. */
async function stampThem(
  writer: Writer,
  table: SyncTable,
  stationId: string,
  within: ReturnType<typeof sql>,
): Promise<void> {
  const key = sql.ref(table.key);
  await writer.run(sql`UPDATE sync_station SET
    clock_ms = greatest(clock_ms, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`);
  await writer.run(sql`
    INSERT INTO sync_stamps (table_name, row_id, stamps, origin)
    SELECT ${table.name}, ${key}::text, jsonb_build_object('*', lpad(least(clock_ms,
        (extract(epoch FROM ${sql.ref(WRITTEN_AT[table.name] ?? 'updated_at')}) * 1000)::bigint)::text, 15, '0')
        || '-00000-' || sync_station.station_id || '~'), ${stationId}
    FROM ${sql.table(table.name)}, sync_station WHERE ${within}
    ON CONFLICT (table_name, row_id) DO NOTHING`);
}

/** Rows that this station made or changed: the others' are theirs to offer. */
function ownRows(table: SyncTable, stationId: string): ReturnType<typeof sql> {
  if (table.rule !== 'UNION')
    return sql`EXISTS (SELECT FROM sync_stamps WHERE table_name = ${table.name}
      AND row_id = ${sql.ref(table.key)}::text
      AND (origin = ${stationId} OR strpos(stamps::text, ${`-${stationId}~`}) > 0))`;
  if (!('mission_id' in table.parents)) return sql`TRUE`;
  return sql`(mission_id IS NULL OR EXISTS (SELECT FROM missions
    WHERE missions.mission_id = ${sql.table(table.name)}.mission_id AND is_own_mission(missions.station_id)))`;
}
