-- Telemetry at the centre: kept by time, taken in by COPY (S9), reached by functions only (S10); retention.

-- Weeks, so that old telemetry goes by dropping a table. With TimescaleDB the same is a hypertable with a continuous
-- aggregate instead; where that does not succeed, for whatever reason, partitions do.
CREATE PROCEDURE sync_partition_telemetry() LANGUAGE plpgsql AS $$
DECLARE
    enforced RECORD;
BEGIN
    ALTER TABLE telemetry RENAME TO telemetry_before;
    ALTER TABLE telemetry_before RENAME CONSTRAINT telemetry_pkey TO telemetry_before_pkey;
    ALTER INDEX idx_telemetry_mission RENAME TO idx_telemetry_before_mission;
    CREATE TABLE telemetry (LIKE telemetry_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)
        PARTITION BY RANGE (time);
    ALTER TABLE telemetry ADD PRIMARY KEY (time, mission_id);
    ALTER TABLE telemetry ADD CONSTRAINT telemetry_mission_exists
        FOREIGN KEY (mission_id) REFERENCES missions (mission_id);
    ALTER TABLE telemetry ADD CONSTRAINT telemetry_drone_exists FOREIGN KEY (drone_id) REFERENCES drones (drone_id);
    CREATE INDEX idx_telemetry_mission ON telemetry (mission_id, time);
    CREATE TABLE telemetry_other PARTITION OF telemetry DEFAULT;
    CALL sync_add_telemetry_partitions(now() - INTERVAL '91 days', now() + INTERVAL '28 days');

    -- What was there is in the aggregate already.
    INSERT INTO telemetry SELECT * FROM telemetry_before;
    CREATE TRIGGER aggregate_telemetry_1min AFTER INSERT ON telemetry REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION aggregate_telemetry_1min();
    CREATE TRIGGER refuse_future_telemetry AFTER INSERT ON telemetry REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_future_telemetry();
    CREATE TRIGGER check_telemetry_references AFTER INSERT ON telemetry REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION check_telemetry_references();
    ALTER TABLE telemetry ENABLE ALWAYS TRIGGER aggregate_telemetry_1min;
    ALTER TABLE telemetry ENABLE ALWAYS TRIGGER refuse_future_telemetry;
    ALTER TABLE telemetry ENABLE ALWAYS TRIGGER check_telemetry_references;
    ALTER TABLE telemetry ENABLE ROW LEVEL SECURITY;
    ALTER TABLE telemetry FORCE ROW LEVEL SECURITY;
    FOR enforced IN SELECT * FROM pg_policies WHERE schemaname = 'public' AND tablename = 'telemetry_before' LOOP
        EXECUTE format('CREATE POLICY %I ON telemetry TO %s USING (%s) %s', enforced.policyname,
            array_to_string(enforced.roles, ', '), replace(enforced.qual, 'telemetry_before', 'telemetry'),
            'WITH CHECK (' || enforced.with_check || ')');
    END LOOP;
    GRANT SELECT ON telemetry TO skyrescue_person;
    DROP TABLE telemetry_before;
END;
$$;

CREATE PROCEDURE sync_add_telemetry_partitions(first TIMESTAMPTZ, last TIMESTAMPTZ) LANGUAGE plpgsql AS $$
DECLARE
    begins TIMESTAMP := date_trunc('week', first AT TIME ZONE 'UTC');
    partition TEXT;
BEGIN
    WHILE begins <= last AT TIME ZONE 'UTC' LOOP
        partition := 'telemetry_' || to_char(begins, 'YYYYMMDD');
        IF to_regclass('public.' || partition) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.telemetry FOR VALUES FROM (%L) TO (%L)', partition,
                begins AT TIME ZONE 'UTC', (begins + INTERVAL '7 days') AT TIME ZONE 'UTC');
            -- A partition is not under its parent's policies: nobody gets at it but through the parent.
            EXECUTE format('REVOKE ALL ON public.%I FROM skyrescue_station', partition);
        END IF;
        begins := begins + INTERVAL '7 days';
    END LOOP;
END;
$$;

