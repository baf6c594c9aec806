-- The central side of keeping records together (docs/sync.md): who the stations are, how far each has pushed, and what
-- changed in which order. Only functions reach any of it, and the tables of the records, for a station.
--   skyrescue_sync        what every station signs in to the database as: it may call those functions and nothing else;
--   skyrescue_sync_owner  what the functions run as: nobody can sign in as it, and row-level security holds for it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'skyrescue_sync') THEN
        CREATE ROLE skyrescue_sync LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'skyrescue_sync_owner') THEN
        CREATE ROLE skyrescue_sync_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    -- A temporary table of the login's own making could carry code into a function that runs with more rights.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO skyrescue_sync', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO skyrescue_sync_owner', current_database());
END;
$$;
GRANT skyrescue_sync_owner TO CURRENT_USER;
-- Functions of the records look with their owner's eyes, too: the login must not even be able to name them.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO skyrescue_sync_owner;
CREATE SCHEMA sync AUTHORIZATION skyrescue_sync_owner;
GRANT USAGE ON SCHEMA sync TO skyrescue_sync;
-- From birth, not from a later migration on.
ALTER DEFAULT PRIVILEGES FOR ROLE skyrescue_sync_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT SELECT ON sync_tables, flyway_schema_history TO skyrescue_sync_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_stamps, sync_tombstones TO skyrescue_sync_owner;

SET LOCAL ROLE skyrescue_sync_owner;

CREATE TABLE sync.server (
    only_one BOOLEAN PRIMARY KEY DEFAULT TRUE CONSTRAINT server_only_one CHECK (only_one),
    -- Cursors of another epoch mean nothing here: a restored server counts its transactions anew.
    epoch UUID NOT NULL DEFAULT gen_random_uuid(),
    epoch_since TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- The database as the epoch knows it: another cluster, timeline or database is one that was restored.
    embodiment TEXT NOT NULL,
    -- Versions of the records' form that stations may have.
    schema_min INTEGER NOT NULL DEFAULT 11,
    schema_max INTEGER NOT NULL DEFAULT 99,
    -- Deletions up to here are forgotten; a full pull that began before `pruned_by` may have missed one.
    pruned_txid XID8 NOT NULL DEFAULT '0',
    pruned_by XID8 NOT NULL DEFAULT '0',
    -- 'PARTITIONS' or 'HYPERTABLE': how telemetry is kept.
    telemetry_kind VARCHAR(20) NOT NULL DEFAULT 'PARTITIONS',
    last_maintained_at TIMESTAMPTZ
);

CREATE TABLE sync.stations (
    -- 'central' is whose stamp the centre's own changes bear.
    station_id VARCHAR(50) PRIMARY KEY
        CONSTRAINT stations_id_form CHECK (station_id ~ '^[A-Za-z0-9][A-Za-z0-9_.-]*$' AND station_id <> 'central'),
    name VARCHAR(200) NOT NULL,
    -- A hash only: whoever reads the database cannot use what it holds. The token is 256 random bits.
    token_hash BYTEA NOT NULL CONSTRAINT stations_token_hash_unique UNIQUE
        CONSTRAINT stations_token_hash_sha256 CHECK (length(token_hash) = 32),
    token_expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    coverage_states TEXT[] NOT NULL DEFAULT '{}',
    visibility BIGINT NOT NULL DEFAULT 1,
    full_pull_txid XID8 NOT NULL DEFAULT '0',
    -- The greatest position of its telemetry that is settled.
    telemetry_position BIGINT NOT NULL DEFAULT 0,
    added_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_seen_at TIMESTAMPTZ
);

CREATE TABLE sync.ledger (
    station_id VARCHAR(50) NOT NULL REFERENCES sync.stations (station_id),
    incarnation INTEGER NOT NULL CONSTRAINT ledger_incarnation_range CHECK (incarnation >= 1),
    last_seq BIGINT NOT NULL DEFAULT 0,
    -- As the station wrote it, before clamping.
    last_stamp TEXT,
    -- Hashes of the stamps of the last batch's groups: a group that comes again must be the same one.
    recent_from BIGINT NOT NULL DEFAULT 1,
    recent BIGINT[] NOT NULL DEFAULT '{}',
    clamped_ms BIGINT NOT NULL DEFAULT 0,
    clamped_counter INTEGER NOT NULL DEFAULT 0,
    groups_settled BIGINT NOT NULL DEFAULT 0,
    last_push_at TIMESTAMPTZ,
    PRIMARY KEY (station_id, incarnation)
);

