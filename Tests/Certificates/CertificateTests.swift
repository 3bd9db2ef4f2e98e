internal import Certificates
internal import Foundation
internal import TestSupport
internal import Testing

@Suite struct CertificateTests {
    /// A little later than now, so that what is made in between is good already.
    private static let now = Int64(Date().timeIntervalSince1970) + 600
    private static let day: Int64 = 86_400

    private func onThreadWithAuthority(_ body: @escaping @Sendable (TestAuthority) throws -> Void) async throws {
        try await onThread { try body(try TestAuthority()) }
    }

    private static func untrusted(
        _ roots: CertificateRoots, _ chain: [Certificate], at seconds: Int64 = now,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do throws(CertificateError) {
            try roots.check(chain, at: seconds)
            Issue.record("believed", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == .untrusted, "\(error)", sourceLocation: sourceLocation)
        }
    }

    // MARK: Chains

    @Test func aChainToARootIsBelieved() async throws {
        try await onThreadWithAuthority { authority in
            let leaf = try authority.issue("leaf", subject: "/O=Test/CN=leaf.test")
            let roots = try CertificateRoots(pem: try authority.root)
            let chain = try Certificate.all(pem: try leaf.certificate + authority.middle)
            #expect(chain.count == 2 && chain[0].commonName == "leaf.test")
            try roots.check(chain, at: Self.now)
            // With the root in it, in whatever order, and with a stranger in it.
            let other = try TestAuthority()
            let more = try Certificate.all(pem: try authority.root + other.middle + authority.middle)
            try roots.check([chain[0]] + more, at: Self.now)
        }
    }

    @Test func aChainWithAGapIsNot() async throws {
        try await onThreadWithAuthority { authority in
            let leaf = try authority.issue("leaf", subject: "/CN=leaf.test")
            let roots = try CertificateRoots(pem: try authority.root)
            let chain = try Certificate.all(pem: try leaf.certificate + authority.middle)
            Self.untrusted(roots, [chain[0]])
            Self.untrusted(roots, [])
            Self.untrusted(try CertificateRoots(pem: try TestAuthority().root), chain)
        }
    }

    @Test func timesCount() async throws {
        try await onThreadWithAuthority { authority in
            let leaf = try authority.issue("leaf", subject: "/CN=leaf.test", days: 5)
            let roots = try CertificateRoots(pem: try authority.root)
            let chain = try Certificate.all(pem: try leaf.certificate + authority.middle)
            #expect(abs(chain[0].validity.upperBound - Self.now - 5 * Self.day) < 1_200)
            #expect(abs(chain[0].validity.lowerBound - Self.now) < 1_200)
            try roots.check(chain, at: chain[0].validity.upperBound - 1)
            Self.untrusted(roots, chain, at: chain[0].validity.upperBound)
            Self.untrusted(roots, chain, at: chain[0].validity.lowerBound - 1)
            // The leaf is good, who vouches for it is not any more.
            let long = try authority.issue("long", subject: "/CN=long.test", days: 300)
            let longer = try Certificate.all(pem: try long.certificate + authority.middle)
            Self.untrusted(roots, longer, at: Self.now + 25 * Self.day)
        }
    }

    @Test func whoIsNoAuthorityVouchesForNobody() async throws {
        try await onThreadWithAuthority { authority in
            let leaf = try authority.issue("leaf", subject: "/CN=leaf.test")
            let forged = try authority.issue("forged", subject: "/CN=forged.test", by: "leaf")
            let roots = try CertificateRoots(pem: try authority.root)
            Self.untrusted(
                roots, try Certificate.all(pem: try forged.certificate + leaf.certificate + authority.middle))
        }
    }

    @Test func weakKeysAreNotBelieved() async throws {
        try await onThreadWithAuthority { authority in
            let leaf = try authority.issue("leaf", subject: "/CN=leaf.test", key: ["rsa:1024"])
            let roots = try CertificateRoots(pem: try authority.root)
            Self.untrusted(roots, try Certificate.all(pem: try leaf.certificate + authority.middle))
        }
    }

    @Test func theSystemsRootsAreRead() async throws {
        try await onThread {
            let pem = Array(try Data(contentsOf: URL(filePath: "/etc/ssl/certs/ca-certificates.crt")))
            #expect(try CertificateRoots(pem: pem).count > 50)
        }
    }

    // MARK: Signatures

    @Test func signaturesAreTheKeysAndTheMessages() async throws {
        try await onThreadWithAuthority { authority in
            let leaf = try authority.issue("leaf", subject: "/CN=leaf.test")
            let other = try authority.issue("other", subject: "/CN=leaf.test")
            let message = Array("a|b|c".utf8)
            let certificate = try Certificate.all(pem: try leaf.certificate)[0]
            let signature = try leaf.sign(message)
            #expect(certificate.verifies(signature, of: message))
            #expect(!certificate.verifies(signature, of: message + [0]))
            #expect(!certificate.verifies(signature, of: []))
            #expect(!certificate.verifies([], of: message))
            #expect(!certificate.verifies(signature.dropLast() + [signature[255] ^ 1], of: message))
            #expect(!certificate.verifies(try other.sign(message), of: message))
            #expect(try leaf.sign([]).isEmpty == false)
            #expect(certificate.verifies(try leaf.sign([]), of: []))
        }
    }

    @Test func otherKeysThanRSAVerifyNothing() async throws {
        try await onThreadWithAuthority { authority in
            let leaf = try authority.issue(
                "leaf", subject: "/CN=leaf.test", key: ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
            let certificate = try Certificate.all(pem: try leaf.certificate)[0]
            #expect(!certificate.verifies(try leaf.sign([1]), of: [1]))
        }
    }

    // MARK: Texts

    @Test func textsThatAreNone() async throws {
        try await onThreadWithAuthority { authority in
            let good = try authority.middle
            let key = Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8)
            var flipped = good
            flipped[200] = flipped[200] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let bad: [[UInt8]] = [
                [], Array("hello".utf8), Array(good.dropLast(40)), Array(good.prefix(100)), key,
                Array("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n".utf8),
                Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8),
                Array(repeatElement(good, count: 11).joined()), good + Array(good.dropLast(40)),
            ]
            for text in bad {
                do throws(CertificateError) {
                    _ = try Certificate.all(pem: text)
                    Issue.record("read: \(String(decoding: text, as: UTF8.self))")
                } catch {
                    #expect(error.code == .malformed, "\(error)")
                }
            }
            #expect(try Certificate.all(pem: Array("text\n".utf8) + good + Array("more\n".utf8) + good).count == 2)
            // Whatever the bytes are, nothing traps.
            _ = try? Certificate.all(pem: flipped)
        }
    }

    @Test func aCommonNameIsOneAndWhole() async throws {
        try await onThreadWithAuthority { authority in
            for (number, (subject, name)) in [("/O=x", nil), ("/CN=a/CN=b", nil), ("/CN=ü.test", "ü.test")].enumerated()
            {
                let leaf = try authority.issue("leaf\(number)", subject: subject, key: ["rsa:2048", "-utf8"])
                #expect(try Certificate.all(pem: try leaf.certificate)[0].commonName == name)
            }
        }
    }
}
