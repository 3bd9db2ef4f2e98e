-- The database of one tenant's desk: its own journal and chain, the fence, and what is decided.

-- One line, and of it one partition: the one that the tenant belongs to. Its row is the fence.
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

-- The first statement of each commit: a partition that has another epoch, batch or chain by now is not written to.
CREATE FUNCTION fence(
    its_line text, numbers integer[], epochs bigint[], batch_nos bigint[], ats timestamptz[], next_seqs bigint[],
    previous bytea[], chains bytea[], resets boolean[]
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
    FROM unnest(numbers, epochs, batch_nos, ats, next_seqs, previous, chains, resets)
        AS b (number, epoch, batch_no, at, next_seq, previous, chain, resets)
    WHERE p.line = its_line AND p.number = b.number AND p.epoch = b.epoch AND p.batch_no = b.batch_no - 1
        AND p.chain = b.previous;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> cardinality(numbers) THEN
        RAISE EXCEPTION '% of % partitions have another owner or batch', cardinality(numbers) - changed,
            cardinality(numbers) USING ERRCODE = 'TS001';
    END IF;
END
$$;

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

-- The desk itself. When something is due next stands beside it, for owners who come new.
CREATE TABLE desk (
    tenant               uuid PRIMARY KEY,
    sub_domain           text NOT NULL,
    -- 0 requested, 1 active.
    status               smallint NOT NULL CHECK (status IN (0, 1)),
    store                text,
    -- [{"name": "GOLD", "minutes": 120}, …]
    classes              jsonb NOT NULL,
    minutes_per_ticket   integer NOT NULL CHECK (minutes_per_ticket > 0),
    agents               integer NOT NULL CHECK (agents > 0),
    -- 0 earliest, 1 deadline.
    placement            smallint NOT NULL CHECK (placement IN (0, 1)),
    soft_assign_seconds  integer NOT NULL CHECK (soft_assign_seconds > 0),
    not_before           timestamptz NOT NULL
);

CREATE TABLE due (
    is_one  boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    at      timestamptz
);
INSERT INTO due (at) VALUES (NULL);

CREATE TABLE ticket (
    id          uuid NOT NULL,
    id_index    integer NOT NULL,
    class       text NOT NULL,
    -- 0 held, 1 open, 2 working, 3 resolved, 4 cancelled, 5 lapsed.
    status      smallint NOT NULL CHECK (status BETWEEN 0 AND 5),
    created_at  timestamptz NOT NULL,
    resolve_by  timestamptz NOT NULL,
    opened_at   timestamptz,
    starts_at   timestamptz NOT NULL,
    agent       integer,
    ends_at     timestamptz,
    PRIMARY KEY (id, id_index),
    -- What is promised is within its limit, whatever the rule book says.
    CHECK (starts_at < resolve_by)
);
CREATE INDEX ticket_live ON ticket (created_at, id) WHERE status < 3;
CREATE INDEX ticket_ended ON ticket (ends_at) WHERE status IN (3, 4);
-- An agent does one thing at a time.
CREATE UNIQUE INDEX ticket_agent ON ticket (agent) WHERE status = 2;
CREATE INDEX ticket_created ON ticket (created_at DESC, id, id_index);
