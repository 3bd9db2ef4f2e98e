internal import API
internal import HTTPServer
internal import Pipeline
internal import Runtime
internal import Ticketing

/// Those who ask what became of a request, until they are answered: whoever comes is looked up at once, in one turn
/// with all who came meanwhile, and again every so often while there is no decision and the asker waits.
///
/// Which journal is looked into, and on whose thread, is left to whoever takes the turns.
final class InquiryDesk: Sendable {
    struct Inquiry: Sendable {
        let call: Call
        let id: RequestId
        let tenant: TenantId
        let deadline: MonotonicTime
    }

    static let tooMany = Fault.unavailable("Too many ask at the moment.")
    static let undecided = Fault(.notFound, "This request is not decided.")
    static let gone = Fault(.gone, "What became of this request is no longer kept.")

    private struct State {
        var inquiries: Inquiries<Inquiry>
        var isDraining = false
        var isStopped = false
    }

    private let interval: Duration
    private let answers: Answers
    private let time = SystemTime()
    private let state: Lock<State>
    private let bell = Bell()
    private let thread = Lock<OwnedThread?>(nil)

    init(interval: Duration, answers: Answers) {
        self.interval = interval
        self.answers = answers
        state = Lock(State(inquiries: Inquiries(bound: 10_000, most: 2_000, interval: interval)))
    }

    /// - Parameters:
    ///   - name: of the thread.
    ///   - turn: looks up whoever asks, and `settle`s them; called at every interval, whether anybody asks or not.
    ///   - end: called behind the last turn.
    func start(
        name: String, turn: @escaping @Sendable ([Inquiry]) -> Void, end: @escaping @Sendable () -> Void = {}
    ) throws {
        let thread = try OwnedThread(name: name) {
            while let inquiries = self.next() { turn(inquiries) }
            end()
        }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    /// Nobody waits any longer.
    func drain() {
        state.withLock { $0.isDraining = true }
        bell.ring()
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// There is something to do besides inquiries.
    func ring() { bell.ring() }

    /// Answers what became of a tenant's request, at the latest after so many seconds.
    func add(_ call: Call, _ id: RequestId, of tenant: TenantId, seconds: Int) throws(Fault) {
        let inquiry = Inquiry(call: call, id: id, tenant: tenant, deadline: time.monotonic + .seconds(seconds))
        let isTaken = state.withLock { $0.isStopped ? false : $0.inquiries.add(inquiry) }
        guard isTaken else { throw Self.tooMany }
        bell.ring()
    }

    // MARK: on its thread

    /// Those whose turn it is, after a wait; nil at the end.
    private func next() -> [Inquiry]? {
        bell.wait(for: interval)
        let (inquiries, isStopped) = state.withLock { state in
            state.isStopped
                ? (state.inquiries.removeAll(), true)
                : (state.inquiries.take(at: time.monotonic, isLast: state.isDraining), false)
        }
        guard isStopped else { return inquiries }
        for inquiry in inquiries { inquiry.call.refuse(.stopping) }
        return nil
    }

    // MARK: in a turn, on any thread

    /// Ids of commands, each with a week of the journal in which it may have been decided.
    ///
    /// - Parameter overdue: commands that wait for replies.
    func wanted(_ overdue: [CommandId], _ inquiries: [Inquiry]) -> [(id: CommandId, week: Int)] {
        let week = thisWeek
        var wanted = overdue.flatMap { [(id: $0, week: week), (id: $0, week: week - 1)] }
        for inquiry in inquiries { wanted += inquiry.id.weeks(now: week).map { (inquiry.id.command, $0) } }
        return wanted
    }

    /// Whether a request is from so long ago that its week may have been dropped.
    func isOld(_ id: RequestId) -> Bool { id.week < thisWeek - 1 }

    private var thisWeek: Int { Keys.week(of: Time(microseconds: time.wall.microseconds)) }

    /// Answers those whose requests are decided or forgotten, and those who wait no longer; the others come again.
    ///
    /// - Parameters:
    ///   - firstWeek: what was decided in a week before it has been dropped; asked for only where a request is old.
    ///   - standing: an undecided request's place in its line.
    func settle(
        _ inquiries: [Inquiry], _ found: [JournaledDecision], firstWeek: @autoclosure () -> Int?,
        standing: (RequestId) -> (position: Int?, etaSeconds: Int?) = { _ in (nil, nil) }
    ) {
        guard !inquiries.isEmpty else { return }
        let waitsNoLonger = state.withLock { $0.isDraining || $0.isStopped }
        let now = time.monotonic
        lazy var first = firstWeek() ?? .min
        let byId = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
        var waiting: [Inquiry] = []
        for inquiry in inquiries {
            if let decision = byId[inquiry.id.command] {
                answers.report(
                    .decided(.init(status: decision.status, body: decision.reply), isReplayed: false), of: inquiry.id,
                    to: inquiry.call)
            } else if isOld(inquiry.id), inquiry.id.week < first {
                inquiry.call.refuse(Self.gone)
            } else if inquiry.deadline <= now || waitsNoLonger {
                let standing = standing(inquiry.id)
                let pending = IntakeAnswer<Asker>.Pending(
                    expected: inquiry.id.expected, acceptedAt: time.wall, position: standing.position,
                    etaSeconds: standing.etaSeconds)
                answers.report(.pending(pending), of: inquiry.id, to: inquiry.call)
            } else if !inquiry.call.responder.isClientGone {
                waiting.append(inquiry)
            }
        }
        guard !waiting.isEmpty else { return }
        state.withLock { $0.inquiries.putBack(waiting) }
    }
}

extension Fault {
    static var stopping: Fault { .unavailable("This process is stopping.") }
}
