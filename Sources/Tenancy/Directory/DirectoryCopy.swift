public import Ticketing

/// A copy of the directory, made of readings of its table and of what is told of single places. Pure.
///
/// Every change of a place has the directory's next version, so whoever is told of version 7 after 5 knows that
/// something was missed. Lines may come late, twice, in any order or not at all; a reading repairs whatever was missed.
/// A place is never replaced by an older one; except where the database itself has lost its newest changes, as after a
/// fail-over: then what it says now is the truth.
public struct DirectoryCopy: Sendable {
    public enum Heard: Hashable, Sendable {
        /// It is taken, and nothing is known to be missing.
        case applied
        /// Nothing new.
        case known
        /// It is taken, but others before it, or before one that came earlier, are missing.
        case gap
    }

    public enum Adoption: Hashable, Sendable {
        /// What has changed by it, and who is gone: nobody goes, unless a database lost its newest changes.
        case adopted([TenantPlace], removed: [TenantPlace])
        /// The table is behind what was asked for: it has to be read as a whole.
        case isBehind
    }

    /// Everything up to here is in.
    public private(set) var version: Int64 = 0
    /// Whether there ever was a reading: before it, nobody can say that a tenant does not exist.
    public private(set) var isLoaded = false

    private var places: [TenantId: TenantPlace] = [:]
    private var subDomains: [String: TenantId] = [:]
    /// Versions beyond the first gap that were heard.
    private var ahead: Set<Int64> = []
    /// The newest version that was heard of.
    private var newest: Int64 = 0

    /// Versions that are kept apart at most. Beyond it they are forgotten, and left to the next reading.
    static let mostAhead = 1_024

    public init() {}

    public subscript(tenant: TenantId) -> TenantPlace? { places[tenant] }

    public func place(subDomain: String) -> TenantPlace? { subDomains[subDomain].flatMap { places[$0] } }

    public func places(in partition: Int) -> [TenantPlace] {
        places.values.filter { $0.partition == partition }.sorted { $0.tenant < $1.tenant }
    }

    public var all: [TenantPlace] { places.values.sorted { $0.tenant < $1.tenant } }
    public var count: Int { places.count }

    /// Whether something is known to be missing.
    public var hasGap: Bool { newest > version }

    /// What to ask the table now.
    ///
    /// - Parameter whole: for everything, whatever is known.
    public func question(whole: Bool = false) -> DirectoryQuestion {
        DirectoryQuestion(since: whole || !isLoaded ? 0 : version, newest: newest)
    }

    /// Takes what somebody was told.
    public mutating func hear(_ place: TenantPlace) -> Heard {
        guard place.version > version, !ahead.contains(place.version) else { return .known }
        newest = max(newest, place.version)
        take(place)
        if ahead.count < Self.mostAhead || place.version == version + 1 { ahead.insert(place.version) }
        advance()
        return hasGap ? .gap : .applied
    }

    /// Takes what the table said.
    public mutating func adopt(_ reading: DirectoryReading) -> Adoption {
        let question = reading.question
        // What was known when it was asked had been committed by then: a table without it has lost it.
        let isBehind = reading.version < max(question.newest, question.since)
        if isBehind && !reading.isWhole { return .isBehind }
        let before = places
        if isBehind {
            (places, subDomains, ahead, version, newest) = ([:], [:], [], 0, 0)
        } else if reading.isWhole {
            let mentioned = Set(reading.places.map(\.tenant))
            for place in before.values where !mentioned.contains(place.tenant) && place.version <= reading.version {
                remove(place)
            }
        }
        for place in reading.places { take(place) }
        version = max(version, reading.version)
        newest = max(newest, version)
        ahead = ahead.filter { $0 > version }
        advance()
        isLoaded = true
        return .adopted(
            reading.places.filter { before[$0.tenant] != $0 && places[$0.tenant] == $0 },
            removed: before.values.filter { places[$0.tenant] == nil }.sorted { $0.tenant < $1.tenant })
    }

    /// Goes on over what was heard ahead.
    private mutating func advance() {
        while ahead.remove(version + 1) != nil { version += 1 }
    }

    private mutating func take(_ place: TenantPlace) {
        if let known = places[place.tenant] {
            guard known.version <= place.version else { return }
            remove(known)
        }
        places[place.tenant] = place
        // A name may go from one to another: the later one has it, in whatever order both are heard.
        if let holder = self.place(subDomain: place.subDomain), holder.version > place.version { return }
        subDomains[place.subDomain] = place.tenant
    }

    private mutating func remove(_ place: TenantPlace) {
        places[place.tenant] = nil
        if subDomains[place.subDomain] == place.tenant { subDomains[place.subDomain] = nil }
    }
}
