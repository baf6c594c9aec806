-- What stations tell each other beyond values: who wrote what two of them disagree about, that both flew one drone, and
-- what a technician signed.

-- As in V11, with every column named by its table: sync_conflicts has columns of these names itself.
CREATE OR REPLACE FUNCTION sync_adopt_unknown(asked_table TEXT) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    known TEXT[] := sync_columns(asked_table);
    key TEXT := (SELECT key_column FROM sync_tables WHERE table_name = asked_table);
    field TEXT;
BEGIN
    PERFORM set_config('app.sync', 'on', TRUE);
    FOREACH field IN ARRAY known LOOP
        EXECUTE format('UPDATE %1$I AS held SET %2$I = (jsonb_populate_record(NULL::%1$I,
                jsonb_build_object(%2$L, s.unknown -> %2$L))).%2$I
            FROM sync_stamps AS s WHERE s.table_name = %1$L AND s.row_id = held.%3$I::TEXT AND s.unknown ? %2$L',
            asked_table, field, key);
    END LOOP;
    UPDATE sync_stamps AS s SET unknown = nullif(s.unknown - known, '{}')
    WHERE s.table_name = asked_table AND s.unknown ?| known;
    PERFORM set_config('app.sync', '', TRUE);
END;
$$;

-- NULL: two versions of one record. TWO_FLIGHTS: missions of two stations that flew the drone at the same time; both are
-- true, and the decision says who has the drone.
ALTER TABLE sync_conflicts ADD COLUMN kind VARCHAR(20)
    CONSTRAINT sync_conflicts_kind_known CHECK (kind IN ('TWO_FLIGHTS'));
-- The people at the stations. NULL: the station itself, or not known.
ALTER TABLE sync_conflicts ADD COLUMN in_force_by VARCHAR(200);
ALTER TABLE sync_conflicts ADD COLUMN other_by VARCHAR(200);
SELECT sync_adopt_unknown('sync_conflicts');

-- The station where it was signed. NULL: it was signed before its station was connected.
ALTER TABLE health_checks ADD COLUMN station_id VARCHAR(50);
-- A check of another station was made with that station's checklist, which stays there. What was asked is in the check.
ALTER TABLE health_checks DROP CONSTRAINT health_checks_checklist_exists;
-- Last in order: a station that is connected already offers the checks that it has, and nothing else again.
INSERT INTO sync_tables (table_name, apply_order, key_column, rule, parents) VALUES
    ('health_checks', 120, 'health_check_id', 'UNION', '{"drone_id": "drones"}');
