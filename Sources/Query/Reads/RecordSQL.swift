internal import Postgres

/// Many records by their ids, each found by its primary key.
enum RecordSQL {
    static let events: SQL = """
        SELECT e.id, tenant, name, description, category, language, duration_minutes, venue, city, country, latitude,
            longitude, performers, currency, max_tickets_per_buyer, hold_seconds, payment_seconds, offer_seconds,
            max_pass_overs, status
        FROM unnest($1::uuid[]) AS w (id), LATERAL (SELECT * FROM event WHERE id = w.id) AS e
        """

    static let showsOfEvents: SQL = """
        SELECT s.event, number, starts_at, ends_at, sales_start, sales_end, status
        FROM unnest($1::uuid[]) AS w (id), LATERAL (SELECT * FROM show WHERE event = w.id) AS s
        ORDER BY s.event, number
        """

    static let shows: SQL = """
        SELECT s.event, s.number, status, version
        FROM unnest($1::uuid[], $2::integer[]) AS w (event, number),
            LATERAL (SELECT * FROM show WHERE event = w.event AND number = w.number) AS s
        """

    static let reservations: SQL = """
        SELECT r.event, r.id, r.id_index, show, buyer, places, total, terms, status, ends_at
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (event, id, id_index),
            LATERAL (
                SELECT * FROM reservation WHERE event = w.event AND id = w.id AND id_index = w.id_index) AS r
        """

    /// What is left of a payment is what it brought without its refunds, whose ids follow from its own, and without
    /// what lost disputes took.
    static let bookings: SQL = """
        SELECT b.event, b.id, b.id_index, b.show, b.buyer, b.payment, b.payment_index, b.terms, b.booked_at,
            b.is_moved, b.status, r.total,
            greatest(0, coalesce(p.captured, 0)
                - coalesce((
                    SELECT sum(amount)::bigint FROM refund
                    WHERE event = b.event AND id = b.payment
                        AND id_index BETWEEN b.payment_index << 8 AND b.payment_index << 8 | 255
                        AND coalesce(currency, p.captured_currency) = p.captured_currency), 0)
                - coalesce((
                    SELECT sum(amount)::bigint FROM dispute
                    WHERE event = b.event AND payment = b.payment AND payment_index = b.payment_index
                        AND status = 2 AND currency = p.captured_currency), 0)),
            coalesce(p.status = 8, false)
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (event, id, id_index),
            LATERAL (SELECT * FROM booking WHERE event = w.event AND id = w.id AND id_index = w.id_index) AS b,
            LATERAL (SELECT total FROM reservation WHERE event = w.event AND id = w.id AND id_index = w.id_index) AS r
            LEFT JOIN LATERAL (
                SELECT captured, captured_currency, status FROM payment
                WHERE event = b.event AND id = b.payment AND id_index = b.payment_index) AS p ON true
        """

    /// The ids of a booking's tickets follow from its own.
    static let ticketsOfBookings: SQL = """
        SELECT w.event, w.id, w.id_index, t.id, t.id_index, t.place, t.price, t.ended_at, c.at, c.gate
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (event, id, id_index),
            LATERAL (
                SELECT * FROM ticket
                WHERE event = w.event AND id = w.id
                    AND id_index BETWEEN w.id_index << 8 AND w.id_index << 8 | 255) AS t
            LEFT JOIN LATERAL (
                SELECT at, gate FROM check_in
                WHERE event = w.event AND ticket = t.id AND ticket_index = t.id_index) AS c ON true
        ORDER BY w.event, w.id, w.id_index, t.id_index
        """

    static let payments: SQL = """
        SELECT p.event, p.id, p.id_index, reservation, reservation_index, provider, amount, p.status, reason, e.tenant,
            e.currency, r.ends_at, a.access
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (event, id, id_index),
            LATERAL (SELECT * FROM payment WHERE event = w.event AND id = w.id AND id_index = w.id_index) AS p,
            LATERAL (SELECT tenant, currency FROM event WHERE id = w.event) AS e
            LEFT JOIN LATERAL (
                SELECT ends_at FROM reservation
                WHERE event = w.event AND id = p.reservation AND id_index = p.reservation_index) AS r ON true
            LEFT JOIN LATERAL (
                SELECT access FROM provider_payment
                WHERE event = w.event AND payment = w.id AND payment_index = w.id_index AND p.status = 1) AS a ON true
        """

    /// Which place those who wait have, `WaitingLines` says.
    static let entries: SQL = """
        SELECT e.event, e.id, e.id_index, e.show, e.tier, e.buyer, e.quantity, e.status, e.line_order, e.reservation,
            e.reservation_index, r.ends_at
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (event, id, id_index),
            LATERAL (
                SELECT * FROM waitlist_entry WHERE event = w.event AND id = w.id AND id_index = w.id_index) AS e
            LEFT JOIN LATERAL (
                SELECT ends_at FROM reservation
                WHERE event = w.event AND id = e.reservation AND id_index = e.reservation_index) AS r ON true
        """

    static let tickets: SQL = """
        SELECT t.event, t.id, t.id_index, show, place, ended_at IS NOT NULL
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (event, id, id_index),
            LATERAL (SELECT * FROM ticket WHERE event = w.event AND id = w.id AND id_index = w.id_index) AS t
        """
}
