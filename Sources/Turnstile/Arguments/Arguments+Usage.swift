internal import Glibc
internal import Supervisor

extension Arguments {
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
          tenants create NAME     a tenant of that name
          tenants list            all of them
          tenants doctor          accounts not ready, databases that are nobody's or missing, commands that wait
          keys create --tenant NAME --scopes LIST   a key, alone on standard output; it is shown this once
              --scopes LIST   some of read, produce and manage, with commas between them
              --operate       instead of both: a key that runs the installation, and is no tenant's
              --name TEXT     what it is for
              --rate-limit N  requests a second; without it there is no limit
          keys list               all of them
              --tenant NAME   or a tenant's
          keys revoke KEY_ID      for good; within seconds no process takes it any more
          partitions list         who owns which, and how far each has come
          partitions dedicate EVENT   moves an event to a spare partition of its own, while it is sold
          partitions undedicate EVENT     and back
              --broker URL    another broker than the one that runs in TURNSTILE_HOME
          replay    decide the journal again by the rules, and compare every answer and every row
          verify    prove from the journal and the tables that what was promised holds
          reconcile  compare the books with the tables and with the payment providers, and list what differs
          journal drop  forget the first weeks of the journal; what they came to is kept
              --before DAY    2026-11-30: weeks that were over by that day
              --database URL  of all these: another database than the one that runs in TURNSTILE_HOME;
                    exit code 0: all is well; 1: it is not; 69: there is no database to look at
          simulate  the workers' code in a simulated world that fails in every way; exit code 1 when it does not hold
              --line LINE     of that line alone: seats or desk
              --seeds N       so many histories of each line, one for each seed (100)
              --first S       the first seed (1)
              --commands N    so many commands in each history
              --threads N     so many histories at a time (2)
              --trace         one history, and everything that happens in it
              --without CHECK take one away, and it must fail: epoch-check, batch-number-check, journal-lookup;
                    of seats also exact-expiry; of desks working-rows, spill, spill-order, spill-loss
          help      this text

        TURNSTILE_HOME is the data directory (\(defaultHome)),
        TURNSTILE_PORT_BASE the first of \(Ports.span) ports (\(Ports.defaultBase)).
        """

    static func ports() throws -> Ports {
        guard let text = variable("TURNSTILE_PORT_BASE") else { return try Ports(base: Ports.defaultBase) }
        guard let base = Int(text) else { throw SetupError("TURNSTILE_PORT_BASE is “\(text)”: it must be a number") }
        return try Ports(base: base)
    }

    /// Root's own home is closed to the accounts that the servers run as.
    static var defaultHome: String {
        if Account.isRoot { return "/var/lib/turnstile" }
        if let data = variable("XDG_DATA_HOME") { return "\(data)/turnstile" }
        return "\(variable("HOME") ?? "/tmp")/.local/share/turnstile"
    }

    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
