internal import Runtime
internal import Ticketing
internal import Wire

/// What was looked up and never changes, for all threads.
final class FactsCache: Sendable {
    private let shows: Lock<RecentlyUsed<ShowId, ShowFacts>>
    private let terms: Lock<RecentlyUsed<TermsKey, TermsRow>>

    struct TermsKey: Hashable, Sendable {
        let event: EventId
        let number: Int
    }

    /// - Parameters:
    ///   - bytes: what is known of shows takes twice as much at most, estimated.
    ///   - count: twice as many terms are known at most.
    init(bytes: Int = 32 << 20, count: Int = 10_000) {
        shows = Lock(RecentlyUsed(bound: bytes) { $0.layout.footprint })
        terms = Lock(RecentlyUsed(bound: count))
    }

    /// Those of these shows that there are: what is not known is looked up.
    func shows(_ ids: some Sequence<ShowId>, _ reader: FactsReader) throws -> [ShowId: ShowFacts] {
        var found: [ShowId: ShowFacts] = [:]
        var missing: Set<ShowId> = []
        shows.withLock { shows in
            for id in ids { if let known = shows[id] { found[id] = known } else { missing.insert(id) } }
        }
        guard !missing.isEmpty else { return found }
        let looked = try reader.shows(Array(missing))
        shows.withLock { shows in for (id, facts) in looked { shows[id] = facts } }
        return found.merging(looked) { known, _ in known }
    }

    func terms(_ keys: some Sequence<TermsKey>, _ reader: TermsReader) throws -> [TermsKey: TermsRow] {
        var found: [TermsKey: TermsRow] = [:]
        var missing: Set<TermsKey> = []
        terms.withLock { terms in
            for key in keys { if let known = terms[key] { found[key] = known } else { missing.insert(key) } }
        }
        guard !missing.isEmpty else { return found }
        let looked = try reader.terms(Array(missing))
        terms.withLock { terms in for (key, row) in looked { terms[key] = row } }
        return found.merging(looked) { known, _ in known }
    }
}
