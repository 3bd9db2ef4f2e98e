internal import Glibc
internal import Runtime
internal import TestSupport
import Testing

@testable internal import Supervisor

/// The configuration that the gateway is started with.
@Suite struct GatewayConfigurationTests {
    @Test(arguments: 0...3, 0...3)
    func nginxTakesItForAnyNumberOfServers(ingresses: Int, queries: Int) async throws {
        try await onThread {
            let certificate = try TestCertificate()
            for environment in [[:], certificate.environment(port: 8_443, address: "::1")] {
                let folder = try TemporaryFolder("nginx")
                let home = try Home(path: folder.file("home")).prepared()
                let gateway = try GatewayServer(
                    home: home, ports: try Ports(base: 9_000),
                    configuration: try Configuration(path: "\(Tool.packageFolder)/Config"),
                    settings: try GatewayScene.settings(
                        ingresses: ingresses, queries: queries, environment: environment))
                try gateway.prepare()
                let outcome = try Tool.run(
                    "/usr/sbin/nginx",
                    ["-t", "-p", home.folder("gateway"), "-c", home.generated("nginx.conf"), "-e", "stderr"])
                #expect(outcome.code == 0, "\(outcome.error)")
                // How many descriptors a process may have is the machine's business.
                let warnings = outcome.error.split(separator: "\n").filter {
                    $0.contains("[warn]") && !$0.contains("open file resource limit")
                }
                #expect(warnings.isEmpty, "\(warnings)")
            }
        }
    }

    @Test(arguments: ["TURNSTILE_GATEWAY_CERTIFICATE", "TURNSTILE_GATEWAY_KEY"])
    func aCertificateWithoutItsKeyIsRefused(variable: String) throws {
        let folder = try TemporaryFolder("nginx")
        let home = try Home(path: folder.file("home")).prepared()
        let error = #expect(throws: SetupError.self) {
            try GatewayServer(
                home: home, ports: try Ports(base: 9_000),
                configuration: try Configuration(path: "\(Tool.packageFolder)/Config"),
                settings: try GatewayScene.settings(
                    ingresses: 1, queries: 1, environment: [variable: "/nowhere/file.pem"]))
        }
        #expect(error?.description.contains("belong together") == true)
    }

    /// Before anything is prepared or started.
    @Test func aCertificateThatIsNotThereIsNamed() throws {
        let folder = try TemporaryFolder("nginx")
        let home = try Home(path: folder.file("home")).prepared()
        let error = #expect(throws: SetupError.self) {
            try GatewayServer(
                home: home, ports: try Ports(base: 9_000),
                configuration: try Configuration(path: "\(Tool.packageFolder)/Config"),
                settings: try GatewayScene.settings(
                    ingresses: 1, queries: 1,
                    environment: [
                        "TURNSTILE_GATEWAY_CERTIFICATE": "/nowhere/file.pem",
                        "TURNSTILE_GATEWAY_KEY": "/nowhere/key.pem",
                    ]))
        }
        #expect(error?.description.contains("gateway.certificate: /nowhere/file.pem") == true)
    }
}

/// The gateway in front of stubs: who is asked, and what is answered when nobody is.
@Suite struct GatewayTests {
    private static let problem = "application/problem+json"

