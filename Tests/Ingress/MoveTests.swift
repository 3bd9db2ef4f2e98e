import Pipeline
import Postgres
import RabbitMQ
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// Moves of events that come to nothing, or end in the middle: each goes on where it was when it is asked for again.
@Suite(.serialized) struct MoveTests {
    private static let spare = 4
    private static let event = SeatsCommands().event(1)
    private static let home = Keys.partition(of: event, among: 4)

    private static func mover(_ seats: SeatsScene, patience: Duration = .seconds(30)) throws -> EventMover {
        var options = EventMover.Options()
        options.patience = patience
        return EventMover(
            database: seats.database, broker: try ConnectionSettings(url: seats.brokerURL), options: options)
    }

    /// With an event that has been made.
    private static func with(_ body: @escaping @Sendable (SeatsScene, LineProducer) throws -> Void) async throws {
        try await SeatsScene.with { seats in
            let producer = try LineProducer(seats)
            defer { producer.close() }
            try seats.withWorker { _ throws in
                #expect(try producer.ask(SeatsCommands().create(1, event)).status == 201)
            }
            try body(seats, producer)
        }
    }

    private static func sell(_ number: Int, _ producer: LineProducer, in partition: Int) throws -> Int {
        let command = SeatsCommands().reserve(number, event)
        try producer.send([command], to: partition)
        return try producer.reply(to: command.id).status
    }

    private static func state(_ seats: SeatsScene) throws -> String {
        try seats.withConnection { try $0.query("SELECT state FROM event_route").one().get(0) }
    }

    /// An ingress does not say that it knows the new route, and another move is asked for meanwhile.
    @Test func aMoveWaitsForEveryIngressAndGoesOnLater() async throws {
        try await Self.with { seats, producer in
            try seats.withWorker("worker-2") { _ in
                _ = try seats.withConnection { connection in
                    try connection.execute(
                        """
                        INSERT INTO ingress (name, seen_at, map_version)
                        VALUES ('slow', now() + interval '1 hour', 0), ('lapsed', now() - interval '6 seconds', 0)
                        """)
                }
                let error = #expect(throws: MoveError.self) {
                    try Self.mover(seats, patience: .milliseconds(200)).move(Self.event, .dedicate)
                }
                #expect(error == .tooSlow("every ingress knows the new route"))
                #expect(try Self.state(seats) == "moving")
                #expect(throws: MoveError.busy(to: Self.spare)) {
                    try Self.mover(seats).move(Self.event, .undedicate)
                }
                // It is where it was.
                #expect(try Self.sell(2, producer, in: Self.home) == 201)
                _ = try seats.withConnection { connection in
                    try connection.execute("UPDATE ingress SET map_version = 2 WHERE name = 'slow'")
                }
                #expect(try Self.mover(seats).move(Self.event, .dedicate) == Self.spare)
                #expect(try Self.sell(3, producer, in: Self.spare) == 201)
                #expect(try seats.count("SELECT version FROM event_route") == 1, "it is the same move")
            }
        }
    }

    /// Whoever moves it dies after he has sent the last word, twice.
    @Test func aLastWordThatIsSaidAgainIsTheSame() async throws {
        try await Self.with { seats, producer in
            for _ in 0..<2 {
                let error = #expect(throws: MoveError.self) {
                    try Self.mover(seats, patience: .milliseconds(200)).move(Self.event, .dedicate)
                }
                #expect(error == .tooSlow("the owners have handed the event over"))
            }
            try seats.withWorker("worker-2") { _ in
                #expect(try Self.mover(seats).move(Self.event, .dedicate) == Self.spare)
                #expect(try Self.sell(2, producer, in: Self.spare) == 201)
                #expect(try Self.sell(3, producer, in: Self.home) == 503)
                let words = try seats.count(
                    "SELECT count(*) FROM journal WHERE encode(payload, 'escape') LIKE '%\"move-out\"%'")
                #expect(words == 1)
            }
        }
    }

    /// The old partition's queue is not there to take the last word.
    @Test func aLastWordThatNobodyHearsIsSaidAgainLater() async throws {
        try await Self.with { seats, producer in
            let connection = try Connection.open(try ConnectionSettings(url: seats.brokerURL))
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in
                _ = try channel.delete(queue: Topology.seatsQueue(Self.home))
            }
            let error = #expect(throws: MoveError.self) { try Self.mover(seats).move(Self.event, .dedicate) }
            guard case .unheard = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try Self.state(seats) == "moving")
            try seats.withWorker("worker-2") { _ in
                try seats.waitUntil("the queue is there again") {
                    (try? Self.mover(seats).move(Self.event, .dedicate)) == Self.spare
                }
                #expect(try Self.sell(2, producer, in: Self.spare) == 201)
            }
        }
    }

    @Test func whatIsNotThereIsNotMoved() async throws {
        try await Self.with { seats, _ throws in
            #expect(throws: MoveError.noSuchEvent) {
                try Self.mover(seats).move(EventId(high: 1, low: 1), .dedicate)
            }
            #expect(try Self.mover(seats).move(Self.event, .undedicate) == Self.home)
        }
    }

    /// Operators are told of it as of anything else.
    @Test func aMoveThatIsUnderWayIsAConflict() async throws {
        try await ShopScene.with(partitions: 4, spares: 1) { scene in
            let ingress = try scene.startIngress()
            let event = try ShopClient(port: ingress.port, key: scene.keys.manage).createEvent()
            let id = try #require(EventId(text: event.id))
            _ = try scene.seats.withConnection { connection in
                try connection.execute(
                    "INSERT INTO event_route (event, partition, previous, version) VALUES ($1, 4, $2, 1)",
                    PostgresUUID(high: id.high, low: id.low), Int32(Keys.partition(of: id, among: 4)))
            }
            let client = ShopClient(port: ingress.port, key: try scene.operatorKey())
            let answer = try client.post("/v1/operate/events/\(event.id)/undedicate", "")
            #expect(answer.status == 409 && answer.code == "conflict", "\(answer.text)")
            #expect(answer["detail"]?.contains("on its way to partition 4") == true)
        }
    }
}
