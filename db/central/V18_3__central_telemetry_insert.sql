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
RESET ROLE;
