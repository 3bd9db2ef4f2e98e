internal import Ticketing
internal import Wire

/// A show as its readers see it, kept current by what workers say that they have committed.
///
/// While anybody waits for a tier, its free places are the line's: they are shown, and counted, as held.
struct ShowBoard: Sendable {
    enum Step: Hashable, Sendable {
        case applied
        /// It was known already.
        case known
        /// Something is missing before it, or it does not fit: the board has to be brought up to date otherwise.
        case gap
    }

    let layout: ShowLayout
    private(set) var version: UInt64
    private(set) var isCancelled: Bool
    /// What the rule book says of each place.
    private var places: [UInt8]
    private var tiers: [Tier]
    private var frame: OpenFrame?

    private struct Tier: Sendable {
        var free = 0
        var held = 0
        var sold = 0
        var blocked = 0
        var waiting = 0

        mutating func add(_ count: Int, _ status: PlaceStatus) {
            switch status {
            case .free: free += count
            case .held: held += count
            case .sold: sold += count
            case .blocked: blocked += count
            }
        }
    }

    /// How many places of a tier readers see in each state.
    struct Counts: Hashable, Sendable {
        var total: Int
        var free: Int
        var held: Int
        var sold: Int
        var blocked: Int
    }

    init(_ snapshot: BoardSnapshot) {
        layout = snapshot.layout
        version = snapshot.version
        isCancelled = snapshot.isCancelled
        places = snapshot.places
        tiers = snapshot.waiting.map { Tier(waiting: $0) }
        for section in layout.sections {
            for place in section.places {
                tiers[section.tier].add(1, PlaceStatus(rawValue: places[place]) ?? .blocked)
            }
        }
    }

    // MARK: looking

    func counts(ofTier index: Int) -> Counts {
        let tier = tiers[index]
        let isWaitedFor = tier.waiting > 0
        return Counts(
            total: tier.free + tier.held + tier.sold + tier.blocked, free: isWaitedFor ? 0 : tier.free,
            held: tier.held + (isWaitedFor ? tier.free : 0), sold: tier.sold, blocked: tier.blocked)
    }

    func isWaitedFor(tier: Int) -> Bool { tiers[tier].waiting > 0 }

    /// What the rule book says of a place, whoever waits.
    func isFree(_ place: Int) -> Bool { places[place] == PlaceStatus.free.rawValue }

    /// The letter of a place, counted from 0.
    func letter(of place: Int) -> UInt8 { shown(places[place], isWaitedFor: isWaitedFor(tier: layout.tier(of: place))) }

    /// The letters of neighbouring places of one tier.
    func letters(_ range: Range<Int>, tier: Int) -> [UInt8] {
        guard isWaitedFor(tier: tier) else { return Array(places[range]) }
        return places[range].map { shown($0, isWaitedFor: true) }
    }

    private func shown(_ status: UInt8, isWaitedFor: Bool) -> UInt8 {
        isWaitedFor && status == PlaceStatus.free.rawValue ? PlaceStatus.held.rawValue : status
    }

    /// Bytes, estimated; the layout is shared with others.
    var footprint: Int { 400 + places.count + tiers.count * 48 + (frame == nil ? 0 : places.count) }

    // MARK: changing

    /// Takes up what a worker said. A line that does not fit leaves the board as it is.
    mutating func apply(_ line: ChangeLine) -> Step {
        if line.version <= version { return .known }
        guard !line.changes.isEmpty, line.version == version + 1 else { return .gap }
        var undo: [ShowChange.Kind] = []
        for change in line.changes {
            guard let inverse = apply(change) else {
                for change in undo.reversed() { _ = apply(change) }
                return .gap
            }
            undo.append(inverse)
        }
        version = line.version
        return .applied
    }

    /// Takes up a line of several versions, of which some may be known: each place is set to what it became.
    ///
    /// - Parameter first: the first version in it.
    mutating func apply(merged line: ChangeLine, from first: UInt64) -> Step {
        if line.version <= version { return .known }
        guard first <= version + 1, line.changes.allSatisfy(fits) else { return .gap }
        for change in line.changes {
            guard case .places(let list, _, let to) = change else {
                _ = apply(change)
                continue
            }
            for number in list {
                let from = PlaceStatus(rawValue: places[Int(number) - 1]) ?? .blocked
                _ = move(PlaceList(from: number, count: 1), from: from, to: to)
            }
        }
        version = line.version
        return .applied
    }

    private func fits(_ change: ShowChange.Kind) -> Bool {
        switch change {
        case .places(let list, _, _): (list.first ?? 1) >= 1 && (list.last ?? 1) <= places.count
        case .line(let tier, let waiting): tiers.indices.contains(tier) && waiting >= 0
        case .added, .cancelled: true
        }
    }

