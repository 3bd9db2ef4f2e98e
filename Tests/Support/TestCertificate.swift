/// A certificate for 127.0.0.1 that vouches for itself.
package struct TestCertificate: Sendable {
    private let folder: TemporaryFolder
    package var path: String { folder.file("certificate.pem") }
    package var keyPath: String { folder.file("key.pem") }

    package init() throws {
        folder = try TemporaryFolder("certificate")
        let outcome = try Tool.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=turnstile.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                keyPath, "-out", path,
            ])
        guard outcome.code == 0 else { throw Failure(description: outcome.error) }
    }

    /// The settings that make the gateway serve it.
    package func environment(port: Int, address: String) -> [String: String] {
        [
            "TURNSTILE_GATEWAY_CERTIFICATE": path, "TURNSTILE_GATEWAY_KEY": keyPath,
            "TURNSTILE_GATEWAY_TLS_PORT": "\(port)", "TURNSTILE_GATEWAY_TLS_ADDRESS": address,
        ]
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
