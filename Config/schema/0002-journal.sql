-- Who decides what, and everything that was decided.

-- A line's number of partitions is fixed for its life: keys are hashed to the first ones, the spares take hot events.
CREATE TABLE line (
    name        text PRIMARY KEY,
    partitions  integer NOT NULL CHECK (partitions > 0),
    spares      integer NOT NULL CHECK (spares >= 0)
);

CREATE TABLE partition (
    line         text NOT NULL REFERENCES line (name),
    number       integer NOT NULL CHECK (number >= 0),
    owner        text,
    -- The fence: only who knows the newest one writes.
    epoch        bigint NOT NULL DEFAULT 0,
    -- Of the newest batch; 0 before the first.
    batch_no     bigint NOT NULL DEFAULT 0,
    batch_at     timestamptz NOT NULL DEFAULT 'epoch',
    next_seq     bigint NOT NULL DEFAULT 1,
    chain        bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(chain) = 32),
    -- Claims since a batch was last committed or the partition given back.
    crashes      integer NOT NULL DEFAULT 0,
    is_paused    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (line, number)
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

CREATE TABLE worker (
    id             text PRIMARY KEY,
    line           text NOT NULL REFERENCES line (name),
    host           text NOT NULL,
    pid            integer NOT NULL,
    -- The session that beats: when it ends, the worker is gone.
    backend        integer NOT NULL,
    backend_start  timestamptz NOT NULL,
    started_at     timestamptz NOT NULL DEFAULT now(),
    heartbeat_at   timestamptz NOT NULL DEFAULT now(),
    is_draining    boolean NOT NULL DEFAULT false,
    -- Set by an operator who wants it to go.
    should_drain   boolean NOT NULL DEFAULT false,
    owned          integer NOT NULL DEFAULT 0,
    decided        bigint NOT NULL DEFAULT 0,
    loaded_events  integer NOT NULL DEFAULT 0
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- Public halves of the keys that sign batches.
CREATE TABLE signing_key (
    public_key  bytea PRIMARY KEY CHECK (length(public_key) = 32),
    first_used  timestamptz NOT NULL DEFAULT now()
);

-- Both are split by week (whole weeks since Monday, 1969-12-29, in UTC), and old weeks are dropped as tables.
CREATE TABLE batch (
    week           integer NOT NULL,
    partition      integer NOT NULL,
    number         bigint NOT NULL,
    epoch          bigint NOT NULL,
    at             timestamptz NOT NULL,
    first_seq      bigint NOT NULL,
    entries        integer NOT NULL,
    rules_version  integer NOT NULL,
    root           bytea NOT NULL,
    chain          bytea NOT NULL,
    signature      bytea NOT NULL,
    public_key     bytea NOT NULL,
    PRIMARY KEY (week, partition, number)
) PARTITION BY LIST (week);

CREATE TABLE journal (
    week       integer NOT NULL,
    partition  integer NOT NULL,
    sequence   bigint NOT NULL,
    batch_no   bigint NOT NULL,
    -- 0 a command, 1 what fell due, 2 moved out, 3 moved in, 4 parked.
    kind       smallint NOT NULL,
    id         uuid NOT NULL,
    event      uuid NOT NULL,
    tenant     uuid NOT NULL,
    status     smallint NOT NULL,
    payload    bytea NOT NULL,
    reply      bytea NOT NULL,
    -- Of everything that the decision wrote.
    writes     bytea NOT NULL,
    salt       uuid,
    PRIMARY KEY (week, partition, sequence),
    UNIQUE (week, id)
) PARTITION BY LIST (week);

-- Makes the tables of a week. Attaching one to its parent does not stop those who write to the others; workers that
-- come at once take turns, and all but the first find it done.
CREATE FUNCTION prepare_week(week integer) RETURNS void LANGUAGE plpgsql AS $$
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
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)', parent, child, week);
    END LOOP;
END
$$;

