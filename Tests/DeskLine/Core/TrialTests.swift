import Desk
import Pipeline
import Runtime
import Testing
import Ticketing
import Wire

@testable import DeskLine
@testable import Simulation

/// Commands that the database refuses, or of which owners die.
@Suite struct TrialTests {
    @Test func whatIsRefusedWithOthersIsParkedAloneAndTheOthersGoOn() throws {
        let script = try DeskScript()
        let (tenant, neighbour) = (try script.account(1), try script.account(2))
        script.begin()
        script.settle()
        script.rejected = [DeskScript.id(2)]
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.deliver((2...4).map { DeskScript.ticket($0, of: tenant) })
        script.deliver([DeskScript.ticket(9, of: neighbour)])
        // The first is decided at once; what came meanwhile is one batch.
        #expect(script.visit()?.commands == [1])
        let visits = [script.takeVisit(), script.takeVisit()].compactMap(\.self)
        #expect(visits.map(\.commands) == [[9], [2, 3, 4]])
        for visit in visits { script.step(.visited(visit, script.run(visit))) }
        #expect(script.told(9) == [201], "a neighbour does not notice")
        #expect(script.journal(of: tenant) == [1], "nothing of the batch is in")
        // After a rest each is tried alone.
        script.pass(.seconds(5))
        #expect(script.journal(of: tenant) == [1, 2, 3, 4])
        #expect(script.statuses(of: tenant) == [201, 500, 201, 201])
        #expect((1...4).map { script.told($0) } == [[201], [500], [201], [201]])
        #expect(script.acknowledged == 3)
        #expect(script.worker.statistics.parked == 1)
    }

