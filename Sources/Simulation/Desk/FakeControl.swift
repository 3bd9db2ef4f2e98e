internal import DeskLine
internal import Pipeline
internal import Ticketing

/// The control database of the desk line in memory: who owns what is the seats line's fake database's affair, whose
/// rules are the same; beside it stand accounts, spilled commands and effects.
final class FakeControl {
    /// What the mutation check takes away.
    struct Switches {
        var keepsSpillInOrder = true
        var keepsSpill = true
    }

    struct SpillRow {
        let number: Int64
        let tenant: TenantId
        let partition: Int
        let sender: String?
        let line: [UInt8]
    }

    let database: FakeDatabase
    private let switches: Switches
    private let stores: [String]
    /// In the order of their requests.
    private(set) var accounts: [(account: Account, partition: Int)] = []
    private(set) var spill: [SpillRow] = []
    private(set) var spilledLines = 0
    /// Accounts whose databases are still to be made.
    var effects: [TenantId] = []
    private(set) var parked: [(partition: Int, record: ParkedRecord)] = []
    /// Told of spilled lines before they are forgotten.
    var forgetting: ([SpillRow]) -> Void = { _ in }
    /// Told of commands that were tried alone, and may be innocent of what came of it.
    var excuse: ([CommandId]) -> Void = { _ in }
    /// Attempts that were counted, by their workers and errands.
    private var counted: Set<String> = []
    /// Told of accounts that are new.
    var requested: (Account, Int) -> Void = { _, _ in }

    init(_ database: FakeDatabase, stores: [String], _ switches: Switches) {
        self.database = database
        self.stores = stores
        self.switches = switches
    }

    func account(of tenant: TenantId) -> Account? { accounts.first { $0.account.tenant == tenant }?.account }

    func claim(_ wanted: [ClaimRequest], for worker: WorkerId, _ session: FakeSession) -> [DeskClaim] {
        database.claim(wanted, for: worker, session).map { claim in
            excuse(claim.attempts.keys.sorted())
            var counts: [TenantId: Int] = [:]
            for row in spill where row.partition == claim.number { counts[row.tenant, default: 0] += 1 }
            return DeskClaim(
                claim: claim,
                accounts: accounts.filter { $0.partition == claim.number }.map(\.account)
                    .sorted { $0.tenant < $1.tenant }, spilled: counts)
        }
    }

    /// - Parameter worker: whose errand it is.
    func run(_ errand: Errand, by worker: WorkerId) -> ErrandOutcome {
        guard database.partitions[errand.partition].epoch == errand.epoch else { return .fenced }
        switch errand.wish {
        case .request(let id, let subDomain, let payload, let replyTo):
            return request(errand, id, subDomain, payload, replyTo)
        case .activate:
            guard let index = accounts.firstIndex(where: { $0.account.tenant == errand.tenant }) else { return .done }
            accounts[index].account.isActive = true
            return .activated(line: line(of: accounts[index].account))
        case .spill(let lines):
            for line in lines {
                spilledLines += 1
                spill.append(
                    SpillRow(
                        number: Int64(spilledLines), tenant: errand.tenant, partition: errand.partition,
                        sender: line.sender, line: line.line))
            }
            return .spilled
        case .readSpill(let limit):
            let rows = spill.filter { $0.tenant == errand.tenant }.prefix(limit)
            let lines = rows.map { SpilledLine(number: $0.number, sender: $0.sender, line: $0.line) }
            guard !switches.keepsSpillInOrder, let last = lines.last?.number else { return .spillRead(lines) }
            return .spillRead(
                lines.reversed().map { SpilledLine(number: last, sender: $0.sender, line: $0.line) })
        case .removeSpill(let number):
            let isGone = { [switches] (row: SpillRow) in
                row.tenant == errand.tenant && (row.number <= number || !switches.keepsSpill)
            }
            forgetting(spill.filter(isGone))
            spill.removeAll(where: isGone)
            return .spillRemoved(left: spill.count { $0.tenant == errand.tenant })
        case .recordAttempt(let id):
            if !counted.insert("\(worker) \(errand.number)").inserted { excuse([id]) }
            let count = database.recordAttempt(id, partition: errand.partition, epoch: errand.epoch)
            return count.map { .attempt($0) } ?? .fenced
        case .forgetAttempts(let ids):
            for id in ids { database.attempts[FakeDatabase.PartitionKey(partition: errand.partition, id: id)] = nil }
            return .done
        case .park(let record):
            if !parked.contains(where: { $0.partition == errand.partition && $0.record == record }) {
                parked.append((errand.partition, record))
            }
            return .done
        }
    }

    private func request(
        _ errand: Errand, _ id: CommandId, _ subDomain: String, _ payload: [UInt8], _ replyTo: String?
    ) -> ErrandOutcome {
        if let account = account(of: errand.tenant) { return .requested(account, line: line(of: account)) }
        guard !accounts.contains(where: { $0.account.subDomain == subDomain }) else { return .taken }
        let account = Account(
            tenant: errand.tenant, subDomain: subDomain, isActive: false, store: stores[accounts.count % stores.count],
            database: "desk_\(Describe.short(errand.tenant))", command: id, payload: payload, replyTo: replyTo)
        accounts.append((account, errand.partition))
        effects.append(account.tenant)
        requested(account, errand.partition)
        return .requested(account, line: line(of: account))
    }

    /// What the directory's readers are told; nobody here reads it.
    private func line(of account: Account) -> [UInt8] {
        Array("\(account.subDomain) \(account.isActive ? "active" : "requested")\n".utf8)
    }
}
