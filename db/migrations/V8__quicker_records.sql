-- The triggers of V4 that look for times in the future asked a function in their condition, which PostgreSQL parses
-- again for each statement that it puts it into: a tenth of what a write takes. The same condition, written out.
DO $$
DECLARE
    past RECORD;
    latest TEXT := 'coalesce(nullif(current_setting(''app.now'', TRUE), '''')::TIMESTAMPTZ, now()) + INTERVAL ''60 seconds''';
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
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_future_insert BEFORE INSERT ON %I FOR EACH ROW
            WHEN (greatest(%s) > %s) EXECUTE FUNCTION refuse_future(%s)',
            past.table_name, written, latest, names);
        EXECUTE format('CREATE OR REPLACE TRIGGER refuse_future_update BEFORE UPDATE ON %I FOR EACH ROW
            WHEN (greatest(%s) > %s) EXECUTE FUNCTION refuse_future(%s)',
            past.table_name, changed, latest, names);
    END LOOP;
END;
$$;
-- Nobody's dispatch centre need not be looked up.
ALTER TABLE emergencies ALTER COLUMN dispatch_center_id SET DEFAULT
    CASE WHEN nullif(current_setting('app.dispatcher_id', TRUE), '') IS NOT NULL THEN person_dispatch_center() END;

-- Calls that wait for nobody any more were found by looking through every call that was never closed: all that had been
-- served. What the missions say is noted with the call, so that the open ones have an index of their own.
ALTER TABLE emergencies ADD COLUMN served BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE emergencies DISABLE TRIGGER update_emergencies_updated_at;
SET LOCAL ROLE skyrescue_station;
UPDATE emergencies SET served = TRUE
WHERE EXISTS (SELECT FROM missions WHERE missions.emergency_id = emergencies.emergency_id AND status = 'COMPLETED');
RESET ROLE;
ALTER TABLE emergencies ENABLE TRIGGER update_emergencies_updated_at;
DROP INDEX idx_emergencies_open;
CREATE INDEX idx_emergencies_open ON emergencies (call_timestamp) WHERE closed_at IS NULL AND NOT served;

CREATE FUNCTION note_served() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE emergencies SET served = TRUE WHERE emergency_id = NEW.emergency_id AND NOT served;
    RETURN NULL;
END;
$$;
CREATE TRIGGER note_served AFTER INSERT OR UPDATE OF status ON missions
    FOR EACH ROW WHEN (NEW.status = 'COMPLETED') EXECUTE FUNCTION note_served();
