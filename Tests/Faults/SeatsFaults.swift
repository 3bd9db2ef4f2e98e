import Glibc
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing

/// Workers and servers of the seats line that are killed, frozen and taken away.
@Suite(.serialized) struct SeatsFaults {
    private static let commands = SeatsCommands()
    private static let events = 12

    /// Creates the events, so that every partition has one or more.
    private func begin(_ scene: SeatsScene, _ producer: LineProducer) throws {
        for number in 0..<Self.events {
            let reply = try producer.ask(Self.commands.create(number, Self.commands.event(number), places: 500))
            #expect(reply.status == 201, "\(reply.text)")
        }
    }

    /// A producer, once the broker lets anybody in: it listens before that.
    private func connected(_ scene: SeatsScene, _ name: String) throws -> LineProducer {
        var producer: LineProducer?
        try scene.waitUntil("the broker lets a producer in", within: .seconds(60)) {
            producer = try? LineProducer(scene, named: name)
            return producer != nil
        }
        return try #require(producer)
    }

    /// Reserves in each event and waits for the answers.
    private func reserve(_ producer: LineProducer, from first: Int, within patience: Duration) throws {
        for number in 0..<Self.events {
            try producer.send([Self.commands.reserve(first + number, Self.commands.event(number))])
        }
        for number in 0..<Self.events {
            let reply = try producer.reply(to: Self.commands.id(first + number), within: patience)
            #expect(reply.status == 201, "\(reply.text)")
        }
    }

