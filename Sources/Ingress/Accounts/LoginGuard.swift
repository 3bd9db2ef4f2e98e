internal import Runtime
internal import Ticketing

/// Slows down whoever guesses passwords: per account, and per address whatever the accounts. Pure.
///
/// A try counts as a failure when it is let in, so that many at once are no way around; one that succeeds is taken
/// back. After some failures the next try has to wait, each time twice as long. Where a login succeeded from an
/// address, tries from there are counted apart: whoever fails at an account on purpose cannot keep its owner out.
///
/// Each process counts by itself: a gateway in front of three of them lets through three times as many tries.
struct LoginGuard {
    struct Limits {
        var freePerAccount = 5
        var freePerAddress = 20
        var pause = Duration.seconds(1)
        /// The longest pause; and after as long without a try, all is forgotten.
        var longest = Duration.seconds(900)
        /// Accounts and addresses that are known, each.
        var most = 50_000
    }

    private struct Account: Hashable {
        let tenant: TenantId
        /// Nil for all addresses that it never was entered from.
        let address: String?
    }

    private struct Count {
        var failures = 0
        var lastAt: MonotonicTime
        var waitsUntil: MonotonicTime?
    }

    private let limits: Limits
    private var accounts: [Account: Count] = [:]
    private var addresses: [String: Count] = [:]
    /// Where accounts were entered from.
    private var homes: Set<Account> = []

    init(_ limits: Limits = Limits()) { self.limits = limits }

    var knownCount: Int { accounts.count + addresses.count }

    /// Lets a try in, or says how long it has to wait.
    mutating func admit(_ tenant: TenantId, from address: String, at now: MonotonicTime) -> Duration? {
        let account = account(tenant, address)
        let wait = max(wait(of: accounts[account], now), wait(of: addresses[address], now))
        if wait > .zero { return wait }
        makeRoom(in: &accounts, free: limits.freePerAccount, now)
        makeRoom(in: &addresses, free: limits.freePerAddress, now)
        charge(&accounts[account], free: limits.freePerAccount, now)
        charge(&addresses[address], free: limits.freePerAddress, now)
        return nil
    }

    mutating func succeeded(_ tenant: TenantId, from address: String) {
        accounts[account(tenant, address)] = nil
        // An account of one's own does not buy guesses at others'.
        giveBack(&addresses[address], free: limits.freePerAddress)
        if homes.count >= limits.most { homes = [] }
        homes.insert(Account(tenant: tenant, address: address))
    }

    /// A try that was let in could not be made.
    mutating func withdraw(_ tenant: TenantId, from address: String) {
        giveBack(&accounts[account(tenant, address)], free: limits.freePerAccount)
        giveBack(&addresses[address], free: limits.freePerAddress)
    }

    private func account(_ tenant: TenantId, _ address: String) -> Account {
        let home = Account(tenant: tenant, address: address)
        return homes.contains(home) ? home : Account(tenant: tenant, address: nil)
    }

    private func isForgotten(_ count: Count, _ now: MonotonicTime) -> Bool { now - count.lastAt >= limits.longest }

    private func wait(of count: Count?, _ now: MonotonicTime) -> Duration {
        guard let until = count?.waitsUntil else { return .zero }
        return max(.zero, until - now)
    }

    private func charge(_ count: inout Count?, free: Int, _ now: MonotonicTime) {
        var charged = Count(lastAt: now)
        if let count, !isForgotten(count, now) { charged.failures = count.failures }
        charged.failures += 1
        charged.waitsUntil = pause(after: charged.failures - free).map { now + $0 }
        count = charged
    }

    private func giveBack(_ count: inout Count?, free: Int) {
        guard var it = count else { return }
        it.failures -= 1
        it.waitsUntil = pause(after: it.failures - free).map { it.lastAt + $0 }
        count = it.failures > 0 ? it : nil
    }

    private func pause(after failures: Int) -> Duration? {
        guard failures > 0 else { return nil }
        return min(limits.pause * (1 << min(failures - 1, 20)), limits.longest)
    }

    /// Those who have failed least are forgotten first.
    private func makeRoom<Key>(in counts: inout [Key: Count], free: Int, _ now: MonotonicTime) {
        guard counts.count >= limits.most else { return }
        counts = counts.filter { !isForgotten($0.value, now) }
        var few = max(1, free)
        while counts.count > limits.most / 2 {
            counts = counts.filter { $0.value.failures > few }
            few *= 2
        }
    }
}
