internal import Pipeline
internal import Runtime

extension World {
    /// Faults while there is work, then none, and then everything has to settle.
    func live() {
        planIncident(profile.incidents)
        watchOver()
        if profile.movesEvents { planMove(random.number(1...6)) }
        run(until: later(seconds: 600)) { !producers.allSatisfy(\.isDone) }
        if !producers.allSatisfy(\.isDone) { fail("producers cannot send what they have: \(unsettled)") }
        run(until: later(seconds: Double(random.number(0...5_000)) / 1_000))
        heal()
        run(until: later(seconds: 120)) { !isSettled }
        if !isSettled { fail("two minutes after the last fault it is not settled: \(unsettled)") }
        // Holds end with or without traffic.
        run(until: later(seconds: Double(random.number(0...40))))
        if failure == nil { auditor.finish(at: database.now()) }
    }

    private var isSettled: Bool { producers.allSatisfy(\.isSettled) && broker.isEmpty && isAtRest }

    private var unsettled: String {
        let waiting = producers.flatMap(\.waiting).prefix(3).map {
            "\(Describe.short($0.id)) about \(Describe.short($0.event)) \($0.expectation)"
        }
        let depths = database.partitions.indices.map(broker.depth)
        let owners = database.partitions.map { $0.owner?.text ?? "nobody" }
        return "\(waiting) unanswered; queues \(depths) of \(owners); running \(running.map(\.id.text))"
    }
}
