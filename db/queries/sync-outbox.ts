import { sql } from 'kysely';
import { Refusal } from '../../preload/contract/errors.ts';
import type { ChangeGroup, RowChange, Stamp } from '../sync/wire.ts';
import type { Reader, ReadImplementation, WriteImplementation, Writer } from '../transactions.ts';
import type { SyncReads, SyncWrites } from './query-map-sync.ts';
import { offerNext } from './sync-offer.ts';
import { ALL_OFFERED, sharedSchema, stationOf } from './sync-station.ts';

/** What was acknowledged is kept so long: a server restored from a backup of this age gets it again. */
const KEEP_ACKNOWLEDGED_DAYS = 14;
/** Rows pruned with one answer of the server. */
const PRUNED_AT_ONCE = 2_000;
/** Sizes beyond so many waiting rows are reckoned from these. */
const ROWS_WEIGHED = 5_000;

/** A change as the wire carries it, in JSON's text: one value to read instead of eight. Null: nothing is kept of it. */
interface OutboxRow {
  seq: number;
  change: string | null;
}

/** What people said is in its own table only, and gone from everywhere once its time is over: NULL then. */
const KEPT = sql`CASE table_name WHEN 'voice_transcripts'
  THEN (SELECT to_jsonb(voice_transcripts) FROM voice_transcripts WHERE transcript_id = row_id::uuid) ELSE columns END`;

const WAITING = sql`sync_outbox.incarnation = sync_station.incarnation AND sync_outbox.seq > sync_station.acked_seq`;

export const syncOutboxReads: ReadImplementation<
  Pick<
    SyncReads,
    'syncState' | 'syncPendingGroups' | 'syncGroupStamp' | 'syncCounts' | 'syncRefused' | 'syncUnsentFrom'
  >
