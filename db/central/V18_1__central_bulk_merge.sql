-- A station that was away for weeks brings thousands of changes of records. One by one each took more than a millisecond
-- of a dozen statements; now the changes of different records go by a few statements together. What becomes of them is
-- the same: db/sync/merge.ts.
SET LOCAL ROLE skyrescue_sync_owner;

-- A change, and what it meets. NULL in `held`: no such record, or none that the station may see.
CREATE TYPE sync.merging AS (
    change sync.change, said JSONB, held JSONB, held_stamps JSONB, written JSONB, stamps JSONB, is_new BOOLEAN
);

CREATE FUNCTION sync.what_they_meet(catalogued public.sync_tables, changes sync.change[], key_type TEXT)
    RETURNS sync.merging[] LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    met sync.merging[];
BEGIN
    -- First the locks, in one order for everybody; what is read afterwards is what they hold.
    EXECUTE format('SELECT FROM public.%1$I AS held WHERE held.%2$I = ANY ($1::%3$s[]) ORDER BY held.%2$I FOR UPDATE',
        catalogued.table_name, catalogued.key_column, key_type) USING ARRAY(SELECT c.row_id FROM unnest(changes) AS c);
    EXECUTE format('SELECT array_agg((seen.change, seen.said, seen.held, seen.held_stamps, merged.taken, merged.stamps,
            seen.is_new)::sync.merging)
        FROM (
            SELECT c AS change, (c).columns - $2::TEXT[] AS said,
                to_jsonb(held) - $2::TEXT[] || coalesce(s.unknown, ''{}'') AS held, coalesce(s.stamps, ''{}'') AS held_stamps,
                (c).replaced = ''{}'' AND NOT EXISTS (SELECT FROM sync.change_log AS l
                    WHERE l.table_name = (c).table_name AND l.row_id = (c).row_id)
                AND NOT EXISTS (SELECT FROM public.sync_tombstones AS t
                    WHERE t.table_name = (c).table_name AND t.row_id = (c).row_id) AS is_new
            -- The key is read before the join: a comparison that may fail waits until the policies have seen every row.
            FROM (SELECT c, c.row_id::%3$s AS key FROM unnest($1) AS c OFFSET 0) AS offered
                LEFT JOIN public.%1$I AS held ON held.%2$I = offered.key
                LEFT JOIN public.sync_stamps AS s ON s.table_name = (c).table_name AND s.row_id = (c).row_id
            OFFSET 0
        ) AS seen, LATERAL public.sync_merge_columns(%1$L, seen.held, seen.held_stamps,
            -- Which station flies a mission was decided when it began.
            CASE %1$L WHEN ''missions'' THEN seen.said - ''station_id''::TEXT ELSE seen.said END,
            jsonb_build_object(''*'', (seen.change).stamp)) AS merged',
        catalogued.table_name, catalogued.key_column, key_type) INTO met USING changes, catalogued.excluded;
    RETURN met;
END;
$$;

-- By as many statements as there are sets of columns: mostly a few.
CREATE FUNCTION sync.write_rows(catalogued public.sync_tables, written sync.merging[], key_type TEXT, known TEXT[])
    RETURNS void LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    batch RECORD;
