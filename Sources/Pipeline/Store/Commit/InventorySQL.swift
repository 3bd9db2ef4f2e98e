internal import Postgres

/// What becomes of a group's rows: one statement for each table and kind of change.
///
/// Of what every sale inserts, each column is unnested by itself: `FROM unnest(…, …)` keeps a copy of each column
/// before the first row is made of them.
enum InventorySQL {
    /// The last parameter, how many there are, is for the statement's twin, which takes the same parameters.
    static let insertEvents: SQL = """
        INSERT INTO event (
            id, tenant, name, description, category, language, duration_minutes, venue, city, country, latitude,
            longitude, performers, currency, max_tickets_per_buyer, hold_seconds, payment_seconds, offer_seconds,
            max_pass_overs, status)
        SELECT
            r.id, tenant, name, description, category, language, duration_minutes, venue, city, country, latitude,
            longitude, ARRAY(SELECT jsonb_array_elements_text(performers)), currency, max_tickets, hold, payment,
            offer, pass_overs, status
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
            $9::text[], $10::text[], $11::integer[], $12::integer[], $13::jsonb[], $14::text[], $15::integer[],
            $16::bigint[], $17::bigint[], $18::bigint[], $19::integer[], $20::smallint[])
            AS r (
                id, tenant, name, description, category, language, duration_minutes, venue, city, country, latitude,
                longitude, performers, currency, max_tickets, hold, payment, offer, pass_overs, status)
        WHERE $21::bigint > 0
        """

    static let updateEvents: SQL = """
        WITH changed AS (
            UPDATE event AS e
            SET name = r.name, description = r.description, category = r.category, language = r.language,
                duration_minutes = r.duration_minutes, venue = r.venue, city = r.city, country = r.country,
                latitude = r.latitude, longitude = r.longitude,
                performers = ARRAY(SELECT jsonb_array_elements_text(r.performers)), currency = r.currency,
                max_tickets_per_buyer = r.max_tickets, hold_seconds = r.hold, payment_seconds = r.payment,
                offer_seconds = r.offer, max_pass_overs = r.pass_overs, status = r.status
            FROM unnest(
                $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
                $9::text[], $10::text[], $11::integer[], $12::integer[], $13::jsonb[], $14::text[], $15::integer[],
                $16::bigint[], $17::bigint[], $18::bigint[], $19::integer[], $20::smallint[])
                AS r (
                    id, tenant, name, description, category, language, duration_minutes, venue, city, country,
                    latitude, longitude, performers, currency, max_tickets, hold, payment, offer, pass_overs, status)
            WHERE e.id = r.id AND e.tenant = r.tenant
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $21, 'event')
        """

    static let insertTerms: SQL = """
        INSERT INTO event_terms (event, number, tiers, policy)
        SELECT * FROM unnest($1::uuid[], $2::integer[], $3::jsonb[], $4::jsonb[])
        """

    /// Their versions follow.
    static let insertShows: SQL = """
        INSERT INTO show (
            event, number, starts_at, ends_at, sales_start, sales_end, status, unwind_from, layout, version)
        SELECT *, 0 FROM unnest(
            $1::uuid[], $2::integer[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
            $7::smallint[], $8::bigint[], $9::jsonb[])
        """

    static let updateShows: SQL = """
        WITH changed AS (
            UPDATE show AS s
            SET starts_at = r.starts_at, ends_at = r.ends_at, sales_start = r.sales_start, sales_end = r.sales_end,
                status = r.status, unwind_from = r.unwind_from
            FROM unnest(
                $1::uuid[], $2::integer[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
                $6::timestamptz[], $7::smallint[], $8::bigint[])
                AS r (event, number, starts_at, ends_at, sales_start, sales_end, status, unwind_from)
            WHERE s.event = r.event AND s.number = r.number
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $9, 'show')
        """

    /// No version is left out: who was told the one before must not take the next one for a gap.
    static let insertChanges: SQL = """
        WITH told AS (
            SELECT * FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::bigint[], $5::bytea[])
                AS r (event, show, first, last, line)
        ), changed AS (
            UPDATE show AS s SET version = r.last FROM told AS r
            WHERE s.event = r.event AND s.number = r.show AND s.version = r.first - 1
            RETURNING 1
        ), kept AS (
            INSERT INTO change (slot, event, show, first_version, last_version, at, line)
            SELECT change_slot(now()), event, show, first, last, now(), line FROM told
        )
        SELECT demand((SELECT count(*) FROM changed), $6, 'show')
        """

    static let deleteClaims: SQL = """
        WITH changed AS (
            DELETE FROM claim AS c
            USING unnest($1::uuid[], $2::integer[], $3::integer[], $4::uuid[], $5::integer[], $6::smallint[])
                AS r (event, show, place, holder, holder_index, kind)
            WHERE c.event = r.event AND c.show = r.show AND c.place = r.place AND c.kind = r.kind
                AND c.holder IS NOT DISTINCT FROM r.holder AND c.holder_index IS NOT DISTINCT FROM r.holder_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $7, 'claim')
        """