> = {
  async syncState(reader) {
    const row = await stationOf(reader);
    return {
      stationId: row.station_id,
      incarnation: row.incarnation,
      lastSeq: row.last_seq,
      lastAckedSeq: row.acked_seq,
      telemetryPosition: row.telemetry_acked,
      cursor:
        row.epoch === null || row.cursor_txid === null || row.cursor_seq === null
          ? null
          : { epoch: row.epoch, txid: row.cursor_txid, seq: row.cursor_seq },
      fullPull: row.full_pull,
      epoch: row.epoch,
      visibility: row.visibility,
      paused: row.paused,
      lastSuccessAtMs: row.last_success_at,
      clockOffsetMs: row.clock_offset_ms,
      schema: await sharedSchema(reader),
      offering: row.station_id !== null && row.offered !== ALL_OFFERED,
    };
  },

  async syncPendingGroups(reader, { afterSeq, maxRows, maxBytes }) {
    const rows = await waitingRows(reader, afterSeq, maxRows + 1);
    const groups = Map.groupBy(rows, (row) => row.seq);
    const last = rows.at(-1);
    // The last one may have been cut short.
    if (rows.length > maxRows && last !== undefined) groups.delete(last.seq);
    if (groups.size === 0 && last !== undefined)
      return [groupOf(last.seq, await waitingRows(reader, last.seq - 1, null, last.seq))];
    const chosen: ChangeGroup[] = [];
    let bytes = 0;
    for (const [seq, changes] of groups) {
      bytes += changes.reduce((sum, { change }) => sum + (change?.length ?? 0), 0);
      if (chosen.length > 0 && bytes > maxBytes) break;
      chosen.push(groupOf(seq, changes));
    }
    return chosen;
  },

  async syncGroupStamp(reader, { seq }) {
    const row = await reader.first(sql<{ stamp: Stamp }>`
      SELECT stamp FROM sync_outbox, sync_station
      WHERE sync_outbox.incarnation = sync_station.incarnation AND seq = ${seq} ORDER BY ordinal DESC LIMIT 1`);
    return row?.stamp ?? null;
  },

  async syncCounts(reader) {
    const counted = await reader.first(sql<{
      groups: number;
      weighed: number;
      weighed_bytes: number;
      weighed_groups: number;
      oldest: Stamp | null;
      telemetry: number;
      dropped: number;
      refused: number;
      conflicts: number;
      parked: number;
      misshapen: number;
    }>`
      WITH weighed AS (
        SELECT seq, pg_column_size(columns) + pg_column_size(replaced) + 150 AS bytes, stamp
        FROM sync_outbox, sync_station WHERE ${WAITING} AND seq <= acked_seq + ${ROWS_WEIGHED} LIMIT ${ROWS_WEIGHED}
      )
      SELECT (SELECT last_seq - acked_seq FROM sync_station) AS groups,
        (SELECT coalesce(sum(bytes), 0)::float8 FROM weighed) AS weighed_bytes,
        (SELECT count(DISTINCT seq) FROM weighed) AS weighed_groups,
        (SELECT min(stamp COLLATE "C") FROM weighed) AS oldest,
        (SELECT coalesce(sum(samples), 0)::float8 FROM sync_telemetry, sync_station WHERE position > telemetry_acked)
          AS telemetry,
        (SELECT coalesce(sum(removed_unsent), 0)::float8 FROM retention_runs WHERE table_name = 'telemetry') AS dropped,
        (SELECT count(*) FROM sync_refused WHERE settled_at IS NULL) AS refused,
        (SELECT count(*) FROM sync_conflicts WHERE decision IS NULL) AS conflicts,
        (SELECT count(*) FROM sync_parked) AS parked,
        (SELECT count(*) FROM sync_parked WHERE waits_for_table = '!') AS misshapen`);
    if (counted === null) throw new Error('Counts are always one row.');
    const share = counted.weighed_groups === 0 ? 0 : counted.groups / counted.weighed_groups;
    return {
      pendingGroups: counted.groups,
      pendingBytes: Math.round(counted.weighed_bytes * share),
      oldestAtMs: counted.oldest === null ? null : Number(counted.oldest.slice(0, 15)),
      telemetryRows: counted.telemetry,
      telemetryDropped: counted.dropped,
      refused: counted.refused,
      conflicts: counted.conflicts,
      parked: counted.parked - counted.misshapen,
      misshapen: counted.misshapen,
    };
  },

  async syncRefused(reader, { limit }) {
    const rows = await reader.all(sql<{
      refused_id: string;
      incarnation: number;
      seq: number;
      sql_state: string;
      sentence: string;
      at: number;
      changes: RowChange[];
    }>`SELECT refused_id, incarnation, seq, sql_state, sentence, at, changes FROM sync_refused
       WHERE settled_at IS NULL ORDER BY at DESC, seq DESC LIMIT ${limit}`);
    return rows.map((row) => ({
      refusedId: row.refused_id,
      incarnation: row.incarnation,
      seq: row.seq,
      sqlState: row.sql_state,
      sentence: row.sentence,
      atMs: row.at,
      rows: row.changes.map(({ table, rowId, columns }) => ({ table, rowId, columns })),
    }));
  },

  async syncUnsentFrom(reader, { table }) {
    const row = await reader.first(
      table === 'telemetry'
        ? sql<{ at: number | null }>`
            SELECT min(from_time) AS at FROM sync_telemetry, sync_station WHERE position > telemetry_acked`
        : sql<{ at: number | null }>`
            SELECT min(timestamp) AS at FROM sync_station, sync_outbox
              JOIN voice_transcripts ON transcript_id = row_id::uuid
            WHERE table_name = ${table} AND ${WAITING}`,
    );
    return row?.at ?? null;
  },
};

export const syncOutboxWrites: WriteImplementation<
  Pick<
    SyncWrites,
    | 'syncBeginRun'
    | 'syncAdopt'
    | 'syncOffer'
    | 'syncSetPaused'
    | 'syncSucceeded'
    | 'syncObserveServerTime'
    | 'syncSettlePush'
    | 'syncReoffer'
    | 'syncBeginIncarnation'
    | 'syncRetryRefused'
    | 'syncDismissRefused'
  >
