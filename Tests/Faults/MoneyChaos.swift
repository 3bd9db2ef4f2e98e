import Glibc
import Pipeline
import Postgres
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Cashier
@testable import Payments

/// Thousands of checkouts at a provider that is late, tells twice, out of order, not at all, or takes the wrong amount,
/// while the seats worker, the payments worker and the provider die all the time: nobody is charged without a ticket, a
/// refund or an incident.
@Suite(.serialized) struct MoneyChaos {
    /// `TURNSTILE_TEST_CHECKOUTS` makes it more.
    private static let count = ProcessEnvironment.current["TURNSTILE_TEST_CHECKOUTS"].flatMap { Int($0) } ?? 1_000
    private static let buyers = 12

    @Test func nobodyIsChargedForNothingWhateverDies() async throws {
        try await ShopScene.with(worker: false) { shop in
            let seed = Int.random(in: 1..<1_000_000)
            let scene = try MoneyScene(
                shop,
                [
                    "LATE": "0.2", "LATE_BY": "4s", "DUPLICATED": "0.2", "REORDERED": "0.2", "REORDERED_BY": "2s",
                    "LOST": "0.05", "WRONG_AMOUNT": "0.05", "SEED": "\(seed)",
                ])
            try run(scene, seed)
        }
    }

    private func run(_ scene: MoneyScene, _ seed: Int) throws {
        let seats = scene.shop.seats
        var worker = try seats.startProcess()
        defer { kill(worker.pid, SIGKILL) }
        let event = try scene.manage.createEvent(ShopClient.eventBody(standing: 10_000, shows: 2))
        let crowd = Crowd(scene, event.shows, Self.count)
        let threads = try (0..<Self.buyers).map { number in
            try OwnedThread(name: "buyer-\(number)") { crowd.buy(number) }
        }
        var generator = SeededRandom(seed: UInt64(seed))
        var kills = 0
        while !crowd.isDone {
            usleep(1_200_000)
            kills += 1
            switch kills % 3 {
            case 0:
                kill(worker.pid, SIGKILL)
                worker = try seats.startProcess()
            case 1: try scene.killPayments()
            default: try scene.killSandbox()
            }
            usleep(UInt32.random(in: 0..<1_500_000, using: &generator))
        }
        for thread in threads { thread.join() }
        #expect(crowd.paid > Self.count * 9 / 10, "seed \(seed): only \(crowd.paid) were paid; \(crowd.trouble)")
        do {
            try seats.withConnection { connection in
                try seats.waitUntil("everything has come to its end (seed \(seed))", within: .seconds(120)) {
                    usleep(250_000)
                    return try connection.query(Self.unsettled, crowd.gaveUp).one().get(0, as: Int64.self) == 0
                }
            }
        } catch {
            let left = try seats.withConnection { connection in
                try connection.query(Self.leftOver).map { try $0.get(0, as: String.self) }
            }
            Issue.record("\(error); gave up: \(crowd.gaveUp), \(crowd.trouble); left over: \(left)")
        }
        try expectTruth(scene, seed)
        #expect(kills >= 6, "only \(kills) were killed")
    }

    /// Payments of which something is still to be heard, and calls to the provider that are still to be made. What a
    /// buyer left who gave up before the page took the money is open until its time is over.
    private static let unsettled: SQL = """
        WITH heard AS (
            SELECT * FROM payment AS p WHERE NOT EXISTS (
                SELECT FROM reservation AS r
                WHERE (r.event, r.id, r.id_index) = (p.event, p.reservation, p.reservation_index)
                    AND r.buyer = ANY ($1::text[]))
        )
        SELECT (SELECT count(*) FROM heard WHERE status IN (0, 1, 5))
            + (SELECT count(*) FROM effect
                WHERE state = 'waiting' AND (kind <> 'payments' OR body ->> 'do' <> 'fetch-payment'))
            + (SELECT count(*) FROM effect AS e JOIN heard AS p ON p.event = e.event AND p.captured IS NULL
                AND p.status < 2
                WHERE e.state = 'waiting' AND body ->> 'do' = 'fetch-payment' AND next_at < now() + interval '15 s')
        """

    /// What a person wants to know of those.
    private static let leftOver: SQL = """
        SELECT format('payment status %s: %s', status, count(*)) FROM payment WHERE status IN (0, 1, 5) GROUP BY status
        UNION ALL
        SELECT format('%s %s after %s attempts, due in %s: %s', kind, body ->> 'do', attempts,
            date_trunc('minute', next_at - now()), count(*))
        FROM effect WHERE state = 'waiting'
        GROUP BY kind, body ->> 'do', attempts, date_trunc('minute', next_at - now())
        """

