import Pipeline
import Runtime
import Sealing
import Testing
import Ticketing
import Wire

/// A worker's core, answer by answer.
@Suite struct WorkerTests {
    @Test func aCommandIsDecidedCommittedAnsweredAndAcknowledgedInThisOrder() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        #expect(script.takeCommit() == nil, "the event is not loaded yet")
        script.answerLoad()
        let group = try #require(script.takeCommit())
        #expect(group.batches.count == 1)
        #expect(group.batches[0].number == 1)
        #expect(group.batches[0].entries.map(\.id) == [Stage.id(1)])
        #expect(script.takeReplies().isEmpty, "nothing is told before the commit")
        #expect(script.takeAcknowledgement() == nil)

        let outputs = script.step(.committed(group: group.number, script.sealer.seal(group)))
        let kinds = outputs.compactMap { output -> String? in
            switch output {
            case .publish: "publish"
            case .acknowledge: "acknowledge"
            default: nil
            }
        }
        #expect(kinds == ["publish", "acknowledge"])
        #expect(script.takeReplies().map(\.status) == [201])
    }

    @Test func theNextGroupIsDecidedOnTopOfTheOneThatCommits() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        let first = try #require(script.takeCommit())
        script.deliver([Stage.reserve(2)])
        script.deliver([Stage.reserve(3)])
        #expect(script.takeCommit() == nil, "it gathers as long as it has room")
        script.step(.committed(group: first.number, script.sealer.seal(first)))
        let second = try #require(script.takeCommit())
        #expect(second.batches[0].number == 2)
        #expect(second.batches[0].firstSequence == 2)
        #expect(second.batches[0].entries.map(\.id) == [Stage.id(2), Stage.id(3)])
        #expect(second.batches[0].previousChain == script.sealer.seal(first)[0].chain)
    }

    @Test func aRefusedCommitIsUndoneWithEverythingOnTopOfIt() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        script.commit()
        script.deliver([Stage.reserve(2, quantity: 6)])
        let failing = try #require(script.takeCommit())
        script.deliver([Stage.reserve(3, buyer: "c", quantity: 6)])
        script.step(.commitFailed(group: failing.number, .rejected("no")))
        #expect(script.takeReplies().map(\.status) == [201], "only the event's own answer")
        script.step(.woken, after: .seconds(1))
        script.answerLookUps()
        // The state is thrown away: what the tables have is loaded.
        script.answerLoad(.event(try #require(Stage.created(1))))
        script.settle()
        #expect(script.takeReplies().map { [$0.status] } == [[201], [409]], "first come, first served, as before")
    }

    @Test func aDuplicateInHandIsAnsweredWithTheFirstOnesDecision() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.deliver([Stage.create(1)])
        script.answerLoad()
        script.settle()
        let replies = script.takeReplies()
        #expect(replies.map(\.status) == [201, 201])
        #expect(replies.map(\.isReplayed) == [false, true])
        #expect(script.worker.statistics.decided == 1)
        #expect(script.worker.waiting == 0)
    }

    @Test func anotherCommandUnderTheSameIdIsRefused() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.deliver([Stage.reserve(1)])
        script.answerLoad()
        script.settle()
        #expect(script.takeReplies().map(\.status).sorted() == [201, 422])
    }

    @Test func whatTheJournalKnowsIsAnsweredFromIt() throws {
        let script = try WorkerScript()
        // There is a journal, and the filter has not been read.
        script.begin(script.claim(epoch: 3, batch: 7, sequence: 9))
        let command = Stage.reserve(2)
        script.deliver([command])
        let (ids, epoch, partition) = try #require(script.takeLookUp())
        #expect(ids == [Stage.id(2)])
        script.answerLoad()
        #expect(script.takeCommit() == nil, "nothing is decided before the journal has answered")
        var payload: [UInt8] = []
        var line: [UInt8] = []
        command.appendLine(to: &line)
        var decoder = CommandDecoder()
        _ = line.withUnsafeBytes { message in
            decoder.decode(message: message) { decoded in
                command.appendPayload(body: message[decoded.body], to: &payload)
            }
        }
        let known = KnownDecision(
            id: Stage.id(2), event: Stage.event(), tenant: Stage.tenant, payload: payload, status: 201,
            reply: Array("{}".utf8))
        script.step(.lookedUp(ids, epoch: epoch, partition: partition, [known]))
        let replies = script.takeReplies()
        #expect(replies.map(\.status) == [201])
        #expect(replies.map(\.isReplayed) == [true])
        #expect(script.takeCommit() == nil)
        #expect(script.takeAcknowledgement() == 1)
    }

    @Test func freshIdsCostNothingOnceTheFilterIsRead() throws {
        let script = try WorkerScript()
        script.begin(script.claim(epoch: 3, batch: 7, sequence: 9))
        script.step(.journalIds(JournalPage(ids: [Stage.id(77)], next: nil), epoch: 3, partition: 0))
        script.deliver([Stage.create(1)])
        #expect(script.takeLookUp() == nil)
        script.deliver([Stage.reserve(77)])
        #expect(script.takeLookUp()?.0 == [Stage.id(77)])
    }

    @Test func anUnknownOutcomeIsClaimedAnewAndLookedUp() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        let group = try #require(script.takeCommit())
        script.step(.commitFailed(group: group.number, .unknown("cut")))
        #expect(script.takeCommit() == nil)
        #expect(script.takeReplies().isEmpty)
        script.beat(script.ownership(epoch: 1))
        #expect(script.takeClaim()?.map(\.epoch) == [1])
        script.step(.claimed(wanted: [0], [script.claim(epoch: 2, batch: 1, sequence: 2)]))
        // It is looked up before it is decided: it may have been.
        #expect(script.takeLookUp()?.0 == [Stage.id(1)])
        #expect(script.takeCommit() == nil)
    }

    @Test func aFencedPartitionIsDroppedAndSaysNothing() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        let group = try #require(script.takeCommit())
        script.step(.commitFailed(group: group.number, .fenced([0])))
        #expect(script.takeReplies().isEmpty)
        #expect(script.takeAcknowledgement() == nil)
        #expect(script.takeClose() == script.channel)
        #expect(script.worker.owned == 0)
    }

    @Test func aHoldEndsWithoutTraffic() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        script.settle()
        script.deliver([Stage.reserve(2)])
        let group = try #require(script.commit())
        #expect(group.batches[0].dues.count == 1)
        let due = try #require(group.batches[0].dues[0].at)
        let wait = Duration.microseconds(due.microseconds - group.batches[0].at.microseconds)
        script.step(.woken, after: wait - .microseconds(1))
        #expect(script.takeCommit() == nil, "a microsecond early is too early")
        script.step(.woken, after: .microseconds(1))
        let end = try #require(script.takeCommit())
        #expect(end.batches[0].entries.map(\.verdict.kind) == [.fellDue])
        #expect(end.batches[0].dues.map(\.at) == [nil])
    }

    @Test func itWakesForWhatIsDueNext() throws {
        let script = try WorkerScript()
        let due = Time(microseconds: script.clock.microseconds + 90_000)
        script.begin(script.claim(epoch: 1, dues: [DueChange(event: Stage.event(), at: due)]))
        #expect(script.worker.nextWake <= script.now + .milliseconds(90))
        script.step(.woken, after: .milliseconds(90))
        #expect(script.takeLoad()?.0 == Stage.event(), "what has something due is loaded for it")
    }

    @Test func afterTwoCrashesRedeliveredCommandsAreTriedAlone() throws {
        let script = try WorkerScript()
        script.begin(script.claim(epoch: 4, crashes: 2))
        script.deliver([Stage.create(1), Stage.reserve(2), Stage.reserve(3)], isRedelivered: true)
        script.answerLoad()
        for number in UInt64(1)...3 {
            #expect(script.takeCommit() == nil, "its attempt is written down first")
            let (id, epoch, partition) = try #require(script.takeAttempt())
            #expect(id == Stage.id(number))
            script.step(.attemptRecorded(id, epoch: epoch, partition: partition, 1))
            let group = try #require(script.commit())
            #expect(group.batches[0].entries.map(\.id) == [id])
            #expect(group.batches[0].settledAttempts == [id])
        }
        // What nobody has died of goes on as ever.
        script.deliver([Stage.reserve(4), Stage.reserve(5)])
        #expect(script.takeAttempt() == nil)
        #expect(script.commit()?.batches[0].entries.count == 2)
    }

    @Test func whatIsFreshBehindTheSuspectsDoesNotEndTheCare() throws {
        let script = try WorkerScript()
        script.begin(script.claim(epoch: 4, crashes: 2))
        script.deliver([Stage.create(1)], isRedelivered: true)
        script.deliver([Stage.create(2, event: Stage.event(2))])
        let first = try #require(script.takeLoad())
        let second = try #require(script.takeLoad())
        script.step(.loaded(second.0, epoch: second.1, partition: second.2, .missing))
        script.commit()
        script.step(.loaded(first.0, epoch: first.1, partition: first.2, .missing))
        #expect(script.takeCommit() == nil)
        #expect(script.takeAttempt()?.0 == Stage.id(1))
    }

    @Test func idsThatCanBeForeseenAreNotTakenFromStrangers() throws {
        let script = try WorkerScript()
        script.begin()
        var command = Stage.create(1)
        command.id = Book.arrearsSeed(partition: 0, batch: 2)
        command.replyTo = Stage.tenant.text
        script.deliver([command], user: Stage.tenant.text)
        #expect(script.commit()?.batches[0].parked.map(\.reason.code) == [.malformed])
        // Results of effects have such ids, and come through an ingress's user.
        script.deliver([command])
        script.answerLoad()
        #expect(script.commit()?.batches[0].entries.count == 1)
    }

    @Test func theSameIdAboutAnotherEventIsAnotherCommand() throws {
        let script = try WorkerScript()
        script.begin(script.claim(epoch: 3, batch: 7, sequence: 9))
        script.deliver([Stage.command(2, Content(.cancelEvent))])
        let (ids, epoch, partition) = try #require(script.takeLookUp())
        script.answerLoad()
        let payload = Array(#"{"v":1,"kind":"cancel-event","body":{}}"#.utf8)
        let known = KnownDecision(
            id: Stage.id(2), event: Stage.event(2), tenant: Stage.tenant, payload: payload, status: 200,
            reply: Array("{}".utf8))
        script.step(.lookedUp(ids, epoch: epoch, partition: partition, [known]))
        #expect(script.takeReplies().map(\.status) == [422])
    }

    @Test func stragglersAreNotSentAwayBeforeTheMoveIsCommitted() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([
            Stage.create(1), Stage.command(3, Content(.moveOut(to: 1, version: 1))), Stage.reserve(4),
        ])
        script.answerLoad()
        let group = try #require(script.takeCommit())
        #expect(script.takeReplies().isEmpty)
        script.step(.commitFailed(group: group.number, .rejected("another version")))
        script.step(.woken, after: .seconds(1))
        script.answerLookUps()
        #expect(script.takeReplies().isEmpty, "the event has not moved")
    }

    @Test func thereIsNothingToMoveOfAnEventThatIsNotThere() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.command(3, Content(.moveOut(to: 1, version: 1)))])
        script.answerLoad()
        #expect(script.takeCommit() == nil)
        #expect(script.takeReplies().map(\.status) == [404])
    }

    @Test func anOldGroupsFailureDoesNotTouchANewerClaim() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        let group = try #require(script.takeCommit())
        script.step(.beatFailed(StoreError(.unavailable, "away")))
        script.step(.woken, after: .seconds(61))
        script.beat(script.ownership(epoch: 1))
        script.step(.claimed(wanted: [0], [script.claim(epoch: 2)]))
        #expect(script.worker.owned == 1)
        script.step(.commitFailed(group: group.number, .fenced([0])))
        #expect(script.worker.owned == 1)
    }

    @Test func whatIsLoadedIsCountedOnceHoweverOftenItIsLoaded() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        script.settle()
        script.step(.woken, after: .seconds(2))
        let once = script.worker.loadedBytes
        #expect(once > 0)
        for epoch in UInt64(1)...3 {
            script.deliver([Stage.reserve(epoch + 1)])
            if let group = script.takeCommit() {
                script.step(.commitFailed(group: group.number, .unavailable("cut")))
            }
            script.beat(script.ownership(epoch: epoch))
            script.step(.claimed(wanted: [0], [script.claim(epoch: epoch + 1, batch: 1, sequence: 2)]))
            script.answerLookUps()
        }
        script.step(.woken, after: .seconds(2))
        #expect(script.worker.loadedBytes <= once)
    }

    @Test func aFilterThatIsFullIsGivenUp() throws {
        let script = try WorkerScript { $0.filterBound = 2 }
        script.begin()
        script.deliver([Stage.create(1), Stage.reserve(2)])
        script.answerLoad()
        script.settle()
        script.deliver([Stage.reserve(3)])
        #expect(script.takeLookUp()?.0 == [Stage.id(3)])
    }

    @Test func aTakeoverAloneSlowsNothingDown() throws {
        let script = try WorkerScript()
        script.begin(script.claim(epoch: 4, crashes: 1))
        script.deliver([Stage.create(1), Stage.reserve(2), Stage.reserve(3)], isRedelivered: true)
        script.answerLoad()
        #expect(script.takeAttempt() == nil)
        #expect(script.commit()?.batches[0].entries.count == 3)
    }

    @Test func theThirdAttemptParksTheCommandAndAnswersItsSender() throws {
        let script = try WorkerScript()
        script.begin(script.claim(epoch: 4, crashes: 2, attempts: [Stage.id(1): 2]))
        script.deliver([Stage.create(1), Stage.create(2)], isRedelivered: true)
        script.answerLoad()
        let (id, epoch, partition) = try #require(script.takeAttempt())
        script.step(.attemptRecorded(id, epoch: epoch, partition: partition, 3))
        let group = try #require(script.commit())
        #expect(group.batches[0].entries.map(\.verdict.kind) == [.parked])
        #expect(group.batches[0].parked.map(\.reason.code) == [.poison])
        #expect(script.takeReplies().map(\.status) == [500])
        // The neighbour goes on.
        #expect(script.takeAttempt()?.0 == Stage.id(2))
    }

    @Test func refusedCommitsOfOnePartitionLeadToCare() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1), Stage.reserve(2)])
        script.answerLoad()
        for _ in 1...2 {
            let group = try #require(script.takeCommit())
            #expect(group.batches[0].entries.count == 2)
            script.step(.commitFailed(group: group.number, .rejected("a constraint")))
            script.step(.woken, after: .seconds(10))
            script.answerLookUps()
            script.answerLoad()
        }
        #expect(script.takeCommit() == nil)
        #expect(script.takeAttempt()?.0 == Stage.id(1))
    }

    @Test func strangersAndWrongKeysAreParkedAndAnswered() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        script.settle()
        _ = script.takeReplies()
        var elsewhere = EventId(high: 1, low: 1)
        while Keys.partition(of: elsewhere, among: WorkerScript.partitions) == 0 {
            elsewhere = EventId(high: 1, low: elsewhere.low + 1)
        }
        let other = TenantId(high: 1, low: 1)
        script.deliver([Stage.reserve(2)], user: nil)
        script.deliver([Stage.reserve(3)], user: other.text)
        script.deliver([Stage.reserve(4, event: elsewhere)])
        var foreign = Stage.reserve(5, tenant: other)
        foreign.replyTo = other.text + "-answers"
        script.deliver([foreign], user: other.text)
        script.deliver(Array("{\"v\":1,\"id\":\"00000000000000000000000000000009\",\"replyTo\":\"i\"}\n".utf8))
        script.deliver([Stage.command(6, Content(.moveOut(to: 1, version: 1)))], user: Stage.tenant.text)
        var codes: [ParkReason.Code] = []
        while let group = script.commit() { codes += group.batches.flatMap(\.parked).map(\.reason.code) }
        #expect(codes == [.wrongUser, .wrongUser, .wrongPartition, .wrongTenant, .malformed, .wrongUser])
        // A stranger's answer goes to no ingress.
        #expect(script.takeReplies().map(\.status).sorted() == [400, 400, 404])
        #expect(script.worker.waiting == 0)
        // Through an ingress it is a decision like any other: it has been asked for by somebody who may ask.
        script.deliver([Stage.reserve(7, tenant: other)])
        #expect(script.commit()?.batches[0].entries.map(\.verdict.kind) == [.decided])
        #expect(script.takeReplies().map(\.status) == [404])
    }

    @Test func drainingFinishesWhatIsBegunAndGivesEverythingBack() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        let group = try #require(script.takeCommit())
        script.deliver([Stage.reserve(2)])
        script.step(.drain)
        #expect(script.takeRelease() == nil)
        script.step(.committed(group: group.number, script.sealer.seal(group)))
        // What was decided on top of it is finished too.
        script.settle()
        #expect(script.takeReplies().map(\.status) == [201, 201])
        #expect(script.takeClose() == script.channel)
        #expect(script.takeRelease()?.map(\.epoch) == [1])
        #expect(!script.worker.hasLeft)
        script.step(.released([0]))
        #expect(script.worker.hasLeft)
    }

    @Test func anEventMovesOutAndItsStragglersAreSentAway() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1), Stage.reserve(2), Stage.command(3, Content(.moveOut(to: 1, version: 1)))])
        script.answerLoad()
        let group = try #require(script.commit())
        #expect(group.batches[0].entries.map(\.verdict.kind) == [.decided, .decided, .movedOut])
        #expect(group.batches[0].moves.map(\.step) == [.out])
        _ = script.takeReplies()
        script.deliver([Stage.reserve(4)])
        script.answerLoad(.elsewhere(1))
        #expect(script.takeCommit() == nil, "its id is not used up")
        #expect(script.takeReplies().map(\.status) == [503])
    }

    @Test func anEventThatArrivesIsTakenUpBeforeItsCommands() throws {
        var state: EventState?
        var arrears = Book.arrears(partition: 1, batch: 1)
        let script = try WorkerScript()
        let late = Time(microseconds: script.clock.microseconds + 5_000_000)
        _ = Book.decide(
            Stage.create(1).content, id: Stage.id(1), tenant: Stage.tenant, at: late, state: &state, arrears: &arrears)
        let arrived = try #require(state)
        script.begin()
        script.deliver([Stage.reserve(2)])
        script.answerLoad(.arriving)
        #expect(script.takeCommit() == nil)
        script.step(.woken, after: .milliseconds(60))
        script.answerLoad(.arrived(arrived, version: 1, from: 1, digest: arrived.digest, at: late))
        script.answerLookUps()
        let group = try #require(script.takeCommit())
        #expect(group.batches[0].entries.map(\.verdict.kind) == [.movedIn])
        #expect(group.batches[0].at >= late, "no decision is older than the last one elsewhere")
        #expect(group.batches[0].moves.map(\.step) == [.arrived])
        script.step(.committed(group: group.number, script.sealer.seal(group)))
        #expect(script.takeCommit()?.batches[0].entries.map(\.verdict.kind) == [.decided])
    }

    @Test func anEventWithOtherRowsThanItLeftWithIsNotServed() throws {
        var state: EventState?
        var arrears = Book.arrears(partition: 1, batch: 1)
        let script = try WorkerScript()
        _ = Book.decide(
            Stage.create(1).content, id: Stage.id(1), tenant: Stage.tenant, at: script.clock, state: &state,
            arrears: &arrears)
        script.begin()
        script.deliver([Stage.reserve(2)])
        script.answerLoad(
            .arrived(try #require(state), version: 1, from: 1, digest: .zero, at: script.clock))
        script.answerLookUps()
        let group = try #require(script.commit())
        #expect(group.batches[0].parked.map(\.reason.code) == [.brokenEvent])
        #expect(script.takeReplies().map(\.status) == [503])
    }

    @Test func neighboursDoNotWaitForAnEventThatIsLoaded() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1, event: Stage.event(1)), Stage.create(2, event: Stage.event(2))])
        let first = try #require(script.takeLoad())
        let second = try #require(script.takeLoad())
        script.step(.loaded(second.0, epoch: second.1, partition: second.2, .missing))
        #expect(script.commit()?.batches[0].entries.map(\.id) == [Stage.id(2)])
        #expect(script.takeAcknowledgement() == nil, "the message has more in it")
        script.step(.loaded(first.0, epoch: first.1, partition: first.2, .missing))
        #expect(script.commit()?.batches[0].entries.map(\.id) == [Stage.id(1)])
        #expect(script.takeAcknowledgement() == 1)
    }

    @Test func whatIsNotReadYetIsReadWhenAllThatIsReadWaits() throws {
        let script = try WorkerScript { $0.batchBound = 2 }
        script.begin()
        for number in UInt64(1)...12 { script.deliver([Stage.reserve(number)]) }
        script.deliver([Stage.create(20, event: Stage.event(2))])
        let first = try #require(script.takeLoad())
        let second = try #require(script.takeLoad())
        script.step(.loaded(second.0, epoch: second.1, partition: second.2, .missing))
        #expect(script.commit()?.batches[0].entries.map(\.id) == [Stage.id(20)])
        script.step(.loaded(first.0, epoch: first.1, partition: first.2, .missing))
        script.settle()
        #expect(script.worker.waiting == 0)
    }

    @Test func aDecidedCommandOutlivesItsChannelAndItsCopyIsAnEcho() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        let group = try #require(script.takeCommit())
        script.step(.channelEnded(script.channel, reason: "cut"))
        script.step(.woken, after: .milliseconds(200))
        script.channel = try #require(
            script.take { if case .consume(let channel) = $0 { channel } else { nil } })
        script.deliver([Stage.create(1)], isRedelivered: true)
        script.step(.committed(group: group.number, script.sealer.seal(group)))
        script.settle()
        #expect(script.worker.statistics.decided == 1)
        #expect(script.takeReplies().map(\.isReplayed) == [false, true])
        #expect(script.takeAcknowledgement() == 2)
    }

    @Test func anEchoTakesThePlaceOfAFirstThatIsUndoneAndGone() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        let group = try #require(script.takeCommit())
        script.step(.channelEnded(script.channel, reason: "cut"))
        script.step(.woken, after: .milliseconds(200))
        script.channel = try #require(
            script.take { if case .consume(let channel) = $0 { channel } else { nil } })
        script.deliver([Stage.create(1)], isRedelivered: true)
        script.step(.commitFailed(group: group.number, .rejected("once")))
        script.step(.woken, after: .seconds(1))
        script.answerLookUps()
        script.answerLoad()
        script.settle()
        #expect(script.takeReplies().map(\.status) == [201])
        #expect(script.worker.waiting == 0)
    }

    @Test func aClockFarFromTheDatabasesClaimsNothing() throws {
        let script = try WorkerScript()
        script.step(.woken)
        script.beat(script.ownership(owner: "wrk_b", epoch: 1), members: ["wrk_a", "wrk_b"])
        script.beat(
            script.ownership(owner: nil, epoch: 1), time: Time(microseconds: script.clock.microseconds + 1_500_000))
        #expect(script.takeClaim() == nil)
        #expect(!script.worker.complaints.isEmpty)
        script.beat(script.ownership(owner: nil, epoch: 1))
        #expect(script.takeClaim() != nil)
    }

    @Test func channelsAreClosedAfterAMinuteWithoutADatabase() throws {
        let script = try WorkerScript()
        script.begin()
        script.deliver([Stage.create(1)])
        script.step(.beatFailed(StoreError(.unavailable, "away")))
        script.step(.woken, after: .seconds(59))
        #expect(script.takeClose() == nil)
        script.step(.woken, after: .seconds(2))
        #expect(script.takeClose() == script.channel)
        script.beat(script.ownership(epoch: 1))
        #expect(script.takeClaim() != nil)
    }
}