    /// What holds whatever happened: no gap in a journal, epochs that only rise, as many claims as were answered.
    private func expectOrder(_ scene: SeatsScene, decided: Int, claims: Int) throws {
        #expect(try scene.count("SELECT count(*) FROM journal") == decided)
        #expect(try scene.count("SELECT count(*) FROM claim") == claims)
        #expect(
            try scene.count(
                """
                SELECT count(*) FROM (
                    SELECT number - lag(number, 1, 0::bigint) OVER own AS step,
                        epoch - lag(epoch, 1, 0::bigint) OVER own AS rise
                    FROM batch WINDOW own AS (PARTITION BY partition ORDER BY number)
                ) AS steps WHERE step <> 1 OR rise < 0
                """) == 0)
    }

    /// Waits until both own something and every partition has an owner.
    private func awaitShares(_ scene: SeatsScene, of workers: Int) throws {
        try scene.waitUntil("\(workers) workers share all partitions") {
            try scene.count("SELECT count(DISTINCT owner) FROM partition") == workers
                && scene.count("SELECT count(*) FROM partition WHERE owner IS NULL") == 0
        }
    }

    @Test func aKilledWorkersPartitionsAreDecidedAgainWithinThreeSeconds() async throws {
        try await SeatsScene.with(partitions: 8, spares: 2) { scene in
            let producer = try LineProducer(scene)
            let first = try scene.startProcess()
            let second = try scene.startProcess()
            defer { for process in [first, second] { kill(process.pid, SIGKILL) } }
            try awaitShares(scene, of: 2)
            try begin(scene, producer)
            try reserve(producer, from: 100, within: .seconds(10))
            kill(first.pid, SIGKILL)
            let killed = SystemTime().monotonic
            try reserve(producer, from: 200, within: .seconds(10))
            let took = SystemTime().monotonic - killed
            #expect(took < .seconds(3), "\(took)")
            try expectOrder(scene, decided: 3 * Self.events, claims: 2 * Self.events)
            kill(second.pid, SIGTERM)
            #expect(try second.outcome(within: .seconds(20)).code == 0)
        }
    }

    @Test func aFrozenWorkerIsReplacedWithin20SecondsAndNeverCommitsAgain() async throws {
        try await SeatsScene.with(partitions: 8, spares: 2) { scene in
            let producer = try LineProducer(scene)
            let frozen = try scene.startProcess()
            let other = try scene.startProcess()
            defer {
                for process in [frozen, other] {
                    kill(process.pid, SIGKILL)
                }
            }
            try awaitShares(scene, of: 2)
            try begin(scene, producer)
            kill(frozen.pid, SIGSTOP)
            let stopped = SystemTime().monotonic
            try reserve(producer, from: 100, within: .seconds(30))
            let took = SystemTime().monotonic - stopped
            #expect(took < .seconds(20), "\(took)")
            try scene.waitUntil("one has all") {
                try scene.count("SELECT count(DISTINCT owner) FROM partition") == 1
            }
            kill(frozen.pid, SIGCONT)
            // It finds that it has lost everything, and takes its share as anybody would.
            try awaitShares(scene, of: 2)
            try reserve(producer, from: 200, within: .seconds(20))
            try expectOrder(scene, decided: 3 * Self.events, claims: 2 * Self.events)
            for process in [frozen, other] { kill(process.pid, SIGTERM) }
            #expect(try frozen.outcome(within: .seconds(20)).code == 0)
            #expect(try other.outcome(within: .seconds(20)).code == 0)
        }
    }

    @Test func aDatabaseThatIsKilledAndComesBackStallsPartitionsAndLosesNothing() async throws {
        try await TestBroker.withVirtualHost { broker in
            let postgres = try PrivatePostgres(configuration: ["fsync=on", "synchronous_commit=on"])
            let scene = try SeatsScene(
                database: postgres.settings, databaseURL: "postgres://turnstile@127.0.0.1:\(postgres.port)/postgres",
                brokerURL: broker.url)
            let producer = try LineProducer(scene)
            let worker = try scene.startProcess()
            defer { kill(worker.pid, SIGKILL) }
            try begin(scene, producer)
            // Some of it is on its way when the database goes.
            for number in 0..<1_000 {
                try producer.send([Self.commands.reserve(1_000 + number, Self.commands.event(number % Self.events))])
                if number == 500 { postgres.crash() }
            }
            try postgres.start()
            let back = SystemTime().monotonic
            for number in 0..<1_000 {
                #expect(try producer.reply(to: Self.commands.id(1_000 + number)).status == 201)
            }
            #expect(SystemTime().monotonic - back < .seconds(15))
            try expectOrder(scene, decided: Self.events + 1_000, claims: 1_000)
            kill(worker.pid, SIGTERM)
            #expect(try worker.outcome(within: .seconds(20)).code == 0)
        }
    }

    @Test func aBrokerThatIsKilledAndComesBackLosesNothing() async throws {
        try await TestDatabase.with { database in
            let broker = try PrivateBroker()
            let scene = try SeatsScene(
                database: database.settings, databaseURL: database.url, brokerURL: broker.url)
            var producer = try connected(scene, "ingress-1")
            for partition in 0..<scene.partitions + scene.spares {
                try broker.waitUntilRegistered(quorumQueue: "turnstile.seats.\(partition)")
            }
            let worker = try scene.startProcess()
            defer { kill(worker.pid, SIGKILL) }
            try begin(scene, producer)
            for number in 0..<1_000 {
                try producer.send([Self.commands.reserve(1_000 + number, Self.commands.event(number % Self.events))])
            }
            try producer.flush()
            broker.kill()
            try broker.start()
            // Replies may be lost with the connection: whoever sends again is told what was decided.
            producer = try connected(scene, "ingress-2")
            var again = Self.commands
            again.replyTo = "ingress-2"
            for number in 0..<1_000 {
                try producer.send([again.reserve(1_000 + number, again.event(number % Self.events))])
            }
            for number in 0..<1_000 {
                #expect(try producer.reply(to: again.id(1_000 + number), within: .seconds(60)).status == 201)
            }
            try expectOrder(scene, decided: Self.events + 1_000, claims: 1_000)
            kill(worker.pid, SIGTERM)
            #expect(try worker.outcome(within: .seconds(20)).code == 0)
        }
    }
}
