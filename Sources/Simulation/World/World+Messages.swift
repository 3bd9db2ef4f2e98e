internal import Pipeline
internal import Runtime
internal import Wire

extension World {
    /// Notices are on their way to whoever waits or watches; some are lost.
    func deliver(_ notices: [Notice]) {
        for case .loads(let bytes) in notices { check(loads: bytes) }
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

    /// Nothing is told that is not committed.
    private func check(loads bytes: [UInt8]) {
        var decoder = LoadDecoder()
        bytes.withUnsafeBytes { message in
            decoder.decode(message: message) { line in
                guard case .success(.owner(let owner)) = line, database.partitions.indices.contains(owner.partition)
                else {
                    fail("a message of loads that nobody can read")
                    return
                }
                let row = database.partitions[owner.partition]
                if owner.sequence >= row.nextSequence || owner.epoch > row.epoch {
                    fail("\(owner) is told, and the journal has come to \(row.nextSequence) in epoch \(row.epoch)")
                }
            }
        }
    }
}
