import PipelineTestSupport
import Testing
import Ticketing
import Wire

@testable import Pipeline

/// How the writes of a group become one change of each row.
@Suite struct GroupWritesTests {
    private static let event = EventId(high: 1, low: 1)
    private static let now = Time(microseconds: 1_780_315_200_000_000)
    private static let (ann, ben) = (holder(1), holder(2))

    private static func holder(_ number: UInt64) -> ReservationId {
        ReservationId(command: CommandId(high: 0, low: number), index: 0)
    }

    private static func claims(_ holder: ReservationId?, _ places: UInt32..., kind: ClaimKind = .held) -> Claims {
        Claims(show: 1, places: PlaceList(places), holder: holder, kind: kind)
    }

    private static func net(_ writes: (inout ClaimTable) throws -> Void) throws -> [String] {
        var table = ClaimTable()
        try writes(&table)
        let net = table.net
        func text(_ hands: ClaimTable.Hands?) -> String {
            guard let hands else { return "free" }
            return "\(hands.kind) by \(hands.holder == ann ? "ann" : hands.holder == ben ? "ben" : "the house")"
        }
        return [("-", net.deletes), ("~", net.changes), ("+", net.inserts)].flatMap { mark, items in
            items.map { "\(mark)\($0.key.place): \(text($0.before)) > \(text($0.after))" }
        }
    }

    @Test func aPlaceTakenAndFreedIsNotTouched() throws {
        #expect(
            try Self.net {
                try $0.insert(Self.claims(Self.ann, 1, 2), event: Self.event)
                try $0.delete(Self.claims(Self.ann, 1), event: Self.event)
            } == ["+2: free > held by ann"])
    }

    @Test func aPlaceThatChangesHandsIsChangedFromItsFirst() throws {
        #expect(
            try Self.net {
                try $0.delete(Self.claims(Self.ann, 5), event: Self.event)
                try $0.insert(Self.claims(Self.ben, 5), event: Self.event)
                try $0.change(Self.claims(Self.ben, 5), to: .sold, event: Self.event)
            } == ["~5: held by ann > sold by ben"])
    }

    @Test func aPlaceTakenAndSoldIsInsertedAsSold() throws {
        #expect(
            try Self.net {
                try $0.insert(Self.claims(Self.ann, 3), event: Self.event)
                try $0.change(Self.claims(Self.ann, 3), to: .sold, event: Self.event)
            } == ["+3: free > sold by ann"])
    }

    @Test func aPlaceSoldAndGivenBackIsDeletedAsItWas() throws {
        #expect(
            try Self.net {
                try $0.change(Self.claims(Self.ann, 3), to: .sold, event: Self.event)
                try $0.delete(Self.claims(Self.ann, 3, kind: .sold), event: Self.event)
            } == ["-3: held by ann > free"])
    }

    @Test func changesComeInTheOrderOfTheirKeys() throws {
        #expect(
            try Self.net {
                try $0.insert(Self.claims(Self.ann, 9), event: Self.event)
                try $0.insert(Self.claims(nil, 4, kind: .blocked), event: Self.event)
            } == ["+4: free > blocked by the house", "+9: free > held by ann"])
    }

    @Test func whatCannotBeWithinAGroupIsRefused() {
        #expect(throws: Contradiction.self) {
            try Self.net {
                try $0.insert(Self.claims(Self.ann, 1), event: Self.event)
                try $0.insert(Self.claims(Self.ben, 1), event: Self.event)
            }
        }
        #expect(throws: Contradiction.self) {
            try Self.net {
                try $0.insert(Self.claims(Self.ann, 1), event: Self.event)
                try $0.delete(Self.claims(Self.ben, 1), event: Self.event)
            }
        }
        #expect(throws: Contradiction.self) {
            try Self.net {
                try $0.delete(Self.claims(Self.ann, 1), event: Self.event)
                try $0.change(Self.claims(Self.ann, 1), to: .sold, event: Self.event)
            }
        }
    }

    @Test func aRowIsInsertedAsItIsInTheEndAndUpdatedOnce() throws {
        var table = RowTable<Int, String>("row")
        try table.insert("a", event: Self.event, id: 7)
        table.update("b", event: Self.event, id: 3)
        table.update("c", event: Self.event, id: 7)
        table.update("d", event: Self.event, id: 3)
        try table.insert("e", event: Self.event, id: 1)
        #expect(table.inserted.map(\.row) == ["e", "c"])
        #expect(table.updated.map(\.row) == ["d"])
        #expect(throws: Contradiction.self) { try table.insert("f", event: Self.event, id: 7) }
        table.removeAll()
        #expect(table.isEmpty && table.inserted.isEmpty && table.updated.isEmpty)
    }

    @Test func changesOfAShowBecomeOneLineFromTheFirstVersionToTheLast() throws {
        let (first, second) = (EventId(high: 1, low: 2), EventId(high: 1, low: 1))
        var clerks = [Clerk(first, at: Self.now), Clerk(second, at: Self.now)]
        var table = ChangeTable()
        for index in clerks.indices {
            clerks[index].create([SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 4)])])
            let held = try clerks[index].reserve("a")
            try clerks[index].reserve("b", 2)
            try clerks[index].send(.release(held))
        }
        // One after another, as entries of one batch come.
        let (ones, twos) = (clerks[0].takeEntries(), clerks[1].takeEntries())
        for entry in zip(ones, twos).flatMap({ [$0, $1] }) {
            for change in entry.verdict.decision?.changes ?? [] { try table.add(change, event: entry.event) }
        }
        #expect(table.rows.map(\.key.event) == [second, first], "in key order")
        #expect(table.rows.map { [$0.first, $0.last] } == [[1, 4], [1, 4]])
        let line = ChangeLine(
            show: ShowId(first, 1), version: 4,
            changes: [
                .added, .places(PlaceList([1]), from: .free, to: .free),
                .places(PlaceList([2, 3]), from: .free, to: .held),
            ])
        var bytes: [UInt8] = []
        line.append(to: &bytes)
        #expect(table.rows[1].line == bytes)
        table.removeAll()
        #expect(table.rows.isEmpty)
    }

    @Test func aVersionThatIsLeftOutIsRefused() throws {
        var clerk = Clerk(Self.event, at: Self.now)
        clerk.create([SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 4)])])
        var table = ChangeTable()
        for entry in clerk.takeEntries() {
            for change in entry.verdict.decision?.changes ?? [] { try table.add(change, event: Self.event) }
        }
        try clerk.reserve("left out")
        _ = clerk.takeEntries()
        try clerk.reserve("next")
        let changes = clerk.takeEntries().flatMap { $0.verdict.decision?.changes ?? [] }
        #expect(throws: Contradiction.self) { for change in changes { try table.add(change, event: Self.event) } }
    }

    @Test func anEffectsIdIsThatOfItsDecisionAndPlace() {
        let id = CommandId(high: 1, low: 2)
        #expect(EffectRow.id(of: id, index: 0) == EffectRow.id(of: id, index: 0))
        #expect(EffectRow.id(of: id, index: 0) != EffectRow.id(of: id, index: 1))
        #expect(EffectRow.id(of: id, index: 0) != EffectRow.id(of: CommandId(high: 1, low: 3), index: 0))
    }
}