CREATE PROCEDURE sync_make_hypertable() LANGUAGE plpgsql AS $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS timescaledb;
    -- Statement triggers with transition tables are not for hypertables; what they do is done by finish_telemetry and
    -- by the continuous aggregate.
    DROP TRIGGER aggregate_telemetry_1min ON telemetry;
    DROP TRIGGER refuse_future_telemetry ON telemetry;
    DROP TRIGGER check_telemetry_references ON telemetry;
    DROP TABLE telemetry_1min;
    PERFORM create_hypertable('telemetry', 'time', migrate_data => TRUE, chunk_time_interval => INTERVAL '7 days');
    EXECUTE $view$
        CREATE MATERIALIZED VIEW telemetry_1min WITH (timescaledb.continuous) AS
        SELECT time_bucket(INTERVAL '1 minute', time) AS bucket, mission_id, drone_id, avg(speed_ms) AS avg_speed,
            avg(altitude_meters) AS avg_altitude, min(battery_level) AS min_battery, max(battery_level) AS max_battery,
            count(*) AS samples
        FROM telemetry GROUP BY 1, 2, 3 WITH NO DATA
    $view$;
    PERFORM add_continuous_aggregate_policy('telemetry_1min', start_offset => INTERVAL '14 days',
        end_offset => INTERVAL '1 minute', schedule_interval => INTERVAL '1 minute');
    UPDATE sync.server SET telemetry_kind = 'HYPERTABLE';
END;
$$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
        BEGIN
            CALL sync_make_hypertable();
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'TimescaleDB is available but could not be used (%). Telemetry is kept in partitions.', SQLERRM;
        END;
    END IF;
    IF (SELECT telemetry_kind FROM sync.server) = 'PARTITIONS' THEN
        CALL sync_partition_telemetry();
    END IF;
END;
$$;
REVOKE ALL ON PROCEDURE sync_partition_telemetry(), sync_make_hypertable(),
    sync_add_telemetry_partitions(TIMESTAMPTZ, TIMESTAMPTZ) FROM PUBLIC;

-- Into telemetry, out of nobody's sight. That the missions are the station's own is checked in finish_telemetry.
GRANT INSERT ON telemetry TO skyrescue_sync_owner;
-- To make a table like it. No policy shows a row.
GRANT SELECT ON telemetry TO skyrescue_sync_owner;
CREATE POLICY sync_adds ON telemetry FOR INSERT TO skyrescue_sync_owner
    WITH CHECK ((SELECT sync.acting_station()) IS NOT NULL);
DO $$
BEGIN
    IF (SELECT telemetry_kind FROM sync.server) = 'PARTITIONS' THEN
        GRANT SELECT, INSERT, UPDATE ON telemetry_1min TO skyrescue_sync_owner;
        CREATE POLICY sync_adds ON telemetry_1min TO skyrescue_sync_owner
            USING ((SELECT sync.acting_station()) IS NOT NULL);
    END IF;
    -- The foreign keys' own triggers look every row up; V7 says what stands for them. Only a superuser can allow it:
    -- without, telemetry is taken in more slowly.
    BEGIN
        GRANT SET ON PARAMETER session_replication_role TO skyrescue_sync_owner;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE WARNING 'Telemetry is checked row by row: only a superuser can allow the quicker way.';
    END;
END;
$$;

-- Telemetry of a station that was away for weeks finds its week.
CREATE FUNCTION sync_make_room(first TIMESTAMPTZ, last TIMESTAMPTZ) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT telemetry_kind FROM sync.server) = 'PARTITIONS' THEN
        CALL public.sync_add_telemetry_partitions(greatest(first, now() - INTERVAL '91 days'),
            least(last, now() + INTERVAL '28 days'));
    END IF;
END;
$$;
REVOKE ALL ON FUNCTION sync_make_room(TIMESTAMPTZ, TIMESTAMPTZ) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync_make_room(TIMESTAMPTZ, TIMESTAMPTZ) TO skyrescue_sync_owner;

SET LOCAL ROLE skyrescue_sync_owner;

CREATE FUNCTION sync.check_epoch(asked_epoch TEXT) RETURNS void LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF asked_epoch IS DISTINCT FROM (sync.current_server()).epoch::TEXT THEN
        RAISE EXCEPTION 'The server has begun a new epoch.' USING ERRCODE = 'SY001';
    END IF;
END;
$$;

