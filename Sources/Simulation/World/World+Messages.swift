internal import Pipeline
internal import Runtime

extension World {
    /// Notices are on their way to whoever waits or watches; some are lost.
    func deliver(_ notices: [Notice]) {
        for notice in notices {
            switch notice {
            case .changes(let bytes): auditor.check(changes: bytes, database)
            case .directory: break
            case .loads(let bytes): auditor.check(loads: bytes, database)
            case .replies, .effects: break
            }
        }
        guard !broker.isAway else { return }
        for notice in notices {
            guard case .replies(let to, let bytes) = notice else { continue }
            guard !chance(profile.losses) else { continue }
            let isConflict = to.hasSuffix(".c")
            let receiver = to.split(separator: "/").last.map(String.init) ?? to
            let name = isConflict ? String(receiver.dropLast(2)) : receiver
            guard let producer = producers.first(where: { $0.name == name }) else {
                fail("a reply to “\(to)”, who is nobody")
                return
            }
            scheduler.after(delay(20...500)) { producer.hear(bytes, isConflict: isConflict) }
        }
    }
}
