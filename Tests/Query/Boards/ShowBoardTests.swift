import Runtime
import Testing
import Ticketing
import Wire

@testable import Query

@Suite struct ShowBoardTests {
    @Test(arguments: 0..<20)
    func aBoardFollowsAnyHistory(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var model = try #require(ModelShow())
        var board = ShowBoard(model.snapshot)
        for _ in 0..<400 {
            let line = model.happen(&random)
            #expect(board.apply(line) == .applied)
            #expect(board.version == model.version && board.isCancelled == model.isCancelled)
            #expect(board.allLetters == model.letters)
            for tier in 0...1 { #expect(board.counts(ofTier: tier) == model.counts(ofTier: tier)) }
            #expect(board.apply(line) == .known)
        }
        #expect(ShowBoard(model.snapshot).allLetters == board.allLetters)
    }

    /// Clients begin at any version, and each frame leads all of them to its own.
    @Test(arguments: 0..<20)
    func framesLeadFromAnyVersionToTheirs(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var model = try #require(ModelShow())
        var board = ShowBoard(model.snapshot)
        board.watch()
        var clients: [(version: UInt64, letters: [UInt8])] = []
        var told = model.version
        for _ in 0..<300 {
            clients.append((model.version, model.letters))
            _ = board.apply(model.happen(&random))
            guard Int.random(in: 0..<4, using: &random) == 0, let frame = board.takeFrame() else { continue }
            #expect(frame.base == told && frame.version == model.version)
            told = frame.version
            for index in clients.indices {
                frame.apply(to: &clients[index].letters)
                #expect(clients[index].letters == model.letters, "from version \(clients[index].version)")
            }
            #expect(board.takeFrame() == nil)
        }
        #expect(told > 200)
    }

    @Test func aFrameSaysWhereAPlaceStoodBefore() throws {
        let model = try #require(ModelShow())
        var board = ShowBoard(model.snapshot)
        board.watch()
        #expect(board.apply(line(2, .places(PlaceList([1, 2]), from: .free, to: .held))) == .applied)
        #expect(board.apply(line(3, .places(PlaceList([2]), from: .held, to: .free))) == .applied)
        #expect(board.apply(line(4, .places(PlaceList([1]), from: .held, to: .sold))) == .applied)
        let taken = board.takeFrame()
        let frame = try #require(taken)
        // The second has changed and changed back: whoever knows version 2 has to be told.
        #expect(frame.places == [place(1, "f", "s"), place(2, "f", "f")])
        #expect(frame.base == 1 && frame.version == 4 && !frame.isCancellation)
        #expect(board.apply(line(5, .cancelled)) == .applied)
        #expect(board.takeFrame() == Frame(base: 4, version: 5, places: [], isCancellation: true))
        #expect(board.apply(line(6, .places(PlaceList([1]), from: .sold, to: .free))) == .applied)
        let last = board.takeFrame()
        #expect(last?.isCancellation == false)
    }

    @Test func whileSomebodyWaitsWhatIsFreeIsShownAsHeld() throws {
        let model = try #require(ModelShow())
        var board = ShowBoard(model.snapshot)
        board.watch()
        #expect(board.apply(line(2, .places(PlaceList(from: 14, count: 2), from: .free, to: .sold))) == .applied)
        _ = board.takeFrame()
        #expect(board.apply(line(3, .line(tier: 1, waiting: 1))) == .applied)
        #expect(board.counts(ofTier: 1) == .init(total: 9, free: 0, held: 7, sold: 2, blocked: 0))
        let told1 = board.takeFrame()
        #expect(told1?.places == (16...22).map { place($0, "f", "h") })
        // A second one changes nothing that is seen.
        #expect(board.apply(line(4, .line(tier: 1, waiting: 2))) == .applied)
        let told2 = board.takeFrame()
        #expect(told2?.places == [])
        // What is given back is the line's.
        #expect(board.apply(line(5, .places(PlaceList([14]), from: .sold, to: .free))) == .applied)
        let told3 = board.takeFrame()
        #expect(told3?.places == [place(14, "s", "h")])
        #expect(board.apply(line(6, .line(tier: 1, waiting: 0))) == .applied)
        let told4 = board.takeFrame()
        #expect(told4?.places == ([14] + (16...22)).map { place($0, "h", "f") })
        #expect(board.counts(ofTier: 1).free == 8)
    }

    @Test func whatIsMissingIsNoticed() throws {
        let model = try #require(ModelShow())
        var board = ShowBoard(model.snapshot)
        let free: [ShowChange.Kind] = [.places(PlaceList([1]), from: .free, to: .held)]
        #expect(board.apply(ChangeLine(show: ModelShow.id, version: 3, changes: free)) == .gap)
        #expect(board.apply(ChangeLine(show: ModelShow.id, version: 2, changes: [])) == .gap, "announced")
        #expect(board.apply(ChangeLine(show: ModelShow.id, version: 1, changes: [])) == .known)
        #expect(board.version == 1 && board.letter(of: 0) == PlaceStatus.free.rawValue)
    }

    @Test(
        arguments: [
            .places(PlaceList([3]), from: .sold, to: .free), .places(PlaceList([26, 27]), from: .free, to: .held),
            .places(PlaceList([0]), from: .free, to: .held), .line(tier: 2, waiting: 1), .line(tier: -1, waiting: 1),
        ] as [ShowChange.Kind])
    func aLineThatDoesNotFitLeavesEverythingAsItWas(_ wrong: ShowChange.Kind) throws {
        let model = try #require(ModelShow())
        var board = ShowBoard(model.snapshot)
        board.watch()
        let before = board.allLetters
        let good: [ShowChange.Kind] = [
            .places(PlaceList([1, 2]), from: .free, to: .held), .line(tier: 0, waiting: 4),
            .places(PlaceList([1]), from: .held, to: .sold),
        ]
        #expect(board.apply(ChangeLine(show: ModelShow.id, version: 2, changes: good + [wrong])) == .gap)
        #expect(board.version == 1 && board.allLetters == before && !board.isWaitedFor(tier: 0))
        #expect(board.counts(ofTier: 0) == model.counts(ofTier: 0))
        #expect(board.takeFrame() == nil)
        #expect(board.apply(ChangeLine(show: ModelShow.id, version: 2, changes: good)) == .applied)
        #expect(board.counts(ofTier: 0) == .init(total: 17, free: 0, held: 16, sold: 1, blocked: 0))
    }

    @Test(arguments: 0..<20)
    func storedLinesLeadFromAnyVersionWithinThem(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var model = try #require(ModelShow())
        var boards = [ShowBoard(model.snapshot)]
        for _ in 0..<60 {
            let line = model.happen(&random)
            var next = boards[boards.count - 1]
            _ = next.apply(line)
            boards.append(next)
        }
        var stored: [MergedLine] = []
        var from: UInt64 = 2
        while from <= model.version {
            let to = min(model.version, from + UInt64.random(in: 0...9, using: &random))
            stored.append(try #require(model.merged(from...to)))
            from = to + 1
        }
        for board in boards {
            var follower = board
            follower.watch()
            for line in stored where line.line.version > board.version {
                #expect(follower.apply(merged: line.line, from: line.first) == .applied)
            }
            #expect(follower.version == model.version && follower.allLetters == model.letters)
            for tier in 0...1 { #expect(follower.counts(ofTier: tier) == model.counts(ofTier: tier)) }
            // And as they are told to somebody who has that version alone.
            var letters = board.allLetters
            let behind = MergedLine.leading(from: board.version, stored) ?? []
            let frame = boards[boards.count - 1].frame(of: behind, after: board.version)
            frame.apply(to: &letters)
            #expect(letters == model.letters)
            #expect(frame.version == model.version)
        }
    }

    @Test func aStoredLineWithAGapBeforeItIsNotTaken() throws {
        let model = try #require(ModelShow())
        var board = ShowBoard(model.snapshot)
        let change: ShowChange.Kind = .places(PlaceList([1]), from: .free, to: .held)
        #expect(board.apply(merged: line(4, change), from: 3) == .gap)
        #expect(board.apply(merged: line(4, .places(PlaceList([99]), from: .free, to: .held)), from: 2) == .gap)
        #expect(board.apply(merged: line(4, .line(tier: 5, waiting: 1)), from: 2) == .gap)
        #expect(board.version == 1)
        #expect(board.apply(merged: line(4, change), from: 1) == .applied)
        #expect(board.apply(merged: line(4, change), from: 1) == .known)
    }

    @Test func whatWasLoadedTakesTheBoardsPlace() throws {
        var random = SeededRandom(seed: 1)
        var model = try #require(ModelShow())
        var board = ShowBoard(model.snapshot)
        board.watch()
        for _ in 0..<30 { _ = model.happen(&random) }
        board.replace(by: model.snapshot)
        #expect(board.version == model.version && board.allLetters == model.letters && board.isWatched)
        #expect(board.told == model.version)
    }

    // MARK: as JSON

    @Test func theViewsSayWhatReadersSee() throws {
        var model = try #require(ModelShow())
        let facts = ShowFacts(
            id: ModelShow.id, tenant: ModelShow.tenant, currency: try #require(Currency("EUR")), tiers: ["A", "B"],
            layout: model.layout, startsAt: Time(microseconds: 0))
        let prices = Prices(number: 0, amounts: [5_000, 0], currency: facts.currency)
        model.places[0] = .held
        model.places[1] = .sold
        model.places[2] = .blocked
        model.places[13] = .sold
        var board = ShowBoard(model.snapshot)
        let id = ModelShow.id.text
        #expect(
            String(decoding: board.availability(facts, prices), as: UTF8.self) == """
                {"showId":"\(id)","version":1,"status":"active","tiers":[\
                {"tier":"A","price":{"amount":5000,"currency":"EUR"},"total":17,"free":14,"held":1,\
                "sold":1,"blocked":1},\
                {"tier":"B","price":{"amount":0,"currency":"EUR"},"total":9,"free":8,"held":0,"sold":1,"blocked":0}]}
                """)
        #expect(
            String(decoding: board.seatMap(facts), as: UTF8.self) == """
                {"showId":"\(id)","version":1,"status":"active","sections":[{"name":"Floor","tier":"A","rows":[\
                {"name":"A","seats":"hsbffff"},{"name":"B","seats":"fffff"},{"name":"C","seats":"f"}]},\
                {"name":"Standing","tier":"B","capacity":9,"free":8},\
                {"name":"Balcony","tier":"A","rows":[{"name":"1","seats":"ffff"}]}]}
                """)
        _ = board.apply(line(2, .line(tier: 1, waiting: 1)))
        _ = board.apply(line(3, .line(tier: 0, waiting: 1)))
        _ = board.apply(line(4, .cancelled))
        #expect(
            String(decoding: board.seatMap(facts), as: UTF8.self) == """
                {"showId":"\(id)","version":4,"status":"cancelled","sections":[{"name":"Floor","tier":"A","rows":[\
                {"name":"A","seats":"hsbhhhh"},{"name":"B","seats":"hhhhh"},{"name":"C","seats":"h"}]},\
                {"name":"Standing","tier":"B","capacity":9,"free":0},\
                {"name":"Balcony","tier":"A","rows":[{"name":"1","seats":"hhhh"}]}]}
                """)
    }

