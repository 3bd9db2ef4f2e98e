internal import Glibc
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Simulation
internal import Supervisor
internal import Ticketing

/// What the command line asks for.
struct Arguments {
    enum Command: String {
        case up, stop, status, reset, tenants, keys, partitions, replay, verify, reconcile, journal, simulate, help
    }

    var command: Command
    var home: Home
    var ports: Ports
    var configFolder = "Config"
    var detach = false
    var serversOnly = false
    var isDurable = true
    var yes = false
    /// Another database than that of the installation.
    var database: String?
    /// The first week of the journal that is kept.
    var firstWeek: Int?
    /// Set in the copy of the program that `--detach` starts; not for people.
    var isBackground = false
    var simulation = Simulation()
    /// What `tenants` and `keys` shall do.
    var access: AccessRequest?
    /// What `partitions` shall do.
    var partitions = PartitionsRequest.list
    /// Another broker than that of the installation.
    var broker: String?
    private let words: [String]

    /// What `simulate` lives through.
    struct Simulation {
        /// nil: of each line one history for each seed.
        var line: SimulatedLine?
        var seeds: UInt64 = 100
        var first: UInt64 = 1
        var commands: Int?
        var threads = 2
        var trace = false
        /// The name of a check that is taken away.
        var without: String?
    }

    /// What the copy of this program is started with.
    var forBackground: [String] { words.map { $0 == "--detach" ? "--background" : $0 } }

    init(_ words: [String]) throws {
        self.words = words
        guard let first = words.first else { throw UsageError("a command is missing") }
        let name = ["-h", "--help"].contains(first) ? "help" : first
        guard let command = Command(rawValue: name) else { throw UsageError("there is no command “\(first)”") }
        self.command = command
        home = try Home(path: Self.variable("TURNSTILE_HOME") ?? Self.defaultHome)
        ports = try Self.ports()
        var rest = words.dropFirst()
        if command == .tenants || command == .keys {
            var reader = AccessReader(rest)
            access = command == .tenants ? try reader.tenants() : try reader.keys()
            database = reader.database
            return
        }
        if command == .partitions { partitions = try PartitionsRequest(&rest) }
        if command == .journal {
            guard rest.popFirst() == "drop" else { throw UsageError("turnstile journal can do one thing: drop") }
        }
        while let word = rest.popFirst() {
            switch (command, word) {
            case (.up, "--detach"): detach = true
            case (.up, "--background"): isBackground = true
            case (.up, "--servers-only"): serversOnly = true
            case (.up, "--not-durable"): isDurable = false
            case (.up, "--config"):
                guard let folder = rest.popFirst() else { throw UsageError("--config needs a folder") }
                configFolder = folder
            case (.reset, "--yes"): yes = true
            case (.journal, "--before"):
                guard let day = rest.popFirst(), let time = Timestamp(rfc3339: "\(day)T00:00:00Z") else {
                    throw UsageError("--before needs a day such as 2026-11-30")
                }
                firstWeek = Keys.week(of: Time(microseconds: time.microseconds))
            case (.partitions, "--broker"):
                guard let url = rest.popFirst() else { throw UsageError("--broker needs a URL") }
                broker = url
            case (.replay, "--database"), (.verify, "--database"), (.reconcile, "--database"),
                (.journal, "--database"), (.partitions, "--database"):
                guard let url = rest.popFirst() else { throw UsageError("--database needs a URL") }
                database = url
            case (.simulate, "--seeds"): simulation.seeds = try Self.number(word, rest.popFirst(), 1...UInt64(1) << 40)
            case (.simulate, "--first"): simulation.first = try Self.number(word, rest.popFirst(), 0...UInt64(1) << 60)
            case (.simulate, "--commands"):
                simulation.commands = Int(try Self.number(word, rest.popFirst(), 1...1_000_000))
            case (.simulate, "--threads"):
                simulation.threads = Int(try Self.number(word, rest.popFirst(), 1...256))
            case (.simulate, "--line"):
                guard let line = rest.popFirst().flatMap({ SimulatedLine(rawValue: $0) }) else {
                    throw UsageError("--line needs seats or desk")
                }
                simulation.line = line
            case (.simulate, "--trace"): simulation.trace = true
            case (.simulate, "--without"):
                guard let check = rest.popFirst() else { throw UsageError("--without needs a check") }
                simulation.without = check
            default: throw UsageError("turnstile \(command.rawValue) does not take “\(word)”")
            }
        }
    }

    static func number(_ option: String, _ text: String?, _ range: ClosedRange<UInt64>) throws -> UInt64 {
        guard let text, let number = UInt64(text), range.contains(number) else {
            throw UsageError("\(option) needs a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

extension Arguments {
    /// The database that is meant: the one that is named, or that of the installation that runs.
    func databaseSettings() throws -> PostgresSettings {
        guard let url = try database ?? RunFile.read(of: home)?.postgres else {
            throw ProgramFailure(.unavailable, "nothing is running in \(home.path): start it, or name a --database")
        }
        return try PostgresSettings(url)
    }
}

/// The command line cannot be understood.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
