-- The centre's side of V15: conflicts name people, and two stations that flew one drone are told (S14).

-- Of a function's body these words alone change; all else stays as earlier migrations made it.
CREATE PROCEDURE pg_temp.amend(target REGPROCEDURE, before TEXT, after TEXT) LANGUAGE plpgsql AS $$
DECLARE
    body TEXT := pg_get_functiondef(target);
BEGIN
    IF length(replace(body, before, '')) <> length(body) - length(before) THEN
        RAISE EXCEPTION '% does not have "%" exactly once.', target, before;
    END IF;
    EXECUTE replace(body, before, after);
END;
$$;

SET LOCAL ROLE skyrescue_sync_owner;

ALTER TYPE sync.change ADD ATTRIBUTE person TEXT;
ALTER TABLE sync.applied_changes ADD COLUMN person TEXT;
CALL pg_temp.amend('sync.push(TEXT, INTEGER, TEXT, JSONB)', 'c.value ->> ''stamp'')::sync.change',
    'c.value ->> ''stamp'', left(c.value ->> ''by'', 200))::sync.change');
CALL pg_temp.amend('sync.clamp(sync.ledger, sync.change[])', 'replaced, raw_stamp)::sync.change',
    'replaced, raw_stamp, person)::sync.change');
CALL pg_temp.amend('sync.apply(sync.change[])', '(table_name, row_id, raw_stamp, used_stamp)',
    '(table_name, row_id, raw_stamp, used_stamp, person)');
CALL pg_temp.amend('sync.apply(sync.change[])', 'change.raw_stamp, change.stamp)',
    'change.raw_stamp, change.stamp, change.person)');

-- In the words that a person gets.
CALL pg_temp.amend('sync.apply(sync.change[])',
    'A change without a proper stamp.'' USING ERRCODE = ''invalid_parameter_value''',
    'A change has no proper time stamp, so nobody can tell what it follows. Update SkyRescue at this station, then change the record again.''');

CREATE FUNCTION sync.author_of(asked_table TEXT, asked_row TEXT, stamp TEXT) RETURNS TEXT LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT person FROM sync.applied_changes AS a
    WHERE a.table_name = asked_table AND a.row_id = asked_row AND a.used_stamp = stamp AND person IS NOT NULL LIMIT 1;
$$;
CALL pg_temp.amend('sync.keep_conflict(sync.change, JSONB, TEXT, JSONB, TEXT)', 'other_station_id, other_deletes)',
    'other_station_id, other_deletes, in_force_by, other_by)');
CALL pg_temp.amend('sync.keep_conflict(sync.change, JSONB, TEXT, JSONB, TEXT)', 'other IS NULL);',
    'other IS NULL,
        sync.author_of(change.table_name, change.row_id, in_force_stamp),
        sync.author_of(change.table_name, change.row_id, other_stamp));');