    static let changeClaims: SQL = """
        WITH changed AS (
            UPDATE claim AS c SET holder = r.new_holder, holder_index = r.new_holder_index, kind = r.new_kind
            FROM unnest(
                $1::uuid[], $2::integer[], $3::integer[], $4::uuid[], $5::integer[], $6::smallint[], $7::uuid[],
                $8::integer[], $9::smallint[])
                AS r (event, show, place, holder, holder_index, kind, new_holder, new_holder_index, new_kind)
            WHERE c.event = r.event AND c.show = r.show AND c.place = r.place AND c.kind = r.kind
                AND c.holder IS NOT DISTINCT FROM r.holder AND c.holder_index IS NOT DISTINCT FROM r.holder_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $10, 'claim')
        """

    static let insertClaims: SQL = """
        INSERT INTO claim (event, show, place, holder, holder_index, kind)
        SELECT
            unnest($1::uuid[]), unnest($2::integer[]), unnest($3::integer[]), unnest($4::uuid[]),
            unnest($5::integer[]), unnest($6::smallint[])
        """

    static let insertReservations: SQL = """
        INSERT INTO reservation (
            event, id, id_index, show, buyer, places, total, terms, status, is_offer, created_at, ends_at)
        SELECT
            unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::integer[]), unnest($4::integer[]), unnest($5::text[]),
            unnest($6::text[])::integer[], unnest($7::bigint[]), unnest($8::integer[]), unnest($9::smallint[]),
            unnest($10::boolean[]), unnest($11::timestamptz[]), unnest($12::timestamptz[])
        WHERE $13::bigint > 0
        """

    static let updateReservations: SQL = """
        WITH changed AS (
            UPDATE reservation AS t
            SET show = r.show, buyer = r.buyer, places = r.places::integer[], total = r.total, terms = r.terms,
                status = r.status, is_offer = r.is_offer, created_at = r.created_at, ends_at = r.ends_at
            FROM unnest(
                $1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::bigint[],
                $8::integer[], $9::smallint[], $10::boolean[], $11::timestamptz[], $12::timestamptz[])
                AS r (event, id, id_index, show, buyer, places, total, terms, status, is_offer, created_at, ends_at)
            WHERE t.event = r.event AND t.id = r.id AND t.id_index = r.id_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $13, 'reservation')
        """

    static let insertPayments: SQL = """
        INSERT INTO payment (
            event, id, id_index, reservation, reservation_index, attempt, provider, reference, amount,
            accept_equivalent, status, captured, captured_currency, reason)
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::integer[], $6::integer[], $7::text[], $8::text[],
            $9::bigint[], $10::boolean[], $11::smallint[], $12::bigint[], $13::text[], $14::text[])
        WHERE $15::bigint > 0
        """

    static let updatePayments: SQL = """
        WITH changed AS (
            UPDATE payment AS t
            SET reservation = r.reservation, reservation_index = r.reservation_index, attempt = r.attempt,
                provider = r.provider, reference = r.reference, amount = r.amount,
                accept_equivalent = r.accept_equivalent, status = r.status, captured = r.captured,
                captured_currency = r.captured_currency, reason = r.reason
            FROM unnest(
                $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::integer[], $6::integer[], $7::text[],
                $8::text[], $9::bigint[], $10::boolean[], $11::smallint[], $12::bigint[], $13::text[], $14::text[])
                AS r (
                    event, id, id_index, reservation, reservation_index, attempt, provider, reference, amount,
                    accept_equivalent, status, captured, captured_currency, reason)
            WHERE t.event = r.event AND t.id = r.id AND t.id_index = r.id_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $15, 'payment')
        """

    static let insertRefunds: SQL = """
        INSERT INTO refund (
            event, id, id_index, payment, payment_index, amount, reason, status, reference, currency)
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::integer[], $6::bigint[], $7::smallint[],
            $8::smallint[], $9::text[], $10::text[])
        WHERE $11::bigint > 0
        """

    static let updateRefunds: SQL = """
        WITH changed AS (
            UPDATE refund AS t
            SET payment = r.payment, payment_index = r.payment_index, amount = r.amount, reason = r.reason,
                status = r.status, reference = r.reference, currency = r.currency
            FROM unnest(
                $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::integer[], $6::bigint[], $7::smallint[],
                $8::smallint[], $9::text[], $10::text[])
                AS r (
                    event, id, id_index, payment, payment_index, amount, reason, status, reference, currency)
            WHERE t.event = r.event AND t.id = r.id AND t.id_index = r.id_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $11, 'refund')
        """

    static let insertDisputes: SQL = """
        INSERT INTO dispute (event, payment, payment_index, reference, amount, currency, status)
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::bigint[], $6::text[], $7::smallint[])
        WHERE $8::bigint > 0
        """

