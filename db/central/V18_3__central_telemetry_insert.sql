-- To look for each row of telemetry before it is added costs more than to add it. Rows come a second time only where an
-- answer was lost: that is found by the first of them.
SET LOCAL ROLE skyrescue_sync_owner;

CREATE OR REPLACE FUNCTION sync.take_telemetry() RETURNS void LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.telemetry SELECT * FROM pg_temp.sync_telemetry;
EXCEPTION WHEN unique_violation THEN
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

-- What a slice holds is found out in one reading of it; rows are looked for to be put aside only where there are some.
CREATE OR REPLACE FUNCTION sync.finish_telemetry(token TEXT, asked_position BIGINT) RETURNS JSONB LANGUAGE plpgsql VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    station sync.stations := sync.authenticate(token);
    offered BIGINT;
    refused BIGINT := 0;
    from_time TIMESTAMPTZ;
    until_time TIMESTAMPTZ;
    has_strange BOOLEAN;
BEGIN
    -- Only the place that begin_telemetry opened: nothing that somebody else put under its name.
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('pg_temp.sync_telemetry') AND relkind = 'r'
            AND pg_get_userbyid(relowner) = current_user) THEN
        RAISE EXCEPTION 'Telemetry was not begun.' USING ERRCODE = 'SY005';
    END IF;
    PERFORM set_config('app.now', 'infinity', TRUE);
    -- Strange are rows of missions that the centre does not have, or that another station flies.
    WITH flown AS MATERIALIZED (
        SELECT mission_id, drone_id, count(*) AS samples, min(time) AS earliest, max(time) AS latest
        FROM pg_temp.sync_telemetry GROUP BY 1, 2
    )
    SELECT coalesce(sum(samples), 0), min(earliest), max(latest), coalesce(bool_or(
            NOT EXISTS (SELECT FROM public.missions AS m
                WHERE m.mission_id = flown.mission_id AND m.station_id = station.station_id)
            OR NOT EXISTS (SELECT FROM public.drones AS d WHERE d.drone_id = flown.drone_id)), FALSE)
    INTO offered, from_time, until_time, has_strange FROM flown;
    PERFORM public.sync_make_room(from_time, until_time);
    IF has_strange THEN
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
    END IF;
    PERFORM sync.take_telemetry();
    PERFORM sync.settle_position(station.station_id, asked_position);
    DROP TABLE pg_temp.sync_telemetry;
    RETURN jsonb_build_object('rows', offered, 'refused', refused, 'serverNowMs', sync.now_ms());
END;
$$;
RESET ROLE;
