-- What a station says and the centre settles (S5, S6): greeting, push, merge. The merge is db/sync/merge.ts in SQL.
-- Own SQLSTATEs: SY001 greet again, SY003 no common version, SY004 a copy of the station, SY005 malformed.
SET LOCAL ROLE skyrescue_sync_owner;

-- Whose token it is; the rest of the transaction acts for that station, whatever anybody has set before.
CREATE FUNCTION sync.authenticate(token TEXT) RETURNS sync.stations LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    station sync.stations;
BEGIN
    PERFORM set_config('sync.station_id', '', TRUE), set_config('sync.scopes', '', TRUE),
        set_config('sync.retention', '', TRUE), set_config('app.sync', '', TRUE),
        set_config('app.dispatcher_id', '', TRUE);
    SELECT * INTO station FROM sync.stations WHERE token_hash = sha256(convert_to(coalesce(token, ''), 'UTF8'));
    IF station.station_id IS NULL THEN
        RAISE EXCEPTION 'The token is not known.' USING ERRCODE = '28000', DETAIL = 'UNKNOWN';
    ELSIF station.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'The token was revoked.' USING ERRCODE = '28000', DETAIL = 'REVOKED';
    ELSIF station.token_expires_at <= now() THEN
        RAISE EXCEPTION 'The token has expired.' USING ERRCODE = '28000', DETAIL = 'EXPIRED';
    END IF;
    PERFORM set_config('sync.station_id', station.station_id, TRUE),
        set_config('sync.scopes', (station.coverage_states || '*'::TEXT)::TEXT, TRUE);
    RETURN station;
END;
$$;

CREATE FUNCTION sync.now_ms() RETURNS BIGINT LANGUAGE sql VOLATILE AS $$
    SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT;
$$;

-- Every cursor becomes void. Entries of a restored server bear transaction numbers that mean nothing here.
CREATE FUNCTION sync.begin_epoch() RETURNS UUID LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fresh UUID := gen_random_uuid();
BEGIN
    UPDATE sync.server SET epoch = fresh, epoch_since = now(), embodiment = sync.embodiment(),
        pruned_txid = '0', pruned_by = '0';
    UPDATE sync.change_log SET txid = '0';
    UPDATE sync.stations SET full_pull_txid = '0';
    RETURN fresh;
END;
$$;

CREATE FUNCTION sync.current_server() RETURNS sync.server LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    server sync.server;
BEGIN
    SELECT * INTO server FROM sync.server;
    IF server.embodiment <> sync.embodiment() THEN
        SELECT * INTO server FROM sync.server FOR UPDATE;
        IF server.embodiment <> sync.embodiment() THEN
            PERFORM sync.begin_epoch();
            SELECT * INTO server FROM sync.server;
        END IF;
    END IF;
    RETURN server;
END;
$$;

CREATE FUNCTION sync.schema_version() RETURNS INTEGER LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(version::INTEGER) FROM public.flyway_schema_history WHERE success AND version ~ '^\d+$';
$$;

CREATE FUNCTION sync.check_schema(server sync.server, schema_version INTEGER) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF schema_version IS NULL OR schema_version NOT BETWEEN server.schema_min AND server.schema_max THEN
        RAISE EXCEPTION 'The server takes records of versions % to %, not %.', server.schema_min, server.schema_max,
            schema_version USING ERRCODE = 'SY003',
            DETAIL = CASE WHEN schema_version > server.schema_max THEN 'SERVER_OLDER' ELSE 'STATION_OLDER' END;
    END IF;
END;
$$;

CREATE FUNCTION sync.hello(token TEXT, greeting JSONB) RETURNS JSONB LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, sync, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    station sync.stations := sync.authenticate(token);
    server sync.server := sync.current_server();
    asked INTEGER := (greeting ->> 'incarnation')::INTEGER;
    run TEXT := left(greeting ->> 'runId', 100);
    entry sync.ledger;
    newest INTEGER := coalesce((SELECT max(incarnation) FROM sync.ledger AS l
        WHERE l.station_id = (station).station_id), 0);
