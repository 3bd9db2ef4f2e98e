-- Processes that answer reads, among which each key's limit is shared out. A row that was not renewed for some seconds
-- is of a process that is gone.
CREATE TABLE query_server (
    name     text PRIMARY KEY,
    seen_at  timestamptz NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- Prices and refund policies, taken apart: of each tier its name and price, of each step its hours and percents.
CREATE VIEW terms AS
SELECT event, number,
    ARRAY(SELECT value ->> 'name' FROM jsonb_array_elements(tiers) WITH ORDINALITY ORDER BY ordinality) AS names,
    ARRAY(
        SELECT (value ->> 'price')::bigint FROM jsonb_array_elements(tiers) WITH ORDINALITY ORDER BY ordinality
    ) AS prices,
    ARRAY(
        SELECT (value ->> 'hoursBefore')::bigint FROM jsonb_array_elements(policy) WITH ORDINALITY
        ORDER BY ordinality
    ) AS hours,
    ARRAY(
        SELECT (value ->> 'percent')::bigint FROM jsonb_array_elements(policy) WITH ORDINALITY ORDER BY ordinality
    ) AS percents
FROM event_terms;
