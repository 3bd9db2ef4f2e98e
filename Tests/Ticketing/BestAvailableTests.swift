import Testing

@testable import Ticketing

@Suite("Best available")
struct BestAvailableTests {
    @Test("Neighbours come from the best row that has enough of them")
    func rowOrder() throws {
        var scenario = try Scenario(
            SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 3), RowSpec("B", 5)]),
            SectionSpec(name: "Balcony", tier: "A", rows: [RowSpec("A", 9)]))
        #expect(try scenario.reserve("ann", 4).names == ["Floor/B/1", "Floor/B/2", "Floor/B/3", "Floor/B/4"])
        #expect(try scenario.reserve("bob", 3).names == ["Floor/A/1", "Floor/A/2", "Floor/A/3"])
        #expect(try scenario.reserve("eve", 2).names == ["Balcony/A/1", "Balcony/A/2"])
    }

    @Test(
        "Within a row: an exact fit, else a run that keeps two or more, else one that keeps one seat; then the lowest",
        arguments: [
            // A row of free (f) and taken (x) seats, the party, and where it sits.
            ("ffffxff", 2, 6), ("fffxffff", 2, 5), ("fffxfff", 2, 1), ("fffffff", 3, 1), ("xffxf", 1, 5),
            ("ffxfff", 1, 4),
            ("ffxff", 1, 1), ("ffffxfffff", 3, 6),
        ])
    func orphans(row: String, quantity: Int, expected: Int) throws {
        var scenario = try Scenario(SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", row.count)]))
        for (index, seat) in row.enumerated() where seat == "x" {
            _ = try scenario.take(Label("taker \(index)"), "Floor/A/\(index + 1)")
        }
        #expect(try scenario.reserve("ann", quantity).names.first == "Floor/A/\(expected)")
    }

    @Test("Apart: the best places in order; the rest of the last row leaves no single seat where that can be had")
    func apart() throws {
        var scenario = try Scenario(
            SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 2), RowSpec("B", 8)]))
        _ = try scenario.take("bob", "Floor/B/4")
        // Row A has two, B has runs of three and four: of three the single seat would remain, of four two do.
        #expect(
            try scenario.reserve("ann", 4, together: false).names == [
                "Floor/A/1", "Floor/A/2", "Floor/B/5", "Floor/B/6",
            ])
    }

    @Test("A section without rows has places, but no neighbours")
    func general() throws {
        var scenario = try Scenario(SectionSpec(name: "Standing", tier: "A", capacity: 6))
        _ = try scenario.take("bob", "Standing/2")
        let reserved = try scenario.reserve("ann", 3)
        #expect(reserved.names == ["Standing/1", "Standing/3", "Standing/4"])
    }

    @Test("Too few places are sold-out; enough, but not side by side, are no-adjacent-seats")
    func refusals() throws {
        var scenario = try Scenario(SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 3), RowSpec("B", 1)]))
        _ = try scenario.take("bob", "Floor/A/2")
        #expect(
            try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", tier: "A", quantity: 2))) == .noAdjacentSeats)
        #expect(try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", tier: "A", quantity: 4))) == .soldOut)
        #expect(
            try scenario.refusal(
                .reserve(Reserve(show: 1, buyer: "ann", tier: "A", quantity: 4, together: false))) == .soldOut)
        #expect(try scenario.reserve("ann", 3, together: false).seats.count == 3)
        #expect(try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", tier: "B", quantity: 1))) == .soldOut)
    }

    @Test("Named seats: all or nothing, and the answer lists those that are gone")
    func named() throws {
        var scenario = try Scenario(SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 4)]))
        _ = try scenario.take("bob", "Floor/A/2", "Floor/A/4")
        let wanted = try ["Floor/A/4", "Floor/A/1", "Floor/A/2"].map { try #require(SeatName($0)) }
        #expect(
            try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", seats: wanted)))
                == .seatsUnavailable([wanted[0], wanted[2]]))
        #expect(try scenario.take("ann", "Floor/A/3", "Floor/A/1").names == ["Floor/A/1", "Floor/A/3"])
    }

    @Test("Named seats that do not exist, or are named twice, are refused")
    func wrongNames() throws {
        var scenario = try Scenario(
            SectionSpec(name: "Floor", tier: "A", rows: [RowSpec("A", 4)]),
            SectionSpec(name: "Standing", tier: "B", capacity: 3))
        for text in ["Floor/A/5", "Floor/B/1", "Floor/1", "Standing/4", "Standing/A/1", "Roof/A/1"] {
            let seat = try #require(SeatName(text))
            #expect(try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", seats: [seat]))) == .noSuchSeat(seat))
        }
        let seats = try ["Floor/A/1", "Floor/A/3", "Floor/A/1"].map { try #require(SeatName($0)) }
        #expect(try scenario.refusal(.reserve(Reserve(show: 1, buyer: "ann", seats: seats))) == .invalid(.seatTwice))
    }

    @Test("A text is a seat's name only in the one form that names are written in")
    func seatNames() {
        for text in [
            "", "/", "A", "A/", "A//1", "/A/1", "A/B/0", "A/B/01", "A/B/+1", "A/B/1234567", "A/B/C/1", "A/B/-1",
        ] {
            #expect(SeatName(text) == nil, "\(text)")
        }
        #expect(SeatName("Floor/A/12")?.description == "Floor/A/12")
        #expect(SeatName("Standing/712")?.description == "Standing/712")
    }
}
