internal import Glibc
internal import Pipeline
internal import Runtime
internal import Supervisor
internal import Ticketing

/// What the command line asks for.
struct Arguments {
    enum Command: String {
        case up, stop, status, reset, replay, verify, journal, simulate, help
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
    private let words: [String]

    /// What `simulate` lives through.
    struct Simulation {
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

    static let usage = """
        usage: turnstile COMMAND [OPTION …]

          up        start everything and keep it running; Ctrl-C stops it
              --detach        return when all is ready; it goes on in the background
              --servers-only  Postgres and the broker alone
              --not-durable   no fsync: for data that is thrown away
              --config DIR    the project's Config folder (./Config)
          stop      stop what runs, and wait until it has ended
          status    what runs where; exit code 3 when nothing does
          reset     stop, and throw the data away
              --yes           do not ask
          replay    decide the journal again by the rules, and compare every answer and every row
          verify    prove from the journal and the tables that what was promised holds
          journal drop  forget the first weeks of the journal; what they came to is kept
              --before DAY    2026-11-30: weeks that were over by that day
              --database URL  of all three: another database than the one that runs in TURNSTILE_HOME;
                    exit code 0: all is well; 1: it is not; 69: there is no database to look at
          simulate  the workers' code in a simulated world that fails in every way; exit code 1 when it does not hold
              --seeds N       so many histories, one for each seed (100)
              --first S       the first seed (1)
              --commands N    so many commands in each history
              --threads N     so many histories at a time (2)
              --trace         one history, and everything that happens in it
              --without CHECK take epoch-check, batch-number-check, journal-lookup or exact-expiry away: it must fail
          help      this text

        TURNSTILE_HOME is the data directory (\(defaultHome)),
        TURNSTILE_PORT_BASE the first of \(Ports.span) ports (\(Ports.defaultBase)).
        """

    init(_ words: [String]) throws {
        self.words = words
        guard let first = words.first else { throw UsageError("a command is missing") }
        let name = ["-h", "--help"].contains(first) ? "help" : first
        guard let command = Command(rawValue: name) else { throw UsageError("there is no command “\(first)”") }
        self.command = command
        home = try Home(path: Self.variable("TURNSTILE_HOME") ?? Self.defaultHome)
        ports = try Self.ports()
        var rest = words.dropFirst()
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
            case (.replay, "--database"), (.verify, "--database"), (.journal, "--database"):
                guard let url = rest.popFirst() else { throw UsageError("--database needs a URL") }
                database = url
            case (.simulate, "--seeds"): simulation.seeds = try Self.number(word, rest.popFirst(), 1...UInt64(1) << 40)
            case (.simulate, "--first"): simulation.first = try Self.number(word, rest.popFirst(), 0...UInt64(1) << 60)
            case (.simulate, "--commands"):
                simulation.commands = Int(try Self.number(word, rest.popFirst(), 1...1_000_000))
            case (.simulate, "--threads"):
                simulation.threads = Int(try Self.number(word, rest.popFirst(), 1...256))
            case (.simulate, "--trace"): simulation.trace = true
            case (.simulate, "--without"):
                guard let check = rest.popFirst() else { throw UsageError("--without needs a check") }
                simulation.without = check
            default: throw UsageError("turnstile \(command.rawValue) does not take “\(word)”")
            }
        }
    }

    private static func number(_ option: String, _ text: String?, _ range: ClosedRange<UInt64>) throws -> UInt64 {
        guard let text, let number = UInt64(text), range.contains(number) else {
            throw UsageError("\(option) needs a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func ports() throws -> Ports {
        guard let text = variable("TURNSTILE_PORT_BASE") else { return try Ports(base: Ports.defaultBase) }
        guard let base = Int(text) else { throw SetupError("TURNSTILE_PORT_BASE is “\(text)”: it must be a number") }
        return try Ports(base: base)
    }

    /// Root's own home is closed to the accounts that the servers run as.
    private static var defaultHome: String {
        if Account.isRoot { return "/var/lib/turnstile" }
        if let data = variable("XDG_DATA_HOME") { return "\(data)/turnstile" }
        return "\(variable("HOME") ?? "/tmp")/.local/share/turnstile"
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}

extension Arguments {
    /// The database of the installation that runs; nil when none does.
    func runningDatabase() throws -> String? { try RunFile.read(of: home)?.postgres }
}

/// The command line cannot be understood.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
