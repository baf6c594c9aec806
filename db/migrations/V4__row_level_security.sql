-- Who sees what, decided by the database itself. Two roles that nobody can sign in as; the program takes one of them at
-- the start of each transaction (SET LOCAL ROLE) and gives it back at its end:
--   skyrescue_station  the station acting for nobody: flight recorder, recovery, zones, fleet, identity, audit;
--   skyrescue_person   a person, whose id the transaction carries in app.dispatcher_id.
-- Roles belong to a whole server, where an earlier database or an administrator may have made them already.
DO $$
DECLARE
    wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['skyrescue_station', 'skyrescue_person'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', wanted);
        END IF;
    END LOOP;
END;
$$;
-- Whoever migrates owns the tables. FORCE holds for owners too, so later migrations need the station's sight.
GRANT skyrescue_station TO CURRENT_USER;

GRANT USAGE ON SCHEMA public TO skyrescue_station, skyrescue_person;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO skyrescue_station;
REVOKE INSERT, UPDATE, DELETE ON flyway_schema_history FROM skyrescue_station;
-- Tables of later migrations. A person gets nothing of a new table unless its migration says so.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO skyrescue_station;

-- No DELETE: nothing is ever deleted for a person. No accounts, sessions or audit: those the station keeps itself.
GRANT SELECT ON base_stations, ai_model_versions, telemetry, telemetry_1min, voice_transcripts, active_missions,
    fleet_availability TO skyrescue_person;
GRANT SELECT, INSERT ON mission_events, weather_conditions TO skyrescue_person;
GRANT SELECT, INSERT, UPDATE ON emergencies, missions, drones, no_fly_zones TO skyrescue_person;
-- A launch counts for whoever launched.
GRANT SELECT (dispatcher_id, total_launches), UPDATE (total_launches) ON dispatchers TO skyrescue_person;

CREATE FUNCTION acting_person() RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('app.dispatcher_id', TRUE), '');
$$;

-- The functions below look with their owner's eyes: a person may not read the accounts, nor the missions of others.
-- They take no argument from a row, so that a policy asks them once a statement.
CREATE FUNCTION person_sees_all() RETURNS BOOLEAN LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM dispatchers
        WHERE dispatcher_id = acting_person() AND active AND role IN ('SUPERVISOR', 'ADMIN'));
$$;

-- The states that the person covers, and '' for a call whose state nobody has asked yet. NULL: no such account.
CREATE FUNCTION person_coverage() RETURNS TEXT[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT coalesce(coverage_states, '{}') || ''::TEXT FROM dispatchers
    WHERE dispatcher_id = acting_person() AND active;
$$;

CREATE FUNCTION person_dispatch_center() RETURNS VARCHAR LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT dispatch_center_id FROM dispatchers WHERE dispatcher_id = acting_person() AND active;
$$;

-- A drone is busy for everybody, whoever may see its mission.
CREATE FUNCTION drone_on_mission(asked_drone_id TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM missions WHERE drone_id = asked_drone_id AND status NOT IN ('COMPLETED', 'ABORTED'));
$$;

DO $$
DECLARE
    sensitive TEXT;
BEGIN
    FOREACH sensitive IN ARRAY ARRAY['emergencies', 'missions', 'mission_events', 'telemetry', 'telemetry_1min',
        'voice_transcripts', 'weather_conditions', 'dispatchers'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', sensitive);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', sensitive);
        EXECUTE format('CREATE POLICY station_sees_all ON %I TO skyrescue_station USING (TRUE) WITH CHECK (TRUE)',
            sensitive);
    END LOOP;
END;
$$;

-- Supervisors and administrators of the station see everything; a dispatcher what happens in the states covered.
-- A call without a state must not be lost because nobody asked: the dispatch centre that took it sees it, and where it
-- names no centre, every dispatcher of the station that holds it.
CREATE POLICY person_coverage ON emergencies TO skyrescue_person USING (
    (SELECT person_sees_all())
    OR (coalesce(state, '') = ANY ((SELECT person_coverage())::TEXT[])
        AND (state IS NOT NULL OR dispatch_center_id IS NULL
            OR dispatch_center_id = (SELECT person_dispatch_center())))
);
ALTER TABLE emergencies ALTER COLUMN dispatch_center_id SET DEFAULT person_dispatch_center();

-- What derives from an emergency is seen by whoever sees the emergency. The inner table's own policy decides.
CREATE POLICY person_coverage ON missions TO skyrescue_person USING (
    (SELECT person_sees_all())
    OR EXISTS (SELECT FROM emergencies WHERE emergencies.emergency_id = missions.emergency_id)
);
DO $$
DECLARE
    derived TEXT;
BEGIN
    FOREACH derived IN ARRAY ARRAY['mission_events', 'telemetry', 'telemetry_1min', 'voice_transcripts'] LOOP
        EXECUTE format('CREATE POLICY person_coverage ON %1$I TO skyrescue_person USING (
            (SELECT person_sees_all()) OR EXISTS (SELECT FROM missions WHERE missions.mission_id = %1$I.mission_id))',
            derived);
    END LOOP;
