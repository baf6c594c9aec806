-- What a station and the central server share of keeping one set of records between them (docs/sync.md).

-- Which tables travel, and how versions of a row become one. Parents come before what refers to them. A later
-- migration that adds a table says here whether it travels; accounts, sessions and limits never do.
CREATE TABLE sync_tables (
    table_name VARCHAR(63) PRIMARY KEY,
    apply_order INTEGER NOT NULL CONSTRAINT sync_tables_apply_order_unique UNIQUE,
    key_column VARCHAR(63) NOT NULL,
    rule VARCHAR(10) NOT NULL CONSTRAINT sync_tables_rule_known CHECK (rule IN ('COLUMNS', 'UNION', 'ZONE')),
    -- What each side keeps for itself.
    excluded TEXT[] NOT NULL DEFAULT '{}',
    -- Whether stations get the rows of others.
    pulled BOOLEAN NOT NULL DEFAULT TRUE,
    -- Rows that are older by this column are removed by retention on every side in its own time: they are neither taken
    -- over nor compared.
    kept_by VARCHAR(63),
    kept_for_days INTEGER,
    -- What a row refers to: the table by the column that holds the key.
    parents JSONB NOT NULL DEFAULT '{}'
);
INSERT INTO sync_tables (table_name, apply_order, key_column, rule, excluded, pulled, parents) VALUES
    ('base_stations', 10, 'base_station_id', 'COLUMNS', '{updated_at}', TRUE, '{}'),
    ('ai_model_versions', 20, 'model_version_id', 'COLUMNS', '{}', TRUE, '{}'),
    ('no_fly_zones', 30, 'zone_id', 'ZONE', '{updated_at}', TRUE, '{}'),
    ('drones', 40, 'drone_id', 'COLUMNS',
        '{updated_at,mavlink_system_id,battery_level,current_location,current_altitude_meters}', TRUE,
        '{"base_station_id": "base_stations"}'),
    ('emergencies', 50, 'emergency_id', 'COLUMNS', '{updated_at,served}', TRUE, '{}'),
    ('missions', 60, 'mission_id', 'COLUMNS', '{updated_at}', TRUE,
        '{"emergency_id": "emergencies", "drone_id": "drones"}'),
    ('mission_events', 70, 'event_id', 'UNION', '{recorded_order}', TRUE, '{"mission_id": "missions"}'),
    ('voice_transcripts', 80, 'transcript_id', 'UNION', '{}', TRUE, '{"mission_id": "missions"}'),
    ('weather_conditions', 90, 'weather_id', 'UNION', '{}', TRUE, '{"mission_id": "missions"}'),
    ('audit_log', 100, 'audit_id', 'UNION', '{recorded_order}', FALSE, '{}'),
    ('sync_conflicts', 110, 'conflict_id', 'COLUMNS', '{}', TRUE, '{}');
UPDATE sync_tables SET kept_by = 'timestamp', kept_for_days = 7 WHERE table_name = 'voice_transcripts';

-- Who wrote which column last. '*' stands for every column that is not named: a row that was never changed has nothing
-- else. Rows of UNION tables are here only if they brought columns that this version has no place for.
CREATE TABLE sync_stamps (
    table_name VARCHAR(63) NOT NULL,
    row_id VARCHAR(100) NOT NULL,
    stamps JSONB NOT NULL,
    -- Columns of a newer version, kept and handed on as they came.
    unknown JSONB,
    -- The station that made the row; NULL: the centre, or not known.
    origin VARCHAR(50),
    PRIMARY KEY (table_name, row_id)
);

-- What was deleted, and all that is needed to bring it back if a later change says so.
CREATE TABLE sync_tombstones (
    table_name VARCHAR(63) NOT NULL,
    row_id VARCHAR(100) NOT NULL,
    stamp VARCHAR(80) NOT NULL,
    "row" JSONB,
    stamps JSONB,
    PRIMARY KEY (table_name, row_id)
);

