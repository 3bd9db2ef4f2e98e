internal import Pipeline
internal import Postgres
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// Pages of lists, from whichever database is asked for them.
struct ListReader {
    let session: any PostgresSession

    /// Events by what they are sorted by: when they start, or how far away they are.
    func events(
        of tenant: TenantId, _ filter: EventFilter, _ page: Page
    ) throws -> (ids: [EventId], next: Cursor?) {
        var after: (rank: Int64, event: EventId)?
        if case .events(let rank, let event) = page.after { after = (rank, event) }
        let rows = try session.query(
            Self.findEvents, tenant.uuid, filter.words, filter.city, filter.country, filter.category,
            filter.near?.latitude, filter.near?.longitude, filter.near?.kilometres, filter.from, filter.to,
            after?.rank, after?.event.uuid, Int64(page.limit + 1))
        let found = try rows.map { row in
            let (id, rank) = try row.decode((PostgresUUID, Int64).self)
            return (id: EventId(id), rank: rank)
        }
        let items = found.prefix(page.limit)
        let next = found.count > page.limit ? items.last.map { Cursor.events(rank: $0.rank, $0.id) } : nil
        return (items.map(\.id), next)
    }

    /// Those without a show come last, and those of the same rank in the order of their ids.
    private static let findEvents: SQL = """
        WITH found AS (
            SELECT e.id, CASE
                WHEN $6::integer IS NOT NULL
                    THEN round(distance_km($6, $7::integer, e.latitude, e.longitude) * 1000)::bigint
                ELSE coalesce((extract(epoch FROM s.starts_at) * 1000000)::bigint, 9223372036854775807) END AS rank
            FROM event AS e, LATERAL (
                SELECT min(starts_at) AS starts_at FROM show
                WHERE event = e.id AND ($9::timestamptz IS NULL OR starts_at >= $9)
                    AND ($10::timestamptz IS NULL OR starts_at < $10)) AS s
            WHERE e.tenant = $1
                AND ($2::text IS NULL
                    OR event_words(e.name, e.description, e.performers, e.venue, e.city)
                        @@ websearch_to_tsquery('simple', $2))
                AND ($3::text IS NULL OR lower(e.city) = lower($3))
                AND ($4::text IS NULL OR lower(e.country) = lower($4))
                AND ($5::text IS NULL OR lower(e.category) = lower($5))
                AND ($6::integer IS NULL OR distance_km($6, $7, e.latitude, e.longitude) <= $8::double precision)
                AND (s.starts_at IS NOT NULL OR ($9 IS NULL AND $10 IS NULL))
        )
        SELECT id, rank FROM found WHERE $11::bigint IS NULL OR (rank, id) > ($11, $12::uuid)
        ORDER BY rank, id LIMIT $13
        """

    struct Location: Hashable, Sendable {
        let country: String
        let city: String
        let events: Int
    }

    func locations(of tenant: TenantId, _ page: Page) throws -> (items: [Location], next: Cursor?) {
        var after: (country: String, city: String)?
        if case .locations(let country, let city) = page.after { after = (country, city) }
        let rows = try session.query(
            Self.findLocations, tenant.uuid, after?.country, after?.city, Int64(page.limit + 1))
        let found = try rows.map { row in
            let (country, city, events) = try row.decode((String, String, Int64).self)
            return Location(country: country, city: city, events: Int(events))
        }
        let items = Array(found.prefix(page.limit))
        let next =
            found.count > page.limit ? items.last.map { Cursor.locations(country: $0.country, city: $0.city) } : nil
        return (items, next)
    }

    private static let findLocations: SQL = """
        SELECT country, city, count(*) FROM event
        WHERE tenant = $1 AND status = 0 AND (country <> '' OR city <> '')
            AND ($2::text IS NULL OR (country, city) > ($2, $3::text))
        GROUP BY country, city ORDER BY country, city LIMIT $4
        """

    struct Booking: Sendable {
        let id: ScopedId<Kinds.Booking>
        let show: ShowId
        let buyer: Label
        let bookedAt: Timestamp
        let status: BookingStatus
        let total: Money
        /// That still hold.
        let tickets: Int
    }

    func bookings(
        of tenant: TenantId, _ filter: BookingFilter, _ page: Page
    ) throws -> (items: [Booking], next: Cursor?) {
        var after: (at: Timestamp, event: EventId, booking: BookingId)?
        if case .bookings(let at, let event, let booking) = page.after {
            after = (Timestamp(microseconds: at), event, booking)
        }
        let rows = try session.query(
            Self.findBookings, tenant.uuid, filter.buyer, filter.show?.event.uuid,
            filter.show.map { Int32(clamping: $0.number) }, after?.at, after?.event.uuid, after?.booking.uuid,
            after?.booking.number, Int64(page.limit + 1))
        let found = try rows.map(booking)
        let items = Array(found.prefix(page.limit))
        let next =
            found.count > page.limit
            ? items.last.map { Cursor.bookings(bookedAt: $0.bookedAt.microseconds, $0.id.event, $0.id.id) } : nil
        return (items, next)
    }

    /// What batches of decisions are or were signed with, the oldest first.
    func signers() throws -> [VerifyingKey] {
        try session.query("SELECT public_key FROM signing_key ORDER BY first_used, public_key")
            .values(of: [UInt8].self).map { try VerifyingKey($0) }
    }

    private func booking(_ row: PostgresRow) throws -> Booking {
        let (event, id, index, show, buyer, bookedAt, status, total, code, tickets) = try row.decode(
            (PostgresUUID, PostgresUUID, Int32, Int32, String, Timestamp, Int16, Int64, String, Int64).self)
        guard let currency = Currency(code) else { throw BrokenRow("“\(code)” is no currency") }
        return Booking(
            id: ScopedId(event, id, index), show: try ShowId(event, show), buyer: Label(buyer), bookedAt: bookedAt,
            status: try word(status), total: Money(total, currency), tickets: Int(tickets))
    }

    /// Newest first.
    private static let findBookings: SQL = """
        SELECT b.event, b.id, b.id_index, b.show, b.buyer, b.booked_at, b.status, r.total, e.currency,
            (SELECT count(*) FROM ticket
            WHERE event = b.event AND id = b.id AND id_index BETWEEN b.id_index << 8 AND b.id_index << 8 | 255
                AND ended_at IS NULL)
        FROM booking AS b JOIN event AS e ON e.id = b.event,
            LATERAL (SELECT total FROM reservation WHERE event = b.event AND id = b.id AND id_index = b.id_index) AS r
        WHERE e.tenant = $1 AND ($2::text IS NULL OR b.buyer = $2)
            AND ($3::uuid IS NULL OR (b.event = $3 AND b.show = $4::integer))
            AND ($5::timestamptz IS NULL
                OR (b.booked_at, b.event, b.id, b.id_index) < ($5, $6::uuid, $7::uuid, $8::integer))
        ORDER BY b.booked_at DESC, b.event DESC, b.id DESC, b.id_index DESC LIMIT $9
        """
}