    @Test func everyMethodAndPathHasItsPlace() async throws {
        try await GatewayScene.with(ingresses: 1, queries: 1) { scene throws in
            let table: [(method: String, path: String, place: String)] = [
                ("GET", "/v1/events", "query-0"), ("HEAD", "/v1/events", "query-0"),
                ("POST", "/v1/events", "ingress-0"),
                ("PUT", "/v1/events/evt_1", "ingress-0"), ("DELETE", "/v1/events/evt_1", "ingress-0"),
                ("PATCH", "/v1/events/evt_1", "ingress-0"), ("OPTIONS", "/v1/events", "ingress-0"),
                ("GET", "/v1/events?q=a&from=b", "query-0"), ("GET", "/v1/locations", "query-0"),
                ("GET", "/v1/shows/shw_1", "query-0"), ("GET", "/v1/shows/shw_1/availability", "query-0"),
                ("GET", "/v1/shows/shw_1/seats", "query-0"), ("GET", "/v1/shows/shw_1/changes", "stream-0"),
                ("GET", "/v1/shows/shw_1/changes?since=3", "stream-0"), ("HEAD", "/v1/shows/shw_1/changes", "stream-0"),
                ("POST", "/v1/shows/shw_1/changes", "ingress-0"), ("GET", "/v1/shows/shw_1/changes/x", "query-0"),
                ("POST", "/v1/shows/shw_1/reservations", "ingress-0"), ("GET", "/v1/reservations/rsv_1", "query-0"),
                ("DELETE", "/v1/reservations/rsv_1", "ingress-0"), ("GET", "/v1/payments/pay_1", "query-0"),
                ("GET", "/v1/waitlist/wtl_1", "query-0"), ("DELETE", "/v1/waitlist/wtl_1", "ingress-0"),
                ("GET", "/v1/tickets/tkt_1/qr.svg", "query-0"), ("GET", "/v1/keys", "query-0"),
                ("GET", "/v1/requests/req_1", "ingress-0"), ("HEAD", "/v1/requests/req_1", "ingress-0"),
                ("GET", "/v1/requests/req_1/receipt", "ingress-0"), ("POST", "/v1/commands", "ingress-0"),
                ("GET", "/v1/commands", "ingress-0"), ("POST", "/v1/operate/events/evt_1/dedicate", "ingress-0"),
                ("GET", "/v1/operate/workers", "query-0"), ("POST", "/v1/webhooks/stripe", "ingress-0"),
                ("POST", "/v1/accounts", "ingress-0"), ("POST", "/v1/accounts/login", "ingress-0"),
                ("POST", "/v1/accounts/logout", "ingress-0"), ("GET", "/v1/accounts/login", "ingress-0"),
                ("GET", "/v1/accountsx", "query-0"), ("POST", "/v1/desk/tickets", "ingress-0"),
                ("GET", "/v1/desk/tickets", "query-0"), ("PUT", "/v1/desk/settings", "ingress-0"),
                ("GET", "/openapi.json", "query-0"), ("GET", "/problems/sold-out", "query-0"),
                ("GET", "/readyz", "ingress-0"),
                ("GET", "/healthz", "200"), ("GET", "/metrics", "404"), ("GET", "/", "404"),
                ("GET", "/console/", "404"),
                ("GET", "/internal", "404"), ("POST", "/internal/validate_eta", "404"), ("GET", "/V1/events", "404"),
                ("GET", "/v1", "404"), ("GET", "/~problem/unavailable", "404"), ("TRACE", "/v1/events", "405"),
            ]
            for (method, path, place) in table {
                #expect(try scene.whoAnswers(method, path) == place, "\(method) \(path)")
            }
            let asked = scene.ingresses[0].requests + scene.queries[0].requests + scene.streams[0].requests
            let expected = table.filter { Int($0.place) == nil }.map { "\($0.method) \($0.path)" }
            #expect(asked.sorted() == expected.sorted(), "each is asked once, for the path as it was sent")
        }
    }

    @Test func noSpellingOfAPathGetsAroundTheRules() async throws {
        try await GatewayScene.with(ingresses: 1, queries: 1) { scene throws in
            for (path, place) in [
                ("//internal/validate_eta", "404"), ("/internal//validate_eta", "404"), ("/%69nternal/x", "404"),
                ("/v1/../internal/x", "404"), ("/v1/%2e%2e/internal/x", "404"), ("/v1/..%2finternal/x", "404"),
                ("/v1/%2E%2E%2Finternal", "404"), ("/%2e%2e/internal", "400"), ("/../internal", "400"),
                ("/v1/./../metrics", "404"), ("/v1/..;/metrics", "query-0"), ("/internal/../healthz", "200"),
                ("/v1/%72equests/req_1", "ingress-0"), ("//v1//requests/req_1", "ingress-0"),
                ("/v1/shows/s/%63hanges", "stream-0"), ("/v1/events/%00", "400"), ("/v1/events/%zz", "400"),
                ("/v1/x/../commands", "ingress-0"),
            ] {
                #expect(try scene.whoAnswers("GET", path) == place, "\(path)")
            }
            #expect(try scene.whoAnswers("POST", "/v1/x/../../healthz") == "405")
            // A server behind sees a path as it was sent: what it does not know in that spelling, it does not serve.
            #expect(scene.ingresses[0].requests.contains("GET /v1/%72equests/req_1"))
            #expect(!scene.queries[0].requests.contains { $0.hasPrefix("GET /internal") || $0 == "GET /metrics" })
            // The absolute form, as it is sent to a proxy.
            #expect(try scene.whoAnswers("GET", "http://elsewhere/internal/x") == "404")
            #expect(try scene.whoAnswers("GET", "http://elsewhere/v1/events") == "query-0")
        }
    }

