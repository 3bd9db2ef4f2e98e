-- What the catalogue, buyers' lists and prices that change are found by.

-- Text is compared by its words as they are written: events have descriptions in any language.
CREATE FUNCTION event_words(
    name text, description text, performers text[], venue text, city text
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
    SELECT setweight(to_tsvector('simple'::regconfig, name), 'A')
        || setweight(to_tsvector('simple'::regconfig, array_to_string(performers, ' ')), 'B')
        || setweight(to_tsvector('simple'::regconfig, venue || ' ' || city), 'C')
        || setweight(to_tsvector('simple'::regconfig, description), 'D')
$$;

CREATE INDEX event_search ON event USING gin (event_words(name, description, performers, venue, city));

-- Kilometres between two points in millionths of a degree, on a sphere (haversine).
CREATE FUNCTION distance_km(lat1 integer, lon1 integer, lat2 integer, lon2 integer)
RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT 12742 * asin(least(1, sqrt(
        sin(radians((lat2 - lat1::double precision) / 1e6) / 2) ^ 2
        + cos(radians(lat1 / 1e6)) * cos(radians(lat2 / 1e6))
        * sin(radians((lon2 - lon1::double precision) / 1e6) / 2) ^ 2)))
$$;

-- A buyer's bookings, and all of them, newest first.
CREATE INDEX booking_buyer ON booking (buyer, booked_at);
CREATE INDEX booking_time ON booking (booked_at);

-- Who waits, in their order.
CREATE INDEX waitlist_line ON waitlist_entry (event, show, tier, line_order) WHERE status = 0;

-- New prices have no version that readers of a show are told: whoever shows prices listens to this instead.
CREATE FUNCTION tell_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('turnstile_terms', NEW.event::text);
    RETURN NULL;
END
$$;

-- Not for an event's first prices: nobody shows any of it before.
CREATE TRIGGER event_terms_told AFTER INSERT ON event_terms
    FOR EACH ROW WHEN (NEW.number > 0) EXECUTE FUNCTION tell_terms();