    static let updateDisputes: SQL = """
        WITH changed AS (
            UPDATE dispute AS t SET amount = r.amount, currency = r.currency, status = r.status
            FROM unnest(
                $1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::bigint[], $6::text[], $7::smallint[])
                AS r (event, payment, payment_index, reference, amount, currency, status)
            WHERE t.event = r.event AND t.payment = r.payment AND t.payment_index = r.payment_index
                AND t.reference = r.reference
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $8, 'dispute')
        """

    static let insertBookings: SQL = """
        INSERT INTO booking (
            event, id, id_index, show, buyer, payment, payment_index, terms, booked_at, is_moved, status)
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::text[], $6::uuid[], $7::integer[],
            $8::integer[], $9::timestamptz[], $10::boolean[], $11::smallint[])
        WHERE $12::bigint > 0
        """

    static let updateBookings: SQL = """
        WITH changed AS (
            UPDATE booking AS t
            SET show = r.show, buyer = r.buyer, payment = r.payment, payment_index = r.payment_index,
                terms = r.terms, booked_at = r.booked_at, is_moved = r.is_moved, status = r.status
            FROM unnest(
                $1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::text[], $6::uuid[], $7::integer[],
                $8::integer[], $9::timestamptz[], $10::boolean[], $11::smallint[])
                AS r (
                    event, id, id_index, show, buyer, payment, payment_index, terms, booked_at, is_moved, status)
            WHERE t.event = r.event AND t.id = r.id AND t.id_index = r.id_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $12, 'booking')
        """

    static let endTickets: SQL = """
        WITH changed AS (
            UPDATE ticket AS t SET ended_at = r.ended_at
            FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::timestamptz[]) AS r (event, id, id_index, ended_at)
            WHERE t.event = r.event AND t.id = r.id AND t.id_index = r.id_index AND t.ended_at IS NULL
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $5, 'ticket')
        """

    /// Who gave a ticket back and paid it all the same has it again. It may have ended in this very group.
    static let renewTickets: SQL = """
        WITH changed AS (
            UPDATE ticket AS t SET ended_at = NULL
            FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS r (event, id, id_index)
            WHERE t.event = r.event AND t.id = r.id AND t.id_index = r.id_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $4, 'ticket')
        """

    static let insertTickets: SQL = """
        INSERT INTO ticket (event, id, id_index, booking, booking_index, show, place, price, ended_at)
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::integer[], $6::integer[], $7::integer[],
            $8::bigint[], $9::timestamptz[])
        """

    static let insertEntries: SQL = """
        INSERT INTO waitlist_entry (
            event, id, id_index, show, tier, buyer, quantity, line_order, status, pass_overs, gather_until,
            reservation, reservation_index, ended_at)
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::integer[], $6::text[], $7::integer[],
            $8::bigint[], $9::smallint[], $10::integer[], $11::timestamptz[], $12::uuid[], $13::integer[],
            $14::timestamptz[])
        WHERE $15::bigint > 0
        """

    static let updateEntries: SQL = """
        WITH changed AS (
            UPDATE waitlist_entry AS t
            SET show = r.show, tier = r.tier, buyer = r.buyer, quantity = r.quantity, line_order = r.line_order,
                status = r.status, pass_overs = r.pass_overs, gather_until = r.gather_until,
                reservation = r.reservation, reservation_index = r.reservation_index, ended_at = r.ended_at
            FROM unnest(
                $1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::integer[], $6::text[], $7::integer[],
                $8::bigint[], $9::smallint[], $10::integer[], $11::timestamptz[], $12::uuid[], $13::integer[],
                $14::timestamptz[])
                AS r (
                    event, id, id_index, show, tier, buyer, quantity, line_order, status, pass_overs, gather_until,
                    reservation, reservation_index, ended_at)
            WHERE t.event = r.event AND t.id = r.id AND t.id_index = r.id_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $15, 'waitlist_entry')
        """

    static let insertCheckIns: SQL = """
        INSERT INTO check_in (event, ticket, ticket_index, gate, nonce, at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::timestamptz[])
        """

    static let insertIncidents: SQL = """
        INSERT INTO incident (event, payment, payment_index, amount, currency, at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::text[], $6::timestamptz[])
        WHERE $7::bigint > 0
        """

    static let updateIncidents: SQL = """
        WITH changed AS (
            UPDATE incident AS t SET amount = r.amount, currency = r.currency, at = r.at
            FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::text[], $6::timestamptz[])
                AS r (event, payment, payment_index, amount, currency, at)
            WHERE t.event = r.event AND t.payment = r.payment AND t.payment_index = r.payment_index
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), $7, 'incident')
        """

    static let insertEffects: SQL = """
        INSERT INTO effect (id, kind, event, tenant, partition, command, trace, body, next_at, created_at)
        SELECT id, kind, event, tenant, partition, command, trace, body, at, at
        FROM unnest(
            $1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::integer[], $6::uuid[], $7::text[], $8::jsonb[],
            $9::timestamptz[])
            AS r (id, kind, event, tenant, partition, command, trace, body, at)
        """
}
