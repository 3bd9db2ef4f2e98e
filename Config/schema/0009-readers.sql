-- Processes that answer reads, among which each key's limit is shared out. A row that was not renewed for some seconds
-- is of a process that is gone.
CREATE TABLE query_server (
    name     text PRIMARY KEY,
    seen_at  timestamptz NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
