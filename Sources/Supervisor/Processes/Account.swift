internal import Glibc

/// A user of the machine that a server runs as: Postgres refuses to run as root, and nothing else needs to.
public struct Account: Sendable, Hashable {
    public let name: String
    public let user: UInt32
    public let group: UInt32

    /// The account of that name, or nil where the machine has none.
    public static func named(_ name: String) -> Account? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return Account(name: name, user: entry.pw_uid, group: entry.pw_gid)
    }

    public static var isRoot: Bool { geteuid() == 0 }

    /// Whom Turnstile's own processes run as when this process is root: an account that may do nothing else.
    static func forWorkers() throws(SetupError) -> Account? {
        guard isRoot else { return nil }
        guard let account = named("turnstile") ?? named("nobody") else {
            throw SetupError("there is neither an account “turnstile” nor “nobody” to run workers as")
        }
        return account
    }

    /// Whom a server runs as: the account when this process may become it, else whoever started this process.
    ///
    /// - Throws: when this process is root and the account is missing.
    static func forServer(_ name: String, package: String) throws(SetupError) -> Account? {
        guard isRoot else { return nil }
        guard let account = named(name) else {
            throw SetupError("there is no account “\(name)”: install the Debian package \(package)")
        }
        return account
    }
}
