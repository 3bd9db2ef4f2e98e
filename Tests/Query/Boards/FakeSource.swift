import API
import Runtime
import Ticketing
import Wire

@testable import Query

/// Boards that are loaded when a test says so, from shows that it makes up.
final class FakeSource: BoardSource, Sendable {
    struct Away: Error {}

    struct State {
        var shows: [ShowId: ModelShow] = [:]
        var prices = 0
        /// Whether changes are kept.
        var keepsLines = true
        var isAway = false
        var jobs: [Boards.Job] = []
        var loads = 0
        var lookups = 0
        /// Called while a show is being loaded, when it has been looked up.
        var whileLoading: (@Sendable () -> Void)?
    }

    let state = Lock(State())

    /// Boards that post their jobs here.
    func boards(_ options: BoardTable.Options = .init(), time: any TimeSource = SystemTime()) -> Boards {
        let boards = Boards(options, metrics: BoardMetrics(Metrics()), time: time)
        boards.start(post: { job in self.state.withLock { $0.jobs.append(job) } }, whenChanged: { _ in })
        return boards
    }

    /// Does what was asked for, and what follows from it, until nothing is left.
    ///
    /// - Returns: how many jobs that were.
    @discardableResult
    func work(_ boards: Boards) -> Int {
        var count = 0
        while let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) {
            count += 1
            do { try boards.perform([job], self) } catch { boards.refuse(job, .unavailable("away")) }
        }
        return count
    }

    func add(_ id: ShowId = ModelShow.id) {
        state.withLock { if let model = ModelShow() { $0.shows[id] = model } }
    }

    /// Something happens to a show, and a worker says so in this line.
    func happen(_ id: ShowId = ModelShow.id, _ random: inout some RandomNumberGenerator) -> ChangeLine {
        var (model, generator) = (state.withLock { $0.shows[id] }, random)
        var line = model?.happen(&generator) ?? ChangeLine(show: id, version: 0, changes: [])
        line.show = id
        random = generator
        state.withLock { [model] in $0.shows[id] = model }
        return line
    }

    func model(_ id: ShowId = ModelShow.id) -> ModelShow? { state.withLock { $0.shows[id] } }

    // MARK: BoardSource

    func load(_ id: ShowId) throws -> (facts: ShowFacts, snapshot: BoardSnapshot, prices: Prices)? {
        let (model, prices, isAway, callback) = state.withLock { state in
            state.loads += 1
            return (state.shows[id], state.prices, state.isAway, state.whileLoading)
        }
        if isAway { throw Away() }
        defer { callback?() }
        guard let model, let euro = Currency("EUR") else { return nil }
        let facts = ShowFacts(
            id: id, tenant: ModelShow.tenant, currency: euro, tiers: ["A", "B"], layout: model.layout,
            startsAt: Time(microseconds: 0))
        return (facts, model.snapshot, Prices(number: prices, amounts: [Int64(prices), 0], currency: euro))
    }

    func lines(of id: ShowId, after version: UInt64) throws -> [MergedLine] {
        let (model, keeps, isAway) = state.withLock { state in
            state.lookups += 1
            return (state.shows[id], state.keepsLines, state.isAway)
        }
        if isAway { throw Away() }
        guard keeps, let model, model.version > version else { return [] }
        return model.merged(version + 1...model.version).map { merged in
            var line = merged.line
            line.show = id
            return [MergedLine(first: merged.first, line: line)]
        } ?? []
    }

    func prices(of show: ShowId) throws -> Prices? {
        let (prices, isAway) = state.withLock { ($0.prices, $0.isAway) }
        if isAway { throw Away() }
        return Currency("EUR").map { Prices(number: prices, amounts: [Int64(prices), 0], currency: $0) }
    }
}
