internal import Ticketing

/// What is to be asked of tenants' databases, each tenant's in its order and one tenant after the other, so that who
/// asks much is not in the way of who asks little. Pure.
///
/// One that was away when it was last asked is asked again, but only some of those at once: what may take its time
/// never has all the hands that there are.
struct TenantQueue<Job> {
    struct Bounds: Sendable {
        /// What may wait at most.
        var total = 10_000
        /// What may wait for one tenant.
        var perTenant = 1_000
        /// What is asked together.
        var batch = 100
        /// Tenants that were away and are asked at once.
        var suspects = 1
        /// Tenants that are remembered to have been away.
        var remembered = 10_000
    }

    let bounds: Bounds
    private(set) var count = 0
    private var waiting: [TenantId: [Job]] = [:]
    /// Those with something to ask and whom nobody is asking, in the order in which it is their turn.
    private var turns: [TenantId] = []
    private var turnsOfSuspects: [TenantId] = []
    private var busy: Set<TenantId> = []
    private var busySuspects: Set<TenantId> = []
    private var suspects: Set<TenantId> = []

    init(bounds: Bounds) { self.bounds = bounds }

    /// - Returns: whether there was room.
    mutating func add(_ job: Job, of tenant: TenantId) -> Bool {
        let before = waiting[tenant]?.count ?? 0
        guard count < bounds.total, before < bounds.perTenant else { return false }
        waiting[tenant, default: []].append(job)
        count += 1
        if before == 0, !busy.contains(tenant) { queue(tenant) }
        return true
    }

    private mutating func queue(_ tenant: TenantId) {
        if suspects.contains(tenant) { turnsOfSuspects.append(tenant) } else { turns.append(tenant) }
    }

    /// The next to be asked, together; nobody else asks that tenant's until `finish`.
    mutating func take() -> (tenant: TenantId, jobs: [Job])? {
        let tenant: TenantId
        if !turnsOfSuspects.isEmpty, busySuspects.count < bounds.suspects {
            tenant = turnsOfSuspects.removeFirst()
            busySuspects.insert(tenant)
        } else if !turns.isEmpty {
            tenant = turns.removeFirst()
        } else {
            return nil
        }
        busy.insert(tenant)
        let all = waiting.removeValue(forKey: tenant) ?? []
        let jobs = Array(all.prefix(bounds.batch))
        if all.count > jobs.count { waiting[tenant] = Array(all.dropFirst(jobs.count)) }
        count -= jobs.count
        return (tenant, jobs)
    }

    /// What was taken has been asked.
    ///
    /// - Parameter isAway: its database did not answer.
    /// - Returns: what has waited for the same in vain.
    mutating func finish(_ tenant: TenantId, isAway: Bool) -> [Job] {
        busy.remove(tenant)
        busySuspects.remove(tenant)
        guard isAway else {
            suspects.remove(tenant)
            if waiting[tenant] != nil { queue(tenant) }
            return []
        }
        if suspects.count >= bounds.remembered { suspects = [] }
        suspects.insert(tenant)
        return drop(tenant)
    }

    private mutating func drop(_ tenant: TenantId) -> [Job] {
        let jobs = waiting.removeValue(forKey: tenant) ?? []
        count -= jobs.count
        return jobs
    }

    mutating func removeAll() -> [Job] {
        defer {
            waiting = [:]
            turns = []
            turnsOfSuspects = []
            count = 0
        }
        return waiting.values.flatMap(\.self)
    }
}