CREATE TABLE sync.runs (
    station_id VARCHAR(50) NOT NULL,
    incarnation INTEGER NOT NULL,
    run_id VARCHAR(100) NOT NULL,
    greeted_at TIMESTAMPTZ NOT NULL,
    superseded_at TIMESTAMPTZ,
    PRIMARY KEY (station_id, incarnation, run_id)
);

-- One entry a row, stamped anew with each change. No foreign key: an entry outlives its row.
CREATE SEQUENCE sync.change_seq;
CREATE TABLE sync.change_log (
    table_name TEXT NOT NULL,
    row_id TEXT NOT NULL,
    txid XID8 NOT NULL DEFAULT pg_current_xact_id(),
    seq BIGINT NOT NULL DEFAULT nextval('sync.change_seq'),
    origin TEXT,
    -- The emergency that it derives from.
    root TEXT,
    -- Who sees it: a state's code; '*' everybody; '' only its origin (a call whose state nobody asked).
    scope TEXT NOT NULL,
    was TEXT[] NOT NULL DEFAULT '{}',
    -- Stations whose own rows belong to this one although it is not theirs: those never go without it.
    also TEXT[] NOT NULL DEFAULT '{}',
    deleted BOOLEAN NOT NULL DEFAULT FALSE,
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (table_name, row_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX change_log_position ON sync.change_log (txid, seq);
CREATE INDEX change_log_root ON sync.change_log (root) WHERE root IS NOT NULL;
CREATE INDEX change_log_deleted ON sync.change_log (changed_at) WHERE deleted;

CREATE TABLE sync.rejected (
    station_id VARCHAR(50) NOT NULL,
    incarnation INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    sql_state VARCHAR(5) NOT NULL,
    sentence TEXT NOT NULL,
    detail TEXT,
    -- Of the group: offered again under another number, it is the same one.
    raw_stamp TEXT,
    changes JSONB NOT NULL,
    PRIMARY KEY (station_id, incarnation, seq)
);
CREATE INDEX rejected_raw_stamp ON sync.rejected (station_id, raw_stamp);
CREATE TABLE sync.rejected_telemetry (
    station_id VARCHAR(50) NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    sql_state VARCHAR(5) NOT NULL,
    "row" JSONB NOT NULL
);
CREATE INDEX rejected_telemetry_station ON sync.rejected_telemetry (station_id, at);

-- Changes of rows that can change, as the station stamped them. One that comes again, after a restore on either side and
-- under whatever number, is a repetition.
CREATE TABLE sync.applied_changes (
    table_name TEXT NOT NULL,
    row_id TEXT NOT NULL,
    raw_stamp TEXT NOT NULL,
    -- After clamping: what the station knows under the one has the other here.
    used_stamp TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (table_name, row_id, raw_stamp)
);
CREATE INDEX applied_changes_at ON sync.applied_changes USING brin (at);

-- S14: missions of two stations that fly what both believe to be the same drone.
CREATE TABLE sync.double_allocations (
    drone_id VARCHAR(50) NOT NULL,
    mission_id UUID NOT NULL,
    station_id VARCHAR(50) NOT NULL,
    other_mission_id UUID NOT NULL,
    other_station_id VARCHAR(50),
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (mission_id, other_mission_id)
);

CREATE TABLE sync.leases (
    drone_id VARCHAR(50) PRIMARY KEY,
    station_id VARCHAR(50) NOT NULL,
    mission_id UUID NOT NULL,
    until TIMESTAMPTZ NOT NULL
);

CREATE FUNCTION sync.embodiment() RETURNS TEXT LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat_ws(':', (SELECT system_identifier FROM pg_control_system()),
        (SELECT timeline_id FROM pg_control_checkpoint()),
        (SELECT oid FROM pg_database WHERE datname = current_database()));
$$;
INSERT INTO sync.server (embodiment) VALUES (sync.embodiment());

-- Later than `after`, and not before now: the centre's own place in the order of changes.
CREATE FUNCTION sync.central_stamp(after TEXT) RETURNS TEXT LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ms BIGINT := floor(extract(epoch FROM clock_timestamp()) * 1000);
    counter INTEGER := 0;
BEGIN
    IF after IS NOT NULL AND left(after, 15)::BIGINT >= ms THEN
        ms := left(after, 15)::BIGINT;
        counter := substr(after, 17, 5)::INTEGER + 1;
        IF counter > 99999 THEN
            ms := ms + 1;
            counter := 0;
        END IF;
    END IF;
    RETURN lpad(ms::TEXT, 15, '0') || '-' || lpad(counter::TEXT, 5, '0') || '-central~';
END;
$$;

CREATE FUNCTION sync.acting_station() RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('sync.station_id', TRUE), '');
$$;
-- What is shown to the acting station: the states that it covers, and '*'.
CREATE FUNCTION sync.acting_scopes() RETURNS TEXT[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('sync.scopes', TRUE), '')::TEXT[];
$$;

-- Root and scope of a row `n`, as SQL, and the join that finds them.
CREATE FUNCTION sync.derived_from(owner TEXT, key TEXT, owner_column TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE owner WHEN 'ALL' THEN 'NULL, ''*''' WHEN 'SELF' THEN format('n.%I::TEXT, coalesce(n.state, '''')', key)
        WHEN 'ROW' THEN 'owner.root, coalesce(owner.scope, '''')'
        ELSE format('owner.root, CASE WHEN n.%I IS NULL THEN ''*'' ELSE coalesce(owner.scope, '''') END',
            owner_column) END;
$$;
CREATE FUNCTION sync.derives_by(owner TEXT, owner_column TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN owner IN ('ALL', 'SELF') THEN '' ELSE 'LEFT JOIN sync.change_log AS owner ON '
        || CASE owner WHEN 'ROW' THEN 'owner.table_name = n.table_name AND owner.row_id = n.row_id'
            ELSE format('owner.table_name = %L AND owner.row_id = n.%I::TEXT', owner, owner_column) END END;
$$;

-- After each statement on a table that travels, whoever made it: a station's push, an administrator, a scheduled job.
-- TG_ARGV: the key column; where its scope comes from: 'ALL', 'SELF' (emergencies), 'ROW' (what it names by table_name
-- and row_id), or the table that it belongs to; the column that names it.
CREATE FUNCTION sync.note_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, sync, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    key TEXT := TG_ARGV[0];
    owner TEXT := TG_ARGV[1];
    hidden TEXT[] := (SELECT excluded FROM sync_tables WHERE table_name = TG_TABLE_NAME);
    is_merged BOOLEAN := (SELECT rule <> 'UNION' FROM sync_tables WHERE table_name = TG_TABLE_NAME);
    changed TEXT := CASE WHEN TG_OP <> 'UPDATE' OR sync_is_applying() THEN '' ELSE format(
        'WHERE NOT EXISTS (SELECT FROM removed AS o
            WHERE o.%1$I = n.%1$I AND to_jsonb(o) - $1::TEXT[] = to_jsonb(n) - $1::TEXT[])', key) END;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('sync.retention', TRUE) = 'on' THEN
            -- Every side removes what is too old in its own time: there is nothing to tell.
            EXECUTE format('DELETE FROM sync.change_log USING removed
                WHERE table_name = %L AND row_id = removed.%I::TEXT', TG_TABLE_NAME, key);
            RETURN NULL;
        END IF;
        EXECUTE format('UPDATE sync.change_log SET txid = pg_current_xact_id(), seq = nextval(''sync.change_seq''),
                deleted = TRUE, changed_at = now()
            FROM removed WHERE table_name = %L AND row_id = removed.%I::TEXT', TG_TABLE_NAME, key);
        IF is_merged AND NOT sync_is_applying() THEN
            EXECUTE format('WITH gone AS (
                    DELETE FROM sync_stamps USING removed WHERE table_name = %1$L AND row_id = removed.%2$I::TEXT
                    RETURNING row_id, stamps, to_jsonb(removed) AS "row")
                INSERT INTO sync_tombstones AS kept (table_name, row_id, stamp, "row", stamps)
                SELECT %1$L, row_id, sync.central_stamp((SELECT max(value COLLATE "C") FROM jsonb_each_text(stamps))),
                    "row", stamps FROM gone
                ON CONFLICT (table_name, row_id) DO UPDATE
                    SET stamp = excluded.stamp, "row" = excluded."row", stamps = excluded.stamps',
                TG_TABLE_NAME, key);
        END IF;
        RETURN NULL;
    END IF;

    EXECUTE format('INSERT INTO sync.change_log AS entry (table_name, row_id, root, scope, origin, also)
        SELECT %1$L, n.%2$I::TEXT, %3$s FROM added AS n %4$s %5$s
        ORDER BY 2
        ON CONFLICT (table_name, row_id) DO UPDATE SET txid = excluded.txid, seq = excluded.seq, deleted = FALSE,
            changed_at = now(), root = excluded.root, scope = excluded.scope,
            was = CASE WHEN entry.scope = excluded.scope OR entry.scope = ANY (entry.was) THEN entry.was
                ELSE entry.was || entry.scope END',
        TG_TABLE_NAME, key,
        sync.derived_from(owner, key, TG_ARGV[2]) || CASE owner WHEN 'ROW' THEN ', NULL, owner.also || owner.origin'
            ELSE ', sync.acting_station(), ''{}''::TEXT[]' END,
        sync.derives_by(owner, TG_ARGV[2]),
        changed) USING hidden;

    IF TG_OP = 'INSERT' AND owner NOT IN ('ALL', 'SELF', 'ROW') AND sync.acting_station() IS NOT NULL THEN
        EXECUTE format('WITH owners AS (SELECT DISTINCT o.table_name, o.row_id, o.root FROM added AS n
                JOIN sync.change_log AS o ON o.table_name = %L AND o.row_id = n.%I::TEXT)
            UPDATE sync.change_log AS entry SET also = entry.also || sync.acting_station(),
                txid = pg_current_xact_id(), seq = nextval(''sync.change_seq''), changed_at = now()
            WHERE ((entry.table_name, entry.row_id) IN (SELECT table_name, row_id FROM owners)
                OR (entry.table_name, entry.row_id) IN (SELECT ''emergencies'', root FROM owners))
                AND entry.origin IS DISTINCT FROM sync.acting_station()
                AND NOT (sync.acting_station() = ANY (entry.also))', owner, TG_ARGV[2]);
    END IF;
    -- What derives from a call that turns out to be in another state goes with it.
    IF owner = 'SELF' AND TG_OP = 'UPDATE' THEN
        EXECUTE format('WITH moved AS (SELECT n.%1$I::TEXT AS root, coalesce(n.state, '''') AS scope
                FROM added AS n JOIN removed AS o ON o.%1$I = n.%1$I WHERE n.state IS DISTINCT FROM o.state)
            UPDATE sync.change_log AS derived SET scope = moved.scope, txid = pg_current_xact_id(),
                seq = nextval(''sync.change_seq''), changed_at = now(), was = CASE
                    WHEN derived.scope = ANY (derived.was) THEN derived.was ELSE derived.was || derived.scope END
            FROM moved WHERE derived.root = moved.root AND derived.scope <> moved.scope', key);
    END IF;

    IF is_merged AND NOT sync_is_applying() THEN
        EXECUTE format('INSERT INTO sync_stamps AS kept (table_name, row_id, stamps)
            SELECT %1$L, n.%2$I::TEXT, %3$s FROM added AS n %4$s %5$s
            ON CONFLICT (table_name, row_id) DO UPDATE SET stamps = kept.stamps || excluded.stamps',
            TG_TABLE_NAME, key,
            CASE TG_OP WHEN 'INSERT' THEN 'jsonb_build_object(''*'', sync.central_stamp(NULL))' ELSE
                '(SELECT jsonb_object_agg(c.key, sync.central_stamp(
                    (SELECT max(value COLLATE "C") FROM jsonb_each_text(s.stamps))))
                FROM jsonb_each(to_jsonb(n) - $1::TEXT[]) AS c WHERE c.value IS DISTINCT FROM to_jsonb(o) -> c.key)' END,
            CASE TG_OP WHEN 'UPDATE' THEN format('JOIN removed AS o ON o.%1$I = n.%1$I LEFT JOIN sync_stamps AS s
                ON s.table_name = %2$L AND s.row_id = n.%1$I::TEXT', key, TG_TABLE_NAME) END,
            changed) USING hidden;
    END IF;
    RETURN NULL;
END;
$$;

RESET ROLE;

-- An administrator's change of a zone builds on the version in force, like everybody's.
CREATE FUNCTION sync_count_zone_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT sync_is_applying() AND NEW.version = OLD.version THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER sync_count_zone_version BEFORE UPDATE ON no_fly_zones
    FOR EACH ROW EXECUTE FUNCTION sync_count_zone_version();

-- Stations pull everything again when what they may see has changed.
CREATE FUNCTION sync_count_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.visibility := OLD.visibility + 1;
    RETURN NEW;
END;
$$;
CREATE TRIGGER sync_count_visibility BEFORE UPDATE OF coverage_states ON sync.stations FOR EACH ROW
    WHEN (OLD.coverage_states IS DISTINCT FROM NEW.coverage_states) EXECUTE FUNCTION sync_count_visibility();

-- Lets a table of the catalogue travel: rights, row-level security and the triggers that note its changes. A later
-- migration that adds a table to the catalogue calls it. `owner`: see note_changes.
CREATE PROCEDURE sync_watch(asked_table TEXT, owner TEXT, owner_column TEXT) LANGUAGE plpgsql AS $$
DECLARE
    key TEXT := (SELECT key_column FROM sync_tables WHERE table_name = asked_table);
    sees TEXT := 'EXISTS (SELECT FROM sync.change_log AS l WHERE l.table_name = %L AND l.row_id = %I.%I::TEXT
        AND (l.scope = ANY ((SELECT sync.acting_scopes())::TEXT[]) OR l.origin = (SELECT sync.acting_station())
            OR (SELECT sync.acting_station()) = ANY (l.also))
        -- One look by key a row; never a table of all that there is.
        OFFSET 0)';
    sees_row TEXT := format(sees, asked_table, asked_table, key);
    adds_row TEXT := CASE WHEN owner IN ('ALL', 'SELF', 'ROW') THEN '(SELECT sync.acting_station()) IS NOT NULL'
        ELSE format('%I.%I IS NULL OR %s', asked_table, owner_column,
            format(sees, owner, asked_table, owner_column)) END;
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO skyrescue_sync_owner', asked_table);
    EXECUTE format('CREATE TRIGGER sync_note_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION sync.note_changes(%L, %L, %L)', asked_table, key, owner, owner_column);
    EXECUTE format('CREATE TRIGGER sync_note_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS removed NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION sync.note_changes(%L, %L, %L)', asked_table, key, owner, owner_column);
    EXECUTE format('CREATE TRIGGER sync_note_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS removed
        FOR EACH STATEMENT EXECUTE FUNCTION sync.note_changes(%L, %L, %L)', asked_table, key, owner, owner_column);
    IF owner <> 'ALL' THEN
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', asked_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', asked_table);
        IF NOT EXISTS (SELECT FROM pg_policies WHERE tablename = asked_table AND policyname = 'station_sees_all') THEN
            EXECUTE format('CREATE POLICY station_sees_all ON %I TO skyrescue_station USING (TRUE)', asked_table);
        END IF;
        EXECUTE format('CREATE POLICY sync_sees ON %I FOR SELECT TO skyrescue_sync_owner USING (%s)',
            asked_table, sees_row);
        EXECUTE format('CREATE POLICY sync_adds ON %I FOR INSERT TO skyrescue_sync_owner WITH CHECK (%s)',
            asked_table, adds_row);
        EXECUTE format('CREATE POLICY sync_changes ON %I FOR UPDATE TO skyrescue_sync_owner USING (%s)
            WITH CHECK (TRUE)', asked_table, sees_row);
        EXECUTE format('CREATE POLICY sync_removes ON %I FOR DELETE TO skyrescue_sync_owner USING (%s)',
            asked_table, sees_row);
    END IF;
    -- Rows that were there before: the centre's own.
    EXECUTE format('INSERT INTO sync.change_log (table_name, row_id, root, scope)
        SELECT %L, n.%I::TEXT, %s FROM %I AS n %s', asked_table, key, sync.derived_from(owner, key, owner_column),
        asked_table, sync.derives_by(owner, owner_column));
    IF (SELECT rule <> 'UNION' FROM sync_tables WHERE table_name = asked_table) THEN
        EXECUTE format('INSERT INTO sync_stamps (table_name, row_id, stamps)
            SELECT %L, %I::TEXT, ''{"*": "000000000000000-00000-central~"}'' FROM %I ON CONFLICT DO NOTHING',
            asked_table, key, asked_table);
    END IF;
END;
$$;
REVOKE ALL ON PROCEDURE sync_watch(TEXT, TEXT, TEXT) FROM PUBLIC;

CALL sync_watch('base_stations', 'ALL', NULL);
CALL sync_watch('ai_model_versions', 'ALL', NULL);
CALL sync_watch('no_fly_zones', 'ALL', NULL);
CALL sync_watch('drones', 'ALL', NULL);
CALL sync_watch('emergencies', 'SELF', NULL);
CALL sync_watch('missions', 'emergencies', 'emergency_id');
CALL sync_watch('mission_events', 'missions', 'mission_id');
CALL sync_watch('voice_transcripts', 'missions', 'mission_id');
CALL sync_watch('weather_conditions', 'missions', 'mission_id');
CALL sync_watch('sync_conflicts', 'ROW', NULL);
-- Added to and never read.
GRANT INSERT ON audit_log TO skyrescue_sync_owner;
