package import Runtime
internal import Ticketing

/// A worker's place among the others: what it has asked of the table of partitions, what that said, and whether its
/// clock can be trusted. Every line's workers agree in this way on who owns what.
package struct Membership {
    /// What a beat's answer asks of the worker.
    package struct Moves {
        /// Somebody else has them, or nobody knows: nothing is written for them any more.
        package var lost: [(number: Int, reason: String)] = []
        /// Somebody else is to have them: what is begun is finished, and then they are given back.
        package var toLeave: [Int] = []
        package var toClaim: [ClaimRequest] = []
        /// They are the worker's without its having wanted them: an answer was lost.
        package var toRelease: [HeldPartition] = []
    }

    private let worker: WorkerId
    private let beatInterval: Duration
    /// What the database is called in warnings.
    private let database: String
    private var clock: ClockWatch
    package private(set) var isDraining = false
    private var isBeating = false
    private var nextBeat: MonotonicTime
    private var beatSent: MonotonicTime
    /// Since when the database has not answered.
    private var lostAt: MonotonicTime?
    /// What the database said last that it would not do, and when.
    private var lastRefusal: (reason: String, at: MonotonicTime)?
    /// Partitions whose claim or release is under way.
    private var asked: Set<Int> = []

    package init(
        _ worker: WorkerId, beating interval: Duration, clockTolerance: Duration, database: String,
        at now: MonotonicTime
    ) {
        self.worker = worker
        beatInterval = interval
        self.database = database
        clock = ClockWatch(tolerance: clockTolerance)
        nextBeat = now
        beatSent = now
    }

    /// What keeps the worker from its work, in words for `/readyz`.
    package var complaints: [String] {
        var complaints: [String] = []
        if clock.isDrifting { complaints.append("the clock drifts from the database's by over \(clock.tolerance)") }
        if lostAt != nil { complaints.append("\(database) does not answer") }
        if isDraining { complaints.append("it is draining") }
        return complaints
    }

    /// - Returns: whether that is new.
    package mutating func startDraining() -> Bool {
        defer { isDraining = true }
        return !isDraining
    }

    // MARK: - Beats

    /// When the next beat is to be sent; nil while the one before is not answered.
    package var nextWake: MonotonicTime? { isBeating ? nil : nextBeat }

    package mutating func beatBegins(at now: MonotonicTime) {
        isBeating = true
        beatSent = now
        nextBeat = now + beatInterval
    }

    package mutating func beatEnds() { isBeating = false }

    /// - Parameter hasOwnTime: the worker has partitions.
    /// - Returns: what an operator should read.
    package mutating func hear(
        _ neighbourhood: Neighbourhood, hasOwnTime: Bool, at now: MonotonicTime
    ) -> [String] {
        isBeating = false
        var warnings: [String] = []
        if lostAt != nil { warnings.append("\(database) answers again") }
        lostAt = nil
        switch clock.look(at: neighbourhood.now, asked: beatSent, now: now, hasOwnTime: hasOwnTime) {
        case nil: break
        case .agrees: warnings.append("the clock agrees with the database's again")
        case .drifts(let difference):
            warnings.append("the clock is \(difference) µs from the database's: nothing is claimed")
        }
        return warnings
    }

    // MARK: - The database

    /// It has answered something else than a beat.
    package mutating func databaseAnswered() { lostAt = nil }

    /// - Returns: what an operator should read.
    package mutating func databaseFailed(_ error: StoreError, at now: MonotonicTime) -> String? {
        switch error.code {
        case .unavailable:
            guard lostAt == nil else { return nil }
            lostAt = now
            return "\(database) does not answer: \(error.reason)"
        case .rejected:
            // It is asked several times a second, and says the same.
            if let (reason, at) = lastRefusal, reason == error.reason, now - at < .seconds(10) { return nil }
            lastRefusal = (error.reason, now)
            return "\(database) refused: \(error.reason)"
        }
    }

    /// For how long the database has not answered.
    package func silence(at now: MonotonicTime) -> Duration { lostAt.map { now - $0 } ?? .zero }

    // MARK: - Claims

    /// Whether a claim or a release is under way: of that partition, or of any.
    package func isAsking(for number: Int) -> Bool { asked.contains(number) }
    package var isAsking: Bool { !asked.isEmpty }

    package mutating func asks(for numbers: [Int]) { asked.formUnion(numbers) }
    package mutating func isAnswered(about numbers: [Int]) { asked.subtract(numbers) }

    /// Compares what is the worker's by the table with what is by its memory. What comes of it counts as asked for.
    ///
    /// - Parameter held: what the worker has in memory of a partition.
    package mutating func moves(
        in neighbourhood: Neighbourhood, held: (Int) -> (epoch: UInt64, phase: PartitionPhase)?
    ) -> Moves {
        let share =
            isDraining
            ? []
            : Sharing.share(
                of: worker, partitions: neighbourhood.partitions.count, members: neighbourhood.members)
        var moves = Moves()
        for (position, stored) in neighbourhood.partitions.enumerated() where !asked.contains(stored.number) {
            compare(stored, held(stored.number), isMine: share.contains(position), &moves)
        }
        asks(for: moves.toClaim.map(\.number) + moves.toRelease.map(\.number))
        return moves
    }

    private func compare(
        _ stored: Ownership, _ held: (epoch: UInt64, phase: PartitionPhase)?, isMine: Bool, _ moves: inout Moves
    ) {
        let isOurs = stored.owner == worker
        if let held {
            // A beat may have been under way when the claim was answered: then it knows less.
            guard stored.epoch >= held.epoch else { return }
            switch held.phase {
            case .owned, .leaving:
                if !isOurs || stored.epoch > held.epoch {
                    moves.lost.append((stored.number, "another worker has the partition"))
                } else if !isMine, held.phase == .owned {
                    moves.toLeave.append(stored.number)
                }
            case .claiming:
                guard isMine, isOurs || !stored.isOwnerAlive else {
                    return moves.lost.append((stored.number, "another worker has the partition"))
                }
                claim(stored, &moves)
            }
        } else if isMine, isOurs || !stored.isOwnerAlive {
            claim(stored, &moves)
        } else if isOurs {
            moves.toRelease.append(HeldPartition(number: stored.number, epoch: stored.epoch))
        }
    }

    private func claim(_ stored: Ownership, _ moves: inout Moves) {
        guard !clock.isDrifting else { return }
        moves.toClaim.append(
            ClaimRequest(
                number: stored.number, epoch: stored.epoch, deadOwner: stored.owner == worker ? nil : stored.owner))
    }
}

/// How far a worker is with a partition.
package enum PartitionPhase {
    /// Asked for, or asked for anew after a failure: nothing is decided until the answer.
    case claiming
    case owned
    /// What is begun is finished, and then it is given back.
    case leaving
}
