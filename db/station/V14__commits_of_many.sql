-- Several callers' writes may share one transaction and its one wait for the disk. To the centre they stay what they
-- were, a group of changes for each, so that one that is refused there takes no other with it: who writes for many
-- begins each caller's part with an empty app.sync_stamp, and where one statement adds the rows of all, app.sync_apart
-- names the column that tells them apart.

-- Numbers and clock readings for so many groups at once. The row is written once, however many there are.
CREATE FUNCTION sync_take_groups(groups BIGINT, OUT incarnation INTEGER, OUT before_seq BIGINT, OUT at_ms BIGINT,
    OUT first_counter BIGINT, OUT made_by TEXT) LANGUAGE sql VOLATILE AS $$
    WITH machine AS (
        SELECT extract(epoch FROM coalesce(
            nullif(nullif(current_setting('app.now', TRUE), ''), 'infinity')::TIMESTAMPTZ, clock_timestamp()
        )) * 1000 AS ms
    ), physical AS (
        SELECT (ms + clock_offset_ms)::BIGINT AS ms FROM machine, sync_station
    )
    UPDATE sync_station AS own SET
        last_seq = last_seq + groups,
        clock_ms = CASE WHEN ms > clock_ms THEN ms ELSE clock_ms + (clock_counter + groups > 99999)::INTEGER END,
        clock_counter = groups - 1
            + CASE WHEN ms > clock_ms OR clock_counter + groups > 99999 THEN 0 ELSE clock_counter + 1 END
    FROM physical
    RETURNING own.incarnation, last_seq - groups, clock_ms, clock_counter - groups + 1, station_id || '~' || run_nonce;
$$;

CREATE OR REPLACE FUNCTION sync_record_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    key TEXT := TG_ARGV[0];
    place INTEGER := TG_ARGV[2];
    left_out TEXT[] := TG_ARGV[3];
    is_kept BOOLEAN := TG_ARGV[4];
    apart TEXT := coalesce(current_setting('app.sync_apart', TRUE), '');
    offered_to TEXT;
BEGIN
    IF apart = '' THEN
        INSERT INTO sync_outbox (incarnation, seq, table_name, row_id, op, columns, replaced, stamp)
        SELECT own_group.incarnation, own_group.seq, TG_TABLE_NAME, id, 'UPSERT', CASE WHEN is_kept THEN '{}' ELSE written END, '{}', stamp
        FROM (
            SELECT written ->> key AS id, written, sync_group_stamp(place, written ->> key) AS stamp
            FROM (SELECT to_jsonb(added) - left_out AS written FROM added) AS rows OFFSET 0
        ) AS stamped, LATERAL sync_group_of(stamp) AS own_group
        WHERE stamp IS NOT NULL;
        RETURN NULL;
    END IF;
    SELECT offered || ' ' INTO offered_to FROM sync_station;
    WITH rows AS MATERIALIZED (
        SELECT row_number() OVER () AS n, to_jsonb(added) - left_out AS written FROM added
    ), grouped AS (
        SELECT n, written, min(n) OVER (PARTITION BY written ->> apart) AS first_of_group FROM rows
        WHERE sync_place(place, written ->> key) COLLATE "C" <= offered_to COLLATE "C"
    ), numbered AS MATERIALIZED (
        SELECT n, written, dense_rank() OVER (ORDER BY first_of_group) AS number FROM grouped
    )
    INSERT INTO sync_outbox (incarnation, seq, table_name, row_id, op, columns, replaced, stamp)
    SELECT taken.incarnation, before_seq + number, TG_TABLE_NAME, written ->> key, 'UPSERT',
        CASE WHEN is_kept THEN '{}' ELSE written END, '{}',
        lpad(at_ms::TEXT, 15, '0') || '-' || lpad((first_counter + number - 1)::TEXT, 5, '0') || '-' || made_by
    FROM (SELECT max(number) AS groups FROM numbered) AS counted, LATERAL sync_take_groups(groups) AS taken, numbered
    WHERE groups IS NOT NULL
    ORDER BY n;
    RETURN NULL;
END;
$$;
