import Pipeline
import Postgres
import RabbitMQ
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

/// A worker in this process between a real broker and a real database.
@Suite struct LoopTests {
    private let commands = SeatsCommands()

    @Test func commandsAreDecidedJournaledAndAnswered() async throws {
        let commands = commands
        try await SeatsScene.with { scene in
            let producer = try LineProducer(scene)
            try scene.withWorker { _ in
                let event = commands.event(1)
                let created = try producer.ask(commands.create(0, event, places: 100))
                #expect(created.status == 201, "\(created.text)")
                let reserves = (1...20).map { commands.reserve($0, event) }
                try producer.send(reserves)
                for reserve in reserves {
                    let reply = try producer.reply(to: reserve.id)
                    #expect(reply.status == 201 && !reply.isReplayed, "\(reply.text)")
                }
            }
            #expect(try scene.count("SELECT count(*) FROM journal") == 21)
            #expect(try scene.count("SELECT count(*) FROM claim") == 20)
            #expect(try scene.count("SELECT count(*) FROM partition WHERE owner IS NOT NULL") == 0)
            #expect(try scene.count("SELECT count(*) FROM worker") == 0)
            #expect(try scene.count("SELECT count(*) FROM signing_key") == 1)
        }
    }

    @Test func aCommandThatComesAgainGetsTheSameAnswerAndIsDecidedOnce() async throws {
        let commands = commands
        try await SeatsScene.with { scene in
            let producer = try LineProducer(scene)
            let event = commands.event(1)
            let reserve = commands.reserve(1, event)
            try scene.withWorker { _ in
                _ = try producer.ask(commands.create(0, event))
                try producer.send([reserve, reserve])
                try scene.waitUntil("both are answered") { producer.replies(to: reserve.id).count == 2 }
            }
            // Another worker, which has to ask the journal.
            try scene.withWorker("worker-2") { _ in
                try producer.send([reserve])
                try scene.waitUntil("the third is answered") { producer.replies(to: reserve.id).count == 3 }
            }
            let replies = producer.replies(to: reserve.id)
            #expect(Set(replies.map(\.body)).count == 1)
            #expect(replies.map(\.isReplayed) == [false, true, true])
            #expect(try scene.count("SELECT count(*) FROM journal") == 2)
        }
    }

    @Test func readersHearHowBusyThePartitionsAre() async throws {
        let commands = commands
        try await SeatsScene.with { scene in
            let producer = try LineProducer(scene)
            let connection = try Connection.open(try ConnectionSettings.patient(url: scene.brokerURL))
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in
                try channel.declare(Queue("loads", isDurable: false, isAutoDelete: true))
                try channel.bind(queue: "loads", to: Topology.load, routingKey: "")
            }
            let queue = DeliveryQueue()
            _ = try connection.consume("loads", sink: queue)
            let event = commands.event(1)
            let home = Keys.partition(of: event, among: scene.partitions)
            var heard: [OwnerLoad] = []
            try scene.withWorker { _ in
                _ = try producer.ask(commands.create(0, event, places: 100))
                for number in 1...9 { _ = try producer.ask(commands.reserve(number, event)) }
                var decoder = LoadDecoder()
                try scene.waitUntil("the end of the work is told") {
                    for delivery in queue.next(within: .milliseconds(100)).deliveries {
                        try delivery.message.body.withUnsafeBytes { message in
                            try decoder.decode(message: message) { line in
                                if case .owner(let owner) = try line.get() { heard.append(owner) }
                            }
                        }
                    }
                    return heard.contains { $0.partition == home && $0.sequence == 10 && $0.rate == 0 }
                }
            }
            // What the others said when they were claimed may have been said before there was a connection.
            #expect(heard.contains { $0.partition == home && $0.rate > 0 })
            #expect(heard.allSatisfy { $0.partition == home || $0.sequence == 0 && $0.rate == 0 })
        }
    }

    @Test func theSameIdWithAnotherCommandIsRefused() async throws {
        let commands = commands
        try await SeatsScene.with { scene in
            let producer = try LineProducer(scene)
            let event = commands.event(1)
            try scene.withWorker { _ in
                _ = try producer.ask(commands.create(0, event))
                _ = try producer.ask(commands.reserve(1, event, quantity: 1))
                try producer.send([commands.reserve(1, event, quantity: 2)])
                try scene.waitUntil("it is answered") { producer.replies(to: commands.id(1)).count == 2 }
                #expect(producer.replies(to: commands.id(1)).last?.status == 422)
            }
        }
    }

    @Test func whatCannotBeDecidedIsParkedAndAnsweredAndItsNeighboursGoOn() async throws {
        let commands = commands
        try await SeatsScene.with { scene in
            let producer = try LineProducer(scene)
            let event = commands.event(1)
            let home = Keys.partition(of: event, among: scene.partitions)
            try scene.withWorker { _ in
                _ = try producer.ask(commands.create(0, event))
                var message: [UInt8] = []
                commands.reserve(1, event).appendLine(to: &message)
                message += Array("{\"v\":1,\"id\":\"00000000000000000000000000000063\",\"kind\":\"fly\"}\n".utf8)
                commands.reserve(2, event).appendLine(to: &message)
                try producer.send(message, to: home)
                #expect(try producer.reply(to: commands.id(1)).status == 201)
                #expect(try producer.reply(to: commands.id(2)).status == 201)
                // To another partition than the key's, by a stranger, who is told nothing, and what says nothing.
                try producer.send([commands.reserve(3, event)], to: (home + 1) % scene.partitions)
                #expect(try producer.reply(to: commands.id(3)).text.contains("wrong-partition"))
                try producer.send([commands.reserve(4, event)], user: nil)
                try producer.send(Array("no JSON at all".utf8), to: home)
                #expect(try producer.ask(commands.reserve(5, event)).status == 201)
            }
            #expect(try scene.count("SELECT count(*) FROM parked WHERE reason = 'malformed'") == 2)
            #expect(try scene.count("SELECT count(*) FROM parked WHERE reason = 'wrong-partition'") == 1)
            #expect(try scene.count("SELECT count(*) FROM parked WHERE reason = 'wrong-user'") == 1)
            #expect(try scene.count("SELECT count(*) FROM journal") == 4)
        }
    }

    @Test func twoWorkersShareThePartitionsAndTheLastOneHasAll() async throws {
        let commands = commands
        try await SeatsScene.with(partitions: 8, spares: 2) { scene in
            let producer = try LineProducer(scene)
            try scene.withWorker("worker-1") { _ in
                try scene.waitUntil("the first owns all") { try scene.owned(by: "worker-1") == 10 }
                for number in 0..<16 { _ = try producer.ask(commands.create(number, commands.event(number))) }
                try scene.withWorker("worker-2") { _ in
                    try scene.waitUntil("they share") {
                        try scene.owned(by: "worker-1") == 5 && scene.owned(by: "worker-2") == 5
                    }
                    for number in 0..<16 {
                        #expect(try producer.ask(commands.reserve(100 + number, commands.event(number))).status == 201)
                    }
                }
                try scene.waitUntil("the first owns all again") { try scene.owned(by: "worker-1") == 10 }
                for number in 0..<16 {
                    #expect(try producer.ask(commands.reserve(200 + number, commands.event(number))).status == 201)
                }
            }
            #expect(try scene.count("SELECT count(*) FROM journal") == 48)
        }
    }
}