-- The tables of this week and of the next.
CREATE FUNCTION prepare_weeks() RETURNS void LANGUAGE sql AS $$
    SELECT prepare_week(week), prepare_week(week + 1)
    FROM (SELECT floor((extract(epoch FROM now()) / 86400 + 3) / 7)::integer) AS this (week)
$$;

-- Within a pipeline nobody looks between the statements: what must hold is checked here, and ends the transaction.
CREATE FUNCTION demand(matching bigint, wanted bigint, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF matching <> wanted THEN
        RAISE EXCEPTION 'of % % rows, % are as they were last written', wanted, what, matching
            USING ERRCODE = 'TS002';
    END IF;
END
$$;

-- The first statement of each commit: partitions that have another epoch or another batch by now are not written to.
-- The rows stay locked to the end of the transaction, always in the order of their numbers.
CREATE FUNCTION fence(
    its_line text, numbers integer[], epochs bigint[], batch_nos bigint[], ats timestamptz[], next_seqs bigint[],
    chains bytea[], resets boolean[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
BEGIN
    IF cardinality(numbers) > 1 THEN
        PERFORM FROM partition WHERE line = its_line AND number = ANY (numbers) ORDER BY number FOR NO KEY UPDATE;
    END IF;
    UPDATE partition AS p
    SET batch_no = b.batch_no, batch_at = b.at, next_seq = b.next_seq, chain = b.chain,
        crashes = CASE WHEN b.resets THEN 0 ELSE p.crashes END
    FROM unnest(numbers, epochs, batch_nos, ats, next_seqs, chains, resets)
        AS b (number, epoch, batch_no, at, next_seq, chain, resets)
    WHERE p.line = its_line AND p.number = b.number AND p.epoch = b.epoch AND p.batch_no = b.batch_no - 1;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> cardinality(numbers) THEN
        RAISE EXCEPTION '% of % partitions have another owner or batch', cardinality(numbers) - changed,
            cardinality(numbers) USING ERRCODE = 'TS001';
    END IF;
END
$$;

-- Commands that are tried alone, since they may be what brings a worker down.
CREATE TABLE attempt (
    partition  integer NOT NULL,
    id         uuid NOT NULL,
    attempts   integer NOT NULL,
    PRIMARY KEY (partition, id)
);

-- Commands that a person has to look at.
CREATE TABLE parked (
    -- Of the partition, the reason and the line: the same again is the same record.
    digest     bytea PRIMARY KEY,
    partition  integer NOT NULL,
    at         timestamptz NOT NULL,
    command    uuid,
    reason     text NOT NULL,
    detail     text NOT NULL,
    reply_to   text,
    sender     text,
    line       bytea NOT NULL,
    state      text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'retried', 'dropped')),
    resolution text
);

-- Events that are decided elsewhere than their ids say. A row stays: its version rises with each move.
CREATE TABLE event_route (
    event      uuid PRIMARY KEY,
    partition  integer NOT NULL,
    previous   integer NOT NULL,
    version    bigint NOT NULL,
    -- moving: the old partition has not let go; out: it has; here: the new one has it.
    state      text NOT NULL DEFAULT 'moving' CHECK (state IN ('moving', 'out', 'here')),
    digest     bytea,
    -- Of the last decision in the old partition.
    left_at    timestamptz
);
CREATE INDEX event_route_out ON event_route (event) WHERE state = 'out';

CREATE TABLE due (
    partition  integer NOT NULL,
    event      uuid NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (partition, event)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Work outside the database. The row is the truth, a message only a wake-up.
CREATE TABLE effect (
    -- Derived from the decision and the effect's place in it: also its idempotency key at the provider.
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,
    event       uuid NOT NULL,
    tenant      uuid NOT NULL,
    partition   integer NOT NULL,
    command     uuid NOT NULL,
    trace       text,
    -- What is to be done, as JSON.
    body        jsonb NOT NULL,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'parked')),
    attempts    integer NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    last_error  text
);
CREATE INDEX effect_waiting ON effect (kind, next_at) WHERE state = 'waiting';
CREATE INDEX effect_parked ON effect (kind, next_at) WHERE state = 'parked';
