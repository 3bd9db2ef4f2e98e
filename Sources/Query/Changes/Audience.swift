internal import API
internal import HTTPServer
internal import Runtime
internal import Wire

/// Who follows a show, and what they were told.
final class Audience: Sendable {
    private struct State {
        /// nil while nobody follows, and nobody has lately.
        var ring: FrameRing?
        var polls: [Follower] = []
        /// Those who know of a version that is not known here yet.
        var ahead: [Follower] = []
        var lastTold: MonotonicTime?
        var emptySince: MonotonicTime?
    }

    /// What has to be done about somebody who comes.
    enum Admission: Sendable {
        case done
        /// What is missing has to be looked up: see `resume`.
        case needsHistory(Follower)
        /// What is stored has to be looked at, for it knows a newer version.
        case claims(UInt64)
    }

    /// At most so often somebody is told something.
    static let interval = Duration.milliseconds(250)
    /// More places than these in a frame: fetching the map costs less.
    static let mostPlaces = 20_000
    /// How long what was told is kept when the last one has gone.
    static let memory = Duration.seconds(60)

    private let state = Lock(State())
    private let streams = EventBroadcast()

    var isEmpty: Bool { streams.count == 0 && state.withLock { $0.polls.isEmpty && $0.ahead.isEmpty } }
    /// Whether anybody waits for one answer, those included who know more than is known here: they may have to wait on.
    var hasPolls: Bool { state.withLock { state in !state.polls.isEmpty || state.ahead.contains { $0.isPoll } } }
    var footprint: Int { state.withLock { $0.ring?.footprint ?? 0 } }

    // MARK: coming

    func admit(_ follower: Follower, to show: LiveShow, at now: MonotonicTime) -> Admission {
        state.withLock { state in
            let current = watch(show, &state)
            return admit(follower, show, current, &state, at: now)
        }
    }

    private func watch(_ show: LiveShow, _ state: inout State) -> UInt64 {
        state.emptySince = nil
        let version = show.withBoard { board in
            board.watch()
            return board.version
        }
        if state.ring == nil { state.ring = FrameRing(base: version) }
        noticeJump(show, &state)
        return version
    }

    /// When versions were passed over whose effects nobody can tell, everybody has to fetch the map anew.
    private func noticeJump(_ show: LiveShow, _ state: inout State) {
        guard let ring = state.ring, show.withBoard({ $0.told }) != ring.told else { return }
        beginAnew(show, &state)
    }

    private func admit(
        _ follower: Follower, _ show: LiveShow, _ current: UInt64, _ state: inout State, at now: MonotonicTime
    ) -> Admission {
        guard let ring = state.ring else { return .done }
        guard let known = follower.version else {
            seat(follower, [Self.begin(ring.told)])
            return .done
        }
        if known > current {
            guard follower.looks < 2 else {
                reset(follower, show, ring.told)
                return .done
            }
            state.ahead.append(follower)
            return .claims(known)
        }
        guard known >= ring.base else { return .needsHistory(follower) }
        switch follower.kind {
        case .stream:
            let entries = ring.entries(after: min(known, ring.told)) ?? []
            seat(follower, entries.isEmpty ? [.comment()] : entries.map(\.event))
        case .poll:
            if known < current {
                answer(follower, merged(FrameMerge(), after: known, show, ring), show)
            } else if follower.isOver(at: now) {
                answer(follower, .nothing(since: known), show)
            } else {
                state.polls.append(follower)
            }
        }
        return .done
    }

    /// What is in there, and everything behind a version up to now.
    private func merged(_ merge: FrameMerge, after known: UInt64, _ show: LiveShow, _ ring: FrameRing) -> Frame {
        var merge = merge
        for entry in ring.entries(after: min(known, ring.told)) ?? [] { merge.add(entry.frame) }
        let (pending, version) = show.withBoard { ($0.pendingFrame(), $0.version) }
        if let pending { merge.add(pending) }
        return merge.frame(base: known, version: version)
    }