    @Test func readsOfAShowGoToOneServerAndWhenItIsGoneToTheOther() async throws {
        try await GatewayScene.with { scene throws in
            let shows = (0..<40).map { "shw_\($0)" }
            var places: [String: String] = [:]
            for show in shows {
                let names = try ["", "/seats", "/availability"].map {
                    try scene.whoAnswers("GET", "/v1/shows/\(show)\($0)")
                }
                #expect(Set(names).count == 1, "\(show): \(names)")
                places[show] = names[0]
            }
            #expect(Set(places.values) == ["query-0", "query-1"])
            scene.queries[0].stop()
            for show in shows { #expect(try scene.whoAnswers("GET", "/v1/shows/\(show)/seats") == "query-1") }
            for show in shows {
                #expect(try scene.whoAnswers("HEAD", "/v1/shows/\(show)/changes").hasPrefix("stream-"))
            }
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH"], ["/v1/things", "/v1/commands"])
    func aWriteThatWasSentIsNeverSentAgain(method: String, path: String) async throws {
        try await GatewayScene.with { scene throws in
            let answer = try scene.exchange(method, "\(path)?do=drop", body: "{}")
            #expect(answer.status == 503 && answer["Content-Type"] == Self.problem)
            #expect(answer.text.contains(#""code":"outcome-unknown""#) && answer["Retry-After"] == "1")
            #expect(scene.ingresses.flatMap(\.requests) == ["\(method) \(path)?do=drop"])
        }
    }

    @Test func aReadIsAskedOfTheNextServer() async throws {
        try await GatewayScene.with { scene throws in
            let answer = try scene.exchange("GET", "/v1/things?do=drop")
            #expect(answer.status == 503 && answer.text.contains(#""code":"unavailable""#))
            #expect(scene.queries.allSatisfy { $0.requests == ["GET /v1/things?do=drop"] })
        }
    }

    @Test func aProblemThatAServerTellsIsPassedOnAndLeavesNobodyOut() async throws {
        try await GatewayScene.with { scene throws in
            for _ in 0..<8 {
                let answer = try scene.exchange("GET", "/v1/things?do=503")
                #expect(answer.status == 503 && answer["X-Stub"] != nil)
            }
            #expect(scene.queries.map(\.requests.count).sorted() == [0, 8])
            for _ in 0..<8 { #expect(try scene.exchange("POST", "/v1/things?do=503")["X-Stub"] != nil) }
            #expect(scene.ingresses.map(\.requests.count) == [4, 4])
        }
    }

    @Test func aWriteOfWhichNothingWasSentGoesToTheOtherServer() async throws {
        try await GatewayScene.with { scene throws in
            scene.ingresses[0].stop()
            for number in 0..<8 {
                let method = ["POST", "PUT", "DELETE", "POST"][number % 4]
                let path = number % 4 == 3 ? "/v1/commands" : "/v1/things"
                let answer = try scene.exchange(method, path, body: String(repeating: "x", count: 100_000))
                #expect(answer["X-Stub"] == "ingress-1" && answer.text.contains("body 100000"), "\(answer.text)")
            }
            #expect(scene.ingresses[1].requests.count == 8)
        }
    }

    @Test func oneThatCameBackIsAskedAlthoughItWasLeftOut() async throws {
        try await GatewayScene.with { scene throws in
            for round in 0..<6 {
                // Sooner than those that were left out are judged anew.
                try scene.leave(only: round % 2)
                for (method, path) in [
                    ("POST", "/v1/things"), ("DELETE", "/v1/things"), ("GET", "/v1/things"), ("GET", "/v1/requests/r"),
                    ("GET", "/v1/shows/s/changes"),
                ] {
                    for _ in 0..<4 {
                        let answer = try scene.exchange(method, path)
                        #expect(answer.status == 200, "\(round): \(method) \(path): \(answer.text)")
                    }
                }
            }
        }
    }

    @Test(arguments: [0, 1, 2])
    func nobodyThereIsAProblemThatSaysSo(count: Int) async throws {
        try await GatewayScene.with(ingresses: count, queries: count) { scene throws in
            for face in scene.ingresses + scene.queries + scene.streams { face.stop() }
            for (method, path) in [
                ("GET", "/v1/events"), ("POST", "/v1/events"), ("DELETE", "/v1/events/evt_1"), ("POST", "/v1/commands"),
                ("GET", "/v1/requests/req_1"), ("GET", "/v1/shows/shw_1/changes"), ("GET", "/readyz"),
                ("GET", "/openapi.json"),
            ] {
                let answer = try scene.exchange(method, path, body: method == "POST" ? "{}" : "")
                #expect(answer.status == 503 && answer["Content-Type"] == Self.problem, "\(method) \(path)")
                #expect(answer.text.contains(#""code":"unavailable""#) && answer["Retry-After"] == "1")
                #expect(answer.text.contains(#""instance":"\#(path)""#))
            }
            #expect(try scene.exchange("GET", "/healthz").status == 200)
        }
    }

    @Test func queriesDoNotAnswerForIngressesThatAreGone() async throws {
        try await GatewayScene.with(ingresses: 2, queries: 2) { scene throws in
            for face in scene.ingresses { face.stop() }
            for (method, path) in [("GET", "/readyz"), ("GET", "/v1/commands"), ("GET", "/v1/requests/req_1")] {
                #expect(try scene.exchange(method, path).status == 503, "\(path)")
            }
            #expect(scene.queries.allSatisfy { $0.requests.isEmpty })
            #expect(try scene.exchange("GET", "/v1/events").status == 200)
        }
    }

    @Test(arguments: ["?do=drop", ""])
    func aLargeBodyThatFoundNobodyIsAProblemToo(query: String) async throws {
        try await GatewayScene.with(ingresses: 1, queries: 1) { scene throws in
            if query.isEmpty { scene.ingresses[0].stop() }
            let answer = try scene.exchange(
                "POST", "/v1/commands\(query)", body: String(repeating: "x", count: 300 << 10))
            #expect(answer.status == 503 && answer["Content-Type"] == Self.problem)
            #expect(answer.text.contains(query.isEmpty ? #""code":"unavailable""# : #""code":"outcome-unknown""#))
        }
    }

    @Test func oneThatIsReadyIsEnough() async throws {
        try await GatewayScene.with(ingresses: 3, queries: 1) { scene throws in
            scene.ingresses[0].stop()
            for _ in 0..<6 { #expect(try scene.exchange("GET", "/readyz").status == 200) }
            #expect(try scene.exchange("GET", "/readyz?do=503").status == 503)
            #expect(scene.ingresses[1...].allSatisfy { $0.requests.contains("GET /readyz?do=503") })
            #expect(try scene.exchange("POST", "/v1/things").status == 200, "and nobody is left out for it")
        }
        try await GatewayScene.with(ingresses: 0, queries: 1) { scene throws in
            #expect(try scene.whoAnswers("GET", "/readyz") == "query-0")
        }
        try await GatewayScene.with(ingresses: 1, queries: 0) { scene throws in
            #expect(try scene.whoAnswers("GET", "/openapi.json") == "ingress-0")
        }
    }

    @Test(arguments: [("/v1/things", 256 << 10), ("/v1/commands", 4 << 20)])
    func bodiesHaveALimit(path: String, limit: Int) async throws {
        try await GatewayScene.with(ingresses: 1, queries: 1) { scene throws in
            let fits = try scene.exchange("POST", path, body: String(repeating: "x", count: limit))
            #expect(fits.status == 200 && fits.text.contains("body \(limit)"))
            let tooLarge = try scene.exchange("POST", path, headers: ["Content-Length: \(limit + 1)"])
            #expect(tooLarge.status == 413 && tooLarge["Content-Type"] == Self.problem)
            #expect(tooLarge.text.contains(#""code":"body-too-large""#))
            let client = try scene.client()
            try client.request("POST", path, headers: ["Transfer-Encoding: chunked"])
            let size = limit + 1
            try client.send("\(String(size, radix: 16))\r\n" + String(repeating: "x", count: size) + "\r\n0\r\n\r\n")
            #expect(try client.response(to: "POST").status == 413)
            #expect(scene.ingresses[0].requests.count == 1)
        }
    }

    @Test func whatIsNoHTTPIsAProblemToo() async throws {
        try await GatewayScene.with(ingresses: 1, queries: 1) { scene throws in
            for (text, status, code) in [
                ("GET /v1/x HTTP/1.1\r\n\r\n", 400, "invalid-request"),
                ("GET /v1/x HTTP/7.1\r\nHost: a\r\n\r\n", 400, "invalid-request"),
                ("GET /v1/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "invalid-request"),
                ("POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "transfer-coding-unknown"),
                ("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414, "target-too-long"),
                (
                    "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 9_000))\r\n\r\n", 431,
                    "header-too-large"
                ),
            ] {
                let client = try scene.client()
                try client.send(text)
                let answer = try client.response()
                #expect(answer.status == status && answer["Content-Type"] == Self.problem, "\(text.prefix(60))")
                #expect(answer.text.contains(#""code":"\#(code)""#), "\(answer.text)")
            }
        }
    }

    @Test func requestsWithoutAKeyAreLimitedByTheirAddress() async throws {
        let few = ["TURNSTILE_GATEWAY_STRANGER_RATE": "1", "TURNSTILE_GATEWAY_STRANGER_BURST": "3"]
        try await GatewayScene.with(ingresses: 1, queries: 1, environment: few) { scene throws in
            var statuses: [Int] = []
            for number in 0..<8 {
                statuses.append(try scene.exchange(number % 2 == 0 ? "GET" : "POST", "/v1/x").status)
            }
            #expect(statuses.prefix(4).allSatisfy { $0 == 200 } && statuses.contains(429), "\(statuses)")
            let refused = try scene.exchange("GET", "/v1/x")
            #expect(refused.status == 429 && refused["Content-Type"] == Self.problem && refused["Retry-After"] == "1")
            #expect(refused.text.contains(#""code":"rate-limited""#))
            for _ in 0..<20 {
                #expect(try scene.exchange("GET", "/v1/x", headers: ["Authorization: Bearer key_a.sk_b"]).status == 200)
            }
            for _ in 0..<20 { #expect(try scene.exchange("GET", "/healthz").status == 200) }
        }
    }

    @Test func requestsUnderWayWithoutAKeyAreLimitedByTheirAddress() async throws {
        let few = ["TURNSTILE_GATEWAY_STRANGER_CONNECTIONS": "2"]
        try await GatewayScene.with(ingresses: 1, queries: 1, environment: few) { scene throws in
            let waiting = try (0..<2).map { _ in try scene.client() }
            for client in waiting { try client.request("GET", "/v1/payments/pay_1?do=hang") }
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(10)
            while scene.queries[0].requests.count < 2 {
                try #require(clock.now < deadline)
                usleep(5_000)
            }
            #expect(try scene.exchange("GET", "/v1/x").status == 429)
            #expect(try scene.exchange("GET", "/v1/x", headers: ["Authorization: Bearer key_a.sk_b"]).status == 200)
        }
    }

    @Test func connectionsToServersAreKept() async throws {
        try await GatewayScene.with(ingresses: 1, queries: 1) { scene throws in
            for number in 0..<40 {
                #expect(try scene.exchange(number % 2 == 0 ? "GET" : "POST", "/v1/x", body: "x").status == 200)
            }
            // One for each of nginx's workers.
            let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
            #expect(scene.ingresses[0].connectionCount <= processors)
            #expect(scene.queries[0].connectionCount <= processors)
        }
    }

    @Test func headersArePassedOnAndTheAddressIsAdded() async throws {
        try await GatewayScene.with(ingresses: 1, queries: 1) { scene throws in
            let sent = [
                "Authorization: Bearer key_a.sk_b", "Idempotency-Key: \"a b\"", "Prefer: wait=60",
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "If-None-Match: \"x\"",
                "Last-Event-ID: 7", "Accept-Encoding: gzip",
            ]
            for (method, path) in [("GET", "/v1/x"), ("POST", "/v1/x"), ("GET", "/v1/shows/s/changes")] {
                let text = try scene.exchange(
                    method, path, headers: sent + ["X-Forwarded-For: 192.0.2.1", "Connection: close"]
                ).text
                for header in sent { #expect(text.contains(header), "\(header)\n\(text)") }
                #expect(text.contains("X-Forwarded-For: 192.0.2.1, 127.0.0.1"))
                #expect(text.contains("X-Forwarded-Proto: http") && !text.lowercased().contains("connection: close"))
            }
        }
    }

    /// What a server behind is told of the host: it believes it, so nobody else may say it.
    @Test func aTenantsHostIsToldToTheServerAndNobodyElsesWordIsPassedOn() async throws {
        try await GatewayScene.with(
            ingresses: 1, queries: 1, environment: ["TURNSTILE_GATEWAY_DOMAIN": "desk.example"]
        ) { scene throws in
            let forged = ["X-Turnstile-Sub-Domain: forged", "X_Turnstile_Sub_Domain: forged"]
            for (host, label) in [
                ("acme.desk.example", "acme"), ("ACME.Desk.Example:8443", "acme"), ("a-1.desk.example", "a-1"),
                ("desk.example", nil), ("acme.deskxexample", nil), ("a.b.desk.example", nil), ("-a.desk.example", nil),
                ("acme.desk.example.evil", nil), ("evil-desk.example", nil), ("127.0.0.1", nil),
                ("acme.localhost", nil),
                ("a_b.desk.example", nil),
                (
                    String(repeating: "a", count: 63) + ".desk.example",
                    String(repeating: "a", count: 63)
                ), (String(repeating: "a", count: 64) + ".desk.example", nil),
            ] as [(String, String?)] {
                for (method, path) in [
                    ("GET", "/v1/desk/tickets"), ("POST", "/v1/desk/tickets"), ("POST", "/v1/accounts/login"),
                    ("GET", "/v1/requests/req_1"), ("GET", "/v1/shows/s/changes"),
                ] {
                    let client = try scene.client()
                    let lines = try client.exchange(method, path, headers: forged, body: "", host: host)
                        .text.split(separator: "\n").map { $0.trimmingPrefix("\r") }
                    let told = lines.filter { $0.lowercased().contains("sub-domain") || $0.contains("forged") }
                    #expect(told.map(String.init) == (label.map { ["X-Turnstile-Sub-Domain: \($0)"] } ?? []), "\(host)")
                }
            }
        }
    }

    @Test func withoutADomainNobodyHasAHostOfHisOwn() async throws {
        try await GatewayScene.with(
            ingresses: 1, queries: 1, environment: ["TURNSTILE_GATEWAY_DOMAIN": ""]
        ) { scene throws in
            let answer = try scene.client().exchange("GET", "/v1/desk/tickets", host: "acme.localhost")
            #expect(answer.status == 200 && !answer.text.contains("Sub-Domain"))
        }
    }

    /// A key that is none would be a way around.
    @Test func loginsAreLimitedByTheirAddressWhateverKeyTheyBear() async throws {
        let few = ["TURNSTILE_GATEWAY_STRANGER_RATE": "1", "TURNSTILE_GATEWAY_STRANGER_BURST": "3"]
        try await GatewayScene.with(ingresses: 1, queries: 1, environment: few) { scene throws in
            let key = ["Authorization: Bearer key_a.sk_b"]
            for path in ["/v1/accounts/login", "/v1/accounts"] {
                let statuses = try (0..<12).map { _ in try scene.exchange("POST", path, headers: key).status }
                #expect(statuses.contains(429), "\(statuses)")
            }
            let others = try (0..<12).map { _ in try scene.exchange("POST", "/v1/desk/tickets", headers: key).status }
            #expect(others.allSatisfy { $0 == 200 })
        }
    }

    @Test func aStreamIsPassedOnAtOnceAndDoesNotHoldUpAStop() async throws {
        try await GatewayScene.with(ingresses: 1, queries: 1) { scene throws in
            let client = try scene.client()
            try client.request("GET", "/v1/shows/shw_1/changes?do=stream", headers: ["Accept: text/event-stream"])
            #expect(try client.responseHead()["Content-Type"] == "text/event-stream")
            #expect(try client.chunks(until: "data: stream-0").contains("data: stream-0"))
            #expect(scene.quit(within: .seconds(30)).map { $0 < .seconds(15) } == true)
        }
    }

    @Test func tlsIsServedWhereACertificateIsConfigured() async throws {
        let certificate = try TestCertificate()
        let port = Int.random(in: 18_000..<19_000)
        try await GatewayScene.with(
            ingresses: 1, queries: 1, environment: certificate.environment(port: port, address: "127.0.0.1")
        ) { scene throws in
            #expect(scene.secureURL == "https://127.0.0.1:\(port)")
            for version in ["--http1.1", "--http2"] {
                let outcome = try Tool.run(
                    "/usr/bin/curl",
                    ["-sS", version, "--cacert", certificate.path, "https://127.0.0.1:\(port)/v1/events"])
                #expect(outcome.code == 0 && outcome.output.hasPrefix("query-0\nGET /v1/events\n"), "\(outcome.error)")
                #expect(outcome.output.contains("X-Forwarded-Proto: https"))
            }
            let strange = try Tool.run("/usr/bin/curl", ["-sS", "https://127.0.0.1:\(port)/healthz"])
            #expect(strange.code != 0, "nobody has vouched for it")
            #expect(try scene.exchange("GET", "/healthz").status == 200, "plain HTTP is served beside it")
            let plain = try RawHTTPClient(port: UInt16(port)).exchange("GET", "/healthz")
            #expect(plain.status == 400 && plain["Content-Type"] == Self.problem)
        }
    }
}
