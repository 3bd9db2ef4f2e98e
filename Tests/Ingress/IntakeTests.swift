import Pipeline
import Runtime
import Testing
import Ticketing
import Wire

@testable import Ingress

/// Events in, messages and answers out: nothing here waits or sends.
@Suite struct IntakeTests {
    private var intake = Intake<String>(name: "ingress-1", bounds: Intake.Bounds())
    private let event = EventId(high: 1, low: 2)
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private let wall = Timestamp(microseconds: 1_800_000_000_000_000)

    init() {
        intake.brokerCameUp()
        intake.adopt(RouteMap(version: 1, hashed: 4, partitions: 6, routes: [:]), since: start)
    }

    private func arrival(
        _ id: UInt64, _ waiter: String, wait: Int = 5, body: String? = nil, kind: CommandKind = .reserve,
        event: EventId? = nil
    ) -> Intake<String>.Arrival {
        let event = event ?? self.event
        let commandId = CommandId(high: 0, low: id)
        let content = Content(.release(ReservationId(command: commandId, index: 0)))
        let command = WireCommand(id: commandId, tenant: TenantId(high: 5, low: 6), event: event, content: content)
        return Intake.Arrival(
            id: commandId, key: event, isFirstToGo: kind.isFirstToGo, line: Array("line \(id)\n".utf8),
            keyed: body.map { Entry<String>.Keyed(command: .seats(command), body: Array($0.utf8)) }, waiter: waiter,
            wait: wait)
    }

    private var partition: Int { Keys.partition(of: event, among: 4) }
    private func tag(_ serial: UInt64) -> ParcelTag { ParcelTag(partition: partition, serial: serial) }

    private mutating func take(_ arrival: Intake<String>.Arrival) throws -> Intake<String>.Departure? {
        try intake.take(arrival, at: start, wall: wall)
    }

    private mutating func decide(_ id: UInt64, status: Int = 201) -> [IntakeAnswer<String>] {
        intake.decided(
            CommandId(high: 0, low: id), .init(status: status, body: Array("{}".utf8)), isReplayed: false)
    }

    @Test mutating func aCommandAtRestLeavesAtOnce() throws {
        let departure = try take(arrival(1, "a"))
        #expect(departure?.partition == partition && departure?.bytes == Array("line 1\n".utf8))
    }

