import Glibc
import Pipeline
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// Two workers that are killed all the time, and producers that send everything they have, some of it twice.
@Suite(.serialized) struct SeatsChaos {
    private static let events = 50
    private static let count = 20_000
    private static let kills = 10

    @Test func everyCommandIsDecidedOnceAndInOrderWhateverDies() async throws {
        try await SeatsScene.with(partitions: 16, spares: 4) { scene in
            let seed = UInt64.random(in: 0 ..< .max)
            try run(scene, seed)
        }
    }

    private func run(_ scene: SeatsScene, _ seed: UInt64) throws {
        let producer = try LineProducer(scene)
        let pool = try WorkerPool(workers: 2) { try scene.startProcess() }
        defer { pool.abandon() }
        var sale = Sale(seed: seed)
        for command in sale.creations() { #expect(try producer.ask(command).status == 201, "seed \(seed)") }

        var nextKill = SystemTime().monotonic + .seconds(1)
        var generator = SeededRandom(seed: seed ^ 0xC0FFEE)
        let shares = Self.count / 400
        for share in 0..<400 {
            for message in sale.messages(shares) { try producer.send(message) }
            // The producer is ahead of the workers, but not so far that the end is long in coming.
            usleep(60_000)
            let now = SystemTime().monotonic
            if now >= nextKill, pool.kills < Self.kills, share < 390 {
                try pool.killAndRestart(Int.random(in: 0..<2, using: &generator))
                nextKill = now + .milliseconds(Int.random(in: 1_000...3_500, using: &generator))
            }
        }
        try producer.flush()
        let expected = Self.events + Self.count
        try scene.waitUntil("all is decided (seed \(seed))", within: .seconds(90)) {
            usleep(100_000)
            return try scene.count("SELECT count(*) FROM journal WHERE kind = 0") >= expected
        }
        // A reply may have died with its worker: whoever asks again gets what was decided.
        for message in sale.unanswered(by: producer) { try producer.send(message) }
        try scene.waitUntil("all is answered (seed \(seed))", within: .seconds(60)) {
            usleep(20_000)
            return producer.answered == expected
        }
        try pool.drain()
        #expect(pool.kills >= Self.kills / 2, "only \(pool.kills) workers were killed")
        try expectTruth(scene, sale, expected, seed)
    }

    private func expectTruth(_ scene: SeatsScene, _ sale: Sale, _ expected: Int, _ seed: UInt64) throws {
        #expect(try scene.count("SELECT count(*) FROM journal WHERE kind = 0") == expected, "seed \(seed)")
        #expect(try scene.count("SELECT count(*) FROM parked") == 0, "seed \(seed)")
        #expect(try scene.count("SELECT count(*) FROM claim") > 1_000, "too little was sold to prove anything")
        try scene.withConnection { connection in
            for (event, ids) in sale.order {
                let rows = try connection.query(
                    "SELECT id FROM journal WHERE event = $1 AND kind = 0 ORDER BY partition, sequence",
                    PostgresUUID(high: event.high, low: event.low))
                let decided = try rows.values(of: PostgresUUID.self).map { CommandId(high: $0.high, low: $0.low) }
                #expect(decided == ids, "an event's commands were decided in another order (seed \(seed))")
            }
        }
        let replay = try DatabaseReplay.run(scene.database)
        #expect(replay.findings.first.isEmpty, "seed \(seed): \(replay.findings.first)")
        let verification = try DatabaseVerification.run(scene.database)
        #expect(verification.findings.first.isEmpty, "seed \(seed): \(verification.findings.first)")
        #expect(verification.entries >= expected)
    }
}

/// What buyers of many events want, by a seed: holds, some of them given back, booked or left to end; waitlists.
private struct Sale {
    let commands = SeatsCommands()
    /// What was sent for each event, in order, each command once.
    private(set) var order: [(event: EventId, ids: [CommandId])] = []
    private var generator: SeededRandom
    private var next = 0
    private var sent: [WireCommand] = []
    /// By event: reservations that something can be done with.
    private var open: [[ReservationId]]

    init(seed: UInt64) {
        generator = SeededRandom(seed: seed)
        open = Array(repeating: [], count: 50)
    }

    mutating func creations() -> [WireCommand] {
        (0..<50).map { number in
            let event = commands.event(number)
            let create = commands.create(next, event, places: 150, width: 15, price: number % 2 == 0 ? 0 : 1_000) {
                // Some holds end while the sale goes on, and what they free is offered to the waitlist.
                $0.hold = number % 3 == 0 ? 3 : 600
                $0.offer = 5
            }
            next += 1
            order.append((event, [create.id]))
            sent.append(create)
            return create
        }
    }

    /// Messages with so many new commands, and some of the old ones again.
    mutating func messages(_ count: Int) -> [[WireCommand]] {
        var messages: [[WireCommand]] = []
        var left = count
        while left > 0 {
            let number = Int.random(in: 0..<50, using: &generator)
            let size = min(left, Int.random(in: 1...8, using: &generator))
            left -= size
            var message = (0..<size).map { _ in command(number) }
            order[number].ids += message.map(\.id)
            sent += message
            // A retry of the same producer: behind the first, and possibly much later.
            if Int.random(in: 0..<4, using: &generator) == 0, let again = sent.randomElement(using: &generator) {
                if again.event == message[0].event { message.append(again) } else { messages.append([again]) }
            }
            messages.append(message)
        }
        return messages
    }

    /// Commands that no reply has come for, one a message.
    func unanswered(by producer: LineProducer) -> [[WireCommand]] {
        sent.filter { producer.replies(to: $0.id).isEmpty }.map { [$0] }
    }

    private mutating func command(_ number: Int) -> WireCommand {
        let event = commands.event(number)
        defer { next += 1 }
        let buyer = Label("buyer-\(Int.random(in: 0..<60, using: &generator))")
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5:
            let quantity = Int.random(in: 1...4, using: &generator)
            open[number].append(ReservationId(command: commands.id(next), index: 0))
            return commands.reserve(next, event, buyer: buyer.text, quantity: quantity)
        case 5, 6:
            guard let reservation = takeOpen(number) else { fallthrough }
            return commands.command(next, event, Content(.release(reservation)))
        case 7:
            return commands.command(
                next, event,
                Content(.joinWaitlist(JoinWaitlist(show: 1, buyer: buyer, tier: "A", quantity: 2))))
        case 8:
            guard let reservation = takeOpen(number) else { fallthrough }
            return commands.command(
                next, event, Content(.checkout(Checkout(reservation: reservation, provider: "sandbox"))))
        default:
            let reservation = open[number].last ?? ReservationId(command: commands.id(next), index: 0)
            return commands.command(next, event, Content(.extend(reservation, by: 5)))
        }
    }

    private mutating func takeOpen(_ number: Int) -> ReservationId? {
        guard !open[number].isEmpty else { return nil }
        return open[number].remove(at: Int.random(in: 0..<open[number].count, using: &generator))
    }
}
