internal import Runtime
internal import Ticketing
internal import Wire

/// What owners and ingresses say of how busy they are, and what follows for a request that waits.
///
/// A request's place in the line is the difference of two sequence numbers: the one that it is expected to get, which
/// its id carries, and the one that its partition has come to. The second only grows, and every ingress has it from the
/// same notices, so the place never grows, whoever is asked.
struct Loads {
    private struct Owner {
        /// The newest is the last.
        var notices: [OwnerLoad] = []
    }

    private var owners: [Int: Owner] = [:]
    private var others: [String: (load: IngressLoad, counts: [Int: Int])] = [:]
    /// The highest sequence numbers seen in replies, which come before the notices.
    private var seen: [Int: UInt64] = [:]
    let name: String

    /// A notice counts from so long after it was sent: by then every ingress has it.
    static let delay = Duration.milliseconds(100)
    /// What is older says nothing any more.
    static let stale = Duration.seconds(3)
    private static let kept = 8
    private static let mostOthers = 1_000

    init(name: String) { self.name = name }

    mutating func hear(_ line: LoadLine) {
        switch line {
        case .owner(let load):
            var owner = owners[load.partition] ?? Owner()
            // One that was frozen may still speak after its successor.
            guard load.epoch >= owner.notices.last?.epoch ?? 0 else { return }
            owner.notices.append(load)
            if owner.notices.count > Self.kept { owner.notices.removeFirst() }
            owners[load.partition] = owner
            note(load.sequence, of: load.partition)
        case .ingress(let load):
            guard load.name != name else { return }
            if others.count >= Self.mostOthers, others[load.name] == nil { others = [:] }
            let counts = Dictionary(load.waiting.map { ($0.partition, $0.count) }) { first, _ in first }
            others[load.name] = (load, counts)
        }
    }

    mutating func note(_ sequence: UInt64, of partition: Int) {
        if sequence > seen[partition] ?? 0 { seen[partition] = sequence }
    }

    /// The highest sequence number of a partition that is known to be decided; 0 where none is.
    func decided(_ partition: Int) -> UInt64 { seen[partition] ?? 0 }

    /// How many ingresses there are, this one included.
    func ingresses(at now: Timestamp) -> Int { 1 + others.values.count { isFresh($0.load.at, at: now) } }

    /// What other ingresses have taken for the partition and nobody has decided.
    func waitingElsewhere(_ partition: Int, at now: Timestamp) -> Int {
        others.values.reduce(0) { sum, other in
            isFresh(other.load.at, at: now) ? sum + (other.counts[partition] ?? 0) : sum
        }
    }

    /// The sequence number that a command gets which has so many undecided ones before it, itself included; 0 where
    /// nothing is known of its partition.
    func expected(_ partition: Int, behind waiting: Int) -> UInt64 {
        guard let last = seen[partition] else { return 0 }
        return last + UInt64(max(1, waiting))
    }

    /// A request's place in its partition's line, 1 for the next, and when it will be decided.
    func standing(of expected: UInt64, in partition: Int, at now: Timestamp) -> (position: Int?, etaSeconds: Int?) {
        guard expected > 0, let notice = notice(of: partition, at: now) else { return (nil, nil) }
        let position = expected > notice.sequence ? Int(clamping: expected - notice.sequence) : 1
        return (position, seconds(for: position, notice, at: now))
    }

    /// How long it takes until so many commands are decided.
    func seconds(for count: Int, in partition: Int, at now: Timestamp) -> Int? {
        notice(of: partition, at: now).flatMap { seconds(for: count, $0, at: now) }
    }

    private func seconds(for count: Int, _ notice: OwnerLoad, at now: Timestamp) -> Int? {
        guard notice.rate > 0, isFresh(notice.at, at: now) else { return nil }
        let age = Double(now.microseconds - notice.at.microseconds) / 1_000_000
        return Int(max(0, Double(count) / Double(notice.rate) - age).rounded())
    }

    /// The newest notice that counts by now.
    private func notice(of partition: Int, at now: Timestamp) -> OwnerLoad? {
        owners[partition]?.notices.last { $0.at.microseconds + Self.delay.microseconds <= now.microseconds }
    }

    private func isFresh(_ time: Time, at now: Timestamp) -> Bool {
        now.microseconds - time.microseconds <= Self.stale.microseconds
    }
}