-- F9: who changes a zone that was in force for them means it to be. Switched off meanwhile, unseen, it is on again, and a
-- person decides: as with a removal.
CALL pg_temp.amend('sync.merge_zone(sync.change, TEXT, JSONB, JSONB)', '    in_force JSONB;', '    in_force JSONB;
    switched_off TEXT := public.sync_stamp_of(stamps, ''active'');
    revived BOOLEAN := NOT held.active AND NOT change.columns ? ''active''
        AND switched_off COLLATE "C" > coalesce(change.replaced ->> ''version'', '''');');
CALL pg_temp.amend('sync.merge_zone(sync.change, TEXT, JSONB, JSONB)', 'jsonb_build_object(''active'', z.active,',
    'jsonb_build_object(''active'', z.active OR revived,');
CALL pg_temp.amend('sync.merge_zone(sync.change, TEXT, JSONB, JSONB)',
    'greatest(public.sync_stamp_of(stamps, ''version'') COLLATE "C", change.stamp COLLATE "C")));',
    'greatest(public.sync_stamp_of(stamps, ''version'') COLLATE "C", change.stamp COLLATE "C"))
            || CASE WHEN revived THEN jsonb_build_object(''active'',
                greatest(switched_off COLLATE "C", change.stamp COLLATE "C")) ELSE ''{}'' END);
    IF revived THEN
        PERFORM sync.keep_conflict(change, ''{"active": true}'', change.stamp, ''{"active": false}'', switched_off);
    END IF;');
CALL pg_temp.amend('sync.merge_zone(sync.change, TEXT, JSONB, JSONB)', 'RETURN CASE WHEN lost IS NULL',
    'RETURN revived::INTEGER + CASE WHEN lost IS NULL');

RESET ROLE;
-- Refused telemetry is as old as the other when it goes.
CALL pg_temp.amend('sync.maintain()', 'DELETE FROM sync.leases',
    'DELETE FROM sync.rejected_telemetry WHERE at < now() - INTERVAL ''90 days'';
    DELETE FROM sync.leases');
DROP PROCEDURE pg_temp.amend(REGPROCEDURE, TEXT, TEXT);

-- Missions of other stations that flew the drone of this one while this one did, also if they are over: apart from each
-- other, two stations learn of it only afterwards. Whether a drone is in the air twice is everybody's business.
CREATE INDEX missions_drone_launch ON missions (drone_id, launch_time);
CREATE FUNCTION sync_flight_ended(mission missions) RETURNS TIMESTAMPTZ LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN mission.status IN ('COMPLETED', 'ABORTED')
        THEN coalesce(greatest(mission.completion_time, mission.abort_time), mission.launch_time)
        ELSE 'infinity' END;
$$;
CREATE FUNCTION sync_flights_at_once(asked_mission UUID) RETURNS SETOF missions
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT other.* FROM missions AS mine JOIN missions AS other ON other.drone_id = mine.drone_id
        AND other.station_id IS DISTINCT FROM mine.station_id
        -- No flight is a day long: what looks like it is a record that nobody ended.
        AND other.launch_time > mine.launch_time - INTERVAL '1 day'
        AND other.launch_time < least(public.sync_flight_ended(mine), mine.launch_time + INTERVAL '1 day')
    WHERE mine.mission_id = asked_mission AND public.sync_flight_ended(other) > mine.launch_time;
$$;
REVOKE ALL ON FUNCTION sync_flights_at_once(UUID), sync_flight_ended(missions) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync_flights_at_once(UUID) TO skyrescue_sync_owner;
GRANT SELECT ON sync.double_allocations TO CURRENT_USER;

SET LOCAL ROLE skyrescue_sync_owner;

-- What one side of a conflict says of a flight: nothing of the patient, not even where it went.
CREATE FUNCTION sync.flight_in_short(mission public.missions) RETURNS JSONB LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('mission_id', mission.mission_id, 'launch_time', mission.launch_time,
        'status', mission.status);
$$;

-- A conflict about the drone, which every station sees: whoever would send it next has to know.
CREATE FUNCTION sync.keep_two_flights(earlier public.missions, later public.missions) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    made UUID := gen_random_uuid();
    stamp TEXT := '%s-00000-%s~';
BEGIN
    INSERT INTO public.sync_stamps (table_name, row_id, stamps)
    VALUES ('sync_conflicts', made, jsonb_build_object('*', sync.central_stamp(NULL)));
    INSERT INTO public.sync_conflicts (conflict_id, kind, table_name, row_id, in_force, in_force_stamp, in_force_by,
        other, other_stamp, other_by, other_station_id)
    SELECT made, 'TWO_FLIGHTS', 'drones', earlier.drone_id, sync.flight_in_short(earlier),
        format(stamp, lpad(floor(extract(epoch FROM earlier.launch_time) * 1000)::BIGINT::TEXT, 15, '0'),
            earlier.station_id),
        coalesce(earlier.dispatcher_name, earlier.dispatcher_id), sync.flight_in_short(later),
        format(stamp, lpad(floor(extract(epoch FROM later.launch_time) * 1000)::BIGINT::TEXT, 15, '0'),
            later.station_id),
        coalesce(later.dispatcher_name, later.dispatcher_id), later.station_id;
END;
$$;

CREATE OR REPLACE FUNCTION sync.note_allocations(changes sync.change[]) RETURNS INTEGER LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    mine public.missions;
    other public.missions;
    found_now INTEGER := 0;
BEGIN
    FOR mine IN SELECT * FROM public.missions AS m WHERE m.station_id IS NOT NULL AND m.mission_id IN (
        SELECT c.row_id::UUID FROM unnest(changes) AS c WHERE c.table_name = 'missions' AND c.op = 'UPSERT')
        ORDER BY m.drone_id
    LOOP
        -- Of two stations that push at the same moment the second sees what the first has committed.
        PERFORM pg_advisory_xact_lock(hashtextextended('skyrescue drone ' || mine.drone_id, 0));
        FOR other IN SELECT * FROM public.sync_flights_at_once(mine.mission_id) AS o
            WHERE o.station_id IS NOT NULL AND NOT EXISTS (SELECT FROM sync.double_allocations AS d
                WHERE d.mission_id = o.mission_id AND d.other_mission_id = mine.mission_id)
        LOOP
            INSERT INTO sync.double_allocations (drone_id, mission_id, station_id, other_mission_id, other_station_id)
            VALUES (mine.drone_id, mine.mission_id, mine.station_id, other.mission_id, other.station_id)
            ON CONFLICT DO NOTHING;
            CONTINUE WHEN NOT FOUND;
            found_now := found_now + 1;
            IF (mine.launch_time, mine.mission_id) < (other.launch_time, other.mission_id) THEN
                PERFORM sync.keep_two_flights(mine, other);
            ELSE
                PERFORM sync.keep_two_flights(other, mine);
            END IF;
        END LOOP;
    END LOOP;
    RETURN found_now;
END;
$$;

RESET ROLE;
DROP FUNCTION sync_flown_by_others(TEXT, TEXT);

-- What was on record before, where nobody but the administrator saw it.
DO $$
DECLARE
    pair RECORD;
BEGIN
    FOR pair IN SELECT one, two FROM sync.double_allocations AS d
        JOIN missions AS one ON one.mission_id = d.mission_id JOIN missions AS two ON two.mission_id = d.other_mission_id
        WHERE one.station_id IS NOT NULL AND two.station_id IS NOT NULL
    LOOP
        IF ((pair.one).launch_time, (pair.one).mission_id) < ((pair.two).launch_time, (pair.two).mission_id) THEN
            PERFORM sync.keep_two_flights(pair.one, pair.two);
        ELSE
            PERFORM sync.keep_two_flights(pair.two, pair.one);
        END IF;
    END LOOP;
END;
$$;

-- Which station signed it is the centre's word, as with missions.
CREATE FUNCTION sync_name_station() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.station_id := coalesce(sync.acting_station(), NEW.station_id);
    RETURN NEW;
END;
$$;
CREATE TRIGGER sync_name_station BEFORE INSERT ON health_checks FOR EACH ROW EXECUTE FUNCTION sync_name_station();
CALL sync_watch('health_checks', 'ALL', NULL);
