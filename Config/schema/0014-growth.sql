-- Tables that a hot sale only adds to. By default each is vacuumed again whenever it has grown by a fifth and analysed
-- whenever by a tenth: for a young table that is all the time, at a tenth of a core, while everybody waits for places.
CREATE FUNCTION expect_growth(of_table regclass, analyze_threshold integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'ALTER TABLE %s SET (autovacuum_vacuum_insert_threshold = 2000000, autovacuum_analyze_threshold = %s, '
        'autovacuum_analyze_scale_factor = 0.5)', of_table, analyze_threshold);
END
$$;

SELECT expect_growth('claim', 50000), expect_growth('reservation', 50000);
SELECT expect_growth(inhrelid, 200000) FROM pg_inherits WHERE inhparent IN ('batch'::regclass, 'journal'::regclass);

-- As before, but for what is expected of the new tables.
CREATE OR REPLACE FUNCTION prepare_week(week integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    home   oid := (SELECT relnamespace FROM pg_class WHERE oid = 'journal'::regclass);
    parent text;
    child  text;
BEGIN
    IF to_regclass('batch_w' || week) IS NOT NULL AND to_regclass('journal_w' || week) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Any number that nothing else in the database uses as an advisory lock.
    PERFORM pg_advisory_xact_lock(8391735756884797547);
    FOREACH parent IN ARRAY ARRAY['batch', 'journal'] LOOP
        child := parent || '_w' || week;
        -- Not by its name, which this session may have found to mean nothing before it came to its turn.
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = child AND relnamespace = home);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
        PERFORM expect_growth(child::regclass, 200000);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)', parent, child, week);
    END LOOP;
END
$$;