> = {
  async syncBeginRun(writer, { nonce }) {
    await writer.run(sql`UPDATE sync_station SET run_nonce = ${nonce}`);
  },

  async syncAdopt(writer, { stationId }) {
    const { station_id: present } = await stationOf(writer);
    if (present === stationId) return;
    if (present !== null)
      throw new Refusal(
        'CONFLICT',
        `These records belong to station ${present}, but the token is that of ${stationId}. Enter the token of ${present}, or start ${stationId} with a data folder of its own.`,
      );
    await writer.run(sql`UPDATE sync_station SET station_id = ${stationId}`);
    // What is in the air is this station's from the first moment on; the rest follows as it is offered.
    await writer.run(sql`SELECT set_config('app.sync', 'on', TRUE)`);
    await writer.run(sql`UPDATE missions SET station_id = ${stationId}
      WHERE station_id IS NULL AND status NOT IN ('COMPLETED', 'ABORTED')`);
    await writer.run(sql`
      INSERT INTO sync_telemetry (mission_id, from_time, until_time, samples, sealed)
      SELECT mission_id, bucket, bucket + INTERVAL '1 minute', samples, TRUE FROM telemetry_1min
      WHERE EXISTS (SELECT FROM telemetry WHERE telemetry.mission_id = telemetry_1min.mission_id
        AND time >= bucket AND time < bucket + INTERVAL '1 minute')
      ORDER BY bucket, mission_id`);
  },

  syncOffer: (writer, { limit }) => offerNext(writer, limit),

  async syncSetPaused(writer, { paused }) {
    await writer.run(sql`UPDATE sync_station SET paused = ${paused}`);
  },

  async syncSucceeded(writer, { atMs }) {
    await writer.run(sql`UPDATE sync_station SET last_success_at = to_timestamp(${atMs}::float8 / 1000)`);
  },

  async syncObserveServerTime(writer, { offsetMs }) {
    await writer.run(sql`UPDATE sync_station SET clock_offset_ms = ${Math.round(offsetMs)}`);
  },

  async syncSettlePush(writer, { answer, sentUpTo, nowMs }) {
    const { incarnation, acked_seq: acked, last_seq: last } = await stationOf(writer);
    const settled = Math.min(answer.lastSeq, sentUpTo, last);
    const now = sql`to_timestamp(${nowMs}::float8 / 1000)`;
    // Refused before, and offered again: what the server says now holds.
    await writer.run(sql`
      DELETE FROM sync_refused USING sync_outbox
      WHERE settled_at IS NULL AND sync_outbox.incarnation = ${incarnation} AND sync_outbox.seq > ${acked}
        AND sync_outbox.seq <= ${settled} AND table_name = changes #>> '{0,table}'
        AND row_id = changes #>> '{0,rowId}' AND stamp = changes #>> '{0,stamp}'`);
    for (const { seq, sqlState, sentence } of answer.refused)
      if (seq <= settled)
        await writer.run(sql`
          INSERT INTO sync_refused (incarnation, seq, sql_state, sentence, at, changes)
          SELECT ${incarnation}, ${seq}, ${sqlState}, ${sentence}, ${now}, jsonb_agg(jsonb_build_object(
            'table', table_name, 'rowId', row_id, 'op', op, 'columns', columns, 'stamp', stamp,
            'baseVersion', base_version, 'replaced', replaced, 'madeBy', made_by) ORDER BY ordinal)
          FROM sync_outbox WHERE incarnation = ${incarnation} AND seq = ${seq} HAVING count(*) > 0
          ON CONFLICT (incarnation, seq) DO NOTHING`);
    if (settled <= acked) return;
    await writer.run(sql`UPDATE sync_station SET acked_seq = ${settled}`);
    await writer.run(sql`INSERT INTO sync_acks (incarnation, up_to_seq, at) VALUES (${incarnation}, ${settled}, ${now})
      ON CONFLICT DO NOTHING`);
    await prune(writer, nowMs);
  },

  async syncReoffer(writer, { fromSeq }) {
    const { acked_seq: acked } = await stationOf(writer);
    if (fromSeq >= acked) return { complete: true };
    const kept = await writer.first(sql<{ seq: number }>`
      SELECT seq FROM sync_outbox, sync_station
      WHERE sync_outbox.incarnation = sync_station.incarnation AND seq = ${fromSeq + 1} LIMIT 1`);
    if (kept === null) return { complete: false };
    await writer.run(sql`UPDATE sync_station SET acked_seq = ${fromSeq}`);
    await writer.run(sql`DELETE FROM sync_acks USING sync_station
      WHERE sync_acks.incarnation = sync_station.incarnation AND up_to_seq > ${fromSeq}`);
    return { complete: true };
  },

  async syncBeginIncarnation(writer, { incarnation, offer }) {
    const { incarnation: present } = await stationOf(writer);
    if (incarnation <= present)
      throw new Refusal('CONFLICT', `Incarnation ${incarnation} has been: this is ${present}.`);
    await writer.run(sql`SELECT sync_begin_incarnation(${incarnation}::int, ${offer === 'KEPT'})`);
  },

  async syncRetryRefused(writer, { refusedId, dispatcherId, nowMs }) {
    const changes = await settleRefused(writer, refusedId, dispatcherId, 'RETRIED', nowMs);
    await writer.run(sql`UPDATE sync_station SET last_seq = last_seq + 1`);
    await writer.run(sql`
      INSERT INTO sync_outbox
        (incarnation, seq, table_name, row_id, op, columns, replaced, base_version, stamp, made_by)
      SELECT incarnation, last_seq, "table", "rowId", op, columns, replaced, "baseVersion", stamp, "madeBy"
      FROM sync_station, ROWS FROM (jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) AS ("table" TEXT,
        "rowId" TEXT, op TEXT, columns JSONB, replaced JSONB, "baseVersion" INTEGER, stamp TEXT, "madeBy" TEXT))
        WITH ORDINALITY AS change ORDER BY ordinality`);
  },

  async syncDismissRefused(writer, { refusedId, dispatcherId, nowMs }) {
    await settleRefused(writer, refusedId, dispatcherId, 'DISMISSED', nowMs);
  },
};

