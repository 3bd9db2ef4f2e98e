import Testing
import Ticketing
import Wire

@Suite struct ChangeMergeTests {
    private static let show = ShowId(Samples.event, 1)

    private static func line(_ version: UInt64, _ changes: ShowChange.Kind...) -> ChangeLine {
        ChangeLine(show: show, version: version, changes: changes)
    }

    private static func places(_ places: UInt32..., from: PlaceStatus, to: PlaceStatus) -> ShowChange.Kind {
        .places(PlaceList(places), from: from, to: to)
    }

    private static func merge(_ lines: ChangeLine...) -> ChangeMerge {
        var merge = ChangeMerge(from: lines[0])
        for line in lines.dropFirst() { merge.add(line) }
        return merge
    }

    @Test func neighboursThatAreTakenOneAfterAnotherAreOneRun() {
        var merge = ChangeMerge(from: Self.line(7, Self.places(1, from: .free, to: .held)))
        for place in UInt32(2)...500 {
            merge.add(Self.line(6 + UInt64(place), Self.places(place, from: .free, to: .held)))
        }
        let expected = Self.line(506, .places(PlaceList(from: 1, count: 500), from: .free, to: .held))
        #expect(merge.line == expected)
        #expect(merge.net == expected)
        #expect(merge.version == 506 && merge.show == Self.show)
    }

    @Test func aPlaceIsToldFromItsFirstStateToItsLast() {
        let merge = Self.merge(
            Self.line(3, Self.places(5, 6, 7, from: .free, to: .held)),
            Self.line(4, Self.places(6, from: .held, to: .sold)),
            Self.line(5, Self.places(5, from: .held, to: .free), Self.places(2, from: .blocked, to: .free)),
            Self.line(6, Self.places(5, from: .free, to: .held), Self.places(2, from: .free, to: .held)))
        let expected = Self.line(
            6, Self.places(5, 7, from: .free, to: .held), Self.places(6, from: .free, to: .sold),
            Self.places(2, from: .blocked, to: .held))
        #expect(merge.line == expected)
        #expect(merge.net == expected)
    }

