internal import Runtime
internal import Testing
internal import Ticketing
internal import Wire

@testable internal import Pipeline

/// Event in, expected action out: no threads, no servers.
@Suite struct EffectMachineTests {
    private let first = EffectScript.request(1)
    private let second = EffectScript.request(2)
    private let third = EffectScript.request(3)

    @Test func nothingIsTakenWhileTheBrokerIsAway() {
        var script = EffectScript(isBrokerUp: false)
        #expect(script.next() == nil)
        script.apply(.woken)
        #expect(script.next() == nil)
        script.apply(.brokerUp)
        #expect(script.next() == .take(limit: 2, except: []))
    }

    @Test func whatIsTakenIsRunAtOnce() {
        var script = EffectScript()
        #expect(script.take([first]) == [.take(limit: 2, except: []), .run(first)])
        #expect(script.next() == nil)
    }

    @Test func aFullTakeIsFollowedByAnother() {
        var script = EffectScript { $0.handlers = 3 }
        _ = script.take([first, second, third])
        script.apply(.handled(first.id, .done))
        #expect(script.settlement()?.id == first.id)
        script.apply(.settled(moved: []))
        #expect(script.next() == .take(limit: 1, except: [second.id, third.id]))
    }

    @Test func aTakeThatFoundLessIsFollowedByTheSweep() {
        var script = EffectScript { $0.sweepInterval = .seconds(10) }
        _ = script.take([])
        #expect(script.next() == nil)
        script.pass(.milliseconds(7_999))
        #expect(script.next() == nil)
        script.pass(.milliseconds(4_001))
        #expect(script.next() == .take(limit: 2, except: []))
    }

    @Test func theNextDueEffectIsNotLeftToTheSweep() {
        var script = EffectScript { $0.sweepInterval = .seconds(60) }
        _ = script.take([], nextDue: .seconds(3))
        #expect(script.next() == nil)
        #expect(script.machine.nextWake == script.now + .seconds(3))
        script.pass(.seconds(3))
        #expect(script.next() == .take(limit: 2, except: []))
    }

    @Test func whatIsDueButLockedByOthersIsNotAskedForWithoutAPause() {
        var script = EffectScript()
        _ = script.take([], nextDue: .seconds(-5))
        #expect(script.next() == nil)
        script.pass(.milliseconds(50))
        #expect(script.next() == .take(limit: 2, except: []))
    }

    @Test func aWakeUpEndsTheWaitAndManyAreOne() {
        var script = EffectScript()
        _ = script.take([])
        for _ in 0..<100 { script.apply(.woken) }
        #expect(script.take([]) == [.take(limit: 2, except: [])])
        #expect(script.next() == nil)
    }

    @Test func aWakeUpDuringATakeIsNotForgotten() {
        var script = EffectScript()
        #expect(script.next() == .take(limit: 2, except: []))
        script.apply(.woken)
        script.apply(.took(EffectTake()))
        #expect(script.next() == .take(limit: 2, except: []))
    }

    @Test func noMoreAreTakenThanThereAreHandlers() {
        var script = EffectScript()
        _ = script.take([first, second])
        script.apply(.woken)
        #expect(script.next() == nil)
        #expect(script.machine.nextWake.map { $0 > script.now } ?? true)
    }

    @Test func noMoreAreInHandThanTheBound() {
        var script = EffectScript()
        // Four times the handlers: what waits to be published counts as well.
        for round: UInt64 in 0..<4 {
            let pair = [EffectScript.request(10 + 2 * round), EffectScript.request(11 + 2 * round)]
            _ = script.take(pair)
            for request in pair { script.apply(.handled(request.id, .done([EffectScript.content]))) }
            script.apply(.woken)
            if case .lookUpRoutes = script.next() { script.apply(.routed([])) }
            while case .publish = script.next() {}
        }
        #expect(script.machine.inHand == 8)
        script.apply(.woken)
        #expect(script.next() == nil)
    }

