internal import Postgres

/// An event's rows by its id. JSON is taken apart by the server.
enum LoadSQL {
    static let route: SQL = """
        SELECT partition, previous, version, state, digest, left_at FROM event_route WHERE event = $1
        """

    static let event: SQL = """
        SELECT tenant, name, description, category, language, duration_minutes, venue, city, country, latitude,
            longitude, performers, currency, max_tickets_per_buyer, hold_seconds, payment_seconds, offer_seconds,
            max_pass_overs, status
        FROM event WHERE id = $1
        """

    static let terms: SQL = """
        SELECT number, names, prices, hours, percents FROM terms WHERE event = $1 ORDER BY number
        """

    static let shows: SQL = """
        SELECT number, starts_at, ends_at, sales_start, sales_end, status, unwind_from, version
        FROM show WHERE event = $1 ORDER BY number
        """

    static let sections: SQL = """
        SELECT s.number, section.value ->> 'name', section.value ->> 'tier', (section.value ->> 'capacity')::bigint,
            ARRAY(
                SELECT value ->> 'name' FROM jsonb_array_elements(section.value -> 'rows') WITH ORDINALITY
                ORDER BY ordinality),
            ARRAY(
                SELECT (value ->> 'seats')::bigint FROM jsonb_array_elements(section.value -> 'rows')
                WITH ORDINALITY ORDER BY ordinality)
        FROM show AS s, jsonb_array_elements(s.layout) WITH ORDINALITY AS section (value, position)
        WHERE s.event = $1 ORDER BY s.number, section.position
        """

    static let tables: SQL = """
        SELECT EXISTS (SELECT FROM reservation WHERE event = $1), EXISTS (SELECT FROM payment WHERE event = $1),
            EXISTS (SELECT FROM waitlist_entry WHERE event = $1), EXISTS (SELECT FROM claim WHERE event = $1),
            EXISTS (SELECT FROM incident WHERE event = $1), EXISTS (SELECT FROM dispute WHERE event = $1)
        """

    /// Without those that ended long ago and that no payment is about.
    static let reservations: SQL = """
        SELECT id, id_index, show, buyer, places, total, terms, status, is_offer, created_at, ends_at
        FROM reservation AS r
        WHERE event = $1
            AND (
                status NOT IN (3, 4) OR ends_at > $2
                OR EXISTS (
                    SELECT FROM payment AS p
                    WHERE p.event = $1 AND p.reservation = r.id AND p.reservation_index = r.id_index))
        """

    static let payments: SQL = """
        SELECT id, id_index, reservation, reservation_index, attempt, provider, reference, amount,
            accept_equivalent, status, captured, captured_currency, reason
        FROM payment WHERE event = $1
        """

    static let refunds: SQL = """
        SELECT id, id_index, payment, payment_index, amount, reason, status, reference, currency
        FROM refund WHERE event = $1
        """

    static let disputes: SQL = """
        SELECT payment, payment_index, reference, amount, currency, status FROM dispute WHERE event = $1
        """

    static let bookings: SQL = """
        SELECT id, id_index, show, buyer, payment, payment_index, terms, booked_at, is_moved, status
        FROM booking WHERE event = $1
        """

    static let entries: SQL = """
        SELECT id, id_index, show, tier, buyer, quantity, line_order, status, pass_overs, gather_until, reservation,
            reservation_index, ended_at
        FROM waitlist_entry WHERE event = $1 AND (ended_at IS NULL OR ended_at > $2)
        """

    static let claims: SQL = """
        SELECT show, place, holder, holder_index, kind FROM claim WHERE event = $1 ORDER BY show, place
        """

    static let checkIns: SQL = "SELECT ticket, ticket_index, gate, nonce, at FROM check_in WHERE event = $1"

    static let incidents: SQL = "SELECT payment, payment_index, amount, currency, at FROM incident WHERE event = $1"
}
