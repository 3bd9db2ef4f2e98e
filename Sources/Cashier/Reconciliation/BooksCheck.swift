internal import Pipeline
internal import Postgres

/// What must hold between the books and the tables, asked of the server.
enum BooksCheck {
    static let all: [TableCheck] = [
        TableCheck(
            code: .money, promise: "every amount that was taken is a booking's, to be given back, or an incident",
            statement: """
                SELECT event, format('of payment %s/%s, %s are for nothing', payment, payment_index, owed)
                FROM (
                    SELECT event, payment, payment_index,
                        sum(CASE 'owed' WHEN target THEN amount WHEN source THEN -amount ELSE 0 END)
                            AS owed
                    FROM ledger
                    GROUP BY event, payment, payment_index) AS b
                WHERE owed <> 0
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "the books have what was taken, and nothing else",
            statement: """
                SELECT coalesce(p.event, l.event), format('payment %s/%s: %s was taken, and the books say %s',
                    coalesce(p.id, l.payment), coalesce(p.id_index, l.payment_index), coalesce(p.captured, 0),
                    coalesce(l.taken, 0))
                FROM (SELECT * FROM payment WHERE captured > 0) AS p
                FULL JOIN (
                    SELECT event, payment, payment_index, sum(amount) AS taken FROM ledger WHERE what = 'captured'
                    GROUP BY event, payment, payment_index) AS l
                    ON (l.event, l.payment, l.payment_index) = (p.event, p.id, p.id_index)
                WHERE l.taken IS DISTINCT FROM p.captured
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "the books have every refund, and whether it arrived",
            statement: """
                SELECT coalesce(f.event, l.event), format('payment %s/%s: %s to be given back and %s given back, and '
                    'the books say %s and %s', coalesce(f.payment, l.payment),
                    coalesce(f.payment_index, l.payment_index), coalesce(f.asked, 0), coalesce(f.done, 0),
                    coalesce(l.asked, 0), coalesce(l.done, 0))
                FROM (
                    SELECT r.event, r.payment, r.payment_index,
                        least(sum(r.amount), max(p.captured) - coalesce(max(g.gone), 0)) AS asked,
                        least(
                            coalesce(sum(r.amount) FILTER (WHERE r.status = 2), 0),
                            max(p.captured) - coalesce(max(g.gone), 0)) AS done
                    FROM refund AS r
                    JOIN payment AS p ON (p.event, p.id, p.id_index) = (r.event, r.payment, r.payment_index)
                    LEFT JOIN (
                        SELECT event, payment, payment_index, sum(amount) AS gone FROM ledger
                        WHERE what = 'lost' AND source <> 'lost' GROUP BY event, payment, payment_index) AS g
                        ON (g.event, g.payment, g.payment_index) = (r.event, r.payment, r.payment_index)
                    WHERE p.captured > 0 AND coalesce(r.currency, p.captured_currency) = p.captured_currency
                    GROUP BY r.event, r.payment, r.payment_index) AS f
                FULL JOIN (
                    SELECT event, payment, payment_index, sum(amount) FILTER (WHERE what = 'refund') AS asked,
                        coalesce(sum(amount) FILTER (WHERE what = 'refunded'), 0) AS done
                    FROM ledger WHERE what IN ('refund', 'refunded') GROUP BY event, payment, payment_index) AS l
                    USING (event, payment, payment_index)
                WHERE (nullif(f.asked, 0), coalesce(f.done, 0))
                    IS DISTINCT FROM (l.asked, coalesce(l.done, 0))
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "the books have every dispute, and how it was settled",
            statement: """
                SELECT coalesce(d.event, l.event), format('payment %s/%s: %s disputed and %s lost, and the books say '
                    '%s and %s', coalesce(d.payment, l.payment), coalesce(d.payment_index, l.payment_index),
                    coalesce(d.open, 0), coalesce(d.lost, 0), coalesce(l.open, 0), coalesce(l.lost, 0))
                FROM (
                    SELECT d.event, d.payment, d.payment_index,
                        coalesce(sum(d.amount) FILTER (WHERE d.status = 0), 0) AS open,
                        coalesce(sum(d.amount) FILTER (WHERE d.status = 2), 0) AS lost
                    FROM dispute AS d
                    JOIN payment AS p ON (p.event, p.id, p.id_index) = (d.event, d.payment, d.payment_index)
                    WHERE p.captured > 0 AND d.currency = p.captured_currency
                    GROUP BY d.event, d.payment, d.payment_index) AS d
                FULL JOIN (
                    SELECT event, payment, payment_index,
                        sum(CASE 'disputed' WHEN source THEN amount WHEN target THEN -amount ELSE 0 END) AS open,
                        coalesce(sum(amount) FILTER (WHERE what = 'lost'), 0) AS lost
                    FROM ledger WHERE what IN ('disputed', 'won', 'lost')
                    GROUP BY event, payment, payment_index) AS l
                    USING (event, payment, payment_index)
                WHERE (coalesce(d.open, 0), coalesce(d.lost, 0))
                    IS DISTINCT FROM (coalesce(l.open, 0), coalesce(l.lost, 0))
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "what counts as sales is a booking's",
            statement: """
                SELECT l.event, format('payment %s/%s: %s count as sales, and no booking was paid with it', l.payment,
                    l.payment_index, l.sales)
                FROM (
                    SELECT event, payment, payment_index,
                        sum(CASE 'sales' WHEN target THEN amount WHEN source THEN -amount ELSE 0 END)
                            AS sales
                    FROM ledger
                    GROUP BY event, payment, payment_index) AS l
                LEFT JOIN booking AS b ON (b.event, b.payment, b.payment_index) = (l.event, l.payment, l.payment_index)
                WHERE l.sales < 0 OR l.sales > 0 AND b.id IS NULL
                LIMIT 20
                """),
        TableCheck(
            code: .money, promise: "nothing is to be given back that was not taken",
            statement: """
                SELECT event, format('payment %s/%s: %s are to be given back', payment, payment_index, refunds)
                FROM (
                    SELECT event, payment, payment_index,
                        sum(CASE 'refunds' WHEN target THEN amount WHEN source THEN -amount ELSE 0 END)
                            AS refunds
                    FROM ledger
                    GROUP BY event, payment, payment_index) AS b
                WHERE refunds < 0
                LIMIT 20
                """),
    ]
}
