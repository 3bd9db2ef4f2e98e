internal import Pipeline
internal import Runtime

extension World {
    /// Notices are on their way to whoever waits or watches; some are lost.
    func deliver(_ notices: [Notice]) {
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
