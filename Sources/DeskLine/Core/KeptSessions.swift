internal import Pipeline
internal import Ticketing

/// The sessions with tenants' databases that are kept for the next visit. There are fewer of them than tenants, so
/// whoever needs one where there is no room takes the place of somebody else; opening one takes a server some ten
/// milliseconds of work, and a visit by one that is there less than one.
struct KeptSessions {
    private struct Kept {
        let tenant: TenantId
        let partition: Int
        let name: SessionName
    }

    private let bound: Int
    private var kept: [Kept] = []
    private var positions: [TenantId: Int] = [:]
    private var turn: UInt64 = 0

    init(bound: Int) { self.bound = bound }

    var count: Int { kept.count }
    func has(_ tenant: TenantId) -> Bool { positions[tenant] != nil }

    /// A tenant gets one, or has one.
    ///
    /// - Parameter needs: whether somebody's is needed now, or soon: it goes only if all that are looked at are.
    /// - Returns: the one that has to go for it.
    mutating func take(
        _ tenant: TenantId, of partition: Int, _ name: SessionName, unless needs: (TenantId, Int) -> Need
    ) -> SessionName? {
        guard positions[tenant] == nil else { return nil }
        let victim = kept.count < bound ? nil : victim(unless: needs)
        if let victim { drop(victim.tenant) }
        positions[tenant] = kept.count
        kept.append(Kept(tenant: tenant, partition: partition, name: name))
        return victim?.name
    }

    /// Its session has ended.
    mutating func drop(_ tenant: TenantId) {
        guard let position = positions.removeValue(forKey: tenant) else { return }
        let last = kept.removeLast()
        guard last.tenant != tenant else { return }
        kept[position] = last
        positions[last.tenant] = position
    }

    /// A server has less room than was thought: a quarter of its sessions go, as far as they are in nobody's hands.
    mutating func release(of store: String, unless needs: (TenantId, Int) -> Need) -> [SessionName] {
        let all = kept.filter { $0.name.store == store }
        let gone = all.filter { needs($0.tenant, $0.partition) != .now }.prefix((all.count + 3) / 4)
        for kept in gone { drop(kept.tenant) }
        return gone.map(\.name)
    }

    enum Need {
        case none, soon, now
    }

    /// Any one of those that are not needed. Tenants come in turns: the one that was not used for longest would be the
    /// next that is needed, and each visit would begin with a new session.
    private mutating func victim(unless needs: (TenantId, Int) -> Need) -> Kept? {
        turn &+= 1
        let start = Int(Keys.mix(turn) % UInt64(kept.count))
        var second: Kept?
        for step in 0..<kept.count {
            let candidate = kept[(start + step) % kept.count]
            switch needs(candidate.tenant, candidate.partition) {
            case .none: return candidate
            case .soon: second = second ?? candidate
            case .now: break
            }
            if step >= Self.looks, let second { return second }
        }
        return second
    }

    /// So many are looked at for one that nobody needs.
    private static let looks = 16
}
