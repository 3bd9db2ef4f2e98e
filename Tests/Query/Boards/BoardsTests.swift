import API
import HTTPServer
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

@Suite struct BoardsTests {
    private let source = FakeSource()
    private let time = ManualTime(monotonic: MonotonicTime(nanoseconds: 1_000_000_000_000))

    /// Who asks for a show, and what came of it.
    private final class Reader: Sendable {
        let results = Lock<[Result<LiveShow, Fault>]>([])

        func ask(_ boards: Boards, _ id: ShowId = ModelShow.id, of tenant: TenantId = ModelShow.tenant) {
            boards.find(id, of: tenant) { result in self.results.withLock { $0.append(result) } }
        }

        var count: Int { results.withLock { $0.count } }
        var show: LiveShow? { results.withLock { try? $0.last?.get() } }
        var fault: FaultCode? {
            results.withLock { if case .failure(let fault) = $0.last { fault.code } else { nil } }
        }
    }

    private func loaded(_ boards: Boards, _ id: ShowId = ModelShow.id) throws -> LiveShow {
        let reader = Reader()
        reader.ask(boards, id)
        source.work(boards)
        return try #require(reader.show)
    }

    private func letters(_ show: LiveShow) -> [UInt8] { show.withBoard { $0.allLetters } }

    private static func other(_ number: Int) -> ShowId { ShowId(EventId(high: 9, low: UInt64(number)), 1) }

    @Test func aShowIsLoadedOnceForAllWhoAsk() throws {
        source.add()
        let boards = source.boards()
        let readers = (0..<5).map { _ in Reader() }
        for reader in readers { reader.ask(boards) }
        #expect(readers.allSatisfy { $0.count == 0 })
        #expect(source.work(boards) == 1)
        #expect(readers.allSatisfy { $0.count == 1 && $0.show != nil })
        let late = Reader()
        late.ask(boards)
        #expect(late.show === readers[0].show, "at once")
        #expect(source.work(boards) == 0)
    }

    @Test func whatIsAnothersIsNotThere() throws {
        source.add()
        let boards = source.boards()
        let reader = Reader()
        reader.ask(boards, of: TenantId(high: 9, low: 9))
        source.work(boards)
        #expect(reader.fault == .notFound)
        reader.ask(boards, of: TenantId(high: 9, low: 9))
        #expect(reader.fault == .notFound && reader.count == 2)
    }

    @Test func whatIsNotThereIsKnownForAWhile() throws {
        let boards = source.boards(time: time)
        let reader = Reader()
        reader.ask(boards)
        #expect(source.work(boards) == 1)
        #expect(reader.fault == .notFound)
        reader.ask(boards)
        #expect(reader.count == 2 && source.work(boards) == 0)
        time.advance(by: .seconds(3))
        source.add()
        reader.ask(boards)
        #expect(source.work(boards) == 1 && reader.show != nil)
    }

    @Test func whatIsHeardOfIsThere() throws {
        let boards = source.boards(time: time)
        let reader = Reader()
        reader.ask(boards)
        source.work(boards)
        source.add()
        boards.heard(ChangeLine(show: ModelShow.id, version: 1, changes: [.added]))
        reader.ask(boards)
        #expect(source.work(boards) == 1 && reader.show != nil)
    }

    @Test func onlySoManyAreKnownNotToBeThere() throws {
        var options = BoardTable.Options()
        options.mostMissing = 3
        let boards = source.boards(options, time: time)
        let reader = Reader()
        for number in 0..<5 {
            reader.ask(boards, Self.other(number))
            source.work(boards)
        }
        // The fourth made all before it forgotten.
        reader.ask(boards, Self.other(0))
        reader.ask(boards, Self.other(4))
        #expect(source.work(boards) == 1)
    }

    @Test func onlySoManyWait() throws {
        var options = BoardTable.Options()
        options.mostWaiting = 2
        let boards = source.boards(options)
        source.add()
        let readers = (0..<3).map { _ in Reader() }
        for reader in readers { reader.ask(boards) }
        #expect(readers[2].fault == .overloaded)
        readers[2].ask(boards, Self.other(1))
        #expect(readers[2].fault == .overloaded && readers[2].count == 2)
        source.work(boards)
        #expect(readers[0].show != nil && readers[1].show != nil)
        readers[2].ask(boards, Self.other(1))
        source.work(boards)
        #expect(readers[2].fault == .notFound)
    }

