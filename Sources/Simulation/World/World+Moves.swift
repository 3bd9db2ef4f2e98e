internal import Pipeline
internal import Ticketing

extension World {
    /// Events go to spare partitions and back while they are used.
    func planMove(_ left: Int) {
        guard left > 0 else { return }
        scheduler.after(delay(300_000...6_000_000)) { [self] in
            guard !isHealed else { return }
            move(random.one(of: venue))
            planMove(left - 1)
        }
    }

    /// The route is written; producers learn of it one after another; behind their last command by the old one follows
    /// the queue's last word.
    private func move(_ event: KnownEvent) {
        let home = Keys.partition(of: event.id, among: profile.partitions)
        let route = database.routes[event.id]
        // One at a time: of two that cross, each might wait in its queue for the other's last word.
        guard !database.isAway, database.events[event.id] != nil, isAtRest else { return }
        let from = route?.partition ?? home
        let spares = Array(profile.partitions..<profile.partitions + profile.spares)
        let to = random.one(of: ([home] + spares).filter { $0 != from })
        let version = (route?.version ?? 0) + 1
        disturb(seconds: 6)
        trace.note(
            "route", version, UInt64(to), "of \(Describe.short(event.id)) from \(from) to \(to), version \(version)")
        database.routes[event.id] = FakeDatabase.RouteRow(partition: to, previous: from, version: version)
        for producer in producers {
            // A producer that goes by an old map for too long is turned away.
            let span = random.chance(8) ? delay(1_500_000...4_000_000) : delay(0...1_000_000)
            scheduler.after(span) { producer.map[event.id] = to }
        }
        scheduler.after(delay(1_500_000...2_500_000)) { [self] in
            producers[0].moveOut(event, from: from, to: to, version: version)
        }
    }

    /// Whether every event is where it goes.
    var isAtRest: Bool { database.routes.values.allSatisfy { $0.state == .here } }
}