END;
$$;
-- Weather that was observed for no mission is nobody's secret.
CREATE POLICY person_coverage ON weather_conditions TO skyrescue_person USING (
    mission_id IS NULL OR (SELECT person_sees_all())
    OR EXISTS (SELECT FROM missions WHERE missions.mission_id = weather_conditions.mission_id)
);
CREATE POLICY person_is_self ON dispatchers TO skyrescue_person
    USING (dispatcher_id = (SELECT acting_person()));

-- A view looks with its owner's eyes unless it is told otherwise (PostgreSQL 15).
ALTER VIEW active_missions SET (security_invoker = TRUE);
ALTER VIEW fleet_availability SET (security_invoker = TRUE);

-- What has happened cannot lie in the future. "Now" is the time of the station that writes (app.now), because the
-- demo's clock may run faster than the machine's; whoever says nothing is held to the machine's. Records that come from
-- another station are that station's word: what takes them over says app.now = 'infinity'. Sixty seconds are allowed
-- for clocks that differ. Triggers instead of CHECK constraints, because only what is written now is judged: a later
-- change of another column, or a restore on a machine whose clock is behind, must not fail on an old value.
CREATE FUNCTION latest_time() RETURNS TIMESTAMPTZ LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('app.now', TRUE), '')::TIMESTAMPTZ, now()) + INTERVAL '60 seconds';
$$;

-- Called only when a time is known to be too late; finds out which of the named columns it is.
CREATE FUNCTION refuse_future() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written JSONB := to_jsonb(NEW);
    before JSONB := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
    field TEXT;
BEGIN
    FOREACH field IN ARRAY TG_ARGV LOOP
        IF (written ->> field)::TIMESTAMPTZ > latest_time() AND written -> field IS DISTINCT FROM before -> field THEN
            RAISE EXCEPTION '% of % lies in the future.', field, TG_TABLE_NAME USING ERRCODE = 'check_violation',
                TABLE = TG_TABLE_NAME, COLUMN = field, CONSTRAINT = TG_TABLE_NAME || '_' || field || '_not_future';
        END IF;
    END LOOP;
    RETURN NEW;
END;
$$;

DO $$
DECLARE
    past RECORD;
    written TEXT;
    changed TEXT;
    names TEXT;
BEGIN
    FOR past IN SELECT * FROM (VALUES
        ('emergencies', ARRAY['call_timestamp', 'closed_at']),
        ('missions', ARRAY['launch_time', 'arrival_time', 'aed_deployed_time', 'completion_time', 'abort_time',
            'ambulance_arrival_time']),
        ('mission_events', ARRAY['timestamp']),
        ('voice_transcripts', ARRAY['timestamp']),
        ('weather_conditions', ARRAY['observation_time']),
        ('drones', ARRAY['last_mission_at', 'last_maintenance_at'])
    ) AS listed (table_name, fields) LOOP
        SELECT string_agg(format('NEW.%I', field), ', '), string_agg(format('nullif(NEW.%1$I, OLD.%1$I)', field), ', '),
            string_agg(quote_literal(field), ', ')
            INTO written, changed, names FROM unnest(past.fields) AS field;
        EXECUTE format('CREATE TRIGGER refuse_future_insert BEFORE INSERT ON %I FOR EACH ROW
            WHEN (greatest(%s) > latest_time()) EXECUTE FUNCTION refuse_future(%s)',
            past.table_name, written, names);
        EXECUTE format('CREATE TRIGGER refuse_future_update BEFORE UPDATE ON %I FOR EACH ROW
            WHEN (greatest(%s) > latest_time()) EXECUTE FUNCTION refuse_future(%s)',
            past.table_name, changed, names);
    END LOOP;
END;
$$;

-- Telemetry comes by the thousand: one look at each statement.
CREATE FUNCTION refuse_future_telemetry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT max(time) FROM added) > latest_time() THEN
        RAISE EXCEPTION 'time of telemetry lies in the future.' USING ERRCODE = 'check_violation',
            TABLE = 'telemetry', COLUMN = 'time', CONSTRAINT = 'telemetry_time_not_future';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER refuse_future_telemetry AFTER INSERT ON telemetry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_future_telemetry();

-- GEOGRAPHY quietly moves a latitude of 95° to 85° on the other side of the pole. Every position is written through
-- this, which refuses it instead.
CREATE FUNCTION on_earth(place GEOMETRY) RETURNS GEOGRAPHY LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF NOT (ST_YMin(place) >= -90 AND ST_YMax(place) <= 90) THEN
        RAISE EXCEPTION 'The latitude is not between -90 and 90.' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'position_latitude_range';
    ELSIF NOT (ST_XMin(place) >= -180 AND ST_XMax(place) <= 180) THEN
        RAISE EXCEPTION 'The longitude is not between -180 and 180.' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'position_longitude_range';
    END IF;
    RETURN place::GEOGRAPHY;
END;
$$;

-- Corners on both sides of the 180° meridian: as a polygon of degrees it would span the world the wrong way round.
ALTER TABLE no_fly_zones ADD CONSTRAINT no_fly_zones_polygon_one_side
    CHECK (ST_XMax(zone_polygon::geometry) - ST_XMin(zone_polygon::geometry) <= 180);
