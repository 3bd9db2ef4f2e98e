-- Tenants and their keys.

CREATE TABLE tenant (
    id          text PRIMARY KEY CHECK (id ~ '^tnt_[0-9A-Za-z]{1,40}$'),
    name        text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- A key is shown once, when it is made: kept is the SHA-256 of its secret, which has 256 random bits, so that a slow
-- hash would add cost to every request and nothing to safety.
CREATE TABLE api_key (
    id           text PRIMARY KEY CHECK (id ~ '^key_[0-9A-Za-z]{1,40}$'),
    -- A key without a tenant operates the installation.
    tenant       text REFERENCES tenant (id),
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    scopes       text[] NOT NULL CHECK (
                     cardinality(scopes) > 0
                     AND scopes <@ ARRAY['read', 'produce', 'manage', 'operate']
                     AND (tenant IS NULL) = (scopes = ARRAY['operate'])),
    secret_hash  bytea NOT NULL CHECK (length(secret_hash) = 32),
    -- Requests per second; NULL sets no limit.
    rate_limit   integer CHECK (rate_limit > 0),
    created_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz
);

CREATE INDEX api_key_tenant ON api_key (tenant);
