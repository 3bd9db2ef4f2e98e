import Desk
import Pipeline
import Runtime
import Testing
import Ticketing
import Wire

@testable import DeskLine
@testable import Simulation

/// Whose turn it is, who has a partition, and what becomes of desks that nobody asks for.
@Suite struct LaneTests {
    // MARK: - Ownership

    @Test func whoFindsANewerOwnerAtADeskHasLostThePartition() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        let visit = try #require(script.takeVisit())
        #expect(visit.isOpening)
        script.step(.visited(visit, .failed(.fenced)))
        #expect(script.takeClose() == script.channel, "what it was given goes back")
        #expect(script.takeWarnings().contains { $0.contains("another worker has the tenant's desk") })
        #expect(script.worker.statistics.lostPartitions == 1 && script.worker.owned == 0)
        #expect(script.told(1) == [] && script.acknowledged == 0)
        script.deliver([DeskScript.ticket(2, of: tenant)])
        #expect(script.takeVisit() == nil, "nothing is decided any more")
    }

    @Test func aBatchThatIsFencedIsLookedAtByOpening() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin()
        script.settle()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        let visit = try #require(script.takeVisit())
        // It was in after all, by way of a connection that was believed to be lost.
        _ = script.run(visit)
        script.step(.visited(visit, script.run(visit)))
        #expect(script.visit()?.isOpening == true)
        script.settle()
        #expect(script.worker.owned == 1 && script.journal(of: tenant) == [1])
        #expect(script.replies.map(\.status) == [201] && script.replies.allSatisfy(\.isReplayed))
    }

    @Test func whatIsDeliveredAgainTakesItsPlaceBeforeWhatCameLater() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin()
        script.settle()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        let visit = try #require(script.takeVisit())
        script.deliver([DeskScript.ticket(2, of: tenant)])
        script.step(.channelEnded(script.channel, reason: "the connection broke"))
        script.step(.woken, after: .milliseconds(150))
        script.deliver((1...2).map { DeskScript.ticket($0, of: tenant) }, isRedelivered: true)
        script.step(.visited(visit, .failed(.unavailable("nobody answers"))))
        script.pass(.seconds(2))
        #expect(script.journal(of: tenant) == [1, 2])
    }

    @Test func whatIsDueWhileAPartitionIsPausedIsDoneAfterwards() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin()
        script.settle()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.settle()
        script.isPaused = true
        script.pass(.seconds(90))
        #expect(script.desks[tenant]?.journal.contains { $0.kind == .fellDue } == false)
        script.isPaused = false
        script.pass(.seconds(2))
        #expect(script.desks[tenant]?.journal.contains { $0.kind == .fellDue } == true, "nobody has asked for anything")
    }

    // MARK: - Turns

    @Test func aNoisyTenantKeepsTheOthersWaitingForOneTurn() throws {
        let script = try DeskScript {
            $0.hands = 1
            $0.batchBound = 10
        }
        let tenants = try (1...4).map { try script.account($0) }
        script.begin()
        script.settle()
        var number: UInt64 = 0
        func noise() {
            script.deliver((0..<50).map { DeskScript.ticket(1_000 + number * 50 + $0, of: tenants[0]) })
            number += 1
        }
        noise()
        noise()
        for (index, tenant) in tenants.dropFirst().enumerated() {
            script.deliver([DeskScript.ticket(UInt64(index) + 1, of: tenant)])
        }
        var served: [TenantId] = []
        while served.count < 12, let visit = script.visit() {
            served.append(visit.tenant)
            // It does not stop.
            noise()
        }
        // Its first turn was under way already, and for its second it was in line before the others.
        #expect(served.prefix(6) == [tenants[0], tenants[0], tenants[1], tenants[2], tenants[3], tenants[0]])
        #expect((1...3).allSatisfy { script.told($0) == [201] })
        // Whoever comes later waits for the turn that is under way and one more.
        script.deliver([DeskScript.ticket(10, of: tenants[2])])
        #expect((1...3).map { _ in script.visit()?.tenant } == [tenants[0], tenants[0], tenants[2]])
    }

    @Test func aStoreThatDoesNotAnswerHasOneHandAtATime() throws {
        let script = try DeskScript { $0.hands = 4 }
        let tenants = try (1...6).map { try script.account($0) }
        script.begin()
        script.settle()
        for (index, tenant) in tenants.enumerated() {
            script.deliver([DeskScript.ticket(UInt64(index) + 1, of: tenant)])
        }
        let first = (0..<4).compactMap { _ in script.takeVisit() }
        #expect(first.count == 4 && script.takeVisit() == nil)
        for visit in first { script.step(.visited(visit, .failed(.unavailable("nobody answers")))) }
        var underWay: [Visit] = []
        while let visit = script.takeVisit() { underWay.append(visit) }
        #expect(underWay.count == 1, "the hands are there for others")
    }

    // MARK: - Accounts

    @Test func anAccountThatIsRequestedTwiceIsOne() throws {
        let script = try DeskScript()
        script.begin()
        let request = DeskScript.request(1)
        script.deliver([request, request])
        script.deliver([request])
        script.settle()
        #expect(script.control.accounts.count == 1 && script.replies.isEmpty, "nobody is told before it is ready")
        #expect(script.acknowledged == 2)
        script.desks[request.tenant]?.stage = .ready
        script.deliver([DeskScript.ready(1)])
        script.settle()
        #expect(script.replies.map(\.status) == [201] && script.replies[0].to == "ingress-1")
        // From now on the journal answers, whoever asks.
        script.deliver([DeskScript.request(1, to: "ingress-2"), DeskScript.ready(1)])
        script.settle()
        #expect(script.replies.map(\.to) == ["ingress-1", "ingress-2"])
        #expect(script.replies[1].isReplayed && script.replies[1].body == script.replies[0].body)
        #expect(script.desks[request.tenant]?.journal.count == 2)
    }

    @Test func anAccountsIdWithAnotherBodyIsRefused() throws {
        let script = try DeskScript()
        script.begin()
        let request = DeskScript.request(1)
        script.deliver([request])
        script.deliver([DeskScript.request(1, name: "other", to: "early")])
        script.settle()
        script.desks[request.tenant]?.stage = .ready
        script.deliver([DeskScript.ready(1)])
        script.settle()
        script.deliver([DeskScript.request(1, name: "other", to: "late")])
        script.settle()
        let refused = script.replies.filter { $0.to != "ingress-1" }
        #expect(refused.map(\.to) == ["early", "late"])
        #expect(refused.allSatisfy { $0.status == 422 && $0.body.contains("idempotency-key-reused") })
        #expect(script.control.accounts.map(\.account.subDomain) == ["desk-1"])
    }

    @Test func aSubDomainIsGivenOnce() throws {
        let script = try DeskScript()
        script.begin()
        script.deliver([DeskScript.request(1), DeskScript.request(2, name: "desk-1")])
        script.settle()
        #expect(script.replies.map(\.id) == [DeskScript.request(2).id])
        #expect(script.replies[0].status == 409 && script.replies[0].body.contains("account-exists"))
    }

    @Test func aDatabaseThatIsStillMadeIsNotAskedForAllTheTime() throws {
        let script = try DeskScript()
        script.begin()
        script.deliver([DeskScript.request(1)])
        script.settle()
        let tenant = DeskScript.request(1).tenant
        script.deliver([DeskScript.ticket(1, of: tenant), DeskScript.ready(1)])
        var visits = 0
        let end = script.now + .seconds(2)
        while script.now < end {
            while script.visit() != nil { visits += 1 }
            script.step(.woken, after: .milliseconds(1))
        }
        #expect((1...15).contains(visits), "\(visits)")
        #expect(script.told(1) == [409])
        script.desks[tenant]?.stage = .ready
        script.pass(.seconds(2))
        #expect(script.control.account(of: tenant)?.isActive == true)
    }

    // MARK: - Letting go

    @Test func aDeskThatNobodyAsksForIsLetGoAndItsMinutesComeAllTheSame() throws {
        let script = try DeskScript { $0.idleEviction = .seconds(5) }
        let tenant = try script.account(1)
        script.begin()
        script.settle()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.settle()
        #expect(script.worker.loaded == 1)
        script.pass(.seconds(10))
        #expect(script.worker.loaded == 0 && script.worker.statistics.evictions == 1)
        let before = try #require(script.desks[tenant]?.journal.count)
        script.pass(.seconds(120))
        let due =
            script.desks[tenant]?.journal.dropFirst(before).map { String(decoding: $0.reply, as: UTF8.self) } ?? []
        #expect(due.count == 2 && due.allSatisfy { $0.contains("minute-began") }, "\(due)")
        #expect(script.worker.loaded == 0, "nobody has asked for it")
        // And what was decided before it was let go is known.
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.settle()
        #expect(script.told(1) == [201, 201] && script.replies[1].isReplayed)
    }

    @Test func beyondTheMemoryThoseThatWereNotUsedForLongestGo() throws {
        let script = try DeskScript { $0.memoryBound = 30_000 }
        let tenants = try (1...4).map { try script.account($0) }
        script.begin()
        script.settle()
        for (index, tenant) in tenants.enumerated() {
            script.pass(.milliseconds(10))
            script.deliver([DeskScript.ticket(UInt64(index) + 1, of: tenant)])
            script.settle()
        }
        script.pass(.seconds(2))
        #expect(script.worker.loadedBytes <= 30_000)
        #expect((1...3).contains(script.worker.loaded))
        script.deliver([DeskScript.ticket(9, of: tenants[3])])
        #expect(script.visit()?.commands == [9], "the newest one is still there")
    }

    /// They are answered without a batch, so no commit's end calls for the next.
    @Test func whatIsBehindMoreKnownCommandsThanOneBatchHoldsIsLookedUpToo() throws {
        let script = try DeskScript { $0.batchBound = 2 }
        let tenant = try script.account(1)
        script.begin()
        script.settle()
        let commands = (1...5).map { DeskScript.ticket($0, of: tenant) }
        script.deliver(commands)
        script.settle()
        script.step(.channelEnded(script.channel, reason: "the connection broke"))
        script.step(.woken, after: .milliseconds(100))
        script.deliver(commands + [DeskScript.ticket(6, of: tenant)], isRedelivered: true)
        while script.visit() != nil {}
        #expect((1...5).allSatisfy { script.told($0) == [201, 201] } && script.told(6) == [201])
        #expect(script.acknowledged == 1)
    }

    /// Of tickets that live long, and of keys that are used again weeks later: two decisions would be one ticket's.
    @Test func aTicketWhoseCommandIsNotLookedForAnyMoreIsMadeByNobodyAgain() throws {
        var switches = FakeDesk.Switches()
        switches.knowsJournal = false
        let script = try DeskScript(desks: switches)
        let tenant = try script.account(1)
        script.begin()
        script.settle()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.settle()
        script.deliver([DeskScript.ticket(1, of: tenant), DeskScript.ticket(2, of: tenant)])
        script.settle()
        #expect(script.told(1) == [201, 422] && script.told(2) == [201])
        #expect(script.replies.contains { $0.body.contains("idempotency-key-reused") })
        #expect(script.journal(of: tenant) == [1, 2] && script.acknowledged == 2)
    }

    /// Each of them holds a hand for as long as anybody waits for it.
    @Test func databasesThatAreAwayHaveHalfOfTheHandsAndTheirStoresNeighboursTheRest() throws {
        let script = try DeskScript { $0.hands = 2 }
        let tenants = try (1...3).map { try script.account($0) }
        script.begin()
        script.settle()
        func miss() {
            while let visit = script.takeVisit() {
                script.step(.visited(visit, .failed(.unavailable("nobody answers"))))
            }
        }
        for (index, tenant) in tenants.dropLast().enumerated() {
            script.deliver([DeskScript.ticket(UInt64(index) + 1, of: tenant)])
        }
        miss()
        // The third answers: it is not the store that is away.
        script.deliver([DeskScript.ticket(3, of: tenants[2])])
        while let visit = script.takeVisit() {
            let outcome =
                visit.tenant == tenants[2] ? script.run(visit) : .failed(.unavailable("nobody answers"))
            script.step(.visited(visit, outcome))
        }
        #expect(script.told(3) == [201])
        for number in 4...6 as ClosedRange<UInt64> {
            // Both are to be looked for again, and one is.
            script.step(.woken, after: .seconds(1))
            let silent = try #require(script.takeVisit())
            #expect(tenants.dropLast().contains(silent.tenant) && script.takeVisit() == nil)
            script.deliver([DeskScript.ticket(number, of: tenants[2])])
            #expect(script.visit()?.commands == [number], "a hand and its store have room for it")
            script.step(.visited(silent, .failed(.unavailable("nobody answers"))))
            miss()
        }
    }
}
