-- A first pull of 100,000 records took longer with each page, because of two plans:
-- - A key that is read from text in the join is not compared before the policies have looked at every row of the table,
--   for reading it may fail and tell of rows unseen. Read before the join, it leads straight to its row.
-- - The change log was sorted from the cursor to its end for every page where PostgreSQL did not know yet how long it is.
--   It is read in its own order, as far as the page goes.
SET LOCAL ROLE skyrescue_sync_owner;

DO $$
DECLARE
    body TEXT := pg_get_functiondef('sync.rows_of(sync.change_log[])'::REGPROCEDURE);
    amended TEXT := replace(replace(replace(body, 'held.%2$I = e.row_id::%5$s', 'held.%2$I = e.key'),
        'ANY (also) AS shown', 'ANY (also) AS shown, row_id::%5$s AS key'),
        'WHERE table_name = %1$L) AS e', 'WHERE table_name = %1$L OFFSET 0) AS e');
BEGIN
    IF length(amended) <> length(body) - length('e.row_id::%5$s') + length('e.key') + length(', row_id::%5$s AS key')
            + length(' OFFSET 0') THEN
        RAISE EXCEPTION 'sync.rows_of is not as it was.';
    END IF;
    EXECUTE amended;
END;
$$;
ALTER FUNCTION sync.page(XID8, BIGINT, INTEGER, INTEGER, BOOLEAN) SET enable_sort = off;
ALTER FUNCTION sync.page(XID8, BIGINT, INTEGER, INTEGER, BOOLEAN) SET enable_bitmapscan = off;
ALTER FUNCTION sync.page(XID8, BIGINT, INTEGER, INTEGER, BOOLEAN) SET enable_seqscan = off;
-- Of what is done a page at a time nothing is worth compiling.
ALTER FUNCTION sync.pull(TEXT, INTEGER, JSONB, INTEGER, INTEGER) SET jit = off;
ALTER FUNCTION sync.push(TEXT, INTEGER, TEXT, JSONB) SET jit = off;
RESET ROLE;
