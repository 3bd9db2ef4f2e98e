internal import Runtime
internal import Testing
internal import Ticketing

@testable import Tenancy

@Suite struct DirectoryCopyTests {
    private func loaded(_ places: [TenantPlace] = [], version: Int64) -> DirectoryCopy {
        var copy = DirectoryCopy()
        _ = copy.adopt(DirectoryReading(copy.question(), version: version, places: places))
        return copy
    }

    @Test func nothingIsKnownBeforeTheFirstReading() {
        var copy = DirectoryCopy()
        #expect(!copy.isLoaded && copy.question().since == 0)
        #expect(copy.hear(place(1, version: 5)) == .gap, "what came before is missing")
        #expect(!copy.isLoaded && copy[place(1, version: 5).tenant] != nil)
        let adoption = copy.adopt(
            DirectoryReading(DirectoryQuestion(since: 0, newest: 0), version: 4, places: [place(2, version: 3)]))
        #expect(adoption == .adopted([place(2, version: 3)], removed: []))
        #expect(copy.isLoaded && copy.version == 5 && copy.count == 2, "what was heard meanwhile stays, and goes on")
    }

    @Test func linesInTheirOrderAreApplied() {
        var copy = loaded([place(1, version: 2)], version: 2)
        #expect(copy.hear(place(2, version: 3, status: .requested)) == .applied)
        #expect(copy.hear(place(2, version: 4)) == .applied)
        #expect(copy.hear(place(2, version: 4)) == .known, "a duplicate")
        #expect(copy.hear(place(2, version: 3, status: .requested)) == .known, "what is old changes nothing")
        #expect(copy.version == 4 && copy.place(subDomain: "tenant-2") == place(2, version: 4))
        #expect(copy.places(in: 2) == [place(2, version: 4)] && copy.places(in: 3).isEmpty)
        #expect(copy.all.map(\.version) == [2, 4])
    }

    @Test func aGapIsNoticedAndFilledByWhatComesLate() {
        var copy = loaded(version: 0)
        #expect(copy.hear(place(2, version: 2)) == .gap)
        #expect(copy.hear(place(4, version: 4)) == .gap)
        #expect(copy.hear(place(2, version: 2)) == .known)
        #expect(copy.count == 2, "what is known is known, whatever is missing")
        #expect(copy.version == 0 && copy.hasGap && copy.question() == DirectoryQuestion(since: 0, newest: 4))
        #expect(copy.hear(place(3, version: 3)) == .gap, "1 is still missing")
        #expect(copy.hear(place(1, version: 1)) == .applied)
        #expect(copy.version == 4 && !copy.hasGap)
    }

    @Test func aReadingFillsAGapAndTakesNothingBack() {
        var copy = loaded([place(1, version: 1)], version: 1)
        let question = copy.question()
        #expect(question == DirectoryQuestion(since: 1, newest: 1))
        // Heard while the reading is on its way.
        #expect(copy.hear(place(1, version: 4)) == .gap)
        #expect(copy.hear(place(1, version: 5)) == .gap)
        let reading = DirectoryReading(question, version: 3, places: [place(2, version: 2), place(1, version: 3)])
        #expect(copy.adopt(reading) == .adopted([place(2, version: 2)], removed: []))
        #expect(copy.version == 5 && copy[place(1, version: 1).tenant] == place(1, version: 5))
    }

    @Test func aReadingOfOnlyWhatChangedLeavesTheOthers() {
        var copy = loaded([place(1, version: 1), place(2, version: 2)], version: 2)
        let reading = DirectoryReading(copy.question(), version: 4, places: [place(2, version: 4)])
        #expect(copy.adopt(reading) == .adopted([place(2, version: 4)], removed: []))
        #expect(copy.count == 2 && copy.version == 4)
        #expect(copy.adopt(DirectoryReading(copy.question(), version: 4, places: [])) == .adopted([], removed: []))
    }

    @Test func aDatabaseThatLostItsNewestChangesIsReadAsAWholeAndBelieved() {
        var copy = loaded([place(1, version: 1), place(2, version: 2), place(3, version: 3)], version: 3)
        #expect(copy.hear(place(3, version: 5)) == .gap)
        let partial = DirectoryReading(copy.question(), version: 2, places: [])
        #expect(copy.adopt(partial) == .isBehind)
        #expect(copy.count == 3, "until then what is known stays")
        let whole = DirectoryReading(
            copy.question(whole: true), version: 2, places: [place(1, version: 1), place(2, version: 2)])
        #expect(copy.adopt(whole) == .adopted([], removed: [place(3, version: 5)]))
        #expect(copy.version == 2 && !copy.hasGap && copy.place(subDomain: "tenant-3") == nil)
        #expect(copy.hear(place(4, version: 3)) == .applied, "and from there it goes on")
    }

