-- What the centre answers a station that asks for what is new (S7), for checksums (S8) and for a drone (S14).
SET LOCAL ROLE skyrescue_sync_owner;

-- Whether the acting station may see the entry's row. The policies of the tables say the same once more.
CREATE FUNCTION sync.shows(entry sync.change_log) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT entry.scope = ANY (sync.acting_scopes()) OR entry.origin = sync.acting_station()
        OR sync.acting_station() = ANY (entry.also);
$$;

-- The rows of the entries, as they go over the wire, in the entries' order. One statement, hence one snapshot.
CREATE FUNCTION sync.rows_of(entries sync.change_log[]) RETURNS TABLE (n BIGINT, bytes INTEGER, content JSONB)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    part RECORD;
BEGIN
    FOR part IN
        SELECT t.*, array_agg(e.n ORDER BY e.n) AS places FROM unnest(entries) WITH ORDINALITY
            AS e (table_name, row_id, txid, seq, origin, root, scope, was, also, deleted, changed_at, n)
        JOIN public.sync_tables AS t USING (table_name) GROUP BY t.table_name
    LOOP
        -- The key with its own type: the index of the table is used, and the policies decide row by row.
        RETURN QUERY EXECUTE format('
            SELECT e.n, length(content::TEXT), content FROM (
                SELECT place AS n, ($1)[place] AS entry, sync.shows(($1)[place]) AS shown FROM unnest($2) AS place) AS e
            LEFT JOIN public.%1$I AS held ON NOT (e.entry).deleted AND e.shown AND %3$s
                AND held.%2$I = (e.entry).row_id::%5$s
            LEFT JOIN public.sync_stamps AS s ON s.table_name = %1$L AND s.row_id = (e.entry).row_id
            LEFT JOIN public.sync_tombstones AS t ON (e.entry).deleted AND t.table_name = %1$L
                AND t.row_id = (e.entry).row_id,
            LATERAL (SELECT jsonb_build_object(''table'', %1$L, ''rowId'', (e.entry).row_id,
                ''origin'', (e.entry).origin,
                ''op'', CASE WHEN NOT e.shown THEN ''MOVE_OUT'' WHEN (e.entry).deleted THEN ''DELETE'' ELSE ''UPSERT'' END,
                ''row'', to_jsonb(held) - $3 || coalesce(s.unknown, ''{}''),
                ''stamps'', CASE WHEN NOT e.shown OR %4$L = ''UNION'' THEN NULL
                    WHEN (e.entry).deleted THEN jsonb_build_object(''*'', t.stamp) ELSE s.stamps END) AS content) AS c
            WHERE NOT e.shown OR (e.entry).deleted OR held.%2$I IS NOT NULL', part.table_name, part.key_column,
            CASE WHEN part.kept_by IS NULL THEN 'TRUE' ELSE format('held.%I > now() - make_interval(days => %s)',
                part.kept_by, part.kept_for_days) END, part.rule,
            (SELECT format_type(atttypid, NULL) FROM pg_attribute
                WHERE attrelid = to_regclass('public.' || quote_ident(part.table_name)) AND attname = part.key_column))
            USING entries, part.places, part.excluded;
    END LOOP;
END;
$$;

CREATE FUNCTION sync.page(after_txid XID8, after_seq BIGINT, max_rows INTEGER, max_bytes INTEGER, full_pull BOOLEAN)
    RETURNS TABLE (rows JSONB, last_txid XID8, last_seq BIGINT, more BOOLEAN)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    -- As many entries are looked at for one page, whether this station may see them or not.
    most INTEGER := 20000;
    entries sync.change_log[];
    scanned BIGINT;
    scanned_txid XID8;
    scanned_seq BIGINT;
    fitting BIGINT;
BEGIN
    -- S7: below the oldest transaction that still runs. What commits later has its place after this.
    WITH looked AS MATERIALIZED (
        SELECT l, l.txid, l.seq FROM sync.change_log AS l
        WHERE (l.txid, l.seq) > (after_txid, after_seq) AND l.txid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY l.txid, l.seq LIMIT most
    ), wanted AS (
        SELECT * FROM looked WHERE sync.shows(l)
            OR (NOT full_pull AND (l).was && sync.acting_scopes()) ORDER BY txid, seq LIMIT max_rows + 1
    )
    SELECT ARRAY(SELECT l FROM wanted ORDER BY txid, seq), (SELECT count(*) FROM looked),
        (SELECT txid FROM looked ORDER BY txid DESC, seq DESC LIMIT 1),
        (SELECT seq FROM looked ORDER BY txid DESC, seq DESC LIMIT 1)
    INTO entries, scanned, scanned_txid, scanned_seq;

    -- The first row goes in any case.
    SELECT coalesce(jsonb_agg(content ORDER BY n), '[]'), max(n) INTO rows, fitting FROM (
        SELECT n, content, sum(bytes) OVER (ORDER BY n) - bytes AS before FROM sync.rows_of(entries[1:max_rows])) AS sized
    WHERE before < max_bytes;
    IF (SELECT count(*) FROM sync.rows_of(entries[1:max_rows])) > jsonb_array_length(rows) THEN
        more := TRUE;
    ELSE
        fitting := least(cardinality(entries), max_rows);
        more := cardinality(entries) > max_rows OR scanned = most;
    END IF;
    IF more AND fitting < cardinality(entries) THEN
        last_txid := (entries[fitting]).txid;
        last_seq := (entries[fitting]).seq;
    ELSE
        last_txid := coalesce(scanned_txid, after_txid);
        last_seq := coalesce(scanned_seq, after_seq);
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
