internal import Pipeline
internal import Ticketing
internal import Wire

extension Auditor {
    /// What readers of an event's shows were told, without a gap, leads from nothing to what the tables have.
    func checkChanges(_ event: EventId, _ state: EventState, _ database: FakeDatabase) {
        for number in 1...max(1, state.showCount) {
            let rows = database.changes[ShowId(event, number)] ?? []
            var places: [UInt32: PlaceStatus] = [:]
            var version: UInt64 = 0
            for row in rows {
                let what = "version \(row.line.version) of show \(number) of \(Describe.short(event))"
                guard row.first == version + 1, row.line.version >= row.first else {
                    fail("\(what) is told from \(row.first) on, after \(version)")
                    return
                }
                for case .places(let list, let from, let to) in row.line.changes {
                    for place in list where places.updateValue(to, forKey: place) ?? .free != from {
                        fail("\(what) takes place \(place) from what it was not")
                    }
                }
                version = row.line.version
            }
            checkReader(places, of: number, at: version, state, rows)
        }
    }

    private func checkReader(
        _ places: [UInt32: PlaceStatus], of number: ShowNumber, at version: UInt64, _ state: EventState,
        _ rows: [FakeDatabase.ChangeRow]
    ) {
        if state.version(of: number) ?? 0 != version {
            fail("show \(number) of \(Describe.short(state.id)) has come further than \(version), which was told")
        }
        var waiting: [Int: Int] = [:]
        for case .line(let tier, let count) in rows.flatMap(\.line.changes) { waiting[tier] = count }
        // Free places of a tier for which somebody waits are shown as held.
        let isPlain = waiting.values.allSatisfy { $0 == 0 }
        for (index, letter) in (state.letters(of: number) ?? []).enumerated() {
            let told = places[UInt32(index + 1)] ?? .free
            if told == letter || !isPlain && told == .free && letter == .held { continue }
            fail("place \(index + 1) of show \(number) of \(Describe.short(state.id)) is \(letter), told was \(told)")
        }
    }

    /// Nothing is told that is not committed.
    func check(changes bytes: [UInt8], _ database: FakeDatabase) {
        var decoder = ChangeDecoder()
        bytes.withUnsafeBytes { message in
            decoder.decode(message: message) { result in
                guard case .success(let line) = result else {
                    fail("a message of changes that nobody can read")
                    return
                }
                let stored = database.changes[line.show]?.last?.line.version ?? 0
                if line.version > stored { fail("\(line.show.text) is told to have come beyond \(stored): \(line)") }
            }
        }
    }

    /// The same of how far a partition has come.
    func check(loads bytes: [UInt8], _ database: FakeDatabase) {
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
