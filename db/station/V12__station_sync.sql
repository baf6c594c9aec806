-- A station's side of sync (docs/sync.md): what waits to be sent, the clock that orders it, how far the rest was got.

CREATE TABLE sync_station (
    one BOOLEAN PRIMARY KEY DEFAULT TRUE CONSTRAINT sync_station_one CHECK (one),
    -- NULL: no server has told it yet.
    station_id VARCHAR(50),
    -- Begins anew when an older backup was restored: numbers are never used twice.
    incarnation INTEGER NOT NULL DEFAULT 1,
    last_seq BIGINT NOT NULL DEFAULT 0,
    acked_seq BIGINT NOT NULL DEFAULT 0,
    -- The hybrid clock of the stamps. It never goes back.
    clock_ms BIGINT NOT NULL DEFAULT 0,
    clock_counter INTEGER NOT NULL DEFAULT 0,
    -- Of this run of the program: a copy of the disk, whose clock goes alike, makes other stamps.
    run_nonce VARCHAR(20) NOT NULL DEFAULT '',
    -- Server time minus this machine's, as it was measured last.
    clock_offset_ms BIGINT NOT NULL DEFAULT 0,
    -- Records from before the station was connected are offered in portions, in the order of sync_tables and of keys:
    -- all up to here were. What changes beyond needs no record: it will be offered as it is then.
    offered VARCHAR(120) NOT NULL DEFAULT '',
    epoch VARCHAR(100),
    cursor_txid VARCHAR(40),
    cursor_seq VARCHAR(40),
    full_pull BOOLEAN NOT NULL DEFAULT FALSE,
    -- Whether what the full pull brings is noted, to let go of the rest. The first one has nothing to let go of.
    full_pull_noted BOOLEAN NOT NULL DEFAULT FALSE,
    visibility BIGINT,
    paused BOOLEAN NOT NULL DEFAULT FALSE,
    last_success_at TIMESTAMPTZ,
    telemetry_acked BIGINT NOT NULL DEFAULT 0,
    -- Also in a file beside the database: where the two differ, the database is a copy or was restored.
    token VARCHAR(64)
);
INSERT INTO sync_station DEFAULT VALUES;

-- One row a changed record and transaction. What was acknowledged stays for a while: it cures a restored server.
CREATE TABLE sync_outbox (
    incarnation INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    table_name VARCHAR(63) NOT NULL,
    row_id VARCHAR(100) NOT NULL,
    -- The order in which the transaction wrote.
    ordinal BIGINT GENERATED ALWAYS AS IDENTITY,
    op VARCHAR(6) NOT NULL CONSTRAINT sync_outbox_op_known CHECK (op IN ('UPSERT', 'DELETE')),
    -- Empty for what must be gone by a certain time (sync_tables.kept_by): it is read where it is kept, and nowhere else.
    columns JSONB NOT NULL,
    -- The stamps that the columns had before.
    replaced JSONB NOT NULL,
    base_version INTEGER,
    stamp VARCHAR(80) NOT NULL,
    PRIMARY KEY (incarnation, seq, table_name, row_id)
);
CREATE INDEX idx_sync_outbox_row ON sync_outbox (table_name, row_id);

CREATE TABLE sync_acks (
    incarnation INTEGER NOT NULL,
    up_to_seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (incarnation, up_to_seq)
);

-- What the server refused, until a person has looked at it.
CREATE TABLE sync_refused (
    refused_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    incarnation INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    sql_state VARCHAR(5) NOT NULL,
    sentence TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    changes JSONB NOT NULL,
    settled_at TIMESTAMPTZ,
    settled_by VARCHAR(100),
    settled_how VARCHAR(20) CONSTRAINT sync_refused_settled_how_known CHECK (settled_how IN ('RETRIED', 'DISMISSED')),
    CONSTRAINT sync_refused_once UNIQUE (incarnation, seq)
);

-- Pulled rows that could not be put in place: what they refer to has not come, or this version cannot hold them.
CREATE TABLE sync_parked (
    table_name VARCHAR(63) NOT NULL,
    row_id VARCHAR(100) NOT NULL,
    pulled JSONB NOT NULL,
    waits_for_table VARCHAR(63),
    waits_for_row VARCHAR(100),
    reason TEXT NOT NULL,
    -- The newest migration when it was last tried: a newer one may have a place for it.
    tried_with INTEGER NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (table_name, row_id)
);
CREATE INDEX idx_sync_parked_waits_for ON sync_parked (waits_for_table, waits_for_row);

