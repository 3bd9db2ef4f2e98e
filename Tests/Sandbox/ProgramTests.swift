internal import Glibc
internal import TestSupport
internal import Testing

/// `turnstile-sandbox`, as whoever starts it meets it.
@Suite struct ProgramTests {
    private static let secrets = [
        "TURNSTILE_SANDBOX_KEY": "very-secret-key", "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": "very-secret-secret",
    ]
    /// Nobody listens there.
    private static let nobody = ["TURNSTILE_POSTGRES_URL": "postgres://x@127.0.0.1:1/x"]

    @Test(
        arguments: [
            (["--fly"], [:], 64, "usage: turnstile-sandbox"),
            ([], [:], 78, "TURNSTILE_SANDBOX_KEY and TURNSTILE_SANDBOX_WEBHOOK_SECRETS must be set"),
            (
                [], ["TURNSTILE_SANDBOX_KEY": "k"], 78,
                "TURNSTILE_SANDBOX_KEY and TURNSTILE_SANDBOX_WEBHOOK_SECRETS must be set"
            ),
            (
                [], ["TURNSTILE_SANDBOX_KEY": "k", "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": ","], 78,
                "TURNSTILE_SANDBOX_KEY and TURNSTILE_SANDBOX_WEBHOOK_SECRETS must be set"
            ),
            ([], secrets, 78, "TURNSTILE_POSTGRES_URL must be set"),
            ([], ["TURNSTILE_SANDBOX_LATE": "1.5"], 78, "sandbox.late"),
            ([], ["TURNSTILE_SANDBOX_LOST": "nan"], 78, "sandbox.lost"),
            ([], ["TURNSTILE_SANDBOX_URL": "http://x/"], 78, "sandbox.url"),
            ([], ["TURNSTILE_SANDBOX_WEBHOOK_URL": "ftp://x"], 78, "sandbox.webhookURL"),
        ] as [([String], [String: String], Int32, String)])
    func whatItCannotStartWithIsSaid(
        arguments: [String], environment: [String: String], code: Int32, message: String
    ) async throws {
        try await onThread {
            let outcome = try Tool.run(try Tool.built("turnstile-sandbox"), arguments, environment: environment)
            #expect(outcome.code == code)
            #expect(outcome.error.contains(message), "\(outcome.error)")
        }
    }

    @Test func itStartsWithoutItsDatabaseAndSaysSo() async throws {
        try await onThread {
            let port = try SandboxScene.freePort()
            let environment = Self.secrets.merging(Self.nobody) { $1 }
                .merging(["TURNSTILE_SANDBOX_PORT": "\(port)"]) { $1 }
            let program = try Tool.start(try Tool.built("turnstile-sandbox"), environment: environment)
            defer { kill(program.pid, SIGKILL) }
            func ask(_ method: String, _ path: String, _ body: String = "") -> RawHTTPResponse? {
                try? RawHTTPClient(port: port).exchange(
                    method, path, headers: ["Authorization: Bearer very-secret-key", "Content-Type: application/json"],
                    body: body)
            }
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(20)
            while ask("GET", "/healthz")?.status != 200 {
                try #require(clock.now < deadline, "it does not answer")
                usleep(20_000)
            }
            let ready = ask("GET", "/readyz")
            #expect(ready?.status == 503 && ready?.text == "the database cannot be asked\n")
            let refused = ask("POST", "/payments", SandboxScene.order("a"))
            #expect(refused?.status == 503 && refused?["Retry-After"] == "1")
            #expect(ask("GET", "/metrics")?.text.contains("turnstile_sandbox_deliveries_total") == true)
            #expect(ask("GET", "/nowhere")?.status == 404)
            kill(program.pid, SIGTERM)
            let outcome = try program.outcome(within: .seconds(20))
            #expect(outcome.code == 0)
            // It says so in its log, too, and no secret.
            #expect(outcome.error.contains("the database cannot be asked") && !outcome.error.contains("very-secret"))
        }
    }
}