-- Opens a place for COPY until the end of the transaction; answers its columns. The login may only fill it.
CREATE FUNCTION sync.begin_telemetry(token TEXT, asked_epoch TEXT) RETURNS JSONB LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET client_min_messages = 'warning' AS $$
BEGIN
    PERFORM sync.authenticate(token);
    PERFORM sync.check_epoch(asked_epoch);
    DROP TABLE IF EXISTS pg_temp.sync_telemetry;
    CREATE TEMPORARY TABLE sync_telemetry (LIKE public.telemetry INCLUDING DEFAULTS) ON COMMIT DROP;
    GRANT INSERT ON pg_temp.sync_telemetry TO skyrescue_sync;
    RETURN (SELECT jsonb_agg(attname ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = 'public.telemetry'::regclass AND attnum > 0 AND NOT attisdropped);
END;
$$;

-- The INSERT alone runs without the foreign keys' row triggers.
CREATE FUNCTION sync.take_telemetry() RETURNS void LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.telemetry SELECT * FROM pg_temp.sync_telemetry ON CONFLICT DO NOTHING;
END;
$$;
DO $$
BEGIN
    IF has_parameter_privilege('skyrescue_sync_owner', 'session_replication_role', 'SET') THEN
        ALTER FUNCTION sync.take_telemetry() SET session_replication_role = 'replica';
    END IF;
END;
$$;

-- NULL: more of the same position comes.
CREATE FUNCTION sync.settle_position(asked_station TEXT, asked_position BIGINT) RETURNS void LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp AS $$
    UPDATE sync.stations SET telemetry_position = asked_position, last_seen_at = now()
    WHERE station_id = asked_station AND telemetry_position < asked_position;
$$;

CREATE FUNCTION sync.finish_telemetry(token TEXT, asked_position BIGINT) RETURNS JSONB LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    station sync.stations := sync.authenticate(token);
    offered BIGINT;
    refused BIGINT;
BEGIN
    -- Only the place that begin_telemetry opened: nothing that somebody else put under its name.
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('pg_temp.sync_telemetry') AND relkind = 'r'
            AND pg_get_userbyid(relowner) = current_user) THEN
        RAISE EXCEPTION 'Telemetry was not begun.' USING ERRCODE = 'SY005';
    END IF;
    PERFORM set_config('app.now', 'infinity', TRUE);
    SELECT count(*) INTO offered FROM pg_temp.sync_telemetry;
    PERFORM public.sync_make_room(min(time), max(time)) FROM pg_temp.sync_telemetry;
    -- Of missions that the centre does not have, or that another station flies.
    WITH strange AS (
        SELECT mission_id, drone_id FROM (SELECT DISTINCT mission_id, drone_id FROM pg_temp.sync_telemetry) AS named
        WHERE NOT EXISTS (SELECT FROM public.missions AS m
                WHERE m.mission_id = named.mission_id AND m.station_id = station.station_id)
            OR NOT EXISTS (SELECT FROM public.drones AS d WHERE d.drone_id = named.drone_id)
    ), removed AS (
        DELETE FROM pg_temp.sync_telemetry AS t USING strange AS s
        WHERE t.mission_id = s.mission_id AND t.drone_id = s.drone_id RETURNING t.*
    ), kept AS (
        INSERT INTO sync.rejected_telemetry (station_id, sql_state, "row")
        SELECT station.station_id, '23503', to_jsonb(removed) FROM removed RETURNING 1
    )
    SELECT count(*) INTO refused FROM kept;
    PERFORM sync.take_telemetry();
    PERFORM sync.settle_position(station.station_id, asked_position);
    DROP TABLE pg_temp.sync_telemetry;
    RETURN jsonb_build_object('rows', offered, 'refused', refused, 'serverNowMs', sync.now_ms());
END;
$$;

-- The slow way, for a batch in which something is wrong: every row by itself, and what is wrong is put aside.
CREATE FUNCTION sync.push_telemetry_rows(token TEXT, asked_epoch TEXT, rows JSONB, asked_position BIGINT) RETURNS JSONB
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    station sync.stations := sync.authenticate(token);
    item JSONB;
    refused INTEGER := 0;
