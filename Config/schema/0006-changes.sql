-- What readers of a show were told, kept for ten minutes at least: a query server that was just started resumes the
-- streams of another.
--
-- Nothing is deleted row by row. Four tables take turns of ten minutes each: one is written to, the one before it is
-- what is kept, and of the other two everything is old; they are emptied as tables before their turn comes again.

-- Whose turn it is. STABLE, as what it is made of: only so does the server take it into a statement instead of calling
-- it, which costs a commit more than all the rest of what is written here.
CREATE FUNCTION change_slot(at timestamptz) RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT (floor(date_part('epoch', at) / 600)::bigint % 4)::smallint
$$;

CREATE TABLE change (
    slot           smallint NOT NULL,
    event          uuid NOT NULL,
    show           integer NOT NULL,
    -- One row for each batch that changes a show: these versions of it, without a gap from one row to the next.
    first_version  bigint NOT NULL,
    last_version   bigint NOT NULL CHECK (last_version >= first_version),
    -- When it was committed, by this server's clock, which also says whose turn it is.
    at             timestamptz NOT NULL,
    -- A line of changes as it is published, of all these versions together: every place that was touched, from what it
    -- was before the first to what it is after the last, even where that is the same.
    line           bytea NOT NULL,
    -- The slot comes last: it is not known to who reads.
    PRIMARY KEY (event, show, last_version, slot)
) PARTITION BY LIST (slot);

-- What is emptied as a whole has no use for a vacuum, which would be in the way of that.
CREATE TABLE change_0 PARTITION OF change FOR VALUES IN (0) WITH (autovacuum_enabled = false);
CREATE TABLE change_1 PARTITION OF change FOR VALUES IN (1) WITH (autovacuum_enabled = false);
CREATE TABLE change_2 PARTITION OF change FOR VALUES IN (2) WITH (autovacuum_enabled = false);
CREATE TABLE change_3 PARTITION OF change FOR VALUES IN (3) WITH (autovacuum_enabled = false);

-- Empties the tables whose rows are all older than ten minutes, and says how many those were. Every worker calls it
-- about once a minute: one at a time looks, the others find that somebody does. It never waits for long, nor lets
-- anybody wait behind it: a table that is being read is left for the next time.
CREATE FUNCTION retire_changes() RETURNS integer LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
    this    smallint := change_slot(now());
    child   text;
    is_old  boolean;
    retired integer := 0;
BEGIN
    -- Any number that nothing else in the database uses as an advisory lock.
    IF NOT pg_try_advisory_xact_lock(2749017365120846339) THEN
        RETURN 0;
    END IF;
    -- The next one first, since its turn comes first.
    FOR turn IN 1..2 LOOP
        child := 'change_' || (this + turn) % 4;
        CONTINUE WHEN pg_relation_size(child::regclass) = 0;
        BEGIN
            -- A clock that was set back may have written to any of them.
            EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I WHERE at > now() - interval ''10 minutes'')', child)
                INTO is_old;
            CONTINUE WHEN NOT is_old;
            EXECUTE format('TRUNCATE %I', child);
            retired := retired + 1;
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
    END LOOP;
    RETURN retired;
END
$$;