    /// - Returns: what takes it back; nil where it does not fit, and nothing has changed then.
    private mutating func apply(_ change: ShowChange.Kind) -> ShowChange.Kind? {
        switch change {
        case .places(let list, let from, let to):
            return move(list, from: from, to: to) ? .places(list, from: to, to: from) : nil
        case .line(let tier, let waiting):
            guard tiers.indices.contains(tier), waiting >= 0 else { return nil }
            let before = tiers[tier].waiting
            if (before > 0) != (waiting > 0) { noteFree(ofTier: tier) }
            tiers[tier].waiting = waiting
            return .line(tier: tier, waiting: before)
        case .added: return .added
        case .cancelled:
            isCancelled = true
            return .cancelled
        }
    }

    private mutating func move(_ list: PlaceList, from: PlaceStatus, to: PlaceStatus) -> Bool {
        guard let last = list.last, let first = list.first else { return true }
        guard first >= 1, last <= places.count else { return false }
        for number in list where places[Int(number) - 1] != from.rawValue { return false }
        var section = layout.sections[layout.section(of: Int(first) - 1)]
        for number in list {
            let place = Int(number) - 1
            if !section.places.contains(place) { section = layout.sections[layout.section(of: place)] }
            note(place, tier: section.tier)
            places[place] = to.rawValue
            tiers[section.tier].add(-1, from)
            tiers[section.tier].add(1, to)
        }
        return true
    }

    /// Takes over what was loaded, which is newer. Readers that were told of each change have to begin anew.
    mutating func replace(by snapshot: BoardSnapshot) {
        precondition(snapshot.version >= version && snapshot.layout.placeCount == layout.placeCount)
        let isWatched = frame != nil
        self = ShowBoard(
            BoardSnapshot(
                layout: layout, version: snapshot.version, isCancelled: snapshot.isCancelled, places: snapshot.places,
                waiting: snapshot.waiting))
        if isWatched { watch() }
    }

    // MARK: telling

    /// What has changed since the last frame.
    private struct OpenFrame: Sendable {
        var base: UInt64
        var wasCancelled: Bool
        /// By place the letter that it had at the base; 0 while nothing has happened to it.
        var befores: [UInt8]
        /// Holds all places that something happened to.
        var extent = 0..<0

        mutating func note(_ place: Int, _ letter: UInt8) {
            befores[place] = letter
            extent =
                extent.isEmpty
                ? place..<place + 1 : min(extent.lowerBound, place)..<max(extent.upperBound, place + 1)
        }

        mutating func begin(at version: UInt64, isCancelled: Bool) {
            for place in extent { befores[place] = 0 }
            extent = 0..<0
            base = version
            wasCancelled = isCancelled
        }
    }

    /// Begins to collect what changes, for frames.
    mutating func watch() {
        guard frame == nil else { return }
        frame = OpenFrame(
            base: version, wasCancelled: isCancelled, befores: [UInt8](repeating: 0, count: places.count))
    }

    mutating func unwatch() { frame = nil }

    var isWatched: Bool { frame != nil }
    /// The version that the last frame ended with.
    var told: UInt64? { frame?.base }

    private mutating func note(_ place: Int, tier: Int) {
        guard frame?.befores[place] == 0 else { return }
        let letter = shown(places[place], isWaitedFor: tiers[tier].waiting > 0)
        frame?.note(place, letter)
    }

    private mutating func noteFree(ofTier tier: Int) {
        guard frame != nil else { return }
        for range in layout.placesByTier[tier] {
            for place in range where places[place] == PlaceStatus.free.rawValue { note(place, tier: tier) }
        }
    }

    /// Everything that has changed since the last frame; nil if nothing has. It is left to be told.
    ///
    /// A place that changed and changed back is in it, too: somebody may know the versions in between.
    func pendingFrame() -> Frame? {
        guard let frame, frame.base < version else { return nil }
        var changes: [Frame.Place] = []
        for place in frame.extent where frame.befores[place] != 0 {
            changes.append(
                Frame.Place(number: UInt32(place + 1), from: frame.befores[place], to: letter(of: place)))
        }
        return Frame(
            base: frame.base, version: version, places: changes, isCancellation: isCancelled && !frame.wasCancelled)
    }

    /// The same, and the next frame begins behind it.
    mutating func takeFrame() -> Frame? {
        let pending = pendingFrame()
        if pending != nil { frame?.begin(at: version, isCancelled: isCancelled) }
        return pending
    }
}
