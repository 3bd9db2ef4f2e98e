internal import Pipeline
internal import Sealing
internal import Ticketing

extension FakeDatabase {
    func load(_ event: EventId, for partition: Int, at time: Time) -> LoadedEvent {
        if let route = routes[event] {
            switch (route.state, route.partition == partition) {
            case (.here, true): break
            case (.moving, false) where route.previous == partition: break
            case (.moving, true): return .arriving
            case (.out, true):
                guard let left = route.leftAt, let digest = route.digest else { return .broken("no digest") }
                guard case .event(let state) = state(of: event, at: left) else { return .missing }
                return .arrived(state, version: route.version, from: route.previous, digest: digest, at: left)
            case (.moving, false): return .elsewhere(route.previous)
            case (_, false): return .elsewhere(route.partition)
            }
        } else {
            let home = Keys.partition(of: event, among: hashed)
            if home != partition { return .elsewhere(home) }
        }
        return state(of: event, at: time)
    }

    private func state(of event: EventId, at time: Time) -> LoadedEvent {
        guard let stored = events[event] else { return .missing }
        do {
            return .event(try stored.load(at: time))
        } catch {
            return .broken("\(error)")
        }
    }

    func lookUp(_ ids: [CommandId], at time: Time) -> [KnownDecision] {
        ids.compactMap { id in
            row(of: id, at: time).map {
                KnownDecision(
                    id: id, event: $0.entry.event, tenant: $0.entry.tenant, payload: $0.entry.payload,
                    status: $0.status, reply: $0.reply)
            }
        }
    }

    func journalIds(partition: Int, from sequence: UInt64, limit: Int, at time: Time) -> JournalPage {
        var ids: [CommandId] = []
        let oldest = Keys.week(of: time) - 1
        for row in journal[partition].dropFirst(max(0, Int(sequence) - 1)) where Keys.week(of: row.at) >= oldest {
            if ids.count == limit { return JournalPage(ids: ids, next: row.sequence) }
            ids.append(row.entry.id)
        }
        return JournalPage(ids: ids, next: nil)
    }
}
