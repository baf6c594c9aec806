-- What the centre answers a station that asks for what is new (S7), for checksums (S8) and for a drone (S14).
SET LOCAL ROLE skyrescue_sync_owner;

-- Whether the acting station may see the entry's row. The policies of the tables say the same once more.
CREATE FUNCTION sync.shows(entry sync.change_log) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT entry.scope = ANY (sync.acting_scopes()) OR entry.origin = sync.acting_station()
        OR sync.acting_station() = ANY (entry.also);
$$;

-- The rows of the entries, as they go over the wire, in the entries' order. One statement, hence one snapshot.
CREATE FUNCTION sync.rows_of(entries sync.change_log[]) RETURNS TABLE (n BIGINT, content JSONB)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    catalogued public.sync_tables;
BEGIN
    FOR catalogued IN SELECT * FROM public.sync_tables AS t
        WHERE t.table_name IN (SELECT e.table_name FROM unnest(entries) AS e)
    LOOP
        -- The key with its own type: the index of the table is used, and the policies decide row by row.
        RETURN QUERY EXECUTE format('
            SELECT e.n, jsonb_build_object(''table'', %1$L, ''rowId'', e.row_id, ''origin'', e.origin,
                ''op'', CASE WHEN NOT e.shown THEN ''MOVE_OUT'' WHEN e.deleted THEN ''DELETE'' ELSE ''UPSERT'' END,
                ''row'', to_jsonb(held) - $2 || coalesce(s.unknown, ''{}''),
                ''stamps'', CASE WHEN NOT e.shown OR %4$L = ''UNION'' THEN NULL
                    WHEN e.deleted THEN jsonb_build_object(''*'', t.stamp) ELSE s.stamps END)
            FROM (SELECT entry.*, scope = ANY ($3) OR coalesce(origin = $4, FALSE) OR $4 = ANY (also) AS shown
                FROM unnest($1) WITH ORDINALITY AS entry
                    (table_name, row_id, txid, seq, origin, root, scope, was, also, deleted, changed_at, n)
                WHERE table_name = %1$L) AS e
            LEFT JOIN public.%1$I AS held ON NOT e.deleted AND e.shown AND %3$s AND held.%2$I = e.row_id::%5$s
            LEFT JOIN public.sync_stamps AS s ON s.table_name = %1$L AND s.row_id = e.row_id
            LEFT JOIN public.sync_tombstones AS t ON e.deleted AND t.table_name = %1$L AND t.row_id = e.row_id
            WHERE NOT e.shown OR e.deleted OR held.%2$I IS NOT NULL', catalogued.table_name, catalogued.key_column,
            CASE WHEN catalogued.kept_by IS NULL THEN 'TRUE' ELSE format('held.%I > now() - make_interval(days => %s)',
                catalogued.kept_by, catalogued.kept_for_days) END, catalogued.rule,
            (SELECT format_type(atttypid, NULL) FROM pg_attribute
                WHERE attrelid = to_regclass('public.' || quote_ident(catalogued.table_name))
                    AND attname = catalogued.key_column))
            USING entries, catalogued.excluded, sync.acting_scopes(), sync.acting_station();
    END LOOP;
END;
$$;

CREATE FUNCTION sync.page(after_txid XID8, after_seq BIGINT, max_rows INTEGER, max_bytes INTEGER, full_pull BOOLEAN)
    RETURNS TABLE (rows JSONB, last_txid XID8, last_seq BIGINT, more BOOLEAN)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    -- As many entries are looked at for one page, whether this station may see them or not.
    most INTEGER := 20000;
    scopes TEXT[] := sync.acting_scopes();
    station TEXT := sync.acting_station();
    entries sync.change_log[];
    scanned BIGINT;
    -- The place of the first row that does not fit any more.
    beyond BIGINT;