    @Test func whoWaitsWhileTheDatabaseIsAwayIsToldSo() throws {
        source.add()
        source.state.withLock { $0.isAway = true }
        let boards = source.boards()
        let reader = Reader()
        reader.ask(boards)
        source.work(boards)
        #expect(reader.fault == .unavailable)
        source.state.withLock { $0.isAway = false }
        reader.ask(boards)
        source.work(boards)
        #expect(reader.show != nil)
    }

    @Test func whatHappensWhileAShowIsLoadedIsNotMissed() throws {
        source.add()
        let boards = source.boards()
        let (source, random) = (source, Lock(SeededRandom(seed: 3)))
        source.state.withLock { state in
            state.whileLoading = {
                // Behind what was looked up, before it has its place.
                for _ in 0..<10 { boards.heard(random.withLock { source.happen(ModelShow.id, &$0) }) }
            }
        }
        let show = try loaded(boards)
        let model = try #require(source.model())
        #expect(show.version == 11 && letters(show) == model.letters)
        #expect(source.state.withLock { $0.loads } == 1)
    }

    @Test func whatIsAnnouncedWhileAShowIsLoadedIsLookedFor() throws {
        source.add()
        let boards = source.boards()
        let (source, random) = (source, Lock(SeededRandom(seed: 3)))
        source.state.withLock { state in
            state.whileLoading = {
                source.state.withLock { $0.whileLoading = nil }
                let line = random.withLock { source.happen(ModelShow.id, &$0) }
                boards.heard(ChangeLine(show: ModelShow.id, version: line.version, changes: []))
            }
        }
        let show = try loaded(boards)
        #expect(show.version == 2 && letters(show) == source.model()?.letters)
    }

    @Test(arguments: [true, false])
    func aGapIsFilled(_ isKept: Bool) throws {
        source.add()
        let boards = source.boards()
        var random = SeededRandom(seed: 5)
        let show = try loaded(boards)
        source.state.withLock { $0.keepsLines = isKept }
        boards.heard(source.happen(ModelShow.id, &random))
        let old = letters(show)
        for _ in 0..<4 { _ = source.happen(ModelShow.id, &random) }
        boards.heard(source.happen(ModelShow.id, &random))
        // Readers have the old one meanwhile; and what comes now is for later.
        #expect(show.version == 2 && letters(show) == old && show.isBehind)
        boards.heard(source.happen(ModelShow.id, &random))
        #expect(show.version == 2)
        #expect(source.work(boards) == 1)
        #expect(show.version == 8 && letters(show) == source.model()?.letters && !show.isBehind)
        #expect(source.state.withLock { $0.loads } == (isKept ? 1 : 2))
        boards.heard(source.happen(ModelShow.id, &random))
        #expect(show.version == 9 && letters(show) == source.model()?.letters)
    }

    @Test func anAnnouncementShowsAGap() throws {
        source.add()
        let boards = source.boards()
        var random = SeededRandom(seed: 6)
        let show = try loaded(boards)
        boards.heard(ChangeLine(show: ModelShow.id, version: 1, changes: []))
        #expect(source.work(boards) == 0)
        _ = source.happen(ModelShow.id, &random)
        boards.heard(ChangeLine(show: ModelShow.id, version: 2, changes: []))
        #expect(source.work(boards) == 1 && show.version == 2)
    }

    @Test func aGapThatCannotBeFilledIsTriedAgain() throws {
        source.add()
        let boards = source.boards()
        var random = SeededRandom(seed: 7)
        let show = try loaded(boards)
        source.state.withLock { $0.isAway = true }
        _ = source.happen(ModelShow.id, &random)
        boards.heard(source.happen(ModelShow.id, &random))
        boards.retry()
        #expect(source.work(boards) == 1, "it was asked for already")
        #expect(show.isBehind)
        boards.retry()
        boards.retry()
        #expect(source.work(boards) == 1)
        source.state.withLock { $0.isAway = false }
        boards.retry()
        #expect(source.work(boards) == 1 && show.version == 3 && !show.isBehind)
        boards.retry()
        #expect(source.work(boards) == 0)
    }