    @Test func whatIsAsItWasIsInTheLineAndNotInTheNet() {
        let merge = Self.merge(
            Self.line(3, Self.places(5, 6, from: .free, to: .held)),
            Self.line(4, Self.places(5, from: .held, to: .free)))
        #expect(
            merge.line
                == Self.line(4, Self.places(5, from: .free, to: .free), Self.places(6, from: .free, to: .held)))
        #expect(merge.net == Self.line(4, Self.places(6, from: .free, to: .held)))
        let nothing = Self.merge(
            Self.line(3, Self.places(5, from: .free, to: .held)), Self.line(4, Self.places(5, from: .held, to: .free)))
        #expect(nothing.net == Self.line(4), "the version all the same")
    }

    @Test func severalStepsOfOneDecisionApplyInTheirOrder() {
        let merge = Self.merge(
            Self.line(
                9, Self.places(8, from: .held, to: .free), Self.places(8, from: .free, to: .sold),
                Self.places(3, from: .free, to: .blocked)))
        #expect(
            merge.line
                == Self.line(9, Self.places(3, from: .free, to: .blocked), Self.places(8, from: .held, to: .sold)))
    }

    @Test func theLastWordOnEachLineCountsAndWhatHappenedToTheShowStays() {
        let merge = Self.merge(
            Self.line(1, .added), Self.line(2, .line(tier: 4, waiting: 1)), Self.line(3, .line(tier: 1, waiting: 7)),
            Self.line(4, .line(tier: 4, waiting: 0), .cancelled), Self.line(5, Self.places(1, from: .held, to: .free)))
        let expected = Self.line(
            5, .added, Self.places(1, from: .held, to: .free), .line(tier: 1, waiting: 7), .line(tier: 4, waiting: 0),
            .cancelled)
        #expect(merge.line == expected)
        #expect(merge.net == expected)
    }

    @Test func whatIsInItAlreadyIsPassedOver() {
        var merge = Self.merge(
            Self.line(10, Self.places(1, from: .free, to: .held)), Self.line(12, Self.places(1, from: .held, to: .sold))
        )
        let before = merge.line
        merge.add(Self.line(11, Self.places(1, from: .held, to: .free)))
        merge.add(Self.line(12, Self.places(1, from: .held, to: .free)))
        merge.add(Self.line(12))
        #expect(merge.line == before)
        merge.add(Self.line(13))
        #expect(merge.line == Self.line(13, Self.places(1, from: .free, to: .sold)), "an announcement has no changes")
    }

    @Test func mergedLinesMergeToTheSame() {
        var random = FuzzTests.Random(state: 11)
        for _ in 0..<200 {
            let lines = Self.history(&random)
            let cut = Int.random(in: 1..<lines.count, using: &random)
            var whole = ChangeMerge(from: lines[0])
            for line in lines.dropFirst() { whole.add(line) }
            var head = ChangeMerge(from: lines[0])
            for line in lines[1..<cut] { head.add(line) }
            var tail = ChangeMerge(from: lines[cut])
            for line in lines.dropFirst(cut + 1) { tail.add(line) }
            var both = ChangeMerge(from: head.line)
            both.add(tail.line)
            #expect(both.line == whole.line)
            #expect(both.net == whole.net)
        }
    }

    /// Whoever has any version between the first and the last comes to the last by setting what the line has.
    @Test func whoStandsInTheMiddleConverges() {
        var random = FuzzTests.Random(state: 12)
        for _ in 0..<200 {
            let lines = Self.history(&random)
            var merge = ChangeMerge(from: lines[0])
            for line in lines.dropFirst() { merge.add(line) }
            var reader = Reader()
            var readers = [reader]
            for line in lines {
                reader.read(line)
                readers.append(reader)
            }
            for var middle in readers {
                middle.read(merge.line)
                #expect(middle == reader)
            }
            var first = Reader()
            first.read(merge.net)
            #expect(first.places.filter { $0.value != .free } == reader.places.filter { $0.value != .free })
            for change in merge.line.changes {
                guard case .places(let list, let from, let to) = change else { continue }
                for place in list {
                    #expect(from == .free, "all were free before")
                    #expect(reader.places[place] == to)
                }
            }
            var bytes: [UInt8] = []
            merge.line.append(to: &bytes)
            #expect(ChangeTests.decode(bytes).lines == [merge.line])
        }
    }

    /// Who sets what it is told.
    private struct Reader: Equatable {
        var places: [UInt32: PlaceStatus] = [:]
        var waiting: [Int: Int] = [:]

        mutating func read(_ line: ChangeLine) {
            for change in line.changes {
                switch change {
                case .places(let list, _, let to): for place in list { places[place] = to }
                case .line(let tier, let count): waiting[tier] = count
                case .added, .cancelled: break
                }
            }
        }
    }

    /// Versions of a show of 30 places that are all free before.
    private static func history(_ random: inout FuzzTests.Random) -> [ChangeLine] {
        var now = [PlaceStatus](repeating: .free, count: 31)
        let all: [PlaceStatus] = [.free, .held, .sold, .blocked]
        return (1...UInt64(Int.random(in: 2...20, using: &random))).map { version in
            var changes: [ShowChange.Kind] = []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let from = all.randomElement(using: &random) ?? .free
                let to = all.first { $0 != from && Bool.random(using: &random) } ?? .free
                let list = (1...30).filter { now[$0] == from }.shuffled(using: &random).prefix(4).map { UInt32($0) }
                guard !list.isEmpty, from != to else { continue }
                for place in list { now[Int(place)] = to }
                changes.append(.places(PlaceList(list), from: from, to: to))
            }
            if Bool.random(using: &random) {
                changes.append(.line(tier: Int(random.next() % 3), waiting: Int(random.next() % 9)))
            }
            return ChangeLine(show: show, version: version, changes: changes)
        }
    }
}
