public import Ticketing

/// What readers of a show are told of one of its versions: see `WireFormat`.
///
/// A show's versions have no gap: it is added as version 1, and each later decision that changes anything of what its
/// readers see makes the next one, which is told in one line. So who is told a version that is not the next one to its
/// own has missed something. Only what a `ChangeMerge` makes stands for several.
public struct ChangeLine: Hashable, Sendable {
    public var show: ShowId
    public var version: UInt64
    /// In the order in which they apply. None: the version is announced.
    public var changes: [ShowChange.Kind]

    public init(show: ShowId, version: UInt64, changes: [ShowChange.Kind]) {
        self.show = show
        self.version = version
        self.changes = changes
    }

    /// A decision's changes: one line for each show that it touched.
    public static func lines(of decision: Decision, event: EventId) -> [ChangeLine] {
        var lines: [ChangeLine] = []
        for change in decision.changes {
            // A decision touches one show, or all of an event's: a few hundred, each once.
            let id = ShowId(event, change.show)
            if lines.last?.show == id {
                lines[lines.count - 1].changes.append(change.kind)
            } else if let index = lines.firstIndex(where: { $0.show == id }) {
                lines[index].changes.append(change.kind)
            } else {
                lines.append(ChangeLine(show: id, version: change.version, changes: [change.kind]))
            }
        }
        return lines
    }

    /// Appends the line of a decision that changed one thing, which most do.
    public static func append(_ change: ShowChange, of event: EventId, to bytes: inout [UInt8]) {
        append(
            show: ShowId(event, change.show), version: change.version, changes: CollectionOfOne(change.kind),
            to: &bytes)
    }

    /// Appends the line with its newline.
    public func append(to bytes: inout [UInt8]) {
        Self.append(show: show, version: version, changes: changes, to: &bytes)
    }

    private static func append(
        show: ShowId, version: UInt64, changes: some Sequence<ShowChange.Kind>, to bytes: inout [UInt8]
    ) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.raw(#"{"v":1"#)
        writer.field("show", show)
        writer.key("version")
        writer.number(version)
        writer.array("changes", changes) { $0.change($1) }
        writer.endObject()
        writer.endLine()
        bytes = writer.bytes
    }
}

/// Reads messages of changes. One for each thread.
public struct ChangeDecoder: ~Copyable {
    private var tape = JSONTape()

    public init() {}

    /// Reads line by line, in order.
    public mutating func decode(
        message: UnsafeRawBufferPointer, _ each: (Result<ChangeLine, Malformed>) throws -> Void
    ) rethrows {
        try tape.lines(of: message, { $0.changeLine() }, each)
    }
}

extension JSONWriter {
    fileprivate mutating func change(_ change: ShowChange.Kind) {
        beginObject()
        switch change {
        case .places(let places, let from, let to):
            key("from")
            letter(from)
            key("to")
            letter(to)
            array("places", places.runs) { writer, run in
                writer.beginArray()
                writer.integer(run.lowerBound)
                writer.element()
                writer.integer(run.count)
                writer.endArray()
            }
        case .line(let tier, let waiting):
            field("tier", tier)
            field("waiting", waiting)
        case .added:
            key("show")
            word("added")
        case .cancelled:
            key("show")
            word("cancelled")
        }
        endObject()
    }

    private mutating func letter(_ status: PlaceStatus) {
        raw("\"")
        byte(status.rawValue)
        raw("\"")
    }
}

extension Form {
    fileprivate mutating func changeLine() -> ChangeLine? {
        guard var line = object(0) else { return nil }
        version(in: &line)
        let show = required("show", in: &line) { $0.id($1, ShowId.self) }
        let version = required("version", in: &line) { $0.integer($1, 0...999_999_999_999_999_999) }
        let changes = required("changes", in: &line) { form, node in form.array(node, 0...2_000) { $0.change($1) } }
        finish(line)
        guard problems.isEmpty, let show, let version, let changes else { return nil }
        return ChangeLine(show: show, version: UInt64(version), changes: changes)
    }

    private mutating func change(_ node: Int) -> ShowChange.Kind? {
        guard var change = object(node) else { return nil }
        var kind: ShowChange.Kind?
        if let show = find("show", in: &change) {
            kind = reading(show, otherwise: "must be added or cancelled") { text -> ShowChange.Kind? in
                if text.elementsEqual("added".utf8) { return .added }
                return text.elementsEqual("cancelled".utf8) ? .cancelled : nil
            }
        } else if let tier = find("tier", in: &change) {
            let tier = count(tier, 0...Bounds.tiers)
            let waiting = required("waiting", in: &change) { $0.count($1, 0...Int(Int32.max)) }
            if let tier, let waiting { kind = .line(tier: tier, waiting: waiting) }
        } else {
            let from = required("from", in: &change) { $0.letter($1) }
            let to = required("to", in: &change) { $0.letter($1) }
            let places = required("places", in: &change) { $0.runs($1) }
            if let from, let to, let places { kind = .places(places, from: from, to: to) }
        }
        finish(change)
        return kind
    }

    private mutating func letter(_ node: Int) -> PlaceStatus? {
        reading(node, otherwise: "must be f, h, s or b") { $0.count == 1 ? PlaceStatus(rawValue: $0[0]) : nil }
    }

    /// Runs in ascending order with a gap between each two: a list of places has one form.
    private mutating func runs(_ node: Int) -> PlaceList? {
        var places: [UInt32] = []
        var next = 1
        let runs = array(node, 1...Bounds.placesPerShow) { form, run -> Bool? in
            guard let pair = form.array(run, 2...2, { $0.count($1, 1...Bounds.placesPerShow) }) else { return nil }
            guard pair[0] >= next, pair[0] + pair[1] - 1 <= Bounds.placesPerShow else {
                form.problem(run, "must lie behind the run before, and within a show")
                return nil
            }
            places.append(contentsOf: UInt32(pair[0])..<UInt32(pair[0] + pair[1]))
            next = pair[0] + pair[1] + 1
            return true
        }
        return runs.map { _ in PlaceList(places) }
    }
}

extension PlaceList {
    /// The runs of neighbouring numbers, in order.
    var runs: [Range<Int>] {
        guard let first, let last else { return [] }
        if isContiguous { return [Int(first)..<Int(last) + 1] }
        var runs: [Range<Int>] = []
        for place in self {
            if let run = runs.last, run.upperBound == Int(place) {
                runs[runs.count - 1] = run.lowerBound..<run.upperBound + 1
            } else {
                runs.append(Int(place)..<Int(place) + 1)
            }
        }
        return runs
    }
}