    /// An owner was killed between its commit and its word.
    @Test func whatIsStoredAndWasNeverToldIsFound() throws {
        source.add()
        let boards = source.boards(time: time)
        var random = SeededRandom(seed: 8)
        let show = try loaded(boards)
        _ = source.happen(ModelShow.id, &random)
        boards.confirmed(ModelShow.id, version: 2, prices: 0)
        #expect(source.work(boards) == 0, "it may be on its way")
        time.advance(by: .milliseconds(200))
        boards.confirmed(ModelShow.id, version: 2, prices: 0)
        #expect(source.work(boards) == 1 && show.version == 2)
        boards.confirmed(Self.other(1), version: 7, prices: 0)
        #expect(source.work(boards) == 0, "nobody has asked for it")
    }

    @Test func pricesThatChangedAreLookedUp() throws {
        source.add()
        let boards = source.boards(time: time)
        let show = try loaded(boards)
        #expect(show.prices.number == 0)
        source.state.withLock { $0.prices = 3 }
        boards.repriced(EventId(high: 1, low: 1))
        #expect(source.work(boards) == 0)
        boards.repriced(ModelShow.id.event)
        #expect(source.work(boards) == 1 && show.prices.amounts == [3, 0])
        source.state.withLock { $0.prices = 4 }
        boards.confirmed(ModelShow.id, version: 1, prices: 4)
        #expect(source.work(boards) == 1 && show.prices.number == 4)
        // Never back.
        source.state.withLock { $0.prices = 2 }
        boards.repriced(ModelShow.id.event)
        source.work(boards)
        #expect(show.prices.number == 4)
    }

    /// A standby that was promoted too early has less than its readers were told.
    @Test func aVersionNeverGoesBack() throws {
        source.add()
        let boards = source.boards()
        var random = SeededRandom(seed: 9)
        let show = try loaded(boards)
        for _ in 0..<5 { boards.heard(source.happen(ModelShow.id, &random)) }
        let letters = letters(show)
        source.add()
        source.state.withLock { $0.keepsLines = false }
        boards.heard(ChangeLine(show: ModelShow.id, version: 9, changes: []))
        source.work(boards)
        #expect(show.version == 6 && self.letters(show) == letters)
    }

    /// A line of a version that there is not would have the show loaded for ever.
    @Test(arguments: [true, false])
    func aLineThatNeverFitsIsForgotten(_ isKept: Bool) throws {
        source.add()
        let boards = source.boards()
        var random = SeededRandom(seed: 12)
        let show = try loaded(boards)
        source.state.withLock { $0.keepsLines = isKept }
        boards.heard(ChangeLine(show: ModelShow.id, version: 99, changes: [.line(tier: 0, waiting: 1)]))
        #expect(source.work(boards) == 1 && !show.isBehind && show.version == 1)
        boards.heard(source.happen(ModelShow.id, &random))
        #expect(show.version == 2 && letters(show) == source.model()?.letters)
        // The same while it is behind for a good reason.
        _ = source.happen(ModelShow.id, &random)
        boards.heard(source.happen(ModelShow.id, &random))
        boards.heard(ChangeLine(show: ModelShow.id, version: 99, changes: [.line(tier: 0, waiting: 1)]))
        #expect(source.work(boards) <= 2 && !show.isBehind && show.version == 4)
        #expect(letters(show) == source.model()?.letters)
    }

    @Test func whoeverIsFollowedIsKept() throws {
        source.add()
        let (source, time) = (source, time)
        var table = BoardTable()
        let found = try #require(try source.load(ModelShow.id))
        let show = LiveShow(found.facts, found.snapshot, found.prices, at: time.monotonic)
        let other = LiveShow(found.facts, found.snapshot, found.prices, at: time.monotonic)
        // It was let go of, and comes back.
        #expect(table[ModelShow.id] == nil)
        var isKept = table.keep(show)
        #expect(isKept && table[ModelShow.id] === show)
        // Another one has its place.
        isKept = table.keep(other)
        #expect(!isKept && table[ModelShow.id] === show)
        isKept = table.keep(show)
        #expect(isKept)
    }