    @Test func whatComesToADeskThatDecidesNothingAnyMoreIsKept() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin()
        script.settle()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        let visit = try #require(script.takeVisit())
        script.deliver([DeskScript.ticket(2, of: tenant)])
        script.step(.visited(visit, .failed(.broken("its rows contradict each other"))))
        #expect(script.takeWarnings().contains { $0.contains("contradict") })
        script.now = script.now + .milliseconds(1_100)
        script.step(.woken)
        while script.errand() != nil {}
        #expect(script.told(1) == [] && script.told(2) == [])
        #expect(script.acknowledged == 2, "the others' commands are not kept waiting behind them")
        script.pass(.seconds(11))
        #expect(script.told(1) == [201] && script.told(2) == [201], "it is looked at again")
    }

    @Test func whatFallsDueAndIsRefusedKeepsNobodyWaiting() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin()
        script.settle()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.settle()
        script.now = script.now + .seconds(61)
        script.step(.woken)
        let visit = try #require(script.takeVisit())
        #expect(visit.commands == [])
        script.deliver([DeskScript.ticket(2, of: tenant)])
        script.step(.visited(visit, .failed(.rejected("a constraint says no"))))
        script.pass(.seconds(2))
        #expect(script.told(2) == [] && script.acknowledged == 2)
        script.pass(.seconds(12))
        #expect(script.told(2) == [201])
    }

    // MARK: - Owners that died

    @Test func afterDeathsEachCommandIsTriedAloneAndWrittenDownBefore() throws {
        let script = try DeskScript()
        let (tenant, neighbour) = (try script.account(1), try script.account(2))
        script.begin(crashes: 1)
        while script.visit() != nil {}
        script.deliver((1...2).map { DeskScript.ticket($0, of: tenant) }, isRedelivered: true)
        script.deliver([DeskScript.ticket(3, of: neighbour)], isRedelivered: true)
        #expect(script.takeVisit() == nil, "nothing is decided before the attempt is written down")
        let first = try #require(script.takeErrand())
        #expect(first.attempted == 1)
        #expect(script.takeErrand() == nil, "one at a time, whosever it is")
        script.step(.ran(first, .attempt(1)))
        #expect(script.visit()?.commands == [1], "alone")
        #expect(script.told(1) == [201])
        // The attempt is of no interest any more, and the next one's turn has come.
        var errands: [Errand] = []
        while let errand = script.takeErrand() { errands.append(errand) }
        #expect(errands.compactMap(\.forgotten) == [[1]])
        #expect(errands.compactMap(\.attempted).count == 1)
        for errand in errands { script.step(.ran(errand, script.control.run(errand, by: WorkerId("wrk_a")))) }
        script.settle()
        #expect((1...3).map { script.told($0) } == [[201], [201], [201]])
        #expect(script.control.database.attempts.isEmpty)
    }

    @Test func whatNobodyHasSeenBeforeIsTriedByNobody() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin(crashes: 1)
        while script.visit() != nil {}
        script.deliver([DeskScript.ticket(1, of: tenant)])
        #expect(script.takeErrand() == nil)
        #expect(script.visit()?.commands == [1])
    }

    @Test func threeAttemptsInVainAreEnough() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin(crashes: 1, attempts: [DeskScript.id(1): 3])
        while script.visit() != nil {}
        script.deliver((1...2).map { DeskScript.ticket($0, of: tenant) }, isRedelivered: true)
        script.settle()
        #expect(script.journal(of: tenant) == [1, 2])
        #expect(script.told(1) == [500] && script.told(2) == [201])
        #expect(script.replies.contains { $0.body.contains("poison") })
        #expect(script.control.database.attempts.isEmpty)
    }

    /// A partition may be given back between two deaths, and then nothing else says that it is dangerous.
    @Test func whatWasTriedBeforeIsTriedAgainWhoeverGaveThePartitionBack() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        script.begin(attempts: [DeskScript.id(1): 1])
        while script.visit() != nil {}
        script.deliver((1...2).map { DeskScript.ticket($0, of: tenant) }, isRedelivered: true)
        #expect(script.takeVisit() == nil)
        #expect(script.errand()?.attempted == 1)
        #expect(script.visit()?.commands == [1])
    }

    @Test func aTrialThatNobodyKnowsTheEndOfEndsAllTheSame() throws {
        let script = try DeskScript()
        let (tenant, neighbour) = (try script.account(1), try script.account(2))
        script.begin(crashes: 1)
        while script.visit() != nil {}
        script.deliver([DeskScript.ticket(1, of: tenant)], isRedelivered: true)
        script.deliver([DeskScript.ticket(2, of: neighbour)], isRedelivered: true)
        script.deliver([DeskScript.ticket(3, of: tenant)])
        _ = script.errand()
        let visit = try #require(script.takeVisit())
        _ = script.run(visit)
        script.step(.visited(visit, .failed(.unknown("the connection was lost"))))
        script.pass(.seconds(3))
        #expect(script.journal(of: tenant) == [1, 3])
        #expect((1...3).map { script.told($0) } == [[201], [201], [201]])
        #expect(script.control.database.attempts.isEmpty)
    }

    @Test func aTrialWhoseDatabaseGoesAwayKeepsNobodyWaiting() throws {
        let script = try DeskScript()
        let (tenant, neighbour) = (try script.account(1), try script.account(2))
        script.begin(crashes: 1)
        while script.visit() != nil {}
        script.deliver([DeskScript.ticket(1, of: tenant)], isRedelivered: true)
        script.deliver([DeskScript.ticket(2, of: neighbour)], isRedelivered: true)
        _ = script.errand()
        let visit = try #require(script.takeVisit())
        script.desks[tenant]?.stage = .missing
        script.step(.visited(visit, .failed(.unavailable("nobody answers"))))
        script.pass(.seconds(3))
        #expect(script.told(2) == [201], "the neighbour's is tried meanwhile")
        #expect(script.told(1) == [], "and this one is kept")
        #expect(script.control.spill.count == 1)
        script.desks[tenant]?.stage = .ready
        script.pass(.seconds(3))
        #expect(script.told(1) == [201])
        #expect(script.control.spill.isEmpty && script.control.database.attempts.isEmpty)
    }

    /// What was kept comes back by another way than the queue, and may end its owner like any other.
    @Test func whatWasKeptIsTriedAfterDeathsToo() throws {
        let script = try DeskScript()
        let tenant = try script.account(1)
        var line: [UInt8] = []
        DeskScript.ticket(1, of: tenant).appendLine(to: &line)
        let epoch = script.control.database.partitions[0].epoch
        _ = script.control.run(
            Errand(
                number: 1, tenant: tenant, partition: 0, epoch: epoch,
                wish: .spill([SpilledLine(sender: "ingress", line: line)])), by: WorkerId("wrk_z"))
        script.begin(crashes: 1)
        #expect(script.visit()?.isOpening == true)
        script.step(.woken)
        let read = try #require(script.errand())
        #expect(read.attempted == nil)
        #expect(script.takeVisit() == nil, "the attempt comes first")
        #expect(script.errand()?.attempted == 1)
        #expect(script.visit()?.commands == [1])
    }

    /// An attempt at what is refused without a decision would be counted, and never forgotten.
    @Test func beforeThereIsAnAccountNothingIsTried() throws {
        let script = try DeskScript()
        let request = DeskScript.request(1)
        _ = script.control.run(
            Errand(
                number: 1, tenant: request.tenant, partition: 0, epoch: script.control.database.partitions[0].epoch,
                wish: .request(
                    id: request.id, subDomain: "desk-1", payload: try #require(DeskScript.payload(request)),
                    replyTo: request.replyTo)), by: WorkerId("wrk_z"))
        script.desks[request.tenant]?.stage = .ready
        script.begin(crashes: 1)
        while script.visit() != nil {}
        script.deliver([DeskScript.ticket(1, of: request.tenant)], isRedelivered: true)
        #expect(script.takeErrand() == nil)
        #expect(script.told(1) == [409])
        // The word that it is ready is tried like any other.
        script.deliver([DeskScript.ready(1)], isRedelivered: true)
        #expect(script.errand()?.attempted == DeskScript.ready(1).id.low)
        script.settle()
        #expect(script.control.account(of: request.tenant)?.isActive == true)
        #expect(script.control.database.attempts.isEmpty)
    }
}

extension Errand {
    fileprivate var attempted: UInt64? {
        if case .recordAttempt(let id) = wish { id.low } else { nil }
    }

    fileprivate var forgotten: [UInt64]? {
        if case .forgetAttempts(let ids) = wish { ids.map(\.low) } else { nil }
    }
}
