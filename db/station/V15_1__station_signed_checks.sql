-- A station's side of V15.

-- Whose transaction it was; NULL: the station's own.
ALTER TABLE sync_outbox ADD COLUMN made_by VARCHAR(100) DEFAULT nullif(current_setting('app.dispatcher_id', TRUE), '');

ALTER TABLE health_checks ALTER COLUMN station_id SET DEFAULT own_station_id();
CREATE TRIGGER sync_record AFTER INSERT ON health_checks REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT WHEN (NOT sync_is_applying())
    EXECUTE FUNCTION sync_record_added('health_check_id', 'UNION', '120', '{}', 'f');
-- Where everything was offered, the checks still are to be.
UPDATE sync_station SET offered = '0000000120' WHERE offered > '0000000120';