    @Test func whatWasNotReadForLongestIsLetGo() throws {
        var options = BoardTable.Options()
        for number in 0..<10 { source.add(Self.other(number)) }
        options.memoryBound = 0
        let probe = source.boards(options, time: time)
        let bytes = try loaded(probe, Self.other(0)).footprint
        options.memoryBound = bytes * 5 + bytes / 2
        let boards = source.boards(options, time: time)
        for number in 0..<5 {
            _ = try loaded(boards, Self.other(number))
            time.advance(by: .seconds(1))
        }
        // The first is read again, so the second goes, and then the third.
        _ = try loaded(boards, Self.other(0))
        time.advance(by: .seconds(1))
        _ = try loaded(boards, Self.other(5))
        #expect(boards.footprint <= options.memoryBound)
        #expect(Set(boards.shows.map { $0.id.event.low }).isSuperset(of: [0, 4, 5]))
        #expect(!boards.shows.contains { $0.id == Self.other(1) })
        let before = source.state.withLock { $0.loads }
        _ = try loaded(boards, Self.other(1))
        #expect(source.state.withLock { $0.loads } == before + 1)
    }

    /// A long random life: whatever is lost, late or repeated, the board ends as what is stored.
    @Test(arguments: 0..<30)
    func whateverIsLostComesRight(_ seed: UInt64) throws {
        source.add()
        let boards = source.boards(time: time)
        var random = SeededRandom(seed: seed)
        let show = try loaded(boards)
        var last: UInt64 = 0
        var late: [ChangeLine] = []
        for _ in 0..<400 {
            let line = source.happen(ModelShow.id, &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0: break
            case 1: late.append(line)
            case 2:
                boards.heard(line)
                boards.heard(line)
            case 3: boards.heard(ChangeLine(show: ModelShow.id, version: line.version, changes: []))
            case 4:
                for line in late { boards.heard(line) }
                late = []
                boards.heard(line)
            default: boards.heard(line)
            }
            if Int.random(in: 0..<5, using: &random) == 0 {
                source.state.withLock { state in
                    state.isAway = Int.random(in: 0..<4, using: &random) == 0
                    state.keepsLines = Bool.random(using: &random)
                }
                source.work(boards)
                boards.retry()
            }
            #expect(show.version >= last)
            last = show.version
        }
        source.state.withLock { $0.isAway = false }
        boards.retry()
        source.work(boards)
        let stored = try #require(source.model()).version
        boards.confirmed(ModelShow.id, version: stored, prices: 0)
        time.advance(by: .seconds(1))
        boards.confirmed(ModelShow.id, version: stored, prices: 0)
        source.work(boards)
        #expect(show.version == stored && letters(show) == source.model()?.letters && !show.isBehind)
    }

    /// What is asked for takes no more of the stack the more often somebody has asked.
    @Test func manyQuestionsAreLikeOne() async throws {
        let source = source
        try await onThread {
            let boards = source.boards()
            for _ in 0..<200_000 {
                boards.find(ModelShow.id, of: ModelShow.tenant) { _ in }
                guard let job = source.state.withLock({ $0.jobs.popLast() }) else { break }
                boards.refuse(job, .unavailable("away"))
            }
            source.add()
            boards.find(ModelShow.id, of: ModelShow.tenant) { _ in }
            #expect(source.work(boards) == 1)
        }
    }

    // MARK: views

    @Test func aViewIsMadeOnceAVersion() throws {
        source.add()
        let boards = source.boards(time: time)
        var random = SeededRandom(seed: 11)
        let show = try loaded(boards)
        let first = show.body(.seatMap, time)
        #expect(show.body(.seatMap, time) === first)
        #expect(first.tag == EntityTag("v1-0"))
        boards.heard(source.happen(ModelShow.id, &random))
        let second = show.body(.seatMap, time)
        #expect(second !== first && second.tag == EntityTag("v2-0"))
        source.state.withLock { $0.prices = 1 }
        boards.repriced(ModelShow.id.event)
        source.work(boards)
        #expect(show.body(.availability, time).tag == EntityTag("v2-1"))
    }
}
