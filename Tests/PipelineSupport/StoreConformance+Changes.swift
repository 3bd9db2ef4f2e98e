internal import Pipeline
internal import Ticketing
internal import Wire

extension StoreConformance {
    static var changes: [Check] {
        [
            Check("what readers were told leads from any version to what is loaded, in batches of one") { world in
                try follow(world, every: 1) { $0.map { [$0] } }
            },
            Check("what readers were told leads from any version to what is loaded, in some batches") { world in
                try follow(world, every: 3) { [$0] }
            },
            Check("what readers were told leads from any version to what is loaded, in one batch") { world in
                try follow(world, every: .max) { [$0] }
            },
            Check("a group that is refused tells nobody anything") { world in
                let (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create(hall)
                let show = ShowId(clerk.event, 1)
                _ = try world.session(of: "two").claim([request(0, 1, dead: "one")], for: "two")
                _ = try? store.commit([owner.sealed(clerk.takeEntries())])
                try require(try world.changes(of: show, after: 0).count, is: 0, "lines")
            },
            Check("a version that leaves one out is refused") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create(hall)
                try owner.commit(clerk.takeEntries(), to: store)
                try clerk.reserve("left out")
                try clerk.send(.joinWaitlist(JoinWaitlist(show: 1, buyer: "no", tier: "A", quantity: 90)))
                _ = clerk.takeEntries()
                try clerk.reserve("next")
                try requireRejected("a gap") { try store.commit([owner.sealed(clerk.takeEntries())]) }
            },
            Check("shows of several events are told apart, and each from where its reader is") { world in
                var (store, owner) = try world.owner()
                var (one, two) = (try world.clerk(), try world.clerk(low: 1_000))
                one.create(hall)
                two.create(hall)
                try one.reserve("a")
                try two.reserve("b", 2)
                try owner.commit(one.takeEntries() + two.takeEntries(), to: store)
                try one.reserve("c")
                try owner.commit(one.takeEntries(), to: store)
                let show = ShowId(one.event, 1)
                try require(try versions(world, show, after: 0), is: [[1, 2], [3, 3]], "the first")
                try require(try versions(world, show, after: 1), is: [[1, 2], [3, 3]], "from the middle of a batch")
                try require(try versions(world, show, after: 2), is: [[3, 3]], "from its end")
                try require(try versions(world, show, after: 3), is: [], "from the end")
                try require(try versions(world, ShowId(two.event, 1), after: 0), is: [[1, 2]], "the second")
                try require(try versions(world, ShowId(two.event, 2), after: 0), is: [], "a show that is not there")
            },
        ]
    }

    private static func versions(_ world: any StoreWorld, _ show: ShowId, after version: UInt64) throws -> [[UInt64]] {
        try world.changes(of: show, after: version).map { [$0.first, $0.line.version] }
    }

    /// A whole sale, committed after so many of its acts, each time in such batches; readers with every version follow.
    private static func follow(
        _ world: any StoreWorld, every acts: Int, batches: ([Entry]) -> [[Entry]]
    ) throws {
        var (store, owner) = try world.owner()
        var clerk = try world.clerk()
        var readers = Readers(event: clerk.event)
        var done = 0
        func commit(_ clerk: inout Clerk) throws {
            for batch in batches(clerk.takeEntries()) {
                for entry in batch { readers.hear(entry) }
                try owner.commit(batch, at: clerk.now, to: store)
            }
        }
        try season(&clerk) { clerk in
            done += 1
            if done % acts == 0 { try commit(&clerk) }
        }
        try commit(&clerk)
        guard let state = clerk.state else { throw Mismatch("no event") }
        for number in 1...state.showCount { try readers.check(number, against: state, in: world) }
    }
}

/// Readers of an event's shows who heard everything, up to each of the versions.
private struct Readers {
    let event: EventId
    /// By show, the reader with each version, from 0 on.
    private var shows: [ShowNumber: [ShowReader]] = [:]

    init(event: EventId) { self.event = event }

    mutating func hear(_ entry: Entry) {
        guard let decision = entry.verdict.decision else { return }
        for line in ChangeLine.lines(of: decision, event: event) {
            var reader = shows[line.show.number]?.last ?? ShowReader()
            if shows[line.show.number] == nil { shows[line.show.number] = [reader] }
            reader.read(line)
            shows[line.show.number]?.append(reader)
        }
    }

    func check(_ number: ShowNumber, against state: EventState, in world: any StoreWorld) throws {
        let readers = shows[number] ?? []
        try require(readers.count, is: Int(state.version(of: number) ?? 0) + 1, "versions of show \(number)")
        for (version, reader) in readers.enumerated() {
            var next = UInt64(version) + 1
            var reader = reader
            for (first, line) in try world.changes(of: ShowId(event, number), after: UInt64(version)) {
                // A reader in the middle of a batch gets the whole of it.
                try require(first == next || next == UInt64(version) + 1 && first <= next, "\(first) follows \(next)")
                if first == next { try reader.requireFrom(line) }
                reader.read(line)
                next = line.version + 1
            }
            try require(next, is: UInt64(readers.count), "the version behind the last")
            try reader.requireEqual(state, number)
        }
    }
}

/// What one reader of a show knows.
private struct ShowReader {
    private var places: [UInt32: PlaceStatus] = [:]
    private var waiting: [Int: Int] = [:]
    private var isCancelled = false

    mutating func read(_ line: ChangeLine) {
        for change in line.changes {
            switch change {
            case .places(let list, _, let to): for place in list { places[place] = to }
            case .line(let tier, let count): waiting[tier] = count
            case .added: break
            case .cancelled: isCancelled = true
            }
        }
    }

    /// Each place is where the line says that it was.
    func requireFrom(_ line: ChangeLine) throws {
        for case .places(let list, let from, _) in line.changes {
            for place in list { try require(places[place] ?? .free, is: from, "place \(place) before \(line.version)") }
        }
    }

    func requireEqual(_ state: EventState, _ number: ShowNumber) throws {
        guard let letters = state.letters(of: number), let row = state.showRow(number),
            let tiers = state.availability(of: number)?.map(\.tier)
        else { throw Mismatch("there is no show \(number)") }
        let tierOfPlace = row.spec.sections.flatMap { section in
            let count =
                switch section.seating {
                case .rows(let rows): rows.reduce(0) { $0 + $1.seats }
                case .general(let capacity): capacity
                }
            return [Int](repeating: tiers.firstIndex(of: section.tier) ?? -1, count: count)
        }
        for (index, letter) in letters.enumerated() {
            let known = places[UInt32(index + 1)] ?? .free
            // Free places are promised to those who wait.
            let shown = known == .free && waiting[tierOfPlace[index]] ?? 0 > 0 ? .held : known
            try require(shown, is: letter, "place \(index + 1) of show \(number)")
        }
        try require(isCancelled, is: row.status == .cancelled, "show \(number) is cancelled")
    }
}