    @Test mutating func whatComesMeanwhileGathersAndLeavesTogether() throws {
        #expect(try take(arrival(1, "a")) != nil)
        for id in 2...4 { #expect(try take(arrival(UInt64(id), "b")) == nil) }
        let (answers, departures) = intake.confirmed(tag(1), at: start, wall: wall)
        #expect(answers.isEmpty)
        #expect(departures.map(\.bytes) == [Array("line 2\nline 3\nline 4\n".utf8)])
    }

    @Test mutating func aMessageHasABound() throws {
        _ = try take(arrival(1, "a"))
        var second: Intake<String>.Departure?
        for id in 2...258 { second = try take(arrival(UInt64(id), "b")) ?? second }
        #expect(second?.bytes.count { $0 == 0x0A } == WireFormat.mostLines)
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        let (_, departures) = intake.confirmed(tag(2), at: start, wall: wall)
        #expect(departures.map { $0.bytes.count { $0 == 0x0A } } == [1])
    }

    @Test mutating func aDecisionAnswersWhoWaits() throws {
        _ = try take(arrival(1, "a"))
        let answers = decide(1, status: 409)
        #expect(answers.map(\.waiter) == ["a"])
        guard case .decided(let decided, isReplayed: false) = answers.first?.result else {
            Issue.record("\(answers)")
            return
        }
        #expect(decided.status == 409)
        // A reply that comes again finds nobody, and a confirm that comes late does no harm.
        #expect(decide(1).isEmpty)
        #expect(intake.confirmed(tag(1), at: start, wall: wall).0.isEmpty)
        #expect(intake.undecidedCount == 0)
    }

    @Test mutating func nobodyIsToldPendingBeforeTheBrokerHasIt() throws {
        _ = try take(arrival(1, "async", wait: 0))
        _ = try take(arrival(2, "patient", wait: 5))
        #expect(intake.expire(at: start + .seconds(10), wall: wall).isEmpty)
        intake.adopt(RouteMap(version: 1, hashed: 4, partitions: 6, routes: [:]), since: start + .seconds(10))
        let (answers, _) = intake.confirmed(tag(1), at: start + .seconds(10), wall: wall)
        #expect(answers.map(\.waiter) == ["async"])
        // The second was gathered behind it, and its wait is over when it is confirmed.
        let (later, _) = intake.confirmed(tag(2), at: start + .seconds(10), wall: wall)
        #expect(later.map(\.waiter) == ["patient"])
        guard case .pending = later.first?.result else {
            Issue.record("\(later)")
            return
        }
        #expect(intake.undecidedCount == 2)
        #expect(decide(1).isEmpty)
        #expect(intake.undecidedCount == 1)
    }

    @Test mutating func eachWaitsAsLongAsHeWantedTo() throws {
        _ = try take(arrival(1, "five", wait: 5))
        _ = try take(arrival(2, "one", wait: 1))
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        _ = intake.confirmed(tag(2), at: start, wall: wall)
        #expect(intake.expire(at: start + .milliseconds(999), wall: wall).isEmpty)
        #expect(intake.expire(at: start + .seconds(1), wall: wall).map(\.waiter) == ["one"])
        #expect(intake.expire(at: start + .seconds(5), wall: wall).map(\.waiter) == ["five"])
    }

    @Test mutating func theSameAgainJoinsAndIsToldTheSame() throws {
        _ = try take(arrival(1, "first", body: #"{"a":1}"#))
        #expect(try take(arrival(1, "again", body: #"{ "a": 1 }"#)) == nil)
        #expect(intake.undecidedCount == 1)
        let answers = decide(1)
        #expect(answers.map(\.waiter) == ["first", "again"])
        let replays = answers.map { answer in
            if case .decided(_, let isReplayed) = answer.result { isReplayed } else { nil as Bool? }
        }
        #expect(replays == [false, true])
    }

    @Test mutating func anotherBodyWithTheSameKeyIsRefused() throws {
        _ = try take(arrival(1, "first", body: #"{"a":1}"#))
        #expect(throws: IntakeFailure.keyReused) { _ = try self.take(self.arrival(1, "other", body: #"{"a":2}"#)) }
        #expect(decide(1).map(\.waiter) == ["first"])
    }

    @Test mutating func whatTheJournalHasUnderAKeyIsCompared() throws {
        let command = arrival(1, "first", body: "{}")
        _ = try take(command)
        let answers = intake.decided(
            command.id, .init(status: 201, body: []), isReplayed: false, journaled: Array("something else".utf8))
        guard case .failed(.keyReused) = answers.first?.result else {
            Issue.record("\(answers)")
            return
        }
    }

    /// Whether an answer from the journal says that it was decided for somebody who came before.
    private mutating func isReplayed(
        _ id: UInt64, body: String? = "{}", sequence: UInt64, partition: Int? = nil, decidedAt: Timestamp
    ) throws -> Bool? {
        let command = arrival(id, "a", body: body)
        _ = try take(command)
        let payload = command.keyed?.payload ?? []
        let reply =
            #"{"decision":{"partition":\#(partition ?? self.partition),"sequence":\#(sequence),"#
            + #""decidedAt":"\#(decidedAt.rfc3339)"}}"#
        let answers = intake.decided(
            command.id, .init(status: 201, body: Array(reply.utf8)), isReplayed: false, journaled: payload)
        guard answers.count == 1, case .decided(_, let isReplayed) = answers[0].result else { return nil }
        return isReplayed
    }

    @Test mutating func whatWasDecidedForSomebodyBeforeIsAReplay() throws {
        // Nothing is known of the partition: a decision is old that was made before this request by any clock.
        #expect(try isReplayed(1, sequence: 7, decidedAt: wall + .seconds(-2)) == true)
        #expect(try isReplayed(2, sequence: 7, decidedAt: wall + .milliseconds(-900)) == false)
        intake.loads.note(100, of: partition)
        // A batch may have been begun long before the command came.
        #expect(try isReplayed(3, sequence: 101, decidedAt: wall + .seconds(-14)) == false)
        #expect(try isReplayed(8, sequence: 101, decidedAt: wall + .seconds(-16)) == true)
        #expect(try isReplayed(4, sequence: 100, decidedAt: wall + .milliseconds(-1)) == true)
        // Another partition's numbers say nothing here.
        #expect(try isReplayed(5, sequence: 3, partition: 5, decidedAt: wall) == false)
        #expect(try isReplayed(6, sequence: 300, partition: 5, decidedAt: wall + .seconds(-16)) == true)
        // Nobody comes again with an id that nobody knows.
        #expect(try isReplayed(7, body: nil, sequence: 1, decidedAt: wall + .seconds(-9)) == false)
    }

    @Test(arguments: [
        (IntakeFailure.outcomeUnknown), .overloaded(retryAfter: 3), .unavailable("away"),
    ])
    mutating func whatTheBrokerDidNotTakeIsToldToEverySender(_ failure: IntakeFailure) throws {
        _ = try take(arrival(1, "a"))
        _ = try take(arrival(2, "b"))
        let (answers, departures) = intake.failed(tag(1), failure, at: start)
        #expect(answers.map(\.waiter) == ["a"])
        guard case .failed(failure) = answers.first?.result else {
            Issue.record("\(answers)")
            return
        }
        // What gathered behind it goes on its way.
        #expect(departures.count == 1)
        #expect(intake.undecidedCount == 1)
    }

    @Test mutating func withoutTheBrokerNothingIsTaken() throws {
        _ = try take(arrival(1, "a"))
        _ = try take(arrival(2, "b"))
        #expect(intake.brokerWentDown().map(\.waiter) == ["b"])
        #expect(throws: IntakeFailure.self) { _ = try self.take(self.arrival(3, "c")) }
        // The first is on its way; what became of it the publisher says.
        #expect(intake.undecidedCount == 1)
        #expect(intake.failed(tag(1), .outcomeUnknown, at: start).0.map(\.waiter) == ["a"])
        intake.brokerCameUp()
        #expect(try take(arrival(4, "d")) != nil)
    }

    @Test mutating func aMapThatCannotBeConfirmedIsNotUsed() throws {
        #expect(throws: Never.self) {
            _ = try self.intake.take(self.arrival(1, "a"), at: self.start + .seconds(2), wall: self.wall)
        }
        #expect(throws: IntakeFailure.self) {
            _ = try self.intake.take(self.arrival(2, "b"), at: self.start + .milliseconds(2_001), wall: self.wall)
        }
        intake.adopt(
            RouteMap(version: 1, hashed: 4, partitions: 6, routes: [:]), since: start + .seconds(2))
        #expect(throws: Never.self) {
            _ = try self.intake.take(self.arrival(2, "b"), at: self.start + .milliseconds(2_001), wall: self.wall)
        }
    }

    @Test mutating func aNewMapIsConfirmedWhenNothingIsOnItsWayByTheOldOne() throws {
        #expect(intake.confirmedMap == 1)
        _ = try take(arrival(1, "a"))
        _ = try take(arrival(2, "b"))
        intake.adopt(RouteMap(version: 2, hashed: 4, partitions: 6, routes: [event: 5]), since: start)
        #expect(intake.confirmedMap == 1)
        // New commands go to the new partition at once.
        #expect(try take(arrival(3, "c"))?.partition == 5)
        #expect(try take(arrival(4, "d")) == nil)
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        #expect(intake.confirmedMap == 1)
        _ = intake.confirmed(tag(2), at: start, wall: wall)
        #expect(intake.confirmedMap == 2)
    }

    @Test mutating func whatCameTooLateForAMoveIsSentOn() throws {
        _ = try take(arrival(1, "a"))
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        let moved = IntakeAnswer<String>.Decided(status: 503, body: Array(#"{"code":"event-moved"}"#.utf8))
        #expect(intake.decided(CommandId(high: 0, low: 1), moved, isReplayed: false).isEmpty)
        // This ingress does not know yet where the event is.
        #expect(intake.tidy(at: start).0.isEmpty && intake.tidy(at: start).1.isEmpty)
        intake.adopt(RouteMap(version: 2, hashed: 4, partitions: 6, routes: [event: 5]), since: start)
        let departures = intake.tidy(at: start).1
        #expect(departures.map(\.partition) == [5] && departures.first?.bytes == Array("line 1\n".utf8))
        #expect(intake.undecidedCount == 1)
        #expect(decide(1).map(\.waiter) == ["a"])
        #expect(intake.undecidedCount == 0)
    }

    private static let moved = IntakeAnswer<String>.Decided(
        status: 503, body: Array(#"{"code":"event-moved"}"#.utf8))

    private mutating func adoptMove(at now: MonotonicTime) {
        intake.adopt(RouteMap(version: 2, hashed: 4, partitions: 6, routes: [event: 5]), since: now)
    }

    /// The word that it came to a partition which had let go of its event did not come.
    @Test mutating func whatIsNotHeardOfIsSentToWhereItsEventIsNow() throws {
        _ = try take(arrival(1, "a", wait: 60))
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        adoptMove(at: start + .milliseconds(400))
        #expect(intake.overdue(at: start + .milliseconds(500)) == [CommandId(high: 0, low: 1)])
        // It may be in the journal.
        #expect(intake.tidy(at: start + .milliseconds(600)).1.isEmpty)
        adoptMove(at: start + .milliseconds(1_500))
        _ = intake.overdue(at: start + .milliseconds(1_500))
        let departures = intake.tidy(at: start + .milliseconds(1_500)).1
        #expect(departures.map(\.partition) == [5] && departures.first?.bytes == Array("line 1\n".utf8))
        // What was said of the first sending comes late, and changes nothing.
        #expect(intake.decided(CommandId(high: 0, low: 1), Self.moved, isReplayed: false).isEmpty)
        for _ in 0..<300 {
            let (answers, departures) = intake.tidy(at: start + .milliseconds(1_500))
            #expect(answers.isEmpty && departures.isEmpty)
        }
        _ = intake.confirmed(ParcelTag(partition: 5, serial: 1), at: start + .milliseconds(1_500), wall: wall)
        #expect(decide(1).map(\.waiter) == ["a"])
        #expect(intake.undecidedCount == 0)
    }

    @Test mutating func whoseEventIsNowhereIsToldSo() throws {
        _ = try take(arrival(1, "a"))
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        let moved = IntakeAnswer<String>.Decided(status: 503, body: Array(#"{"code":"event-moved"}"#.utf8))
        _ = intake.decided(CommandId(high: 0, low: 1), moved, isReplayed: false)
        var told: [String] = []
        for _ in 0..<300 { told += intake.tidy(at: start).0.map(\.waiter) }
        #expect(told == ["a"] && intake.undecidedCount == 0)
    }

    @Test mutating func whatWasGatheredUnderAnOldMapIsNotSent() throws {
        _ = try take(arrival(1, "a"))
        _ = try take(arrival(2, "b"))
        let late = start + .milliseconds(2_001)
        #expect(intake.confirmed(tag(1), at: late, wall: wall).1.isEmpty)
        #expect(intake.tidy(at: late).0.map(\.waiter) == ["b"])
        #expect(intake.undecidedCount == 1)
    }

    @Test mutating func whatIsNeverAnsweredIsForgottenInTheEnd() throws {
        _ = try take(arrival(1, "a", wait: 0, body: "{}"))
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        for second in 1...300 { _ = intake.overdue(at: start + .seconds(second)) }
        #expect(intake.undecidedCount == 0)
        // Sent again, it is published again: the worker knows what it was.
        intake.adopt(RouteMap(version: 1, hashed: 4, partitions: 6, routes: [:]), since: start + .seconds(300))
        #expect(try intake.take(arrival(1, "a", body: "{}"), at: start + .seconds(300), wall: wall) != nil)
    }

    @Test mutating func aMapThatMovesNothingOfOursIsConfirmedAtOnce() throws {
        _ = try take(arrival(1, "a"))
        intake.adopt(
            RouteMap(version: 7, hashed: 4, partitions: 6, routes: [EventId(high: 8, low: 9): 5]), since: start)
        let other = Keys.partition(of: EventId(high: 8, low: 9), among: 4)
        #expect(intake.confirmedMap == (other == partition ? 1 : 7))
        intake.adopt(
            RouteMap(version: 8, hashed: 4, partitions: 6, routes: [EventId(high: 8, low: 9): 5]), since: start)
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        #expect(intake.confirmedMap == 8)
    }

    @Test mutating func reservationsAreTurnedAwayBeforeOthers() throws {
        var bounds = Intake<String>.Bounds()
        bounds.perPartition = 10
        intake = Intake(name: "ingress-1", bounds: bounds)
        intake.brokerCameUp()
        intake.adopt(RouteMap(version: 1, hashed: 4, partitions: 6, routes: [:]), since: start)
        for id in 1...8 { _ = try take(arrival(UInt64(id), "a")) }
        #expect(throws: IntakeFailure.overloaded(retryAfter: 1)) { _ = try self.take(self.arrival(9, "a")) }
        #expect(throws: IntakeFailure.overloaded(retryAfter: 1)) {
            _ = try self.take(self.arrival(9, "a", kind: .joinWaitlist))
        }
        for id in 9...10 { _ = try take(arrival(UInt64(id), "a", kind: .release)) }
        #expect(throws: IntakeFailure.overloaded(retryAfter: 1)) {
            _ = try self.take(self.arrival(11, "a", kind: .paymentResult))
        }
        // Others' commands count, too, while they are fresh.
        _ = decide(1)
        _ = decide(2)
        #expect(throws: Never.self) { _ = try self.take(self.arrival(11, "a", kind: .release)) }
        intake.loads.hear(
            .ingress(
                IngressLoad(
                    name: "ingress-2", at: Time(microseconds: wall.microseconds),
                    waiting: [.init(partition: partition, count: 5)], accepted: 5)))
        #expect(throws: IntakeFailure.overloaded(retryAfter: 1)) {
            _ = try self.take(self.arrival(12, "a", kind: .release))
        }
        #expect(throws: Never.self) {
            _ = try self.intake.take(
                self.arrival(12, "a", kind: .release), at: self.start, wall: self.wall + .seconds(4))
        }
    }

    @Test mutating func theOthersAreToldOfAllThatIsUndecided() throws {
        for id in 1...3 { _ = try take(arrival(UInt64(id), "a")) }
        // The first is on its way, and the others are gathered.
        #expect(intake.load(at: wall).waiting == [.init(partition: partition, count: 3)])
        #expect(intake.load(at: wall).accepted == 0)
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        #expect(intake.load(at: wall).waiting == [.init(partition: partition, count: 3)])
        #expect(intake.load(at: wall).accepted == 1)
        _ = decide(1)
        #expect(intake.load(at: wall).waiting == [.init(partition: partition, count: 2)])
    }

    @Test mutating func whatWouldBeDecidedTooLateIsTurnedAway() throws {
        var bounds = Intake<String>.Bounds()
        bounds.usefulWait = .seconds(10)
        intake = Intake(name: "ingress-1", bounds: bounds)
        intake.brokerCameUp()
        intake.adopt(RouteMap(version: 1, hashed: 4, partitions: 6, routes: [:]), since: start + .seconds(2))
        for id in 1...200 { _ = try take(arrival(UInt64(id), "a")) }
        intake.loads.hear(
            .owner(
                OwnerLoad(
                    partition: partition, epoch: 1, sequence: 10, rate: 10, headAgeMilliseconds: 0,
                    at: Time(microseconds: wall.microseconds))))
        // A partition that has just begun says nothing of how fast it can be.
        let soon = wall + .milliseconds(150)
        _ = try intake.take(arrival(201, "a"), at: start + .seconds(1), wall: soon)
        #expect(throws: IntakeFailure.overloaded(retryAfter: 4)) {
            _ = try self.intake.take(self.arrival(202, "a"), at: self.start + .seconds(2), wall: soon)
        }
        // Who gives something back is heard all the same.
        _ = try intake.take(arrival(202, "a", kind: .release), at: start + .seconds(2), wall: soon)
        // One that had a rest in between begins anew.
        for id in 1...202 { _ = decide(UInt64(id)) }
        _ = try intake.take(arrival(203, "a"), at: start + .seconds(3), wall: soon)
    }

    @Test mutating func theJournalIsAskedForWhatIsNotToldInTime() throws {
        _ = try take(arrival(1, "a"))
        _ = try take(arrival(2, "async", wait: 0))
        #expect(intake.overdue(at: start + .milliseconds(500)).isEmpty, "not accepted yet")
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        _ = intake.confirmed(tag(2), at: start, wall: wall)
        #expect(intake.overdue(at: start + .milliseconds(1_500)) == [CommandId(high: 0, low: 1)])
        // What nobody waits for is asked for later, and ever more seldom.
        #expect(intake.overdue(at: start + .milliseconds(1_501)).isEmpty)
        var times = 0
        for second in 2...60 {
            times += intake.overdue(at: start + .seconds(second)).count { $0 == CommandId(high: 0, low: 2) }
        }
        #expect((2...4).contains(times))
    }

    /// A tenant's journal is asked late, and yet what is never answered is not under way for a quarter of an hour.
    @Test mutating func whoAsksLateDoesNotAskMoreSeldomThanOthers() throws {
        var bounds = Intake<String>.Bounds()
        bounds.askAfter = .seconds(3)
        intake = Intake(name: "ingress-1", bounds: bounds)
        intake.brokerCameUp()
        intake.adopt(RouteMap(version: 1, hashed: 4, partitions: 6, routes: [:]), since: start)
        _ = try take(arrival(1, "a", wait: 0))
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        #expect(intake.overdue(at: start + .seconds(2)).isEmpty)
        var asked: [Int] = []
        for second in 3...300 where !intake.overdue(at: start + .seconds(second)).isEmpty { asked.append(second) }
        #expect(asked == [45, 75, 105, 135, 165, 195])
        #expect(intake.undecidedCount == 0)
    }

    @Test mutating func afterALostConnectionTheJournalIsAskedForEverything() throws {
        _ = try take(arrival(1, "a"))
        _ = try take(arrival(2, "async", wait: 0))
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        _ = intake.confirmed(tag(2), at: start, wall: wall)
        intake.repliesMayBeLost(at: start)
        #expect(Set(intake.overdue(at: start)) == [CommandId(high: 0, low: 1), CommandId(high: 0, low: 2)])
    }

    @Test mutating func whoIsDrainedTellsAtOnceAndTakesNothing() throws {
        _ = try take(arrival(1, "a", wait: 60))
        _ = try take(arrival(2, "b", wait: 60))
        _ = intake.confirmed(tag(1), at: start, wall: wall)
        #expect(intake.drain(at: start, wall: wall).map(\.waiter) == ["a"])
        #expect(throws: IntakeFailure.self) { _ = try self.take(self.arrival(3, "c")) }
        #expect(intake.confirmed(tag(2), at: start, wall: wall).0.map(\.waiter) == ["b"])
    }
}

extension Intake {
    /// What is answered because of one decision.
    mutating func decided(
        _ id: CommandId, _ decided: Answer.Decided, isReplayed: Bool, journaled payload: [UInt8]? = nil
    ) -> [Answer] {
        var answers: [Answer] = []
        self.decided(id, decided, isReplayed: isReplayed, journaled: payload, &answers)
        return answers
    }
}