    private func expectTruth(_ scene: MoneyScene, _ seed: Int) throws {
        let verified = try DatabaseVerification.run(scene.shop.seats.database)
        #expect(verified.findings.first.isEmpty, "seed \(seed): \(verified.findings.first)")
        let settings = try Settings.load(
            file: nil, environment: scene.providerEnvironment, sections: StandardSections.all, others: .passedOver)
        let report = try Reconciliation.run(
            scene.shop.seats.database, providers: try Providers(settings, metrics: Metrics()))
        #expect(report.findings.first.isEmpty, "seed \(seed): \(report.findings.first)")
        #expect(report.asked > Self.count * 9 / 10)
        #expect(try scene.shop.seats.count("SELECT count(*) FROM booking") > Self.count * 8 / 10, "seed \(seed)")
        #expect(try scene.shop.seats.count("SELECT count(*) FROM refund WHERE reason = 5") > 0, "wrong amounts came")
    }
}

/// Buyers who reserve, check out, wait for the page and pay; what fails for a moment they try again, under the same
/// key.
private final class Crowd: Sendable {
    private let ingress: Int
    private let query: Int
    private let keys: (produce: String, read: String)
    private let sandbox: UInt16
    private let shows: [String]
    private let count: Int
    private let next = Atomic<Int>(0)
    private let finished = Atomic<Int>(0)
    private let good = Atomic<Int>(0)
    private let troubles = Lock(Troubles())

    private struct Troubles {
        var counts: [String: Int] = [:]
        var buyers: [String] = []
    }

    init(_ scene: MoneyScene, _ shows: [String], _ count: Int) {
        ingress = scene.ingress.port
        query = scene.query.port
        keys = (scene.shop.keys.produce, scene.shop.keys.read)
        sandbox = UInt16(scene.sandboxPort)
        self.shows = shows
        self.count = count
    }

    var isDone: Bool { finished.load(ordering: .acquiring) >= count }
    var paid: Int { good.load(ordering: .acquiring) }
    var trouble: [String: Int] { troubles.withLock { $0.counts } }
    /// Whom their trouble kept from paying.
    var gaveUp: [String] { troubles.withLock { $0.buyers } }

    func buy(_ number: Int) {
        let producer = ShopClient(port: ingress, key: keys.produce)
        let reader = ShopClient(port: query, key: keys.read)
        while true {
            let buyer = next.wrappingAdd(1, ordering: .relaxed).newValue
            guard buyer <= count else { return }
            do {
                try buy("b\(buyer)", shows[buyer % shows.count], producer, reader)
                good.wrappingAdd(1, ordering: .releasing)
            } catch {
                troubles.withLock {
                    $0.counts[String("\(error)".prefix(60)), default: 0] += 1
                    $0.buyers.append("b\(buyer)")
                }
            }
            finished.wrappingAdd(1, ordering: .releasing)
        }
    }

    private func buy(_ buyer: String, _ show: String, _ producer: ShopClient, _ reader: ShopClient) throws {
        let reserved = try again { try producer.reserve(show, buyer: buyer, idempotencyKey: "r-\(buyer)") }
        guard let reservation = reserved["reservationId"] else { throw Trouble(reserved.text) }
        let checkedOut = try again {
            try producer.post(
                "/v1/reservations/\(reservation)/checkout", #"{"provider":"sandbox"}"#,
                idempotencyKey: "c-\(buyer)")
        }
        guard let payment = checkedOut["paymentId"] else { throw Trouble(checkedOut.text) }
        for _ in 0..<600 {
            let answer = try again { try reader.get("/v1/payments/\(payment)") }
            if let url = answer["payUrl"] {
                // Behind the host.
                return try pay(String(url.dropFirst("http://".count).drop { $0 != "/" }))
            }
            guard answer["status"] == "creating" || answer["status"] == "pending" else {
                throw Trouble("it is \(answer["status"] ?? "nothing")")
            }
            usleep(50_000)
        }
        throw Trouble("no page came")
    }

    private func pay(_ path: String) throws {
        for _ in 0..<200 {
            let answer = try? RawHTTPClient(port: sandbox).exchange(
                "POST", path, headers: ["Content-Type: application/json"], body: #"{"outcome":"succeed"}"#)
            if answer?.status == 200 { return }
            usleep(50_000)
        }
        throw Trouble("the page does not answer")
    }

    /// Until it is neither the server's fault nor undecided.
    private func again(_ send: () throws -> ShopClient.Answer) throws -> ShopClient.Answer {
        for _ in 0..<300 {
            if let answer = try? send(), answer.status != 202, answer.status < 500 { return answer }
            usleep(50_000)
        }
        throw Trouble("no answer came")
    }
}

private struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