    /// What was stored was looked up for followers.
    ///
    /// - Parameter lines: what is kept behind the oldest of their versions.
    func resume(_ followers: [Follower], _ lines: [MergedLine], _ show: LiveShow) {
        state.withLock { state in
            _ = watch(show, &state)
            guard let ring = state.ring else { return }
            // After the end of another server thousands come back with a few versions.
            var prepared: [UInt64: Comeback?] = [:]
            for follower in followers {
                guard let known = follower.version else { continue }
                let comeback = prepared[known] ?? Comeback(known, lines, show, ring)
                prepared[known] = comeback
                guard let comeback else {
                    reset(follower, show, ring.told)
                    continue
                }
                switch follower.kind {
                case .stream: seat(follower, comeback.events)
                case .poll:
                    var merge = FrameMerge()
                    merge.add(comeback.frame)
                    answer(follower, merged(merge, after: comeback.version, show, ring), show)
                }
            }
        }
    }

    /// What those are told who come back with a version that is not known here.
    private struct Comeback {
        /// What is stored behind their version, and how it stands now.
        let frame: Frame
        /// How far that leads: behind the last frame the others come anyway.
        let version: UInt64
        /// All that a stream is told, up to the last frame.
        let events: [EventFrame]

        /// nil where it cannot be told.
        init?(_ known: UInt64, _ lines: [MergedLine], _ show: LiveShow, _ ring: FrameRing) {
            guard let lines = MergedLine.leading(from: known, lines), let last = lines.last?.line.version,
                last >= ring.base
            else { return nil }
            version = min(last, ring.told)
            frame = show.withBoard { $0.frame(of: lines, after: known) }
            guard frame.places.count <= Audience.mostPlaces else { return nil }
            let first = Frame(
                base: known, version: version, places: frame.places, isCancellation: frame.isCancellation)
            let rest = ring.entries(after: version) ?? []
            events = [Audience.encode(first, show).event] + rest.map(\.event)
        }
    }

    /// What is stored was looked at: those who knew more are told, or have to begin anew.
    ///
    /// - Returns: what has to be done about them.
    func caughtUp(_ show: LiveShow, at now: MonotonicTime) -> [Admission] {
        state.withLock { state in
            guard !state.ahead.isEmpty else { return [] }
            let followers = state.ahead
            state.ahead = []
            let current = watch(show, &state)
            return followers.map { follower in
                var follower = follower
                follower.looks += 1
                return admit(follower, show, current, &state, at: now)
            }
        }
    }

    /// What is stored cannot be looked at.
    func cannotCatchUp(_ show: LiveShow) {
        state.withLock { state in
            let followers = state.ahead
            state.ahead = []
            for follower in followers { reset(follower, show, state.ring?.told ?? show.version) }
        }
    }

    // MARK: telling

    /// When there may be told something next: from the beginning, if nothing was told yet.
    var next: MonotonicTime {
        state.withLock { $0.lastTold.map { $0 + Self.interval } } ?? MonotonicTime(nanoseconds: 0)
    }

    /// Tells everybody what has changed.
    func tell(_ show: LiveShow, at now: MonotonicTime) {
        state.withLock { state in
            guard state.ring != nil else { return }
            if isAlone(&state, at: now) {
                state.ring = nil
                show.withBoard { $0.unwatch() }
                return
            }
            noticeJump(show, &state)
            guard let frame = show.withBoard({ $0.takeFrame() }) else { return }
            state.lastTold = now
            guard frame.places.count <= Self.mostPlaces else {
                beginAnew(show, &state)
                return
            }
            let entry = Self.encode(frame, show)
            state.ring?.append(entry)
            streams.send(entry.event)
            let polls = state.polls
            state.polls = []
            guard !polls.isEmpty, let ring = state.ring else { return }
            for follower in polls {
                answer(follower, merged(FrameMerge(), after: follower.version ?? frame.base, show, ring), show)
            }
        }
    }

