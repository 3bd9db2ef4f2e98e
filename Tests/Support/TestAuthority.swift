internal import FoundationEssentials

/// A certificate authority for one test: a root, one below it, and whatever they are asked to vouch for.
package struct TestAuthority: Sendable {
    private let folder: TemporaryFolder

    package var root: [UInt8] { get throws { try Self.bytes(folder.file("root.pem")) } }
    package var rootPath: String { folder.file("root.pem") }
    package var middle: [UInt8] { get throws { try Self.bytes(folder.file("middle.pem")) } }

    package init() throws {
        folder = try TemporaryFolder("authority")
        try folder.write("basicConstraints=critical,CA:TRUE\n", to: "authority.ext")
        try folder.write("basicConstraints=critical,CA:FALSE\n", to: "leaf.ext")
        try Self.openssl([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Test Root", "-keyout",
            folder.file("root.key"), "-out", folder.file("root.pem"),
        ])
        _ = try issue("middle", subject: "/CN=Test Middle", by: "root", extensions: "authority.ext")
    }

    /// Somebody whom the authority vouches for.
    package struct Identity: Sendable {
        fileprivate let folder: TemporaryFolder
        fileprivate let name: String

        package var certificate: [UInt8] { get throws { try TestAuthority.bytes(folder.file("\(name).pem")) } }

        /// RSA or whatever the key is, with SHA-256.
        package func sign(_ message: [UInt8]) throws -> [UInt8] {
            let mark = "\(UInt64.random(in: 0 ... .max))"
            let (input, output) = (folder.file("\(mark).in"), folder.file("\(mark).sig"))
            try Data(message).write(to: URL(filePath: input))
            try TestAuthority.openssl(["dgst", "-sha256", "-sign", folder.file("\(name).key"), "-out", output, input])
            return try TestAuthority.bytes(output)
        }
    }

    /// - Parameters:
    ///   - issuer: `root`, `middle`, or the name of one that was issued before.
    ///   - key: as OpenSSL's `-newkey` has it.
    package func issue(
        _ name: String, subject: String, by issuer: String = "middle", key: [String] = ["rsa:2048"],
        extensions: String = "leaf.ext", days: Int = 20
    ) throws -> Identity {
        let request = folder.file("\(name).csr")
        try Self.openssl(
            ["req", "-newkey"] + key + [
                "-nodes", "-subj", subject, "-keyout", folder.file("\(name).key"), "-out", request,
            ])
        try Self.openssl([
            "x509", "-req", "-in", request, "-CA", folder.file("\(issuer).pem"), "-CAkey", folder.file("\(issuer).key"),
            "-set_serial", "\(UInt32.random(in: 2 ... .max))", "-days", "\(days)", "-sha256", "-extfile",
            folder.file(extensions), "-out", folder.file("\(name).pem"),
        ])
        return Identity(folder: folder, name: name)
    }

    fileprivate static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    fileprivate static func openssl(_ arguments: [String]) throws {
        let outcome = try Tool.run("/usr/bin/openssl", arguments)
        guard outcome.code == 0 else { throw Failure(description: outcome.error) }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