BEGIN
    IF coalesce(greeting ->> 'stationId', '') NOT IN ('', station.station_id) THEN
        RAISE EXCEPTION 'The token belongs to another station.' USING ERRCODE = '28000', DETAIL = 'OTHER_STATION';
    END IF;
    PERFORM sync.check_schema(server, (greeting ->> 'schema')::INTEGER);
    IF asked IS NULL OR run IS NULL OR asked < 1 THEN
        RAISE EXCEPTION 'The greeting is not whole.' USING ERRCODE = 'SY005';
    END IF;
    INSERT INTO sync.ledger (station_id, incarnation) VALUES (station.station_id, asked) ON CONFLICT DO NOTHING;
    SELECT * INTO entry FROM sync.ledger WHERE station_id = station.station_id AND incarnation = asked FOR UPDATE;
    IF EXISTS (SELECT FROM sync.runs WHERE station_id = station.station_id AND incarnation = asked AND run_id = run
            AND superseded_at IS NOT NULL) THEN
        RAISE EXCEPTION 'A newer run of this station has taken over.' USING ERRCODE = 'SY004';
    END IF;
    UPDATE sync.runs SET superseded_at = now()
    WHERE station_id = station.station_id AND incarnation = asked AND run_id <> run AND superseded_at IS NULL;
    INSERT INTO sync.runs (station_id, incarnation, run_id, greeted_at)
    VALUES (station.station_id, asked, run, now()) ON CONFLICT DO NOTHING;
    DELETE FROM sync.runs WHERE station_id = station.station_id AND superseded_at < now() - INTERVAL '400 days';
    UPDATE sync.stations SET last_seen_at = now() WHERE station_id = station.station_id;
    RETURN jsonb_build_object('epoch', server.epoch, 'lastSeq', entry.last_seq, 'lastStamp', entry.last_stamp,
        'schema', jsonb_build_object('min', server.schema_min, 'max', server.schema_max,
            'current', sync.schema_version()),
        'incarnation', newest,
        'visibility', station.visibility, 'serverNowMs', sync.now_ms(),
        'telemetryPosition', station.telemetry_position, 'stationId', station.station_id, 'stationName', station.name);
END;
$$;

CREATE TYPE sync.change AS (
    seq BIGINT, ordinal BIGINT, table_name TEXT, row_id TEXT, op TEXT, columns JSONB, stamp TEXT, base_version INTEGER,
    replaced JSONB, raw_stamp TEXT
);

-- Brings an entry to the end of the log although its row did not change: its maker gets the outcome.
CREATE FUNCTION sync.touch(asked_table TEXT, asked_row TEXT) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE sync.change_log SET txid = pg_current_xact_id(), seq = nextval('sync.change_seq'), changed_at = now()
    WHERE table_name = asked_table AND row_id = asked_row AND txid <> pg_current_xact_id();
$$;