    @Test func aFrameNamesPlacesAsPeopleDo() throws {
        let model = try #require(ModelShow())
        let frame = Frame(
            base: 1, version: 7, places: [place(8, "f", "h"), place(14, "h", "s"), place(26, "s", "f")],
            isCancellation: true)
        #expect(
            String(decoding: frame.json(model.layout), as: UTF8.self) == """
                {"version":7,"status":"cancelled","places":[{"section":"Floor","row":"B","seat":1,"from":"f","to":"h"},\
                {"section":"Standing","seat":1,"from":"h","to":"s"},\
                {"section":"Balcony","row":"1","seat":4,"from":"s","to":"f"}]}
                """)
    }

    @Test func aLayoutKnowsItsPlaces() throws {
        let layout = try #require(ModelShow()).layout
        #expect(layout.placeCount == 26 && layout.tierCount == 2)
        #expect(layout.name(ofNumber: 1)?.description == "Floor/A/1")
        #expect(layout.name(ofNumber: 13)?.description == "Floor/C/1")
        #expect(layout.name(ofNumber: 22)?.description == "Standing/9")
        #expect(layout.name(ofNumber: 26)?.description == "Balcony/1/4")
        #expect(layout.name(ofNumber: 0) == nil && layout.name(ofNumber: 27) == nil)
        for place in 0..<26 { #expect(layout.tier(of: place) == ModelShow.tier(of: place)) }
        #expect(ShowLayout(ModelShow.specs, tiers: ["A"]) == nil)
        #expect(
            ShowLayout([SectionSpec(name: "S", tier: "A", capacity: Bounds.placesPerShow + 1)], tiers: ["A"]) == nil)
        #expect(ShowLayout([SectionSpec(name: "S", tier: "A", capacity: 0)], tiers: ["A"]) == nil)
    }

    private func line(_ version: UInt64, _ changes: ShowChange.Kind...) -> ChangeLine {
        ChangeLine(show: ModelShow.id, version: version, changes: changes)
    }

    private func place(_ number: Int, _ from: Character, _ to: Character) -> Frame.Place {
        Frame.Place(number: UInt32(number), from: from.asciiValue ?? 0, to: to.asciiValue ?? 0)
    }
}
