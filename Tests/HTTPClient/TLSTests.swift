internal import HTTPClient
internal import Runtime
internal import TestSupport
internal import Testing

/// Against OpenSSL's own server.
@Suite struct TLSTests {
    /// A server that answers each GET with a page about the connection.
    private struct Server {
        let port: Int
        private let running: Tool.Running

        init(_ certificate: TestCertificate, _ arguments: [String] = []) throws {
            running = try Tool.start(
                "/usr/bin/openssl",
                [
                    "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate.path, "-key",
                    certificate.keyPath,
                ] + arguments)
            let running = running
            var port: Int?
            try wait {
                let output = (try? running.output()) ?? ""
                // "ACCEPT 127.0.0.1:36721": the line is whole once something follows it.
                port = output.firstMatch(of: #/ACCEPT [^\n]*:(\d+)\s*\n/#).flatMap { Int($0.output.1) }
                return port != nil
            }
            self.port = try #require(port)
        }

        func stop() { running.stop() }
    }

    private func options(trusting certificate: TestCertificate?) -> HTTPClient.Options {
        var options = HTTPClient.Options()
        options.authorities = certificate?.path
        return options
    }

    private func withServer(
        _ arguments: [String] = [], _ body: @escaping @Sendable (Int, TestCertificate) throws -> Void
    ) async throws {
        try await onThread {
            let certificate = try TestCertificate()
            let server = try Server(certificate, arguments)
            defer { server.stop() }
            try body(server.port, certificate)
        }
    }

    @Test func aServerThatIsTrustedIsAsked() async throws {
        try await withServer { [self] port, certificate in
            let client = try HTTPClient(options(trusting: certificate))
            defer { client.close() }
            let answer = try client.send(HTTPCall(.get, "https://127.0.0.1:\(port)/"))
            #expect(answer.status == 200)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("TLSv1.3"))
        }
    }

    @Test func nobodyVouchesForTheServer() async throws {
        try await withServer { [self] port, _ in
            for trusted in [nil, try TestCertificate()] {
                let client = try HTTPClient(options(trusting: trusted))
                defer { client.close() }
                let error = try failure(client, HTTPCall(.get, "https://127.0.0.1:\(port)/"))
                #expect(error.code == .untrusted && !error.mayHaveArrived, "\(error)")
            }
        }
    }

    @Test func theCertificateIsAnothersName() async throws {
        try await withServer { [self] port, certificate in
            let client = try HTTPClient(options(trusting: certificate))
            defer { client.close() }
            let error = try failure(client, HTTPCall(.get, "https://localhost:\(port)/"))
            #expect(error.code == .untrusted && !error.mayHaveArrived, "\(error)")
        }
    }

    @Test func oldVersionsAreNotSpoken() async throws {
        try await withServer(["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]) { [self] port, certificate in
            let client = try HTTPClient(options(trusting: certificate))
            defer { client.close() }
            let error = try failure(client, HTTPCall(.get, "https://127.0.0.1:\(port)/"))
            #expect(error.code == .unreachable && !error.mayHaveArrived, "\(error)")
        }
    }

    @Test func aMissingFileOfAuthoritiesTrustsNobody() async throws {
        try await withServer { port, _ in
            var options = HTTPClient.Options()
            options.authorities = "/nowhere.pem"
            let client = try HTTPClient(options)
            defer { client.close() }
            let error = try failure(client, HTTPCall(.get, "https://127.0.0.1:\(port)/"))
            #expect(error.code == .untrusted && !error.mayHaveArrived, "\(error)")
        }
    }
}