/**
 * In the order of their groups, whose numbers have no gaps. Each number is looked up by itself: asked for the first rows
 * of all that wait, the planner of a database without statistics reads and sorts all of them for every page.
 */
function waitingRows(
  reader: Reader,
  afterSeq: number,
  limit: number | null,
  untilSeq: number | null = null,
): Promise<OutboxRow[]> {
  return reader.all(sql<OutboxRow>`
    SELECT number::float8 AS seq, change
    FROM sync_station
      CROSS JOIN LATERAL (SELECT greatest(${afterSeq}::bigint, acked_seq) AS after) AS known
      CROSS JOIN generate_series(after + 1, least(last_seq, ${untilSeq}::bigint, after + ${limit}::bigint)) AS number
      CROSS JOIN LATERAL (
        SELECT CASE WHEN kept IS NULL THEN NULL ELSE json_build_object('table', table_name, 'rowId', row_id, 'op', op,
          'columns', kept, 'stamp', stamp, 'baseVersion', base_version, 'replaced', replaced,
          'by', coalesce(trim(first_name || ' ' || last_name), made_by))::text END AS change
        FROM sync_outbox CROSS JOIN LATERAL (SELECT ${KEPT} AS kept) AS whole
          LEFT JOIN dispatchers ON dispatcher_id = made_by
        WHERE sync_outbox.incarnation = sync_station.incarnation AND seq = number
        ORDER BY ordinal OFFSET 0) AS row
    LIMIT ${limit}::bigint`);
}

function groupOf(seq: number, rows: readonly OutboxRow[]): ChangeGroup {
  return { seq, changes: rows.flatMap(({ change }) => (change === null ? [] : [JSON.parse(change)])) };
}

async function settleRefused(
  writer: Writer,
  refusedId: string,
  dispatcherId: string,
  how: 'RETRIED' | 'DISMISSED',
  nowMs: number,
): Promise<RowChange[]> {
  const row = await writer.first(sql<{ changes: RowChange[] }>`
    UPDATE sync_refused SET settled_at = to_timestamp(${nowMs}::float8 / 1000), settled_by = ${dispatcherId},
      settled_how = ${how}
    WHERE refused_id = ${refusedId} AND settled_at IS NULL RETURNING changes`);
  if (row === null)
    throw new Refusal('NOT_FOUND', 'This was settled in the meantime. Open System → Sync again.');
  return row.changes;
}

async function prune(writer: Writer, nowMs: number): Promise<void> {
  const beforeMs = nowMs - KEEP_ACKNOWLEDGED_DAYS * 24 * 3_600_000;
  const due = await writer.all(sql<{ incarnation: number; up_to_seq: number }>`
    SELECT incarnation, max(up_to_seq) AS up_to_seq FROM sync_acks
    WHERE at < to_timestamp(${beforeMs}::float8 / 1000) GROUP BY incarnation`);
  for (const { incarnation, up_to_seq: upTo } of due) {
    const removed = await writer.run(sql`
      DELETE FROM sync_outbox WHERE (incarnation, seq, table_name, row_id) IN (
        SELECT incarnation, seq, table_name, row_id FROM sync_outbox
        WHERE incarnation = ${incarnation} AND seq <= ${upTo}
          AND seq < ${PRUNED_AT_ONCE} + (SELECT min(seq) FROM sync_outbox WHERE incarnation = ${incarnation})
        ORDER BY seq LIMIT ${PRUNED_AT_ONCE})`);
    if (removed < PRUNED_AT_ONCE)
      await writer.run(
        sql`DELETE FROM sync_acks WHERE incarnation = ${incarnation} AND up_to_seq <= ${upTo}`,
      );
  }
}
