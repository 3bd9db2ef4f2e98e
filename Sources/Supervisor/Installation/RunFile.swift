internal import FoundationEssentials
internal import Glibc

/// `run.json`: what runs where. It is there while an installation is up, and follows every restart.
public struct RunFile: Codable, Sendable, Equatable {
    /// The address of each process that serves HTTP; left out where the installation has no such process.
    public var gateway: String?
    /// The same with TLS.
    public var gatewayTLS: String?
    /// The first of each pool.
    public var ingress: String?
    public var query: String?
    public var `internal`: String?
    /// The payment provider for rehearsals, and what its customers show.
    public var sandbox: String?
    public var sandboxKey: String?
    /// All of each pool. `streams` are where the query servers have their streams of changes.
    public var ingresses: [String]?
    public var queries: [String]?
    public var streams: [String]?
    /// Where the ingresses have the listeners that no gateway leads to.
    public var internals: [String]?
    public var postgres: String
    public var amqp: String
    public var amqpManagement: String
    public var keys: Keys?
    public var demo: Demo?
    public var processes: [Process]

    /// The demo tenant's keys, one a scope.
    public struct Keys: Codable, Sendable, Equatable {
        public var produce: String
        public var manage: String
        public var read: String
        public var operate: String
    }

    /// The demo tenant's event.
    public struct Demo: Codable, Sendable, Equatable {
        public var eventId: String
        public var showId: String
    }

    public struct Process: Codable, Sendable, Equatable {
        public var name: String
        public var pid: Int32

        public init(name: String, pid: Int32) {
            self.name = name
            self.pid = pid
        }
    }

    /// Reads the file, or nil when nothing has been started.
    public static func read(of home: Home) throws(SetupError) -> RunFile? {
        guard Files.exists(home.runFile) else { return nil }
        let text = try Files.read(home.runFile)
        do {
            return try JSONDecoder().decode(RunFile.self, from: Data(text.utf8))
        } catch {
            throw SetupError("\(home.runFile) cannot be understood: \(error)")
        }
    }

    /// Writes the file, readable by its owner alone: it holds keys and passwords.
    func write(to home: Home) throws(SetupError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(self)
        } catch {
            throw SetupError("cannot encode run.json: \(error)")
        }
        try Files.write(String(decoding: data, as: UTF8.self) + "\n", to: home.runFile, mode: 0o600)
    }

    static func remove(from home: Home) { unlink(home.runFile) }
}