-- Values that were overwritten, or not taken, by somebody who had not seen the other: both are kept until a person has
-- decided. The centre finds them; stations get them like any other record and send back what was decided.
CREATE TABLE sync_conflicts (
    conflict_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    table_name VARCHAR(63) NOT NULL,
    row_id VARCHAR(100) NOT NULL,
    in_force JSONB NOT NULL,
    other JSONB NOT NULL,
    in_force_stamp VARCHAR(80),
    other_stamp VARCHAR(80) NOT NULL,
    other_station_id VARCHAR(50) NOT NULL,
    -- The other one deleted the row.
    other_deletes BOOLEAN NOT NULL DEFAULT FALSE,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    decided_at TIMESTAMPTZ,
    decided_by VARCHAR(100),
    decision VARCHAR(20) CONSTRAINT sync_conflicts_decision_known CHECK (decision IN ('KEEP', 'TAKE_OTHER')),
    CONSTRAINT sync_conflicts_decided_whole
        CHECK ((decided_at IS NULL) = (decision IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL))
);
CREATE INDEX idx_sync_conflicts_open ON sync_conflicts (at) WHERE decision IS NULL;
CREATE INDEX idx_sync_conflicts_row ON sync_conflicts (table_name, row_id);

-- The station that flies the mission. NULL: it was made before its station was connected.
ALTER TABLE missions ADD COLUMN station_id VARCHAR(50);
-- Two stations may, without a network between them, each have sent what they believe to be the same drone. Both
-- missions are true; a person resolves them.
DROP INDEX missions_one_unfinished_per_drone;
CREATE UNIQUE INDEX missions_one_unfinished_per_drone ON missions ((coalesce(station_id, '')), drone_id)
    WHERE status NOT IN ('COMPLETED', 'ABORTED');

-- Whether what is written comes from elsewhere. A person cannot say so.
CREATE FUNCTION sync_is_applying() RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('app.sync', TRUE), '') = 'on' AND current_user <> 'skyrescue_person';
$$;