-- During a full pull: what it has brought so far.
CREATE TABLE sync_brought (
    table_name VARCHAR(63) NOT NULL,
    row_id VARCHAR(100) NOT NULL,
    PRIMARY KEY (table_name, row_id)
);

-- Telemetry that waits to be sent: a mission's rows from one instant to another. A line grows until it is large or was
-- handed out; then it is sealed and never changes. Lines that were acknowledged stay for a while, like the outbox.
CREATE TABLE sync_telemetry (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mission_id UUID NOT NULL,
    from_time TIMESTAMPTZ NOT NULL,
    until_time TIMESTAMPTZ NOT NULL,
    samples INTEGER NOT NULL,
    sealed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX sync_telemetry_one_open ON sync_telemetry (mission_id) WHERE NOT sealed;
CREATE INDEX idx_sync_telemetry_until ON sync_telemetry (until_time);

-- The station acting for nobody; and a person's transaction, which may not read the tables above.
CREATE FUNCTION own_station_id() RETURNS VARCHAR LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$ SELECT station_id FROM sync_station $$;
ALTER TABLE missions ALTER COLUMN station_id SET DEFAULT own_station_id();

-- Whether a mission is this station's to fly, to record and to end.
CREATE FUNCTION is_own_mission(mission_station_id VARCHAR) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT mission_station_id IS NULL OR mission_station_id = (SELECT own_station_id());
$$;

-- Where a record stands in the order in which existing records are offered.
CREATE FUNCTION sync_place(apply_order INTEGER, row_id TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT lpad(apply_order::TEXT, 10, '0') || ':' || row_id;
$$;

-- Moves the clock on and returns what it shows. It follows the server's time as far as that is known.
CREATE FUNCTION sync_tick() RETURNS TEXT LANGUAGE sql VOLATILE AS $$
    WITH machine AS (
        SELECT extract(epoch FROM coalesce(
            nullif(nullif(current_setting('app.now', TRUE), ''), 'infinity')::TIMESTAMPTZ, clock_timestamp()
        )) * 1000 AS ms
    ), physical AS (
        SELECT (ms + clock_offset_ms)::BIGINT AS ms FROM machine, sync_station
    )
    UPDATE sync_station SET
        clock_ms = CASE WHEN ms > clock_ms THEN ms ELSE clock_ms + (clock_counter >= 99999)::INTEGER END,
        clock_counter = CASE WHEN ms > clock_ms OR clock_counter >= 99999 THEN 0 ELSE clock_counter + 1 END
    FROM physical
    RETURNING lpad(clock_ms::TEXT, 15, '0') || '-' || lpad(clock_counter::TEXT, 5, '0') || '-' || station_id
        || '~' || run_nonce;
$$;

-- The stamp of this transaction's changes, which are one group; its number follows the one before without a gap, because
-- it is taken back with the transaction. NULL: the record has not been offered yet.
CREATE FUNCTION sync_group_stamp(apply_order INTEGER, row_id TEXT) RETURNS TEXT LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    offered_to TEXT := current_setting('app.sync_offered', TRUE);
    stamp TEXT := current_setting('app.sync_stamp', TRUE);
BEGIN
    IF coalesce(offered_to, '') = '' THEN
        SELECT offered || ' ' INTO offered_to FROM sync_station;
        PERFORM set_config('app.sync_offered', offered_to, TRUE);
    END IF;
    IF sync_place(apply_order, row_id) COLLATE "C" > offered_to COLLATE "C" THEN
        RETURN NULL;
    END IF;
    IF coalesce(stamp, '') = '' THEN
        stamp := sync_tick();
        UPDATE sync_station SET last_seq = last_seq + 1;
        PERFORM set_config('app.sync_stamp', stamp, TRUE);
    END IF;
    RETURN stamp;
END;
$$;

-- Arguments: key column, rule, apply order, columns that do not travel, whether it must be gone by a certain time.
CREATE FUNCTION sync_record_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    after JSONB;
    before JSONB;
    changed JSONB;
    id TEXT;
    now_stamp TEXT;
    stamps_before JSONB;
    replaced_stamps JSONB := '{}';
    base INTEGER;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        after := to_jsonb(NEW) - TG_ARGV[3]::TEXT[];
    END IF;
    IF TG_OP <> 'INSERT' THEN
        before := to_jsonb(OLD) - TG_ARGV[3]::TEXT[];
        IF after = before THEN
            RETURN NULL;
        END IF;
    END IF;
    id := coalesce(before, after) ->> TG_ARGV[0];
    now_stamp := sync_group_stamp(TG_ARGV[2]::INTEGER, id);
    IF now_stamp IS NULL THEN
        RETURN NULL;
    END IF;

    IF TG_OP = 'INSERT' THEN
        changed := after;
        DELETE FROM sync_tombstones WHERE table_name = TG_TABLE_NAME AND row_id = id;
        INSERT INTO sync_stamps (table_name, row_id, stamps, origin)
        VALUES (TG_TABLE_NAME, id, jsonb_build_object('*', now_stamp), own_station_id())
        ON CONFLICT (table_name, row_id) DO UPDATE SET stamps = excluded.stamps, origin = excluded.origin;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(key, value) INTO changed
        FROM jsonb_each(after) WHERE value IS DISTINCT FROM before -> key;
        UPDATE sync_stamps SET stamps = stamps
            || (SELECT jsonb_object_agg(key, now_stamp) FROM jsonb_object_keys(changed) AS key)
        WHERE table_name = TG_TABLE_NAME AND row_id = id RETURNING WITH (OLD AS earlier) earlier.stamps INTO stamps_before;
        IF TG_ARGV[1] = 'ZONE' THEN
            base := OLD.version;
        END IF;
    ELSE
        changed := '{}';
        DELETE FROM sync_stamps WHERE table_name = TG_TABLE_NAME AND row_id = id RETURNING stamps INTO stamps_before;
        IF TG_ARGV[1] = 'ZONE' THEN
            base := OLD.version;
        END IF;
        INSERT INTO sync_tombstones (table_name, row_id, stamp, "row", stamps)
        VALUES (TG_TABLE_NAME, id, now_stamp, before, stamps_before)
        ON CONFLICT (table_name, row_id) DO UPDATE SET
            stamp = excluded.stamp, "row" = excluded."row", stamps = excluded.stamps;
    END IF;
    IF stamps_before IS NOT NULL THEN
        SELECT coalesce(jsonb_object_agg(key, sync_stamp_of(stamps_before, key)), '{}') INTO replaced_stamps
        FROM jsonb_object_keys(CASE WHEN TG_OP = 'DELETE' THEN before
            WHEN base IS NULL THEN changed ELSE changed || '{"version": 0}' END) AS key
        WHERE sync_stamp_of(stamps_before, key) NOT IN ('', now_stamp);
    END IF;
    -- A record that the transaction writes twice is one change.
    INSERT INTO sync_outbox AS kept
        (incarnation, seq, table_name, row_id, op, columns, replaced, base_version, stamp)
    SELECT incarnation, last_seq, TG_TABLE_NAME, id, CASE TG_OP WHEN 'DELETE' THEN 'DELETE' ELSE 'UPSERT' END,
        changed, replaced_stamps, base, now_stamp
    FROM sync_station
    ON CONFLICT (incarnation, seq, table_name, row_id) DO UPDATE SET
        op = excluded.op,
        columns = CASE excluded.op WHEN 'DELETE' THEN '{}' ELSE kept.columns || excluded.columns END,
        replaced = excluded.replaced || kept.replaced,
        base_version = coalesce(kept.base_version, excluded.base_version);
    RETURN NULL;
END;
$$;

-- The group that the stamp belongs to: read anew, because the statement that has just made it still sees the one before.
CREATE FUNCTION sync_group_of(stamp TEXT, OUT incarnation INTEGER, OUT seq BIGINT) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT own.incarnation, own.last_seq INTO incarnation, seq FROM sync_station AS own;
END;
$$;

-- Records that are only ever added come many at a time.
CREATE FUNCTION sync_record_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    now_stamp TEXT;
    key TEXT := TG_ARGV[0];
    place INTEGER := TG_ARGV[2];
    left_out TEXT[] := TG_ARGV[3];
    is_kept BOOLEAN := TG_ARGV[4];
BEGIN
    INSERT INTO sync_outbox (incarnation, seq, table_name, row_id, op, columns, replaced, stamp)
    SELECT own_group.incarnation, own_group.seq, TG_TABLE_NAME, id, 'UPSERT', CASE WHEN is_kept THEN '{}' ELSE written END, '{}', stamp
    FROM (
        SELECT written ->> key AS id, written, sync_group_stamp(place, written ->> key) AS stamp
        FROM (SELECT to_jsonb(added) - left_out AS written FROM added) AS rows OFFSET 0
    ) AS stamped, LATERAL sync_group_of(stamp) AS own_group
    WHERE stamp IS NOT NULL;
    RETURN NULL;
END;
$$;

CREATE FUNCTION sync_record_telemetry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF own_station_id() IS NOT NULL THEN
        INSERT INTO sync_telemetry AS kept (mission_id, from_time, until_time, samples, sealed)
        SELECT mission_id, min(time), max(time), count(*), count(*) >= 1000 FROM added GROUP BY mission_id
        ON CONFLICT (mission_id) WHERE NOT sealed DO UPDATE SET
            from_time = least(kept.from_time, excluded.from_time),
            until_time = greatest(kept.until_time, excluded.until_time),
            samples = kept.samples + excluded.samples,
            sealed = kept.samples + excluded.samples >= 1000;
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER sync_record_telemetry AFTER INSERT ON telemetry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sync_record_telemetry();
-- The recorder's inserts leave ordinary triggers out (V7).
ALTER TABLE telemetry ENABLE ALWAYS TRIGGER sync_record_telemetry;

DO $$
DECLARE
    synced sync_tables;
    arguments TEXT;
BEGIN
    FOR synced IN SELECT * FROM sync_tables LOOP
        arguments := format('(%L, %L, %L, %L, %L)', synced.key_column, synced.rule, synced.apply_order,
            synced.excluded, synced.kept_by IS NOT NULL);
        IF synced.rule = 'UNION' THEN
            EXECUTE format('CREATE TRIGGER sync_record AFTER INSERT ON %I REFERENCING NEW TABLE AS added
                FOR EACH STATEMENT WHEN (NOT sync_is_applying()) EXECUTE FUNCTION sync_record_added%s',
                synced.table_name, arguments);
        ELSE
            EXECUTE format('CREATE TRIGGER sync_record AFTER INSERT OR UPDATE OR DELETE ON %I
                FOR EACH ROW WHEN (NOT sync_is_applying()) EXECUTE FUNCTION sync_record_row%s',
                synced.table_name, arguments);
        END IF;
    END LOOP;
END;
$$;

-- Numbers that were given out are never used again: what waits is numbered from 1 in a new incarnation. `kept`: so is
-- what was acknowledged and is still kept; as a server that lacks it lacks what came before as well, every record is
-- offered again after it.
CREATE FUNCTION sync_begin_incarnation(next INTEGER, kept BOOLEAN) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH numbered AS (
        SELECT o.incarnation, o.seq, o.table_name, o.row_id,
            dense_rank() OVER (ORDER BY o.incarnation, o.seq) AS number
        FROM sync_outbox AS o, sync_station AS s
        WHERE kept OR (o.incarnation = s.incarnation AND o.seq > s.acked_seq)
    )
    UPDATE sync_outbox AS o SET incarnation = next, seq = number FROM numbered AS n
    WHERE o.incarnation = n.incarnation AND o.seq = n.seq AND o.table_name = n.table_name AND o.row_id = n.row_id;
    UPDATE sync_station SET incarnation = next, acked_seq = 0,
        offered = CASE WHEN kept THEN '' ELSE offered END,
        last_seq = (SELECT coalesce(max(seq), 0) FROM sync_outbox WHERE incarnation = next);
    IF kept THEN
        DELETE FROM sync_acks;
    END IF;
END;
$$;

-- The other station that flies the drone; NULL: none does.
CREATE FUNCTION drone_flown_elsewhere(asked_drone_id TEXT) RETURNS VARCHAR LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT station_id FROM missions
    WHERE drone_id = asked_drone_id AND status NOT IN ('COMPLETED', 'ABORTED') AND NOT is_own_mission(station_id)
    ORDER BY launch_time DESC LIMIT 1;
$$;