BEGIN
    -- S7: below the oldest transaction that still runs. What commits later has its place after this.
    entries := ARRAY(
        SELECT l FROM (
            SELECT l, l.txid, l.seq FROM sync.change_log AS l
            WHERE (l.txid, l.seq) > (after_txid, after_seq) AND l.txid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY l.txid, l.seq LIMIT most
        ) AS looked
        WHERE (l).scope = ANY (scopes) OR (l).origin = station OR station = ANY ((l).also)
            OR (NOT full_pull AND (l).was && scopes)
        ORDER BY txid, seq LIMIT max_rows + 1);
    IF cardinality(entries) <= max_rows THEN
        SELECT count(*), (array_agg(txid))[count(*)], (array_agg(seq))[count(*)] INTO scanned, last_txid, last_seq FROM (
            SELECT txid, seq FROM sync.change_log AS l
            WHERE (l.txid, l.seq) > (after_txid, after_seq) AND l.txid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY txid, seq LIMIT most) AS looked;
    END IF;

    -- The first row goes in any case.
    SELECT coalesce(jsonb_agg(content ORDER BY n) FILTER (WHERE before < max_bytes), '[]'),
        min(n) FILTER (WHERE before >= max_bytes)
    INTO rows, beyond FROM (
        SELECT r.n, r.content, sum(bytes) OVER (ORDER BY r.n) - bytes AS before
        FROM sync.rows_of(entries[1:max_rows]) AS r, LATERAL (SELECT length(r.content::TEXT) AS bytes) AS b) AS sized;
    beyond := coalesce(beyond, CASE WHEN cardinality(entries) > max_rows THEN max_rows + 1 END);
    more := beyond IS NOT NULL OR coalesce(scanned = most, FALSE);
    IF beyond IS NOT NULL THEN
        last_txid := (entries[beyond - 1]).txid;
        last_seq := (entries[beyond - 1]).seq;
    ELSIF scanned = 0 THEN
        last_txid := after_txid;
        last_seq := after_seq;
    END IF;
    RETURN NEXT;
END;
$$;

CREATE FUNCTION sync.pull(token TEXT, schema_version INTEGER, cursor JSONB, max_rows INTEGER, max_bytes INTEGER)
    RETURNS JSONB LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, sync, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    station sync.stations := sync.authenticate(token);
    server sync.server := sync.current_server();
    after_txid XID8 := coalesce((cursor ->> 'txid')::XID8, '0');
    after_seq BIGINT := coalesce((cursor ->> 'seq')::BIGINT, -1);
    page RECORD;
BEGIN
    PERFORM sync.check_schema(server, schema_version);
    IF cursor IS NULL THEN
        UPDATE sync.stations SET full_pull_txid = pg_snapshot_xmin(pg_current_snapshot()), last_seen_at = now()
        WHERE station_id = station.station_id;
    ELSIF cursor ->> 'epoch' IS DISTINCT FROM server.epoch::TEXT THEN
        RAISE EXCEPTION 'The cursor is of another epoch.' USING ERRCODE = 'SY001';
    ELSIF after_txid < server.pruned_txid AND station.full_pull_txid <= server.pruned_by THEN
        RAISE EXCEPTION 'Deletions since this cursor are forgotten.' USING ERRCODE = 'SY002';
    END IF;
    SELECT * INTO page FROM sync.page(after_txid, after_seq, least(greatest(max_rows, 1), 5000),
        greatest(max_bytes, 1), cursor IS NULL);
    RETURN jsonb_build_object('rows', page.rows, 'more', page.more, 'visibility', station.visibility,
        'serverNowMs', sync.now_ms(), 'cursor', jsonb_build_object('epoch', server.epoch,
            'txid', page.last_txid::TEXT, 'seq', page.last_seq::TEXT));
END;
$$;

-- The table's digests as the station sees it; NULL if there is something that it has not pulled.
CREATE FUNCTION sync.digests(token TEXT, asked_table TEXT, cursor JSONB) RETURNS JSONB
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, sync, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    catalogued public.sync_tables;
    digests JSONB;