-- F5 across stations: an abort is on top of everything, in whatever order the two arrive.
CREATE FUNCTION mission_status_merge_rank(status TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE status WHEN 'ABORTED' THEN 8 ELSE coalesce(mission_status_rank(status), 0) END;
$$;

CREATE OR REPLACE FUNCTION guard_mission() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    outcome_fields TEXT[] := ARRAY['aed_successfully_deployed', 'bystander_used_aed', 'shock_delivered',
        'ambulance_arrival_time', 'patient_outcome', 'flight_path', 'updated_at'];
BEGIN
    -- 'deciding': a person has decided between two stations' values.
    IF sync_is_applying() OR
        (current_setting('app.sync', TRUE) = 'deciding' AND current_user <> 'skyrescue_person') THEN
        IF mission_status_merge_rank(NEW.status) < mission_status_merge_rank(OLD.status) THEN
            RAISE EXCEPTION 'Mission % cannot go back from % to %.', OLD.mission_id, OLD.status, NEW.status
                USING ERRCODE = 'SR003';
        END IF;
    ELSIF OLD.status IN ('COMPLETED', 'ABORTED') THEN
        IF to_jsonb(NEW) - outcome_fields <> to_jsonb(OLD) - outcome_fields THEN
            RAISE EXCEPTION 'Mission % is over.', OLD.mission_id USING ERRCODE = 'SR001';
        END IF;
    ELSIF mission_status_rank(NEW.status) < mission_status_rank(OLD.status) THEN
        RAISE EXCEPTION 'Mission % cannot go back from % to %.', OLD.mission_id, OLD.status, NEW.status
            USING ERRCODE = 'SR003';
    END IF;
    RETURN NEW;
END;
$$;

-- A column's stamp; '' where nobody has ever written it, which sorts before every stamp.
CREATE FUNCTION sync_stamp_of(stamps JSONB, column_name TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(stamps ->> column_name, stamps ->> '*', '') COLLATE "C";
$$;

-- The columns of a table that travel and that this version knows.
CREATE FUNCTION sync_columns(asked_table TEXT) RETURNS TEXT[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(attname::TEXT ORDER BY attnum)
    FROM pg_attribute, sync_tables
    WHERE attrelid = to_regclass('public.' || quote_ident(asked_table)) AND attnum > 0 AND NOT attisdropped
        AND table_name = asked_table AND attname <> ALL (excluded);
$$;

-- Two versions of a row into one, column by column: the later stamp wins, a mission's status goes by its rank. Equal
-- stamps with different values come from copies of one station's disk: any order will do that everybody shares.
-- `incoming` may hold some of the columns only. `taken`: what changes in `current`; `lost`: what of `incoming` was not
-- taken although it differs; `stamps`: those of the result.
CREATE FUNCTION sync_merge_columns(asked_table TEXT, "current" JSONB, current_stamps JSONB, incoming JSONB,
    incoming_stamps JSONB, OUT taken JSONB, OUT lost JSONB, OUT stamps JSONB) LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    -- plpgsql keeps the plan from one row to the next.
    WITH compared AS (
        SELECT key, value, coalesce("current" -> key, 'null') AS held,
            sync_stamp_of(incoming_stamps, key) AS theirs, sync_stamp_of(current_stamps, key) AS ours,
            CASE WHEN asked_table = 'missions' AND key = 'status' THEN mission_status_merge_rank(value #>> '{}')
                - mission_status_merge_rank("current" ->> key) ELSE 0 END AS rank_ahead
        FROM jsonb_each(incoming)
    ), judged AS (
        SELECT *, rank_ahead > 0 OR (rank_ahead = 0 AND
            (theirs > ours OR (theirs = ours AND value::TEXT COLLATE "C" > held::TEXT COLLATE "C"))) AS wins
        FROM compared
    )
    SELECT coalesce(jsonb_object_agg(key, value) FILTER (WHERE wins AND value <> held), '{}'),
        coalesce(jsonb_object_agg(key, value) FILTER (WHERE NOT wins AND value <> held), '{}'),
        coalesce(current_stamps, '{}') || coalesce(jsonb_object_agg(key, theirs) FILTER (WHERE wins), '{}')
    INTO taken, lost, stamps FROM judged;
END;
$$;

-- The version of a zone that forbids whatever either forbids. Where neither outline covers the other, what lies between
-- them is forbidden too: too much is safe.
CREATE FUNCTION sync_stricter_zone(one no_fly_zones, other no_fly_zones) RETURNS no_fly_zones
    LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    joined no_fly_zones := one;
BEGIN
    joined.active := one.active OR other.active;
    -- NULL: at every altitude, since ever, until for ever.
    joined.altitude_restriction_meters := CASE
        WHEN one.altitude_restriction_meters IS NOT NULL AND other.altitude_restriction_meters IS NOT NULL
        THEN greatest(one.altitude_restriction_meters, other.altitude_restriction_meters) END;
    joined.start_time := CASE WHEN one.start_time IS NOT NULL AND other.start_time IS NOT NULL
        THEN least(one.start_time, other.start_time) END;
    joined.end_time := CASE WHEN one.end_time IS NOT NULL AND other.end_time IS NOT NULL
        THEN greatest(one.end_time, other.end_time) END;
    joined.zone_polygon := CASE
        WHEN ST_Covers(one.zone_polygon::geometry, other.zone_polygon::geometry) THEN one.zone_polygon
        WHEN ST_Covers(other.zone_polygon::geometry, one.zone_polygon::geometry) THEN other.zone_polygon
        ELSE ST_ConvexHull(ST_Collect(one.zone_polygon::geometry, other.zone_polygon::geometry))::geography END;
    RETURN joined;
END;
$$;

-- Checksums (S8): a table's rows fall into 256 buckets; a bucket's digest is the sum of its rows'. Columns that are
-- NULL count for nothing, so that a side with a newer schema finds no difference.
CREATE FUNCTION sync_bucket(row_id TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(md5(row_id), 2);
$$;
CREATE FUNCTION sync_row_digest(row_id TEXT, columns JSONB) RETURNS NUMERIC LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('x' || left(md5(row_id || '|' || jsonb_strip_nulls(columns)::TEXT), 15))::BIT(60)::BIGINT::NUMERIC;
$$;

-- A migration that adds a column to a table that travels calls this: what newer versions sent in the meantime is put
-- in its place.
CREATE FUNCTION sync_adopt_unknown(asked_table TEXT) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    known TEXT[] := sync_columns(asked_table);
    key TEXT := (SELECT key_column FROM sync_tables WHERE table_name = asked_table);
    field TEXT;
BEGIN
    PERFORM set_config('app.sync', 'on', TRUE);
    FOREACH field IN ARRAY known LOOP
        EXECUTE format('UPDATE %1$I SET %2$I = (jsonb_populate_record(NULL::%1$I,
                jsonb_build_object(%2$L, unknown -> %2$L))).%2$I
            FROM sync_stamps WHERE table_name = %1$L AND row_id = %3$I::TEXT AND unknown ? %2$L',
            asked_table, field, key);
    END LOOP;
    UPDATE sync_stamps SET unknown = nullif(unknown - known, '{}')
    WHERE table_name = asked_table AND unknown ?| known;
    PERFORM set_config('app.sync', '', TRUE);
END;
$$;
