-- Telemetry comes in batches of hundreds of rows of a few missions. Looking each row's mission and drone up one by one
-- costs more than all else together; the batch is looked through once instead. The recorder therefore inserts with
-- session_replication_role = replica, which leaves out the foreign keys' own triggers: what stands for them, and what
-- else every insert must do, fires in any role. The foreign keys hold for everybody else as before.

CREATE FUNCTION check_telemetry_references() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT mission_id FROM added) AS named
        WHERE NOT EXISTS (SELECT FROM missions WHERE missions.mission_id = named.mission_id)) THEN
        RAISE EXCEPTION 'Telemetry of a mission that does not exist.' USING ERRCODE = 'foreign_key_violation',
            TABLE = 'telemetry', CONSTRAINT = 'telemetry_mission_exists';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT drone_id FROM added) AS named
        WHERE NOT EXISTS (SELECT FROM drones WHERE drones.drone_id = named.drone_id)) THEN
        RAISE EXCEPTION 'Telemetry of a drone that does not exist.' USING ERRCODE = 'foreign_key_violation',
            TABLE = 'telemetry', CONSTRAINT = 'telemetry_drone_exists';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER check_telemetry_references AFTER INSERT ON telemetry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_telemetry_references();

ALTER TABLE telemetry ENABLE ALWAYS TRIGGER check_telemetry_references;
ALTER TABLE telemetry ENABLE ALWAYS TRIGGER aggregate_telemetry_1min;
ALTER TABLE telemetry ENABLE ALWAYS TRIGGER refuse_future_telemetry;