BEGIN
    PERFORM sync.check_epoch(asked_epoch);
    PERFORM set_config('app.now', 'infinity', TRUE);
    FOR item IN SELECT value FROM jsonb_array_elements(rows) LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM public.missions AS m
                    WHERE m.mission_id = (item ->> 'mission_id')::UUID AND m.station_id = station.station_id) THEN
                RAISE EXCEPTION 'Not a mission of this station.' USING ERRCODE = '23503';
            END IF;
            PERFORM public.sync_make_room((item ->> 'time')::TIMESTAMPTZ, (item ->> 'time')::TIMESTAMPTZ);
            INSERT INTO public.telemetry SELECT * FROM jsonb_populate_record(NULL::public.telemetry, item)
            ON CONFLICT DO NOTHING;
        EXCEPTION WHEN OTHERS THEN
            IF NOT sync.is_poison(SQLSTATE) THEN
                RAISE;
            END IF;
            INSERT INTO sync.rejected_telemetry (station_id, sql_state, "row")
            VALUES (station.station_id, SQLSTATE, item);
            refused := refused + 1;
        END;
    END LOOP;
    PERFORM sync.settle_position(station.station_id, asked_position);
    RETURN jsonb_build_object('rows', jsonb_array_length(rows), 'refused', refused, 'serverNowMs', sync.now_ms());
END;
$$;

RESET ROLE;

-- Daily: removes what the law and the retention rules say, forgets deletions that everybody should know, looks ahead.
CREATE PROCEDURE sync.maintain() LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    old RECORD;
BEGIN
    PERFORM set_config('sync.retention', 'on', TRUE);
    DELETE FROM public.voice_transcripts WHERE timestamp < now() - INTERVAL '7 days';
    PERFORM set_config('sync.retention', '', TRUE);
    -- Also where they were put aside.
    UPDATE sync.rejected SET changes = coalesce((SELECT jsonb_agg(c) FROM jsonb_array_elements(changes) AS c
        WHERE c ->> 'table_name' <> 'voice_transcripts'), '[]')
    WHERE at < now() - INTERVAL '7 days' AND changes @> '[{"table_name": "voice_transcripts"}]';
    IF (SELECT telemetry_kind FROM sync.server) = 'HYPERTABLE' THEN
        PERFORM public.drop_chunks('telemetry', INTERVAL '90 days');
    ELSE
        CALL public.sync_add_telemetry_partitions(now(), now() + INTERVAL '28 days');
        FOR old IN SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'public.telemetry'::regclass AND c.relname ~ '^telemetry_\d{8}$'
                AND to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= (now() - INTERVAL '90 days')::DATE
        LOOP
            EXECUTE format('DROP TABLE public.%I', old.relname);
        END LOOP;
        DELETE FROM public.telemetry WHERE time < now() - INTERVAL '90 days';
    END IF;
    WITH forgotten AS (
        DELETE FROM sync.change_log WHERE deleted AND changed_at < now() - INTERVAL '180 days' RETURNING txid
    )
    UPDATE sync.server SET pruned_txid = greatest(pruned_txid, (SELECT max(txid) FROM forgotten)),
        pruned_by = pg_current_xact_id() WHERE EXISTS (SELECT FROM forgotten);
    DELETE FROM sync.leases WHERE until < now() - INTERVAL '1 day';
    DELETE FROM sync.applied_changes WHERE at < now() - INTERVAL '60 days';
    UPDATE sync.server SET last_maintained_at = now();
END;
$$;
REVOKE ALL ON PROCEDURE sync.maintain() FROM PUBLIC;

-- pg_cron works in one database of a server, if it was loaded. Otherwise: npm run central -- maintain.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_cron')
            AND current_setting('cron.database_name', TRUE) = current_database() THEN
        BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_cron;
            PERFORM cron.schedule('skyrescue-maintain', '17 3 * * *', 'CALL sync.maintain()');
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'pg_cron could not be used (%). Run the maintenance daily by other means.', SQLERRM;
        END;
    END IF;
END;
$$;

GRANT EXECUTE ON FUNCTION sync.hello(TEXT, JSONB), sync.push(TEXT, INTEGER, TEXT, JSONB),
    sync.pull(TEXT, INTEGER, JSONB, INTEGER, INTEGER), sync.digests(TEXT, TEXT, JSONB),
    sync.bucket_rows(TEXT, TEXT, TEXT), sync.lease(TEXT, TEXT, UUID, BIGINT), sync.begin_telemetry(TEXT, TEXT),
    sync.finish_telemetry(TEXT, BIGINT), sync.push_telemetry_rows(TEXT, TEXT, JSONB, BIGINT) TO skyrescue_sync;
