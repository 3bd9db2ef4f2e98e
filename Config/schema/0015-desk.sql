-- The desk line: which tenants have a desk, where their databases are, and who may enter. What is decided about a desk
-- lies in the tenant's own database.

-- The directory. Workers write it; every process has a copy, kept current by what is told on the exchange
-- `turnstile.directory`, and looked after by the version.
CREATE TABLE account (
    tenant        uuid PRIMARY KEY,
    sub_domain    text NOT NULL UNIQUE CHECK (sub_domain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    -- 0 requested, 1 active.
    status        smallint NOT NULL DEFAULT 0 CHECK (status IN (0, 1)),
    -- Chosen before the database is made, so that one that nobody finished is found.
    store         text NOT NULL CHECK (length(store) BETWEEN 1 AND 64),
    database      text NOT NULL UNIQUE CHECK (length(database) BETWEEN 1 AND 63),
    partition     integer NOT NULL CHECK (partition >= 0),
    -- The request, which the tenant's journal begins with once there is one.
    command       uuid NOT NULL UNIQUE,
    payload       bytea NOT NULL,
    reply_to      text,
    requested_at  timestamptz NOT NULL,
    activated_at  timestamptz,
    -- Of the directory as a whole: every change of a row has the next one.
    version       bigint NOT NULL UNIQUE,
    changed_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX account_requested ON account (partition) WHERE status = 0;
CREATE INDEX account_store ON account (store);

-- One row. Whoever changes the directory takes its lock first, so that versions are seen in their order.
CREATE TABLE directory (
    is_one   boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    version  bigint NOT NULL
);
INSERT INTO directory (version) VALUES (0);

CREATE FUNCTION next_directory_version() RETURNS bigint LANGUAGE sql AS
$$ UPDATE directory SET version = version + 1 RETURNING version $$;

-- Who they are and how they prove it: a person's data, erasable, and never in a journal.
CREATE TABLE credential (
    tenant          uuid PRIMARY KEY,
    client_name     text NOT NULL,
    official_email  text NOT NULL,
    -- Argon2id, with its salt and its cost.
    password_hash   text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);

-- Sessions that ended before their time. Kept until then.
CREATE TABLE ended_session (
    session     uuid PRIMARY KEY,
    tenant      uuid NOT NULL,
    ended_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX ended_session_expiry ON ended_session (expires_at);
-- Every process asks once a second which are new.
CREATE INDEX ended_session_end ON ended_session (ended_at);

-- Commands of tenants whose databases are away: taken from the queue, and decided first when these are back.
CREATE TABLE spill (
    tenant     uuid NOT NULL,
    number     bigint GENERATED ALWAYS AS IDENTITY,
    partition  integer NOT NULL,
    sender     text,
    -- The whole line, as it came.
    line       bytea NOT NULL,
    spilled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, number)
);
CREATE INDEX spill_partition ON spill (partition, tenant);