BEGIN
    FOR batch IN
        SELECT is_new, names, array_agg(w) AS rows FROM (
            SELECT w, w.is_new, ARRAY(SELECT quote_ident(name) FROM unnest(known) AS name WHERE w.written ? name) AS names
            FROM unnest(written) AS w) AS listed
        WHERE names <> '{}' GROUP BY is_new, names
    LOOP
        IF batch.is_new THEN
            EXECUTE format('INSERT INTO public.%1$I (%2$s) SELECT %3$s FROM unnest($1) AS w,
                    jsonb_populate_record(NULL::public.%1$I, w.written) AS said', catalogued.table_name,
                array_to_string(batch.names, ', '), 'said.' || array_to_string(batch.names, ', said.')) USING batch.rows;
        ELSE
            EXECUTE format('UPDATE public.%1$I AS held SET (%2$s) = ROW (%3$s)
                FROM (SELECT (w.change).row_id::%5$s AS key, w.written FROM unnest($1) AS w OFFSET 0) AS w,
                    jsonb_populate_record(NULL::public.%1$I, w.written) AS said
                WHERE held.%4$I = w.key', catalogued.table_name,
                array_to_string(batch.names, ', '), 'said.' || array_to_string(batch.names, ', said.'),
                catalogued.key_column, key_type) USING batch.rows;
        END IF;
    END LOOP;
    INSERT INTO public.sync_stamps AS held (table_name, row_id, stamps, unknown, origin)
    SELECT catalogued.table_name, (w.change).row_id, w.stamps, nullif(w.written - known - catalogued.excluded, '{}'),
        sync.acting_station()
    FROM unnest(written) AS w
    ON CONFLICT (table_name, row_id) DO UPDATE SET stamps = excluded.stamps,
        unknown = CASE WHEN excluded.unknown IS NULL THEN held.unknown
            ELSE coalesce(held.unknown, '{}') || excluded.unknown END;
    -- Its maker gets the outcome, also where nothing of it was taken.
    UPDATE sync.change_log AS l SET txid = pg_current_xact_id(), seq = nextval('sync.change_seq'), changed_at = now()
    FROM unnest(written) AS w
    WHERE l.table_name = catalogued.table_name AND l.row_id = (w.change).row_id AND NOT w.is_new
        AND l.txid <> pg_current_xact_id();
END;
$$;

-- Changes of different rows of a COLUMNS table. New rows and edits go together; whatever is less plain, by itself.
CREATE FUNCTION sync.merge_together(catalogued public.sync_tables, changes sync.change[], key_match TEXT,
    key_type TEXT, known TEXT[]) RETURNS INTEGER LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    met sync.merging[] := sync.what_they_meet(catalogued, changes, key_type);
    edits sync.merging[] := ARRAY(SELECT m FROM unnest(met) AS m WHERE m.held IS NOT NULL);
    added sync.merging[] := ARRAY(SELECT (m.change, m.said, m.held, m.held_stamps, CASE catalogued.table_name
            WHEN 'missions' THEN m.said || jsonb_build_object('station_id', sync.acting_station()) ELSE m.said END,
            jsonb_build_object('*', (m.change).stamp), TRUE)::sync.merging
        FROM unnest(met) AS m WHERE m.held IS NULL AND m.is_new);
    other sync.change;
    conflicts INTEGER;
BEGIN
    PERFORM sync.write_rows(catalogued, edits || added, key_type, known);
    -- What was in force and was not seen by whoever changed it, or the change itself where it is the earlier one.
    SELECT coalesce(sum(sync.keep_conflict(e.change, lost.in_force, lost.in_force_stamp, lost.other, lost.other_stamp)), 0)
    INTO conflicts
    FROM unnest(edits) AS e, LATERAL (
        SELECT jsonb_object_agg(c.key, CASE WHEN o.taken THEN c.value ELSE o.held END) AS in_force,
            max(CASE WHEN o.taken THEN (e.change).stamp ELSE o.ours END COLLATE "C") AS in_force_stamp,
            jsonb_object_agg(c.key, CASE WHEN o.taken THEN o.held ELSE c.value END) AS other,
            CASE WHEN o.taken THEN o.ours ELSE (e.change).stamp END AS other_stamp
        FROM jsonb_each(CASE catalogued.table_name WHEN 'missions' THEN e.said - 'station_id'::TEXT ELSE e.said END) AS c,
            LATERAL (SELECT e.written ? c.key AS taken, coalesce(e.held -> c.key, 'null') AS held,
                public.sync_stamp_of(e.held_stamps, c.key) AS ours) AS o
        WHERE CASE WHEN o.ours = '' OR c.value = o.held THEN FALSE
            WHEN o.taken AND (e.change).replaced ->> c.key = o.ours THEN FALSE
            ELSE NOT (o.taken AND sync.has_seen(e.change, c.key, o.ours)) END
        GROUP BY 4) AS lost;
    FOR other IN SELECT (m.change).* FROM unnest(met) AS m WHERE m.held IS NULL AND NOT m.is_new LOOP
        conflicts := conflicts + sync.merge_change(other, catalogued.rule, key_match, catalogued.excluded, known);
    END LOOP;
    RETURN conflicts;
