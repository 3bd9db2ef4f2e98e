-- Tables that a hot sale only adds to. By default each is vacuumed again whenever it has grown by a fifth and analysed
-- whenever by a tenth: for a young table that is all the time, at a tenth of a core, while everybody waits for places.

ALTER TABLE claim SET (
    autovacuum_vacuum_insert_threshold = 2000000, autovacuum_analyze_threshold = 50000,
    autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE reservation SET (
    autovacuum_vacuum_insert_threshold = 2000000, autovacuum_analyze_threshold = 50000,
    autovacuum_analyze_scale_factor = 0.5);

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
        EXECUTE format(
            'CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (autovacuum_vacuum_insert_threshold = 2000000, '
            'autovacuum_analyze_threshold = 200000, autovacuum_analyze_scale_factor = 0.5)', child, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)', parent, child, week);
    END LOOP;
END
$$;

DO $$
DECLARE
    child regclass;
BEGIN
    FOR child IN SELECT inhrelid FROM pg_inherits WHERE inhparent IN ('batch'::regclass, 'journal'::regclass) LOOP
        EXECUTE format(
            'ALTER TABLE %s SET (autovacuum_vacuum_insert_threshold = 2000000, '
            'autovacuum_analyze_threshold = 200000, autovacuum_analyze_scale_factor = 0.5)', child);
    END LOOP;
END
$$;
