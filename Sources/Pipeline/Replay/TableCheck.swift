package import Postgres
internal import Runtime
internal import Ticketing

/// What must hold between the tables, asked of the server: each statement returns the rows that break a promise, with
/// the event and a text for people, and nothing where all is well.
package struct TableCheck: Sendable {
    package let code: Finding.Code
    /// What is proved where nothing is returned.
    package let promise: String
    package let statement: SQL

    package init(code: Finding.Code, promise: String, statement: SQL) {
        self.code = code
        self.promise = promise
        self.statement = statement
    }

    /// How many rows of one statement are looked at; what is broken at one place is mostly broken at many.
    static let most = 20

    static let all: [TableCheck] = [
        TableCheck(
            code: .place, promise: "every held place is its reservation's",
            statement: """
                SELECT c.event, format('place %s of show %s', c.place, c.show)
                FROM claim AS c
                LEFT JOIN reservation AS r ON (r.event, r.id, r.id_index) = (c.event, c.holder, c.holder_index)
                WHERE c.kind <> 2 AND (
                    r.id IS NULL OR r.show <> c.show OR NOT c.place = ANY (r.places)
                    OR (c.kind = 1) <> (r.status = 2) OR r.status NOT IN (0, 1, 2))
                LIMIT 20
                """),
        TableCheck(
            code: .place, promise: "every hold has all its places, every booking at least one",
            statement: """
                SELECT r.event, format('a reservation of %s has %s places, of %s', r.buyer, count(c.place),
                    cardinality(r.places))
                FROM reservation AS r
                LEFT JOIN claim AS c ON (c.event, c.holder, c.holder_index) = (r.event, r.id, r.id_index)
                WHERE r.status IN (0, 1, 2)
                GROUP BY r.event, r.id, r.id_index
                HAVING CASE WHEN r.status = 2 THEN count(c.place) = 0
                    ELSE count(c.place) <> cardinality(r.places) END
                LIMIT 20
                """),
        TableCheck(
            code: .place, promise: "every sold place has one valid ticket, and every valid ticket its sold place",
            statement: """
                SELECT coalesce(c.event, t.event), CASE WHEN t.id IS NULL
                    THEN format('place %s of show %s is sold without a ticket', c.place, c.show)
                    ELSE format('a ticket for place %s of show %s is valid, but the place is not its booking''s',
                        t.place, t.show) END
                FROM (SELECT * FROM claim WHERE kind = 1) AS c
                FULL JOIN (SELECT * FROM ticket WHERE ended_at IS NULL) AS t
                    ON (t.event, t.show, t.place) = (c.event, c.show, c.place)
                WHERE t.id IS NULL OR c.event IS NULL OR (t.booking, t.booking_index) <> (c.holder, c.holder_index)
                LIMIT 20
                """),
        TableCheck(
            code: .limit, promise: "nobody has more places of a show than one may",
            statement: """
                SELECT r.event, format('%s has %s places of show %s, of %s', r.buyer, count(*), r.show,
                    e.max_tickets_per_buyer)
                FROM claim AS c
                JOIN reservation AS r ON (r.event, r.id, r.id_index) = (c.event, c.holder, c.holder_index)
                JOIN event AS e ON e.id = r.event
                GROUP BY r.event, r.show, r.buyer, e.max_tickets_per_buyer
                HAVING count(*) > e.max_tickets_per_buyer
                LIMIT 20
                """),
        TableCheck(
            code: .line, promise: "every offer that stands is a hold of its buyer",
            statement: """
                SELECT w.event, format('an entry of %s in the line', w.buyer)
                FROM waitlist_entry AS w
                LEFT JOIN reservation AS r
                    ON (r.event, r.id, r.id_index) = (w.event, w.reservation, w.reservation_index)
                WHERE w.status = 1 AND (r.id IS NULL OR r.status NOT IN (0, 1) OR r.buyer <> w.buyer
                    OR cardinality(r.places) <> w.quantity OR NOT r.is_offer)
                LIMIT 20
                """),
        TableCheck(
            code: .effect, promise: "every effect belongs to a decision",
            statement: """
                SELECT e.event, format('effect %s, of command %s', e.id, e.command)
                FROM effect AS e
                WHERE NOT EXISTS (SELECT FROM journal AS j WHERE j.id = e.command AND j.event = e.event)
                    -- What makes an account's database comes before the journal that the request is in.
                    AND NOT (e.kind = 'accounts' AND EXISTS (
                        SELECT FROM account AS a WHERE (a.tenant, a.command) = (e.tenant, e.command)))
                    AND e.created_at >= (SELECT min(at) FROM batch)
                LIMIT 20
                """),
        TableCheck(
            code: .twice, promise: "nothing is decided twice",
            statement: """
                SELECT min(j.event::text)::uuid, format('command %s has %s entries', j.id, count(*))
                FROM (SELECT id, week, event FROM journal) AS j
                GROUP BY j.id
                HAVING count(*) > 1 AND max(week) - min(week) < 2
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "every booking is paid in full, with its own payment",
            statement: """
                SELECT b.event, format('a booking of %s: %s was taken, of %s', b.buyer, p.captured, r.total)
                FROM booking AS b
                LEFT JOIN reservation AS r ON (r.event, r.id, r.id_index) = (b.event, b.id, b.id_index)
                LEFT JOIN payment AS p ON (p.event, p.id, p.id_index) = (b.event, b.payment, b.payment_index)
                LEFT JOIN event AS e ON e.id = b.event
                WHERE (p.captured = r.total AND p.captured_currency = e.currency
                    AND (p.reservation, p.reservation_index) = (r.id, r.id_index)) IS NOT TRUE
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "a booking's tickets add up to its price",
            statement: """
                SELECT b.event, format('a booking of %s: its tickets cost %s, of %s', b.buyer,
                    coalesce(sum(t.price), 0), r.total)
                FROM booking AS b
                JOIN reservation AS r ON (r.event, r.id, r.id_index) = (b.event, b.id, b.id_index)
                LEFT JOIN ticket AS t ON (t.event, t.booking, t.booking_index) = (b.event, b.id, b.id_index)
                GROUP BY b.event, b.id, b.id_index, b.buyer, r.total
                HAVING coalesce(sum(t.price), 0) <> r.total
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "every amount that was taken is a booking's, was given back, or is an incident",
            statement: """
                SELECT p.event, format('of %s %s that were taken, %s are given back or gone, and no booking has the '
                    'rest', p.captured, p.captured_currency, coalesce(sum(g.amount), 0))
                FROM payment AS p
                LEFT JOIN (
                    SELECT event, payment, payment_index, amount, currency FROM refund
                    UNION ALL
                    SELECT event, payment, payment_index, amount, currency FROM dispute WHERE status = 2) AS g
                    ON (g.event, g.payment, g.payment_index) = (p.event, p.id, p.id_index)
                        AND coalesce(g.currency, p.captured_currency) = p.captured_currency
                LEFT JOIN booking AS b ON (b.event, b.payment, b.payment_index) = (p.event, p.id, p.id_index)
                LEFT JOIN incident AS i ON (i.event, i.payment, i.payment_index) = (p.event, p.id, p.id_index)
                WHERE p.captured > 0 AND b.id IS NULL AND i.payment IS NULL AND p.status <> 7
                GROUP BY p.event, p.id, p.id_index
                HAVING coalesce(sum(g.amount), 0) < p.captured
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "we give nothing more back than was taken",
            statement: """
                SELECT p.event, format('%s are given back, of %s', sum(f.amount), coalesce(p.captured, 0))
                FROM refund AS f
                LEFT JOIN payment AS p ON (p.event, p.id, p.id_index) = (f.event, f.payment, f.payment_index)
                WHERE f.reason <> 6
                GROUP BY p.event, p.id, p.id_index
                HAVING sum(f.amount) > coalesce(p.captured, 0)
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "what is gone beyond what was taken is an incident, or disputed still",
            statement: """
                SELECT p.event, format('%s are gone, of %s, and the payment''s status is %s', sum(g.amount),
                    p.captured, p.status)
                FROM payment AS p
                JOIN (
                    SELECT event, payment, payment_index, amount, currency FROM refund WHERE status = 2
                    UNION ALL
                    SELECT event, payment, payment_index, amount, currency FROM dispute WHERE status = 2) AS g
                    ON (g.event, g.payment, g.payment_index) = (p.event, p.id, p.id_index)
                        AND coalesce(g.currency, p.captured_currency) = p.captured_currency
                WHERE p.status NOT IN (7, 8)
                GROUP BY p.event, p.id, p.id_index
                HAVING sum(g.amount) > p.captured
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "nobody is let in whose money was taken back",
            statement: """
                SELECT b.event, format('a booking of %s: dispute %s was lost', b.buyer, d.reference)
                FROM dispute AS d
                JOIN booking AS b ON (b.event, b.payment, b.payment_index) = (d.event, d.payment, d.payment_index)
                JOIN payment AS p ON (p.event, p.id, p.id_index) = (d.event, d.payment, d.payment_index)
                WHERE d.status = 2 AND b.status = 0 AND p.captured > 0
                LIMIT 20
                """),
    ]

    package func run(in session: any PostgresSession, _ found: inout Findings) throws {
        for row in try session.query(statement) {
            let (event, text) = try row.decode((PostgresUUID?, String).self)
            found.add(
                Finding(code, event: event.map { EventId(high: $0.high, low: $0.low) }, "\(text), against: \(promise)"))
        }
    }
}
