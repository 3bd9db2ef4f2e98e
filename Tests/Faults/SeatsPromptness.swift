import Pipeline
import Postgres
import Runtime
import TestSupport
import Testing
import Ticketing

/// What has to happen within a time, measured while nothing else runs.
@Suite(.serialized) struct SeatsPromptness {
    private let commands = SeatsCommands()

    @Test func aHoldEndsWithoutTrafficWithin250Milliseconds() async throws {
        let commands = commands
        try await SeatsScene.with { scene in
            let producer = try LineProducer(scene)
            let event = commands.event(1)
            try scene.withWorker { _ in
                #expect(try producer.ask(commands.create(0, event) { $0.hold = 1 }).status == 201)
                #expect(try producer.ask(commands.reserve(1, event)).status == 201)
                let held = SystemTime().monotonic
                try scene.withConnection { connection in
                    try scene.waitUntil("the place is free") {
                        try connection.query("SELECT count(*) = 0 FROM claim").one().get(0, as: Bool.self)
                    }
                }
                let late = SystemTime().monotonic - held - .seconds(1)
                #expect(late < .milliseconds(250), "\(late) late")
            }
        }
    }

    @Test func aDrainGivesEverythingBackWithinHalfASecond() async throws {
        let commands = commands
        try await SeatsScene.with(partitions: 64, spares: 16) { scene in
            let producer = try LineProducer(scene)
            let loop = try WorkerLoop(try scene.parts("worker-1"))
            try scene.waitUntil("it owns everything") { try scene.owned(by: "worker-1") == 80 }
            for number in 0..<10 {
                _ = try producer.ask(commands.create(number, commands.event(number)))
            }
            try scene.withConnection { connection in
                let start = SystemTime().monotonic
                loop.drain()
                try scene.waitUntil("everything is given back") {
                    try connection.query("SELECT count(*) = 0 FROM partition WHERE owner IS NOT NULL").one()
                        .get(0, as: Bool.self)
                }
                let took = SystemTime().monotonic - start
                #expect(took < .milliseconds(500), "\(took)")
            }
            loop.wait()
        }
    }
}