END;
$$;

-- Changes of one table in their order. Those of one row follow each other; the first of each row go together, then the
-- second, and so on.
CREATE FUNCTION sync.merge_changes(catalogued public.sync_tables, changes sync.change[], key_match TEXT, known TEXT[])
    RETURNS INTEGER LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, sync, public, pg_temp AS $$
DECLARE
    few CONSTANT INTEGER := 4;
    key_type TEXT := (SELECT format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = to_regclass('public.' || quote_ident(catalogued.table_name))
            AND attname = catalogued.key_column);
    batch RECORD;
    change sync.change;
    conflicts INTEGER := 0;
BEGIN
    -- What was applied before is a repetition.
    WITH offered AS (
        SELECT DISTINCT ON (c.row_id, c.raw_stamp) c.* FROM unnest(changes) AS c
        ORDER BY c.row_id, c.raw_stamp, c.seq, c.ordinal
    ), noted AS (
        INSERT INTO sync.applied_changes AS a (table_name, row_id, raw_stamp, used_stamp, person)
        SELECT table_name, row_id, raw_stamp, stamp, person FROM offered ON CONFLICT DO NOTHING
        RETURNING a.row_id, a.raw_stamp
    )
    SELECT coalesce(array_agg(o::sync.change), '{}') INTO changes
    FROM (SELECT offered.* FROM offered JOIN noted USING (row_id, raw_stamp)) AS o;

    FOR batch IN
        SELECT array_agg(numbered.change ORDER BY (numbered.change).seq, (numbered.change).ordinal) AS changes FROM (
            SELECT c AS change, row_number() OVER (PARTITION BY c.row_id ORDER BY c.seq, c.ordinal) AS nth
            FROM unnest(changes) AS c) AS numbered
        GROUP BY nth ORDER BY nth
    LOOP
        IF catalogued.rule = 'COLUMNS' AND cardinality(batch.changes) >= few
                AND (batch.changes[1]).op = 'UPSERT' THEN
            conflicts := conflicts + sync.merge_together(catalogued, batch.changes, key_match, key_type, known);
            CONTINUE;
        END IF;
        FOREACH change IN ARRAY batch.changes LOOP
            conflicts := conflicts + sync.merge_change(change, catalogued.rule, key_match, catalogued.excluded, known);
        END LOOP;
    END LOOP;
    RETURN conflicts;
END;
$$;

-- In place of the loop that took one change after the other; all else stays as earlier migrations made it.
DO $$
DECLARE
    body TEXT := pg_get_functiondef('sync.apply(sync.change[])'::REGPROCEDURE);
    one_by_one TEXT := substring(body FROM 'FOR change IN SELECT .*? sync\.merge_change\(.*?END LOOP;');
BEGIN
    IF one_by_one IS NULL OR one_by_one LIKE '%END LOOP;%END LOOP;' THEN
        RAISE EXCEPTION 'sync.apply does not have the loop that is replaced.';
    END IF;
    EXECUTE replace(body, one_by_one, 'conflicts := conflicts + sync.merge_changes(catalogued, ARRAY(
                SELECT c FROM unnest(changes) AS c
                WHERE c.table_name = catalogued.table_name AND (c.op = ''DELETE'') = deleting), key_match, known);');
END;
$$;
RESET ROLE;