BEGIN
    PERFORM sync.authenticate(token);
    SELECT * INTO catalogued FROM public.sync_tables AS t WHERE t.table_name = asked_table AND pulled;
    IF catalogued.table_name IS NULL THEN
        RAISE EXCEPTION 'There is no such table to compare.' USING ERRCODE = 'SY005';
    ELSIF cursor ->> 'epoch' IS DISTINCT FROM (sync.current_server()).epoch::TEXT THEN
        RAISE EXCEPTION 'The cursor is of another epoch.' USING ERRCODE = 'SY001';
    END IF;
    EXECUTE format('SELECT CASE WHEN EXISTS (SELECT FROM sync.change_log AS l
            WHERE (l.txid, l.seq) > (($1 ->> ''txid'')::XID8, ($1 ->> ''seq'')::BIGINT) AND l.table_name = %1$L
                AND (sync.shows(l) OR l.was && sync.acting_scopes())) THEN NULL
        ELSE (SELECT jsonb_object_agg(bucket, digest) FROM (
            SELECT bucket, coalesce(sum(digest), 0)::TEXT AS digest FROM (
                SELECT lpad(to_hex(number), 2, ''0'') AS bucket FROM generate_series(0, 255) AS number) AS listed
            LEFT JOIN (SELECT sync_bucket(held.%2$I::TEXT) AS bucket, sync_row_digest(held.%2$I::TEXT,
                    to_jsonb(held) - $2 || coalesce(s.unknown, ''{}'')) AS digest
                FROM sync.change_log AS l JOIN public.%1$I AS held ON l.row_id = held.%2$I::TEXT
                LEFT JOIN public.sync_stamps AS s ON s.table_name = %1$L AND s.row_id = l.row_id
                WHERE l.table_name = %1$L AND sync.shows(l) AND %3$s) AS digested USING (bucket)
            GROUP BY bucket) AS summed) END',
        asked_table, catalogued.key_column,
        CASE WHEN catalogued.kept_by IS NULL THEN 'TRUE' ELSE format('held.%I > now() - make_interval(days => %s)',
            catalogued.kept_by, catalogued.kept_for_days) END)
        INTO digests USING cursor, catalogued.excluded;
    RETURN digests;
END;
$$;

CREATE FUNCTION sync.bucket_rows(token TEXT, asked_table TEXT, bucket TEXT) RETURNS JSONB
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, sync, public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    PERFORM sync.authenticate(token);
    RETURN (SELECT coalesce(jsonb_agg(content ORDER BY n), '[]') FROM sync.rows_of(ARRAY(
        SELECT l FROM sync.change_log AS l
        WHERE l.table_name = asked_table AND public.sync_bucket(l.row_id) = bucket AND NOT l.deleted
            AND sync.shows(l) ORDER BY l.txid, l.seq)));
END;
$$;

-- S14. A lease that nobody renews ends by itself.
CREATE FUNCTION sync.lease(token TEXT, asked_drone TEXT, asked_mission UUID, until_ms BIGINT) RETURNS JSONB
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    station sync.stations := sync.authenticate(token);
    held sync.leases;
BEGIN
    IF asked_mission IS NULL THEN
        DELETE FROM sync.leases WHERE drone_id = asked_drone AND station_id = station.station_id;
    ELSE
        -- An hour at most: a station that is gone does not keep the drone from the others.
        INSERT INTO sync.leases AS l (drone_id, station_id, mission_id, until)
        VALUES (asked_drone, station.station_id, asked_mission,
            least(to_timestamp(until_ms / 1000.0), now() + INTERVAL '1 hour'))
        ON CONFLICT (drone_id) DO UPDATE SET station_id = excluded.station_id, mission_id = excluded.mission_id,
            until = excluded.until WHERE l.station_id = excluded.station_id OR l.until <= now();
    END IF;
    SELECT * INTO held FROM sync.leases WHERE drone_id = asked_drone AND until > now();
    RETURN CASE WHEN held.station_id <> station.station_id
        THEN jsonb_build_object('state', 'TAKEN', 'byStationId', held.station_id)
        ELSE jsonb_build_object('state', 'HELD') END;
END;
$$;

RESET ROLE;