-- 15 digits, 5 digits, the station's id, and after '~' its run.
CREATE FUNCTION sync.station_of(stamp TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(substr(stamp, 23), '~[^~]*$', '');
$$;

-- Whether the change was made by somebody who knew what the column holds now.
CREATE FUNCTION sync.has_seen(change sync.change, column_name TEXT, held_stamp TEXT) RETURNS BOOLEAN
    LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN held_stamp IS NULL OR NOT change.replaced ? column_name THEN FALSE
        WHEN change.replaced ->> column_name = held_stamp THEN TRUE
        ELSE EXISTS (SELECT FROM sync.applied_changes AS a WHERE a.table_name = change.table_name
            AND a.row_id = change.row_id AND a.raw_stamp = change.replaced ->> column_name
            AND a.used_stamp = held_stamp) END;
$$;

-- A row of sync_conflicts: found here, shown to whoever sees the row that it is about, decided once.
CREATE FUNCTION sync.keep_conflict(change sync.change, in_force JSONB, in_force_stamp TEXT, other JSONB,
    other_stamp TEXT) RETURNS INTEGER LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made UUID := gen_random_uuid();
BEGIN
    -- Of two decisions about one conflict the later holds.
    IF change.table_name = 'sync_conflicts' THEN
        RETURN 0;
    END IF;
    INSERT INTO public.sync_stamps (table_name, row_id, stamps)
    VALUES ('sync_conflicts', made, jsonb_build_object('*', sync.central_stamp(NULL)));
    INSERT INTO public.sync_conflicts (conflict_id, table_name, row_id, in_force, in_force_stamp, other, other_stamp,
        other_station_id, other_deletes)
    VALUES (made, change.table_name, change.row_id, coalesce(in_force, '{}'), nullif(in_force_stamp, ''),
        coalesce(other, '{}'), other_stamp, sync.station_of(other_stamp), other IS NULL);
    RETURN 1;
END;
$$;

-- Writes the columns that this version knows; keeps the others beside.
CREATE FUNCTION sync.write_row(change sync.change, key_match TEXT, known TEXT[], is_there BOOLEAN, written JSONB, stamps JSONB)
    RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    hidden TEXT[] := (SELECT excluded FROM public.sync_tables AS t WHERE t.table_name = change.table_name);
    names TEXT[] := ARRAY(SELECT quote_ident(name) FROM unnest(known) AS name WHERE written ? name);
    strange JSONB := nullif(written - known - hidden, '{}');
BEGIN
    IF NOT is_there THEN
        EXECUTE format('INSERT INTO public.%1$I (%2$s) SELECT %2$s FROM jsonb_populate_record(NULL::public.%1$I, $1)',
            change.table_name, array_to_string(names, ', ')) USING written;
    ELSIF names <> '{}' THEN
        EXECUTE format('UPDATE public.%1$I AS held SET (%2$s)
            = (SELECT %2$s FROM jsonb_populate_record(NULL::public.%1$I, $2)) WHERE %3$s', change.table_name,
            array_to_string(names, ', '), key_match) USING change.row_id, written;
    END IF;
    INSERT INTO public.sync_stamps AS held (table_name, row_id, stamps, unknown, origin)
    VALUES (change.table_name, change.row_id, stamps, strange, sync.acting_station())
    ON CONFLICT (table_name, row_id) DO UPDATE SET stamps = excluded.stamps,
        unknown = CASE WHEN excluded.unknown IS NULL THEN held.unknown
            ELSE coalesce(held.unknown, '{}') || excluded.unknown END;
END;
$$;

-- A change of a row that was deleted, or of one that was never here. A later one brings it back whole.
CREATE FUNCTION sync.merge_absent(change sync.change, rule TEXT, key_match TEXT, known TEXT[]) RETURNS INTEGER
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    grave public.sync_tombstones;
    merged RECORD;
    lost INTEGER;
BEGIN
    SELECT * INTO grave FROM public.sync_tombstones AS t
    WHERE t.table_name = change.table_name AND t.row_id = change.row_id FOR UPDATE;
    IF grave.stamp IS NULL AND change.replaced <> '{}' THEN
        -- This server is older than the row. A part of it is no row.
        RAISE EXCEPTION 'The central server does not have this record (yet). Offer it again when the station that made it has been connected.'
            USING ERRCODE = 'no_data_found', TABLE = change.table_name;
    ELSIF change.op = 'DELETE' THEN
        INSERT INTO public.sync_tombstones AS held (table_name, row_id, stamp)
        VALUES (change.table_name, change.row_id, change.stamp)
        ON CONFLICT (table_name, row_id) DO UPDATE
            SET stamp = greatest(held.stamp COLLATE "C", excluded.stamp COLLATE "C");
        RETURN 0;
    ELSIF grave.stamp IS NULL THEN
        PERFORM sync.write_row(change, key_match, known, FALSE, change.columns, jsonb_build_object('*', change.stamp));
        RETURN 0;
    ELSIF rule = 'ZONE' AND grave."row" IS NOT NULL THEN
        -- Whoever changed it had not seen that it was removed: the zone stays, whichever came first.
        DELETE FROM public.sync_tombstones AS t WHERE t.table_name = change.table_name AND t.row_id = change.row_id;
        PERFORM sync.write_row(change, key_match, known, FALSE, grave."row", grave.stamps);
        lost := sync.merge_zone(change, key_match, grave."row", coalesce(grave.stamps, '{}'));
        RETURN lost + sync.keep_conflict(change, change.columns, change.stamp, NULL, grave.stamp);
    END IF;
    SELECT * INTO merged FROM public.sync_merge_columns(change.table_name, coalesce(grave."row", '{}'),
        coalesce(grave.stamps, '{}'), change.columns, jsonb_build_object('*', change.stamp));
    IF NOT EXISTS (SELECT FROM jsonb_each_text(merged.stamps) AS s WHERE s.value COLLATE "C" > grave.stamp) THEN
        UPDATE public.sync_tombstones AS t SET "row" = coalesce(grave."row", '{}') || merged.taken,
            stamps = merged.stamps
        WHERE t.table_name = change.table_name AND t.row_id = change.row_id;
        PERFORM sync.touch(change.table_name, change.row_id);
        RETURN sync.keep_conflict(change, '{}', grave.stamp, change.columns, change.stamp);
    END IF;
    DELETE FROM public.sync_tombstones AS t WHERE t.table_name = change.table_name AND t.row_id = change.row_id;
    PERFORM sync.write_row(change, key_match, known, FALSE, coalesce(grave."row", '{}') || merged.taken, merged.stamps);
    RETURN CASE WHEN change.replaced = '{}' THEN 0
        ELSE sync.keep_conflict(change, change.columns, change.stamp, NULL, grave.stamp) END;
END;
$$;

CREATE FUNCTION sync.merge_deletion(change sync.change, key_match TEXT, current JSONB, stamps JSONB) RETURNS INTEGER
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    newest TEXT := (SELECT max(s.value COLLATE "C") FROM jsonb_each_text(stamps) AS s);
BEGIN
    IF newest COLLATE "C" > change.stamp THEN
        PERFORM sync.touch(change.table_name, change.row_id);
        RETURN sync.keep_conflict(change, current, newest, NULL, change.stamp);
    END IF;
    INSERT INTO public.sync_tombstones (table_name, row_id, stamp, "row", stamps)
    VALUES (change.table_name, change.row_id, change.stamp, current, merge_deletion.stamps)
    ON CONFLICT (table_name, row_id) DO UPDATE
        SET stamp = excluded.stamp, "row" = excluded."row", stamps = excluded.stamps;
    EXECUTE format('DELETE FROM public.%I AS held WHERE %s', change.table_name, key_match) USING change.row_id;
    DELETE FROM public.sync_stamps AS s WHERE s.table_name = change.table_name AND s.row_id = change.row_id;
    RETURN coalesce((SELECT sum(sync.keep_conflict(change, '{}', change.stamp, unseen.columns, unseen.stamp)) FROM (
        SELECT jsonb_object_agg(c.key, c.value) AS columns, o.ours AS stamp FROM jsonb_each(current) AS c,
            LATERAL (SELECT public.sync_stamp_of(merge_deletion.stamps, c.key) AS ours) AS o
        WHERE o.ours <> '' AND NOT sync.has_seen(change, c.key, o.ours) GROUP BY o.ours) AS unseen), 0);
END;
$$;

-- F9: the change builds on another version than the one in force: whatever either forbids, and a person decides.
CREATE FUNCTION sync.merge_zone(change sync.change, key_match TEXT, current JSONB, stamps JSONB) RETURNS INTEGER
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    held public.no_fly_zones := jsonb_populate_record(NULL::public.no_fly_zones, current);
    latest RECORD;
    joined JSONB;
    in_force JSONB;
    lost JSONB;
BEGIN
    PERFORM sync.touch(change.table_name, change.row_id);
    IF change.op = 'DELETE' THEN
        RETURN sync.keep_conflict(change, current, public.sync_stamp_of(stamps, 'version'), NULL, change.stamp);
    END IF;
    SELECT * INTO latest FROM public.sync_merge_columns('no_fly_zones', current, stamps, change.columns,
        jsonb_build_object('*', change.stamp));
    joined := (current || latest.taken) || (SELECT jsonb_build_object('active', z.active,
            'altitude_restriction_meters', z.altitude_restriction_meters, 'start_time', z.start_time,
            'end_time', z.end_time, 'zone_polygon', to_jsonb(z) -> 'zone_polygon',
            'version', greatest(held.version, (change.columns ->> 'version')::INTEGER) + 1)
        FROM public.sync_stricter_zone(held,
            jsonb_populate_record(NULL::public.no_fly_zones, current || change.columns)) AS z);
    PERFORM sync.write_row(change, key_match, public.sync_columns('no_fly_zones'), TRUE,
        joined - 'zone_id'::TEXT, latest.stamps || jsonb_build_object('version',
            greatest(public.sync_stamp_of(stamps, 'version') COLLATE "C", change.stamp COLLATE "C")));
    SELECT jsonb_object_agg(c.key, c.value), jsonb_object_agg(c.key, joined -> c.key) INTO lost, in_force
    FROM jsonb_each(change.columns) AS c WHERE c.key <> 'version' AND c.value IS DISTINCT FROM joined -> c.key;
    RETURN CASE WHEN lost IS NULL THEN 0 ELSE sync.keep_conflict(change, in_force,
        public.sync_stamp_of(stamps, 'version'), lost, change.stamp) END;
END;
$$;

-- One change of a row of a COLUMNS or ZONE table. Answers how many values were lost and kept as conflicts.
CREATE FUNCTION sync.merge_change(change sync.change, rule TEXT, key_match TEXT, hidden TEXT[], known TEXT[])
    RETURNS INTEGER LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    stamped public.sync_stamps;
    current JSONB;
    merged RECORD;
BEGIN
    change.columns := coalesce(change.columns, '{}') - hidden;
    change.replaced := coalesce(change.replaced, '{}');
    EXECUTE format('SELECT to_jsonb(held) - $2::TEXT[] FROM public.%I AS held WHERE %s FOR UPDATE',
        change.table_name, key_match) INTO current USING change.row_id, hidden;
    IF current IS NULL THEN
        IF EXISTS (SELECT FROM sync.change_log AS l WHERE l.table_name = change.table_name AND l.row_id = change.row_id
                AND NOT l.deleted AND l.scope <> '*') THEN
            RAISE EXCEPTION 'This station may not change it.' USING ERRCODE = 'insufficient_privilege',
                TABLE = change.table_name;
        END IF;
        IF change.table_name = 'missions' AND change.op = 'UPSERT' THEN
            change.columns := change.columns || jsonb_build_object('station_id', sync.acting_station());
        END IF;
        RETURN sync.merge_absent(change, rule, key_match, known);
    END IF;
    IF change.table_name = 'missions' THEN
        -- Which station flies a mission was decided when it began.
        change.columns := change.columns - 'station_id'::TEXT;
    END IF;
    SELECT * INTO stamped FROM public.sync_stamps AS s
    WHERE s.table_name = change.table_name AND s.row_id = change.row_id FOR UPDATE;
    stamped.stamps := coalesce(stamped.stamps, '{}');
    current := current || coalesce(stamped.unknown, '{}');
    IF rule = 'ZONE' AND (change.base_version IS DISTINCT FROM (current ->> 'version')::INTEGER
            OR NOT sync.has_seen(change, 'version', public.sync_stamp_of(stamped.stamps, 'version'))) THEN
        RETURN sync.merge_zone(change, key_match, current, stamped.stamps);
    ELSIF change.op = 'DELETE' THEN
        RETURN sync.merge_deletion(change, key_match, current, stamped.stamps);
    END IF;
    SELECT * INTO merged FROM public.sync_merge_columns(change.table_name, current, stamped.stamps, change.columns,
        jsonb_build_object('*', change.stamp));
    PERFORM sync.write_row(change, key_match, known, TRUE, merged.taken, merged.stamps);
    PERFORM sync.touch(change.table_name, change.row_id);
    -- What was in force and was not seen by whoever changed it, or the change itself where it is the earlier one.
    RETURN coalesce((SELECT sum(sync.keep_conflict(change, in_force, in_force_stamp, other, other_stamp)) FROM (
        SELECT jsonb_object_agg(c.key, CASE WHEN o.taken THEN c.value ELSE o.held END) AS in_force,
            max(CASE WHEN o.taken THEN change.stamp ELSE o.ours END COLLATE "C") AS in_force_stamp,
            jsonb_object_agg(c.key, CASE WHEN o.taken THEN o.held ELSE c.value END) AS other,
            CASE WHEN o.taken THEN o.ours ELSE change.stamp END AS other_stamp
        FROM jsonb_each(change.columns) AS c, LATERAL (SELECT merged.taken ? c.key AS taken,
            coalesce(current -> c.key, 'null') AS held, public.sync_stamp_of(stamped.stamps, c.key) AS ours) AS o
        WHERE o.ours <> '' AND c.value <> o.held AND NOT (o.taken AND sync.has_seen(change, c.key, o.ours))
        GROUP BY 4) AS lost), 0);
END;
$$;

-- Rows of a UNION table, by as many statements as they have sets of columns: mostly one.
CREATE FUNCTION sync.add_rows(catalogued public.sync_tables, changes sync.change[], known TEXT[])
    RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    batch RECORD;
    asked_table TEXT := catalogued.table_name;
BEGIN
    -- What retention would remove at once is settled without being kept.
    changes := ARRAY(SELECT c FROM unnest(changes) AS c WHERE table_name = asked_table AND op = 'UPSERT'
        AND (catalogued.kept_by IS NULL OR NOT (columns ->> catalogued.kept_by)::TIMESTAMPTZ
            <= now() - make_interval(days => catalogued.kept_for_days)));
    FOR batch IN
        SELECT jsonb_agg(columns) AS rows, names FROM (
            SELECT columns, ARRAY(SELECT name FROM jsonb_object_keys(columns) AS name WHERE name = ANY (known)
                ORDER BY name) AS names
            FROM unnest(changes)) AS listed
        GROUP BY names
    LOOP
        -- Without naming the key: a station may add what it may not see, and learns nothing by it.
        EXECUTE format('INSERT INTO public.%1$I (%2$s)
            SELECT %2$s FROM jsonb_populate_recordset(NULL::public.%1$I, $1) ON CONFLICT DO NOTHING', asked_table,
            (SELECT string_agg(quote_ident(name), ', ') FROM unnest(batch.names) AS name)) USING batch.rows;
    END LOOP;
    INSERT INTO public.sync_stamps (table_name, row_id, stamps, unknown, origin)
    SELECT asked_table, c.row_id, '{}', c.columns - known - catalogued.excluded, sync.acting_station()
    FROM unnest(changes) AS c WHERE c.columns - known - catalogued.excluded <> '{}'
    ON CONFLICT DO NOTHING;
END;
$$;

-- S14: what two stations believe to be the same drone is in the air twice. Both missions are true.
CREATE FUNCTION sync.note_allocations(changes sync.change[]) RETURNS INTEGER LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    found INTEGER;
BEGIN
    INSERT INTO sync.double_allocations (drone_id, mission_id, station_id, other_mission_id, other_station_id)
    SELECT mine.drone_id, mine.mission_id, mine.station_id, other.mission_id, other.station_id
    FROM public.missions AS mine, LATERAL public.sync_flown_by_others(mine.drone_id, mine.station_id) AS other
    WHERE mine.mission_id IN (SELECT row_id::UUID FROM unnest(changes) WHERE table_name = 'missions' AND op = 'UPSERT')
        AND mine.status NOT IN ('COMPLETED', 'ABORTED')
        AND NOT EXISTS (SELECT FROM sync.double_allocations AS d
            WHERE d.mission_id = other.mission_id AND d.other_mission_id = mine.mission_id)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS found = ROW_COUNT;
    RETURN found;
END;
$$;

-- All or nothing. Parents before what refers to them, deletions the other way round.
CREATE FUNCTION sync.apply(changes sync.change[]) RETURNS INTEGER LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    strange TEXT := (SELECT min(table_name) FROM unnest(changes) AS c
        WHERE NOT EXISTS (SELECT FROM public.sync_tables AS t WHERE t.table_name = c.table_name));
    catalogued public.sync_tables;
    known TEXT[];
    -- A row `held` by its key in $1, with the key's own type.
    key_match TEXT;
    change sync.change;
    conflicts INTEGER := 0;
    deleting BOOLEAN;
BEGIN
    IF strange IS NOT NULL THEN
        RAISE EXCEPTION 'The central server is older than this station and does not know records of the kind "%" yet.',
            strange;
    ELSIF EXISTS (SELECT FROM unnest(changes) WHERE op NOT IN ('UPSERT', 'DELETE') OR op IS NULL
            OR stamp !~ '^\d{15}-\d{5}-.{1,58}$' OR stamp IS NULL) THEN
        RAISE EXCEPTION 'A change without a proper stamp.' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOREACH deleting IN ARRAY ARRAY[FALSE, TRUE] LOOP
        FOR catalogued IN SELECT * FROM public.sync_tables AS t
            WHERE EXISTS (SELECT FROM unnest(changes) AS c
                WHERE c.table_name = t.table_name AND (c.op = 'DELETE') = deleting)
            ORDER BY CASE WHEN deleting THEN -apply_order ELSE apply_order END
        LOOP
            known := public.sync_columns(catalogued.table_name);
            key_match := (SELECT format('held.%I = $1::%s', attname, format_type(atttypid, NULL)) FROM pg_attribute
                WHERE attrelid = to_regclass('public.' || quote_ident(catalogued.table_name))
                    AND attname = catalogued.key_column);
            IF catalogued.rule = 'UNION' THEN
                CONTINUE WHEN deleting;
                PERFORM sync.add_rows(catalogued, changes, known);
                CONTINUE;
            END IF;
            FOR change IN SELECT * FROM unnest(changes) AS c
                WHERE c.table_name = catalogued.table_name AND (c.op = 'DELETE') = deleting ORDER BY seq, ordinal
            LOOP
                INSERT INTO sync.applied_changes (table_name, row_id, raw_stamp, used_stamp)
                VALUES (change.table_name, change.row_id, change.raw_stamp, change.stamp) ON CONFLICT DO NOTHING;
                CONTINUE WHEN NOT FOUND;
                conflicts := conflicts + sync.merge_change(change, catalogued.rule, key_match,
                    catalogued.excluded, known);
            END LOOP;
            IF catalogued.table_name = 'missions' THEN
                conflicts := conflicts + sync.note_allocations(changes);
            END IF;
        END LOOP;
    END LOOP;
    RETURN conflicts;
END;
$$;

CREATE FUNCTION sync.is_poison(sql_state TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE AS $$
    SELECT left(sql_state, 2) IN ('22', '23', '44', '54', 'SR') OR sql_state IN ('42501', 'P0001', 'P0002');
$$;

-- For a person: what of which record, without the values.
CREATE FUNCTION sync.refusal(sql_state TEXT, said TEXT, table_name TEXT, column_name TEXT, constraint_name TEXT)
    RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN sql_state = '23503' THEN format('It belongs to a record that the central server does not have or has refused (%s).', constraint_name)
        WHEN sql_state = '23505' THEN format('Another record has the same value where each needs its own (%s).', constraint_name)
        WHEN sql_state = '23502' THEN format('The field %s of %s is missing. The record may be unknown to the central server.', column_name, table_name)
        WHEN left(sql_state, 2) = '23' THEN format('A field of %s is out of its range (%s).', table_name, constraint_name)
        WHEN sql_state = '42501' THEN 'This station may not see or change the record that it belongs to: it does not cover its state, or the record was refused before.'
        WHEN left(sql_state, 2) = '22' THEN 'A field has a value of the wrong form or length.'
        WHEN left(sql_state, 2) = '54' THEN 'A field is too long.'
        ELSE said END;
$$;

-- Settles the groups from `first` to `last`: all at once if they are sound, else by halves, until the ones that are not
-- stand alone and are put aside.
CREATE FUNCTION sync.settle(asked_incarnation INTEGER, changes sync.change[], first BIGINT, last BIGINT)
    RETURNS INTEGER LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    part sync.change[] := ARRAY(SELECT c FROM unnest(changes) AS c WHERE c.seq BETWEEN first AND last);
    middle BIGINT := (first + last) / 2;
    state TEXT;
    said TEXT;
    about TEXT;
    field TEXT;
    rule TEXT;
    detail TEXT;
BEGIN
    BEGIN
        -- What was refused before and is sound now is no longer refused.
        DELETE FROM sync.rejected AS r USING (SELECT DISTINCT raw_stamp FROM unnest(part)) AS offered
        WHERE r.station_id = sync.acting_station() AND r.raw_stamp = offered.raw_stamp;
        RETURN sync.apply(part);
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, about = TABLE_NAME,
            field = COLUMN_NAME, rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
        IF NOT sync.is_poison(state) THEN
            RAISE;
        END IF;
    END;
    IF first < last THEN
        RETURN sync.settle(asked_incarnation, part, first, middle)
            + sync.settle(asked_incarnation, part, middle + 1, last);
    END IF;
    INSERT INTO sync.rejected AS r (station_id, incarnation, seq, sql_state, sentence, detail, raw_stamp, changes)
    VALUES (sync.acting_station(), asked_incarnation, first, state, sync.refusal(state, said, about, field, rule),
        concat_ws(' ', said, detail), part[cardinality(part)].raw_stamp,
        (SELECT jsonb_agg(to_jsonb(c)) FROM unnest(part) AS c))
    ON CONFLICT (station_id, incarnation, seq) DO UPDATE SET at = now(), sql_state = excluded.sql_state,
        sentence = excluded.sentence, detail = excluded.detail, raw_stamp = excluded.raw_stamp,
        changes = excluded.changes;
    RETURN 0;
END;
$$;

-- S5: stamps that lead the server's time by more than a minute are put back to that, in their order.
CREATE FUNCTION sync.clamp(entry sync.ledger, INOUT changes sync.change[], OUT clamped_ms BIGINT,
    OUT clamped_counter INTEGER) LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    limit_ms BIGINT := sync.now_ms() + 60000;
    ahead RECORD;
    used TEXT;
BEGIN
    clamped_ms := entry.clamped_ms;
    clamped_counter := entry.clamped_counter;
    IF NOT EXISTS (SELECT FROM unnest(changes) AS c WHERE c.stamp ~ '^\d{15}-' AND left(c.stamp, 15)::BIGINT > limit_ms) THEN
        RETURN;
    END IF;
    FOR ahead IN SELECT DISTINCT seq, stamp FROM unnest(changes) AS c
        WHERE stamp ~ '^\d{15}-' AND left(stamp, 15)::BIGINT > limit_ms ORDER BY seq
    LOOP
        IF limit_ms > clamped_ms THEN
            clamped_ms := limit_ms;
            clamped_counter := 0;
        ELSIF clamped_counter >= 99999 THEN
            clamped_ms := clamped_ms + 1;
            clamped_counter := 0;
        ELSE
            clamped_counter := clamped_counter + 1;
        END IF;
        used := lpad(clamped_ms::TEXT, 15, '0') || '-' || lpad(clamped_counter::TEXT, 5, '0') || substr(ahead.stamp, 22);
        changes := ARRAY(SELECT (seq, ordinal, table_name, row_id, op, columns,
                CASE WHEN seq = ahead.seq AND stamp = ahead.stamp THEN used ELSE stamp END, base_version,
                replaced, raw_stamp)::sync.change
            FROM unnest(changes) ORDER BY seq, ordinal);
    END LOOP;
END;
$$;

-- S6: ledger, records and answer are one commit.
CREATE FUNCTION sync.push(token TEXT, schema_version INTEGER, asked_epoch TEXT, batch JSONB) RETURNS JSONB
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, sync, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    station sync.stations := sync.authenticate(token);
    server sync.server := sync.current_server();
    entry sync.ledger;
    first BIGINT := (batch #>> '{groups,0,seq}')::BIGINT;
    last BIGINT := (batch #>> '{groups,-1,seq}')::BIGINT;
    stamps TEXT[];
    changes sync.change[];
    conflicts INTEGER := 0;
BEGIN
    PERFORM sync.check_schema(server, schema_version);
    SELECT * INTO entry FROM sync.ledger
    WHERE station_id = station.station_id AND incarnation = (batch ->> 'incarnation')::INTEGER FOR UPDATE;
    stamps := ARRAY(SELECT g.value #>> '{changes,-1,stamp}'
        FROM jsonb_array_elements(batch -> 'groups') WITH ORDINALITY AS g (value, n) ORDER BY n);
    IF first IS NULL OR last - first + 1 <> cardinality(stamps) OR EXISTS (
            SELECT FROM jsonb_array_elements(batch -> 'groups') WITH ORDINALITY AS g (value, n)
            WHERE (g.value ->> 'seq')::BIGINT <> first + n - 1) THEN
        RAISE EXCEPTION 'The groups of a batch must follow each other.' USING ERRCODE = 'SY005';
    ELSIF EXISTS (SELECT FROM sync.runs AS r WHERE r.station_id = station.station_id
            AND r.incarnation = entry.incarnation AND r.superseded_at IS NULL AND r.run_id <> batch ->> 'runId') THEN
        RAISE EXCEPTION 'A newer run of this station has taken over.' USING ERRCODE = 'SY004';
    ELSIF server.epoch::TEXT IS DISTINCT FROM asked_epoch THEN
        RAISE EXCEPTION 'The server has begun a new epoch.' USING ERRCODE = 'SY001';
    ELSIF entry.station_id IS NULL OR first > entry.last_seq + 1 THEN
        RAISE EXCEPTION 'Groups are missing before %.', first USING ERRCODE = 'SY001';
    ELSIF first <= entry.last_seq AND (first < entry.recent_from OR EXISTS (
            SELECT FROM unnest(stamps) WITH ORDINALITY AS s (stamp, n) WHERE first + n - 1 <= entry.last_seq
            AND hashtextextended(coalesce(stamp, ''), 0) <> entry.recent[first + n - entry.recent_from])) THEN
        -- Its number was settled with other content: the greeting will show it.
        RAISE EXCEPTION 'Group % was settled before.', first USING ERRCODE = 'SY001';
    END IF;
    IF last > entry.last_seq THEN
        changes := ARRAY(SELECT ((g.value ->> 'seq')::BIGINT, c.n, c.value ->> 'table', c.value ->> 'rowId',
                c.value ->> 'op', coalesce(c.value -> 'columns', '{}'), c.value ->> 'stamp',
                (c.value ->> 'baseVersion')::INTEGER, coalesce(c.value -> 'replaced', '{}'),
                c.value ->> 'stamp')::sync.change
            FROM jsonb_array_elements(batch -> 'groups') AS g,
                jsonb_array_elements(g.value -> 'changes') WITH ORDINALITY AS c (value, n)
            WHERE (g.value ->> 'seq')::BIGINT > entry.last_seq);
        -- Records of a station are its word: what its clock says is not judged here, nor are its missions' ways.
        PERFORM set_config('app.sync', 'on', TRUE), set_config('app.now', 'infinity', TRUE);
        SELECT * INTO changes, entry.clamped_ms, entry.clamped_counter FROM sync.clamp(entry, changes);
        conflicts := sync.settle(entry.incarnation, changes, entry.last_seq + 1, last);
        UPDATE sync.ledger SET last_seq = last, last_stamp = stamps[cardinality(stamps)], recent_from = first,
            recent = ARRAY(SELECT hashtextextended(coalesce(stamp, ''), 0)
                FROM unnest(stamps) WITH ORDINALITY AS s (stamp, n) ORDER BY n),
            clamped_ms = entry.clamped_ms, clamped_counter = entry.clamped_counter,
            groups_settled = groups_settled + last - entry.last_seq, last_push_at = now()
        WHERE station_id = entry.station_id AND incarnation = entry.incarnation;
        UPDATE sync.stations SET last_seen_at = now() WHERE station_id = station.station_id;
    END IF;
    RETURN jsonb_build_object('lastSeq', greatest(last, entry.last_seq), 'conflicts', conflicts,
        'refused', coalesce((SELECT jsonb_agg(jsonb_build_object('seq', seq, 'sqlState', sql_state,
                'sentence', sentence) ORDER BY seq)
            FROM sync.rejected WHERE station_id = entry.station_id AND incarnation = entry.incarnation
                AND seq BETWEEN first AND last), '[]'),
        'serverNowMs', sync.now_ms(),
        'horizon', jsonb_build_object('epoch', server.epoch, 'txid', pg_current_xact_id()::TEXT,
            'seq', (SELECT last_value::TEXT FROM sync.change_seq)));
END;
$$;

RESET ROLE;

-- Also what the station may not see: that a drone is flown is everybody's business.
CREATE FUNCTION sync_flown_by_others(asked_drone TEXT, station TEXT) RETURNS TABLE (mission_id UUID, station_id TEXT)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.mission_id, m.station_id FROM missions AS m
    WHERE m.drone_id = asked_drone AND m.status NOT IN ('COMPLETED', 'ABORTED') AND m.station_id IS DISTINCT FROM station;
$$;
REVOKE ALL ON FUNCTION sync_flown_by_others(TEXT, TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync_flown_by_others(TEXT, TEXT) TO skyrescue_sync_owner;
