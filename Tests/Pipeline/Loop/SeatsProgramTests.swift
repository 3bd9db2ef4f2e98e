import Glibc
import TestSupport
import Testing

/// `turnstile-seats`, as whoever starts it meets it.
@Suite struct SeatsProgramTests {
    @Test(arguments: [
        ([], [:], 78, "TURNSTILE_POSTGRES_URL and TURNSTILE_RABBITMQ_URL must be set"),
        (
            [],
            [
                "TURNSTILE_POSTGRES_URL": "postgres://x@127.0.0.1:1/x", "TURNSTILE_RABBITMQ_URL": "amqp://127.0.0.1:1",
                "TURNSTILE_SEATS_SIGNING_SEED": "abc",
            ], 78, "must be 32 bytes in hexadecimal"
        ),
        (
            [],
            [
                "TURNSTILE_POSTGRES_URL": "postgres://x@127.0.0.1:1/x", "TURNSTILE_RABBITMQ_URL": "amqp://127.0.0.1:1",
                "TURNSTILE_SEATS_SIGNING_SEED": String(repeating: "0f", count: 32),
            ], 69, "the database: "
        ),
        ([], ["TURNSTILE_SEATS_PREFETCH": "0"], 78, "seats.prefetch"),
        (["--fly"], [:], 64, "usage: turnstile-seats"),
    ])
    func whatItCannotStartWithIsSaid(
        arguments: [String], environment: [String: String], code: Int32, message: String
    ) async throws {
        try await onThread {
            let outcome = try Tool.run(try Tool.built("turnstile-seats"), arguments, environment: environment)
            #expect(outcome.code == code)
            #expect(outcome.error.contains(message), "\(outcome.error)")
        }
    }

    @Test func itTellsHowItIsAndDrainsAtASignal() async throws {
        try await SeatsScene.with { scene in
            let port = UInt16.random(in: 18_000..<19_000)
            let worker = try scene.startProcess(["TURNSTILE_SEATS_HTTP_PORT": "\(port)"])
            defer { kill(worker.pid, SIGKILL) }
            func get(_ path: String) -> RawHTTPResponse? { try? RawHTTPClient(port: port).exchange("GET", path) }
            try scene.waitUntil("it is ready") { get("/readyz")?.status == 200 }
            #expect(get("/healthz")?.status == 200)
            let commands = SeatsCommands()
            let producer = try LineProducer(scene)
            #expect(try producer.ask(commands.create(0, commands.event(1))).status == 201)
            try scene.waitUntil("it is counted") {
                get("/metrics")?.text.contains("turnstile_decisions_total 1\n") ?? false
            }
            kill(worker.pid, SIGTERM)
            #expect(try worker.outcome(within: .seconds(20)).code == 0)
        }
    }
}