    @Test func aWholeReadingFindsWhatWasChangedByHand() {
        var copy = loaded([place(1, version: 1), place(2, version: 2)], version: 2)
        let moved = place(1, version: 1, store: "other")
        let reading = DirectoryReading(copy.question(whole: true), version: 2, places: [moved])
        #expect(copy.adopt(reading) == .adopted([moved], removed: [place(2, version: 2)]))
    }

    @Test func aNameThatGoesFromOneToAnotherBelongsToTheLaterWhateverTheOrder() {
        let given = place(1, version: 2, subDomain: "old")
        let taken = place(2, version: 3, subDomain: "acme")
        for news in [[given, taken], [taken, given]] {
            var copy = loaded([place(1, version: 1, subDomain: "acme")], version: 1)
            for place in news { _ = copy.hear(place) }
            #expect(copy.place(subDomain: "acme") == taken && copy.place(subDomain: "old") == given)
        }
    }

    @Test func whatIsHeardAheadIsBounded() {
        var copy = loaded(version: 0)
        let many = Int64(3 * DirectoryCopy.mostAhead)
        for version in 2...many { #expect(copy.hear(place(1, version: version)) == .gap) }
        #expect(copy.hear(place(2, version: 1)) == .gap, "not all was kept: a reading is needed")
        #expect(copy.version == Int64(DirectoryCopy.mostAhead) + 1)
        _ = copy.adopt(DirectoryReading(copy.question(), version: many, places: [place(1, version: many)]))
        #expect(copy.version == many && !copy.hasGap)
    }

    /// A directory that grows and changes, lines that come in any order, twice or never, and readings that answer late.
    @Test(arguments: 0..<300)
    func whateverIsHeardTheCopyIsNeverOlderThanItSaysAndAReadingMakesItWhole(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var table: [TenantId: TenantPlace] = [:]
        var version: Int64 = 0
        var history: [[TenantId: TenantPlace]] = [[:]]
        var onTheirWay: [TenantPlace] = []
        var readings: [DirectoryReading] = []
        var copy = DirectoryCopy()
        for _ in 0..<Int.random(in: 1...120, using: &random) {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                version += 1
                let status: TenantPlace.Status = Bool.random(using: &random) ? .active : .requested
                let change = place(.random(in: 0..<6, using: &random), version: version, status: status)
                table[change.tenant] = change
                history.append(table)
                if Int.random(in: 0..<4, using: &random) > 0 { onTheirWay.append(change) }
            case 4...7:
                guard let index = onTheirWay.indices.randomElement(using: &random) else { continue }
                _ = copy.hear(onTheirWay[index])
                if Int.random(in: 0..<4, using: &random) > 0 { onTheirWay.remove(at: index) }
            case 8:
                // The table answers as of now; the answer comes later.
                let question = copy.question(whole: Int.random(in: 0..<4, using: &random) == 0)
                let places = table.values.filter { $0.version > question.since }
                readings.append(DirectoryReading(question, version: version, places: Array(places)))
            default:
                guard !readings.isEmpty else { continue }
                guard case .adopted(_, let removed) = copy.adopt(readings.removeFirst()) else {
                    throw TookTooLong(description: "the table is never behind here")
                }
                try #require(removed.isEmpty)
            }
            try #require(copy.version <= version)
            // Every tenant is at least as new as the version that the copy claims, where it was loaded.
            guard copy.isLoaded else { continue }
            for (tenant, then) in history[Int(copy.version)] {
                let known = try #require(copy[tenant])
                try #require(known.version >= then.version)
            }
        }
        _ = copy.adopt(
            DirectoryReading(
                copy.question(), version: version, places: table.values.filter { $0.version > copy.question().since }))
        try #require(Dictionary(uniqueKeysWithValues: copy.all.map { ($0.tenant, $0) }) == table)
        try #require(copy.version == version && !copy.hasGap)
        for place in table.values { try #require(copy.place(subDomain: place.subDomain) == place) }
    }
}
