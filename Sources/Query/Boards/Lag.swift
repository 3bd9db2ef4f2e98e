internal import Runtime
internal import Wire

/// What is known of a show's board being behind what is stored. Pure.
struct Lag: Sendable {
    /// Lines that came while the missing ones are looked up; nil while nothing is missing.
    private var kept: [ChangeLine]?
    /// What is stored and has not been heard of, since when.
    private var suspected: (version: UInt64, since: MonotonicTime)?

    /// More than what comes while a show is loaded; beyond it, it is loaded once more.
    static let bound = 20_000
    /// How long what was committed may be on its way.
    static let patience = Duration.milliseconds(150)

    var isOpen: Bool { kept != nil }
    /// Somebody looks it up, or is about to.
    var isAskedFor = false

    mutating func begin(with line: ChangeLine?) {
        kept = []
        isAskedFor = true
        if let line { _ = keep(line) }
    }

    /// - Returns: whether the line was taken care of: it is kept for later, or left out since there are too many.
    mutating func keep(_ line: ChangeLine) -> Bool {
        guard let count = kept?.count else { return false }
        // Announcements have done their work: what is stored is being looked at.
        if !line.changes.isEmpty, count < Self.bound { kept?.append(line) }
        return true
    }

    mutating func end() -> [ChangeLine] {
        defer {
            kept = nil
            suspected = nil
            isAskedFor = false
        }
        return kept ?? []
    }

    /// - Returns: whether something is missing; it is looked up from now on.
    mutating func confirm(_ version: UInt64, own: UInt64, at now: MonotonicTime) -> Bool {
        guard !isOpen else { return false }
        guard version > own else {
            suspected = nil
            return false
        }
        guard let suspect = suspected, suspect.version > own else {
            suspected = (version, now)
            return false
        }
        guard now - suspect.since >= Self.patience else { return false }
        suspected = nil
        begin(with: nil)
        return true
    }

    /// Lines that are kept.
    var count: Int { kept?.count ?? 0 }

    var footprint: Int { count * 200 }
}
