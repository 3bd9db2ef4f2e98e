-- Where the journal begins, once its first weeks are gone: enough to go on deciding from there.

-- Where each partition's journal had come to before the first week that is kept.
CREATE TABLE snapshot_head (
    partition  integer PRIMARY KEY,
    number     bigint NOT NULL,
    epoch      bigint NOT NULL,
    at         timestamptz NOT NULL,
    next_seq   bigint NOT NULL,
    chain      bytea NOT NULL CHECK (length(chain) = 32)
);

-- Every event as it was then.
CREATE TABLE snapshot (
    event      uuid PRIMARY KEY,
    partition  integer NOT NULL,
    -- Set where the partition had let go of it for another one, which had not taken it up.
    moving_to  integer,
    -- The event's rows as bytes, and their SHA-256.
    state      bytea NOT NULL,
    hash       bytea NOT NULL CHECK (length(hash) = 32)
);