    private func isAlone(_ state: inout State, at now: MonotonicTime) -> Bool {
        guard streams.count == 0, state.polls.isEmpty, state.ahead.isEmpty else {
            state.emptySince = nil
            return false
        }
        let since = state.emptySince ?? now
        state.emptySince = since
        return now - since > Self.memory
    }

    /// The board may have passed over some versions.
    func jumped(_ show: LiveShow) {
        state.withLock { noticeJump(show, &$0) }
    }

    private func beginAnew(_ show: LiveShow, _ state: inout State) {
        let version = show.withBoard { board in
            board.unwatch()
            board.watch()
            return board.version
        }
        state.ring = FrameRing(base: version)
        streams.send(Self.resetEvent(version))
        let polls = state.polls
        state.polls = []
        for follower in polls { reset(follower, show, version) }
    }

    /// Answers the polls whose time is over.
    func expire(_ show: LiveShow, at now: MonotonicTime) {
        let over = state.withLock { state -> [Follower] in
            let over = state.polls.filter { $0.isOver(at: now) }
            if !over.isEmpty { state.polls.removeAll { $0.isOver(at: now) } }
            return over
        }
        for follower in over {
            answer(follower, .nothing(since: follower.version ?? show.version), show)
        }
    }

    /// Answers everybody who waits for an answer.
    func dismiss(_ show: LiveShow) {
        expire(show, at: MonotonicTime(nanoseconds: .max))
        cannotCatchUp(show)
    }

    /// The show is in memory no more, or another time: they come again, and find it.
    func cut(_ show: LiveShow) {
        dismiss(show)
        streams.close()
    }

    // MARK: answering

    private func seat(_ follower: Follower, _ events: [EventFrame]) {
        guard case .stream = follower.kind else { return }
        guard let stream = follower.call.responder.openEventStream() else { return }
        let seat = follower.seat
        stream.whenClosed { [streams, weak stream] _ in
            _ = seat
            if let stream { streams.remove(stream) }
        }
        for event in events { stream.send(event) }
        streams.add(stream)
    }

    private func answer(_ follower: Follower, _ frame: Frame, _ show: LiveShow) {
        guard frame.places.count <= Self.mostPlaces else {
            reset(follower, show, frame.version)
            return
        }
        let bytes = frame.json(show.facts.layout)
        follower.call.answer(Response(.ok, .json, .bytes(bytes), tag: bytes.tag))
    }

    private func reset(_ follower: Follower, _ show: LiveShow, _ version: UInt64) {
        switch follower.kind {
        case .stream: seat(follower, [Self.resetEvent(version)])
        case .poll:
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("version")
            writer.number(max(version, show.version))
            writer.field("reset", true)
            writer.array("places", [Int]()) { $0.integer($1) }
            writer.endObject()
            follower.call.answer(Response(.ok, .json, .bytes(writer.bytes), tag: writer.bytes.tag))
        }
    }

    fileprivate static func encode(_ frame: Frame, _ show: LiveShow) -> FrameRing.Entry {
        let json = frame.json(show.facts.layout)
        let event = ServerSentEvent(
            String(decoding: json, as: UTF8.self), event: "change", id: String(frame.version))
        return FrameRing.Entry(frame: frame, event: event.frame, bytes: json.count + frame.places.count * 8 + 100)
    }

    private static func begin(_ version: UInt64) -> EventFrame {
        ServerSentEvent("{\"version\":\(version),\"places\":[]}", event: "change", id: String(version)).frame
    }

    private static func resetEvent(_ version: UInt64) -> EventFrame {
        ServerSentEvent("{\"version\":\(version)}", event: "reset", id: String(version)).frame
    }
}

extension Follower {
    fileprivate var isPoll: Bool { if case .poll = kind { true } else { false } }

    fileprivate func isOver(at now: MonotonicTime) -> Bool {
        if case .poll(let until) = kind { until <= now } else { false }
    }
}

extension [UInt8] {
    var tag: EntityTag { withUnsafeBytes { EntityTag(hashing: $0) } }
}