    @Test func doneWithoutCommandsIsWrittenDown() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.handled(first.id, .done))
        #expect(script.settlement() == EffectSettlement(id: first.id, attempt: 1, verdict: .done(route: nil)))
        script.apply(.settled(moved: []))
        #expect(script.machine.inHand == 0)
    }

    @Test func commandsAreConfirmedBeforeTheEffectIsDone() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.handled(first.id, .done([EffectScript.content, EffectScript.content])))
        #expect(script.next() == .lookUpRoutes([EffectScript.event]))
        script.apply(.routed([]))
        let commands = (0..<2).map {
            WireCommand(
                id: first.commandId($0), tenant: first.tenant, event: first.event, content: EffectScript.content)
        }
        #expect(script.next() == .publish(first.id, partition: 7, commands))
        #expect(script.next() == nil)
        script.apply(.published(first.id, .confirmed))
        #expect(script.settlement()?.verdict == .done(route: 0))
    }

    @Test func commandsGoWhereTheEventIsByNow() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.handled(first.id, .done([EffectScript.content])))
        _ = script.next()
        script.apply(.routed([EventRoute(event: EffectScript.event, partition: 65, version: 4)]))
        guard case .publish(_, partition: 65, _) = script.next() else {
            Issue.record("not published to the event's partition")
            return
        }
        script.apply(.published(first.id, .confirmed))
        #expect(script.settlement()?.verdict == .done(route: 4))
    }

    /// Commands that reach the old partition behind the event's last word there are decided by nobody.
    @Test func commandsAreSentAgainWhereTheEventMovedMeanwhile() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.handled(first.id, .done([EffectScript.content])))
        _ = script.next()
        script.apply(.routed([]))
        guard case .publish(_, partition: 7, let commands) = script.next() else {
            Issue.record("not published")
            return
        }
        script.apply(.published(first.id, .confirmed))
        _ = script.next()
        script.apply(.settled(moved: [first.id]))
        #expect(script.next() == .lookUpRoutes([EffectScript.event]))
        script.apply(.routed([EventRoute(event: EffectScript.event, partition: 65, version: 1)]))
        #expect(script.next() == .publish(first.id, partition: 65, commands))
    }

    @Test func eachRetryIsItsStepLater() {
        let steps: [Duration] = [
            .seconds(1), .seconds(10), .seconds(60), .seconds(300), .seconds(600), .seconds(600), .seconds(600),
        ]
        for (index, pause) in steps.enumerated() {
            var script = EffectScript()
            let request = EffectScript.request(1, attempt: index + 1)
            _ = script.take([request])
            script.apply(.handled(request.id, .later("busy")))
            #expect(
                script.settlement()
                    == EffectSettlement(id: request.id, attempt: index + 1, verdict: .later(pause, reason: "busy")))
        }
    }

    @Test func pausesAreLongerByTheirJitterAndNeverShorter() {
        var options = EffectOptions(.payments)
        options.jitter = 0.2
        var generator = SeededRandom(seed: 4)
        let pauses = (0..<1_000).map { _ in options.pause(after: 2, using: &generator) }
        #expect(pauses.allSatisfy { $0 >= .seconds(10) && $0 <= .seconds(12) })
        #expect(Set(pauses.map(\.microseconds)).count > 900)
    }

    @Test func theLastAttemptParksWithItsError() {
        var script = EffectScript { $0.attempts = 3 }
        let request = EffectScript.request(1, attempt: 3)
        _ = script.take([request])
        script.apply(.handled(request.id, .later("still busy")))
        #expect(script.settlement()?.verdict == .parked(reason: "still busy"))
    }

    @Test func neverParksAtOnce() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.handled(first.id, .never("card unknown")))
        #expect(script.settlement()?.verdict == .parked(reason: "card unknown"))
    }

    @Test func tooManyCommandsAreParked() {
        var script = EffectScript()
        _ = script.take([first])
        let contents = Array(repeating: EffectScript.content, count: EffectOptions.mostCommands + 1)
        script.apply(.handled(first.id, .done(contents)))
        #expect(script.settlement()?.verdict == .parked(reason: "it came to 17 commands, of 16 at most"))
    }

    @Test func aRefusedCommandIsAFailedAttempt() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.handled(first.id, .done([EffectScript.content])))
        _ = script.next()
        script.apply(.routed([]))
        _ = script.next()
        script.apply(.published(first.id, .refused("full")))
        #expect(script.settlement()?.verdict == .later(.seconds(1), reason: "full"))
    }

    @Test func aLostConnectionIsWaitedForAndTheCommandsSentAgain() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.handled(first.id, .done([EffectScript.content])))
        _ = script.next()
        script.apply(.routed([]))
        let publish = script.next()
        script.apply(.brokerDown)
        script.apply(.published(first.id, .lost))
        script.apply(.woken)
        #expect(script.next() == nil)
        script.apply(.brokerUp)
        #expect(script.next() == .lookUpRoutes([EffectScript.event]))
        script.apply(.routed([]))
        #expect(script.next() == publish)
    }

    @Test func theDatabaseIsAskedAgainAfterGrowingPauses() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.handled(first.id, .done))
        var pauses: [Duration] = []
        for _ in 0..<10 {
            #expect(script.settlement()?.id == first.id)
            script.apply(.databaseFailed)
            #expect(script.next() == nil)
            guard let wake = script.machine.nextWake else {
                Issue.record("nothing would wake it")
                return
            }
            pauses.append(wake - script.now)
            script.now = wake
        }
        #expect(pauses[0] <= .milliseconds(100))
        #expect(pauses[4] >= .milliseconds(800))
        #expect(pauses.allSatisfy { $0 <= .seconds(5) && $0 >= .milliseconds(50) })
        #expect(script.settlement()?.id == first.id)
        script.apply(.settled(moved: []))
        #expect(script.machine.inHand == 0)
    }

    @Test func freeingHandsComesBeforeFillingThem() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.woken)
        script.apply(.handled(first.id, .done))
        #expect(script.settlement()?.id == first.id)
        // One question at a time.
        #expect(script.next() == nil)
        script.apply(.settled(moved: []))
        #expect(script.next() == .take(limit: 2, except: []))
    }

    @Test func anEffectThatOutlivesItsVisibilityIsNotStartedTwiceHere() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.woken)
        #expect(script.next() == .take(limit: 1, except: [first.id]))
        // Even if it came.
        script.apply(.took(EffectTake(requests: [EffectScript.request(1, attempt: 2)])))
        #expect(script.machine.inHand == 1)
        if case .run = script.next() { Issue.record("started twice") }
    }

    @Test func aLateAnswerOfAnEffectThatIsNotInHandIsNothing() {
        var script = EffectScript()
        script.apply(.handled(first.id, .done))
        script.apply(.published(first.id, .confirmed))
        #expect(script.machine.inHand == 0)
        #expect(script.next() == .take(limit: 2, except: []))
    }

    @Test func aDrainFinishesWhatRunsAndTakesNothingNew() {
        var script = EffectScript()
        _ = script.take([first])
        script.apply(.drain)
        script.apply(.woken)
        #expect(script.next() == nil)
        script.apply(.handled(first.id, .done([EffectScript.content])))
        #expect(script.next() == .lookUpRoutes([EffectScript.event]))
        script.apply(.routed([]))
        guard case .publish = script.next() else {
            Issue.record("what was done is not published")
            return
        }
        script.apply(.published(first.id, .confirmed))
        #expect(script.settlement()?.id == first.id)
        script.apply(.settled(moved: []))
        #expect(script.next() == .finish)
        #expect(script.next() == nil)
    }

    @Test func anIdleDrainIsOverAtOnce() {
        var script = EffectScript(isBrokerUp: false)
        script.apply(.drain)
        #expect(script.next() == .finish)
    }

    @Test func countsAreAskedForAtTheirInterval() {
        var options = EffectOptions(.payments)
        options.countInterval = .seconds(10)
        var now = MonotonicTime(nanoseconds: 0)
        var machine = EffectMachine(options, at: now, seed: 1)
        #expect(machine.next(at: now) == .count)
        machine.apply(.counted, at: now)
        #expect(machine.next(at: now) == nil)
        #expect(machine.nextWake == now + .seconds(10))
        now = now + .seconds(10)
        #expect(machine.next(at: now) == .count)
    }
}

@Suite struct EffectRequestTests {
    /// The settings know them by their names alone.
    @Test func eachKindHasASettingForItsAttempts() {
        #expect(Set(EffectsSection.defaults.attempts.keys) == Set(EffectKind.allCases.map(\.rawValue)))
    }

    @Test func resultsHaveTheSameIdsInEveryAttemptAndNoOthers() {
        let ids = (0..<16).map { EffectScript.request(1).commandId($0) }
        #expect(ids == (0..<16).map { EffectScript.request(1, attempt: 9).commandId($0) })
        let others = (0..<16).map { EffectScript.request(2).commandId($0) }
        #expect(Set(ids + others).count == 32)
        // A UUID of version 8 and RFC 9562's variant.
        #expect(ids.allSatisfy { $0.high >> 12 & 0xF == 8 && $0.low >> 62 == 0b10 })
    }

    @Test func theIdempotencyKeyIsTheIdInHexadecimal() {
        #expect(EffectScript.request(0xAB).idempotencyKey == "000000000000000900000000000000ab")
    }
}
