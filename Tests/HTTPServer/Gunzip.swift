import Foundation
import TestSupport

/// Decompresses with the system's own `gzip`, which checks length and sum.
enum Gunzip {
    static func run(_ bytes: [UInt8]) throws -> [UInt8] {
        let folder = try TemporaryFolder("gunzip")
        let (input, output) = (folder.file("input"), folder.file("output"))
        try Data(bytes).write(to: URL(filePath: input))
        let outcome = try Tool.run("/bin/sh", ["-c", #"exec gzip -dc <"$0" >"$1""#, input, output])
        guard outcome.code == 0 else { throw Failure(description: "gzip: \(outcome.error)") }
        return Array(try Data(contentsOf: URL(filePath: output)))
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
