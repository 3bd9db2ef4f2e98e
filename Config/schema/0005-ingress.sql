-- Processes that take commands, and the map by which they find an event's partition.

-- A row says: under an older map than this, nothing of this process is on its way any more. One that was not seen for
-- some seconds publishes nothing, by its own clock.
CREATE TABLE ingress (
    name         text PRIMARY KEY,
    seen_at      timestamptz NOT NULL,
    map_version  bigint NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- One row: the version rises with every route that is written.
CREATE TABLE route_map (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    version  bigint NOT NULL
);
INSERT INTO route_map (version) VALUES (1);

-- An address is stored before anybody has looked whose the reservation is: what a stranger says stands beside.
ALTER TABLE person DROP CONSTRAINT person_pkey;
ALTER TABLE person ADD PRIMARY KEY (event, reservation, reservation_index, tenant);
