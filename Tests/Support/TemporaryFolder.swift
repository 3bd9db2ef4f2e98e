internal import FoundationEssentials
internal import Glibc

/// A folder for one test, removed with the value. Open to every account, since servers run under their own.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init(_ name: String = "test") throws {
        var template = Array("/tmp/turnstile-\(name).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(code: errno) }
        let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(made, 0o755)
        path = made
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file into the folder and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: file(name)))
        return file(name)
    }

    public func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: file(name))), as: UTF8.self)
    }

    struct Failure: Error, CustomStringConvertible {
        let code: Int32
        var description: String { "cannot make a temporary folder: \(String(cString: strerror(code)))" }
    }
}
