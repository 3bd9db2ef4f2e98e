internal import FoundationEssentials
internal import Glibc
internal import Runtime
public import Testing

/// The threads and descriptors that this process has, to prove that a test leaves none behind. For tests that run
/// alone.
public struct ProcessResources: Sendable {
    private let threads: [String]
    private let descriptors: [String]

    public init() throws {
        // Threads of Swift's own pool come and go.
        threads = try Self.list("/proc/self/task")
            .compactMap { Self.text("/proc/self/task/\($0)/comm") }
            .filter { !$0.hasPrefix("test broker") && !$0.contains("qos") && !$0.hasPrefix("swift") }
            .sorted()
        descriptors = try Self.list("/proc/self/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
            .map { String($0.prefix { $0 != ":" && $0 != "[" }) }
            .filter { !$0.contains("/proc/") }
            .sorted()
    }

    /// Records an issue unless everything is as it was; waits a little for what is on its way out.
    public func expectSame(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let deadline = SystemTime().monotonic + .seconds(5)
        while true {
            let now = try ProcessResources()
            if now.threads == threads && now.descriptors == descriptors { return }
            if SystemTime().monotonic > deadline {
                #expect(now.threads == threads, sourceLocation: sourceLocation)
                #expect(now.descriptors == descriptors, sourceLocation: sourceLocation)
                return
            }
            usleep(10_000)
        }
    }

    private static func list(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
    }

    private static func text(_ file: String) -> String? {
        (try? Data(contentsOf: URL(filePath: file))).map { String(decoding: $0, as: UTF8.self) }
    }
}
