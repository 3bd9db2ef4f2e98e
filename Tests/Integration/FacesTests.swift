internal import Foundation
internal import TestSupport
import Testing

@testable internal import Supervisor

/// What the installation serves over HTTP: several processes of each kind behind one gateway.
@Suite(.serialized) struct FacesTests {
    private func curl(_ arguments: String...) throws -> String {
        try Tool.run("/usr/bin/curl", ["-sS"] + arguments).output
    }

    /// The status, the media type and the body.
    private func ask(_ method: String, _ url: String, _ more: String...) throws -> String {
        try Tool.run(
            "/usr/bin/curl",
            ["-sS", "--path-as-is", "-X", method, "-w", "%{http_code} %{content_type}", "-o", "/dev/null"] + more + [
                url
            ]
        ).output
    }

    @Test func severalOfEachComeUpAreMendedAndGoDownInOrder() async throws {
        try await onThread {
            let certificate = try TestCertificate()
            let installation = try Installation(
                ["TURNSTILE_SUPERVISOR_INGRESSES": "2", "TURNSTILE_SUPERVISOR_QUERIES": "2"].merging(
                    certificate.environment(port: Int.random(in: 18_000..<19_000), address: "127.0.0.1")
                ) { $1 })
            defer { _ = try? installation.turnstile("reset", "--yes") }
            let up = try installation.up()
            try #require(up.code == 0, "\(up.output)\(up.error)")
            let run = try #require(try installation.run())
            let faces = ["ingress-1", "ingress-2", "query-1", "query-2"]
            #expect(Set(faces).isSubset(of: run.processes.map(\.name)))
            #expect(up.output.contains("2 ingresses") && up.output.contains("2 query servers"))
            try expectAddresses(of: run, installation.ports)
            #expect((run.demo != nil) != up.output.contains("no demo event"))

            let gateway = try #require(run.gateway)
            try expectRoutes(of: gateway)
            let secure = try #require(run.gatewayTLS)
            #expect(try curl("--cacert", certificate.path, "\(secure)/healthz") == "{\"status\":\"alive\"}\n")

            for name in ["ingress-1", "query-2", "query-1", "ingress-2"] {
                let old = try #require(try installation.pid(of: name))
                kill(old, SIGKILL)
                // While one is away, the other one answers.
                for _ in 0..<5 {
                    #expect(try ask("POST", "\(gateway)/v1/nowhere") == "404 application/problem+json")
                    #expect(try ask("GET", "\(gateway)/v1/nowhere") == "404 application/problem+json")
                }
                try installation.waitUntil("\(name) is back") {
                    try installation.pid(of: name).map { $0 != old } ?? false && installation.answers(name)
                }
            }
            #expect(try installation.run()?.ingresses == run.ingresses)

            // A key that is made now is taken, and no more once it is revoked.
            let made = try installation.turnstile("keys", "create", "--tenant", "demo", "--scopes", "read")
            #expect(made.code == 0 && made.output.hasPrefix("key_"), "\(made.error)")
            let revoked = try installation.turnstile("keys", "revoke", String(made.output.dropLast()))
            #expect(revoked.code == 0, "\(revoked.error)")

            #expect(try installation.turnstile("stop").code == 0)
            let log = try installation.folder.read("home/log/turnstile.log")
            let stops = log.split(separator: "\n").compactMap { line in
                line.firstMatch(of: #/"message":"([a-z]+-?[0-9]?) stopped"/#).map { String($0.output.1) }
            }
            let order = [
                "gateway", "query-2", "query-1", "ingress-2", "ingress-1", "payments-1", "sandbox-1", "desk-1",
                "seats-1",
                "postgres", "rabbitmq", "epmd",
            ]
            #expect(stops == order)
        }
    }

    private func expectAddresses(of run: RunFile, _ ports: Ports) throws {
        func urls(_ offsets: Int...) -> [String] { offsets.map { "http://127.0.0.1:\(ports.base + $0)" } }
        #expect(run.ingresses == urls(1, 4) && run.ingress == run.ingresses?.first)
        #expect(run.queries == urls(2, 6) && run.query == run.queries?.first)
        #expect(run.streams == urls(8, 9))
        #expect(run.internals == urls(3, 36) && run.internal == run.internals?.first)
        #expect(run.gateway == urls(0).first)
        #expect(run.sandbox == urls(28).first && run.sandboxKey?.count == 64)
        for url in urls(1, 4, 2, 6, 0, 28) { #expect(try ask("GET", "\(url)/readyz") == "200 application/json") }
        // What no gateway leads to.
        for url in urls(3, 36) {
            #expect(try ask("POST", "\(url)/internal/validate_eta") == "400 application/problem+json")
        }
        for url in urls(1, 4, 2, 6, 28) { #expect(try ask("GET", "\(url)/metrics").hasPrefix("200 text/plain")) }
    }

    private func expectRoutes(of gateway: String) throws {
        for (method, path, status) in [
            ("GET", "/healthz", 200), ("GET", "/metrics", 404), ("GET", "/", 404), ("GET", "/console/", 404),
            ("GET", "/internal/validate_eta", 404), ("POST", "/internal/allocate_slot", 404),
            ("GET", "/v1/%2e%2e/metrics", 404), ("POST", "/v1/nowhere", 404), ("GET", "/v1/nowhere", 404),
            // Known to the other kind of process: still a wrong method, not an unknown path.
            ("PUT", "/v1/shows/shw_1/seats", 405), ("GET", "/v1/commands", 405), ("TRACE", "/v1/events", 405),
        ] {
            let type = status == 200 ? "application/json" : "application/problem+json"
            #expect(try ask(method, gateway + path) == "\(status) \(type)", "\(method) \(path)")
        }
        let body = try TemporaryFolder("body")
        try body.write(String(repeating: " ", count: 256 << 10 + 1), to: "body")
        let tooLarge = try ask("POST", "\(gateway)/v1/nowhere", "--data-binary", "@\(body.file("body"))")
        #expect(tooLarge == "413 application/problem+json")
    }

    @Test func withoutAnyThereIsAGatewayThatSaysSo() async throws {
        try await onThread {
            let installation = try Installation([
                "TURNSTILE_SUPERVISOR_INGRESSES": "0", "TURNSTILE_SUPERVISOR_QUERIES": "0",
                "TURNSTILE_SUPERVISOR_SANDBOX": "false",
            ])
            defer { _ = try? installation.turnstile("reset", "--yes") }
            let up = try installation.up()
            try #require(up.code == 0, "\(up.output)\(up.error)")
            #expect(!up.output.contains("demo event") && !up.output.contains("sandbox"))
            let log = try installation.folder.read("home/log/turnstile.log")
            #expect(log.contains("no demo event"))
            #expect(
                (up.output + log).contains(
                    "warning: supervisor.ingresses is 0: no command is taken over HTTP; "
                        + "supervisor.queries is 0: no read is answered"), "\(up.output)\n\(log)")
            let run = try #require(try installation.run())
            #expect(run.ingress == nil && run.query == nil && run.ingresses == [] && run.queries == [])
            #expect(run.sandbox == nil && run.sandboxKey == nil)
            #expect(!run.processes.contains { $0.name.hasPrefix("sandbox") })
            let gateway = try #require(run.gateway)
            #expect(try ask("GET", "\(gateway)/v1/events") == "503 application/problem+json")
            #expect(try ask("POST", "\(gateway)/v1/events") == "503 application/problem+json")
            #expect(try ask("GET", "\(gateway)/healthz") == "200 application/json")
        }
    }

    @Test func aCertificateThatIsNoneIsOneClearLine() async throws {
        try await onThread {
            let folder = try TemporaryFolder("certificate")
            for name in ["certificate", "key"] { try folder.write("-----BEGIN NOTHING-----\n", to: name) }
            let installation = try Installation([
                "TURNSTILE_GATEWAY_CERTIFICATE": folder.file("certificate"),
                "TURNSTILE_GATEWAY_KEY": folder.file("key"),
                "TURNSTILE_GATEWAY_TLS_PORT": "\(Int.random(in: 18_000..<19_000))",
            ])
            defer { _ = try? installation.turnstile("reset", "--yes") }
            let outcome = try installation.up()
            #expect(outcome.code == 1 && outcome.error.split(separator: "\n").count == 1)
            #expect(outcome.error.contains("gateway exited with code 1 instead of coming up"))
            #expect(outcome.error.contains("cannot load certificate"), "\(outcome.error)")
        }
    }
}
