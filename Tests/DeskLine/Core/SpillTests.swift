import Desk
import Pipeline
import Runtime
import Testing
import Ticketing
import Wire

@testable import DeskLine
@testable import Simulation

/// One tenant's database is away: its commands are kept, the others' go on.
@Suite struct SpillTests {
    /// A desk whose database has been silent for long.
    private func away(_ change: (inout DeskOptions) -> Void = { _ in }) throws -> (DeskScript, TenantId, TenantId) {
        let script = try DeskScript(change)
        let (tenant, neighbour) = (try script.account(1), try script.account(2))
        script.begin()
        script.settle()
        script.desks[tenant]?.stage = .missing
        return (script, tenant, neighbour)
    }

    @Test func theOrderIsKeptThroughTheSpillAndBack() throws {
        let (script, tenant, neighbour) = try away()
        script.deliver((1...3).map { DeskScript.ticket($0, of: tenant) })
        script.pass(.seconds(2))
        script.deliver([DeskScript.ticket(4, of: tenant), DeskScript.ticket(9, of: neighbour)])
        script.pass(.milliseconds(500))
        #expect(script.control.spill.count == 4)
        #expect(script.acknowledged == 2 && script.told(9) == [201] && script.told(1) == [])
        script.desks[tenant]?.stage = .ready
        // What comes while it comes back is behind what was kept.
        script.deliver([DeskScript.ticket(5, of: tenant)])
        script.pass(.seconds(3))
        script.deliver([DeskScript.ticket(6, of: tenant)])
        script.settle()
        #expect(script.journal(of: tenant) == [1, 2, 3, 4, 5, 6])
        #expect((1...6).allSatisfy { script.told($0) == [201] })
        #expect(script.control.spill.isEmpty)
    }

    @Test func whatIsKeptComesBackInPagesAndInOrder() throws {
        let (script, tenant, _) = try away { $0.batchBound = 2 }
        script.deliver((1...7).map { DeskScript.ticket($0, of: tenant) })
        script.pass(.seconds(2))
        #expect(script.control.spill.count == 7)
        script.desks[tenant]?.stage = .ready
        script.pass(.seconds(3))
        #expect(script.journal(of: tenant) == Array(1...7))
        #expect(script.control.spill.isEmpty)
    }

    @Test func moreThanTheBoundIsTurnedAway() throws {
        let (script, tenant, neighbour) = try away { $0.spillBound = 2 }
        script.deliver((1...3).map { DeskScript.ticket($0, of: tenant) })
        script.pass(.seconds(2))
        #expect(script.control.spill.count == 2)
        #expect(script.told(3) == [503])
        #expect(script.replies.contains { $0.body.contains("tenant-unavailable") })
        #expect(script.acknowledged == 1, "nothing waits in the queue for it")
        #expect(script.worker.statistics.refusedSpills == 1)
        script.deliver([DeskScript.ticket(9, of: neighbour)])
        script.settle()
        #expect(script.told(9) == [201])
        // Whoever asks again once it is back gets a decision.
        script.desks[tenant]?.stage = .ready
        script.pass(.seconds(3))
        script.deliver([DeskScript.ticket(3, of: tenant)])
        script.settle()
        #expect(script.told(3) == [503, 201])
    }

    @Test func theSameCommandKeptTwiceIsDecidedOnce() throws {
        let (script, tenant, _) = try away()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.pass(.seconds(2))
        script.deliver([DeskScript.ticket(1, of: tenant, to: "ingress-2")])
        script.settle()
        let other = DeskScript.ticket(1, of: tenant, "SILVER")
        script.deliver([other])
        script.pass(.milliseconds(500))
        #expect(script.control.spill.count == 3)
        script.desks[tenant]?.stage = .ready
        script.pass(.seconds(3))
        #expect(script.journal(of: tenant) == [1])
        #expect(script.replies.map(\.status) == [422, 201, 201])
        #expect(script.replies.map(\.to) == ["ingress-1", "ingress-1", "ingress-2"])
        #expect(script.control.spill.isEmpty)
    }

    /// The errand was done, and nobody knows: it is done again.
    @Test func anErrandThatIsDoneTwiceChangesNothing() throws {
        let (script, tenant, _) = try away()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.visit()
        script.pass(.milliseconds(1_200))
        if script.control.spill.isEmpty { _ = script.errand() }
        let line = try #require(script.control.spill.first)
        _ = script.control.run(
            Errand(
                number: 99, tenant: tenant, partition: 0, epoch: script.control.database.partitions[0].epoch,
                wish: .spill([SpilledLine(sender: line.sender, line: line.line)])), by: WorkerId("wrk_a"))
        script.desks[tenant]?.stage = .ready
        script.pass(.seconds(3))
        #expect(script.journal(of: tenant) == [1])
        #expect(script.control.spill.isEmpty)
    }

    @Test func thatAnAccountIsReadyIsKeptBeyondTheBound() throws {
        let script = try DeskScript { $0.spillBound = 1 }
        script.begin()
        script.deliver([DeskScript.request(1)])
        script.settle()
        let tenant = DeskScript.request(1).tenant
        script.deliver([DeskScript.ticket(1, of: tenant), DeskScript.ticket(2, of: tenant), DeskScript.ready(1)])
        let visit = try #require(script.takeVisit())
        script.step(.visited(visit, .failed(.unavailable("nobody answers"))))
        script.now = script.now + .seconds(2)
        script.step(.woken)
        while script.errand() != nil {}
        #expect(script.control.spill.count == 2 && script.told(2) == [503])
        script.desks[tenant]?.stage = .ready
        script.pass(.seconds(3))
        #expect(script.control.account(of: tenant)?.isActive == true)
        #expect(script.replies.contains { $0.id == DeskScript.request(1).id && $0.status == 201 })
    }

    /// They are answered without a batch, so no visit's end calls for the next page.
    @Test func whatIsKeptOfAnAccountThatIsNotReadyHoldsUpNothingBehindIt() throws {
        let script = try DeskScript { $0.batchBound = 2 }
        script.begin()
        script.deliver([DeskScript.request(1)])
        script.settle()
        let tenant = DeskScript.request(1).tenant
        script.deliver((1...4).map { DeskScript.ticket($0, of: tenant) } + [DeskScript.ready(1)])
        let visit = try #require(script.takeVisit())
        script.step(.visited(visit, .failed(.unavailable("nobody answers"))))
        script.now = script.now + .seconds(2)
        script.step(.woken)
        while script.errand() != nil {}
        #expect(script.control.spill.count == 5)
        script.desks[tenant]?.stage = .ready
        script.pass(.seconds(3))
        #expect((1...4).map { script.told($0) } == [[409], [409], [409], [409]])
        #expect(script.control.account(of: tenant)?.isActive == true)
        #expect(script.control.spill.isEmpty)
    }

    @Test func behindWhatIsKeptOfAnAccountThatIsStillMadeNobodyWaits() throws {
        let script = try DeskScript()
        script.begin()
        script.deliver([DeskScript.request(1)])
        script.settle()
        let tenant = DeskScript.request(1).tenant
        script.deliver([DeskScript.ticket(1, of: tenant)])
        let visit = try #require(script.takeVisit())
        script.step(.visited(visit, .failed(.unavailable("nobody answers"))))
        script.now = script.now + .seconds(2)
        script.step(.woken)
        while script.errand() != nil {}
        #expect(script.control.spill.count == 1)
        // The server is back, and has no such database yet.
        script.pass(.seconds(2))
        script.deliver([DeskScript.ticket(2, of: tenant)])
        script.pass(.seconds(2))
        #expect(script.told(2) == [409] && script.acknowledged == 3)
        #expect(script.control.spill.count == 1, "what is kept waits for the database")
    }

    @Test func behindWhatIsKeptOfABrokenDeskNobodyWaits() throws {
        let (script, tenant, _) = try away()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.pass(.seconds(2))
        #expect(script.control.spill.count == 1)
        script.desks[tenant]?.stage = .ready
        func breaks() throws {
            var visit = script.takeVisit()
            for _ in 0..<200 where visit == nil {
                script.step(.woken, after: .milliseconds(100))
                visit = script.takeVisit()
            }
            script.step(.visited(try #require(visit), .failed(.broken("its rows contradict each other"))))
        }
        try breaks()
        script.deliver([DeskScript.ticket(2, of: tenant)])
        try breaks()
        script.now = script.now + .milliseconds(1_100)
        script.step(.woken)
        while script.errand() != nil {}
        #expect(script.told(2) == [] && script.acknowledged == 2 && script.control.spill.count == 2)
        script.pass(.seconds(11))
        #expect(script.journal(of: tenant) == [1, 2], "what is kept is decided when it is mended")
        #expect(script.told(1) == [201] && script.told(2) == [201] && script.control.spill.isEmpty)
    }

    /// What is trusted may be set otherwise by the time that it is read back.
    @Test func whatIsKeptAndNotTakenAnyMoreIsThereForAPerson() throws {
        let (script, tenant, _) = try away()
        script.deliver([DeskScript.ticket(1, of: tenant), DeskScript.ticket(2, of: tenant)])
        script.pass(.seconds(2))
        #expect(script.control.spill.count == 2)
        let epoch = script.control.database.partitions[0].epoch
        var foreign: [UInt8] = []
        DeskScript.ticket(3, of: tenant).appendLine(to: &foreign)
        for (sender, line) in [("stranger", foreign), ("ingress", Array("no command\n".utf8)), ("ingress", [])] {
            _ = script.control.run(
                Errand(
                    number: 99, tenant: tenant, partition: 0, epoch: epoch,
                    wish: .spill([SpilledLine(sender: sender, line: line)])), by: WorkerId("wrk_a"))
        }
        script.desks[tenant]?.stage = .ready
        // Until a person has it, it stays where it is.
        while script.control.parked.isEmpty {
            script.step(.woken, after: .milliseconds(100))
            while script.visit() != nil {}
            if let errand = script.takeErrand() {
                if case .park = errand.wish { #expect(script.control.spill.count == 5) }
                script.step(.ran(errand, script.control.run(errand, by: WorkerId("wrk_a"))))
            }
        }
        #expect(script.control.spill.count == 5)
        script.settle()
        script.pass(.seconds(1))
        #expect(script.journal(of: tenant) == [1, 2])
        #expect(script.control.parked.map(\.record.reason.code) == [.wrongUser, .malformed, .malformed])
        #expect(script.control.spill.isEmpty)
    }

    // MARK: - Errands that are refused

    @Test func whatTheControlDatabaseRefusesIsAskedForLessAndLess() throws {
        let (script, tenant, _) = try away()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        let asked = try refuseErrands(script, for: .seconds(20))
        #expect((6...10).contains(asked))
        script.pass(.seconds(7))
        #expect(script.control.spill.count == 1)
    }

    @Test func whatTheControlDatabaseRefusesHoldsUpNoDrain() throws {
        let (script, tenant, _) = try away()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        _ = try refuseErrands(script, for: .seconds(2))
        script.step(.drain)
        let asked = try refuseErrands(script, for: .seconds(20))
        #expect(asked > 0, "it may have been for a moment")
        let release = script.take { if case .release(let held) = $0 { held } else { nil } }
        #expect(release?.map(\.number) == [0])
        #expect(script.acknowledged == 0, "the command is left to the next owner")
    }

    /// What has been kept cannot be read, and what comes is kept all the same.
    @Test func behindAnErrandThatIsRefusedNobodyWaits() throws {
        let (script, tenant, _) = try away()
        script.deliver([DeskScript.ticket(1, of: tenant)])
        script.pass(.seconds(2))
        script.desks[tenant]?.stage = .ready
        var isRefused = false
        for _ in 0..<40 {
            script.step(.woken, after: .milliseconds(50))
            while script.visit() != nil {}
            guard let errand = script.takeErrand() else { continue }
            guard case .readSpill = errand.wish else { continue }
            isRefused = true
            script.step(.errandFailed(errand, StoreError(.rejected, "a constraint says no")))
        }
        #expect(isRefused)
        script.deliver([DeskScript.ticket(2, of: tenant)])
        script.pass(.seconds(10))
        #expect(script.journal(of: tenant) == [1, 2] && script.acknowledged == 2)
    }

    /// Answers what is asked of tenants' databases, and says no to what is asked of the control database.
    ///
    /// - Returns: how often that was.
    private func refuseErrands(_ script: DeskScript, for duration: Duration) throws -> Int {
        var asked = 0
        let end = script.now + duration
        while script.now < end {
            script.step(.woken, after: .milliseconds(50))
            while script.visit() != nil {}
            while let errand = script.takeErrand() {
                asked += 1
                script.step(.errandFailed(errand, StoreError(.rejected, "a constraint says no")))
            }
        }
        return asked
    }

    // MARK: - Desks that have to be mended, or brought to a newer schema

    @Test func aDeskThatIsBrokenForLongIsWatchedOnce() throws {
        let (script, tenant, neighbour) = try away()
        script.desks[tenant]?.stage = .ready
        script.deliver([DeskScript.ticket(1, of: tenant)])
        var opened = 0
        for _ in 0..<600 {
            script.step(.woken, after: .milliseconds(100))
            while let visit = script.takeVisit() {
                let isBroken = visit.tenant == tenant
                if isBroken { opened += 1 }
                script.step(.visited(visit, isBroken ? .failed(.broken("contradictions")) : script.run(visit)))
            }
            while script.errand() != nil {}
        }
        #expect((5...8).contains(opened))
        #expect(script.worker.awayLanes.count == 1)
        script.deliver([DeskScript.ticket(2, of: tenant), DeskScript.ticket(9, of: neighbour)])
        #expect(script.takeErrand()?.tenant == tenant, "what comes by now is kept at once")
    }

    /// What falls due is refused, time and again; nothing that was kept is to blame for that.
    @Test func nobodyIsBlamedForADeskThatIsBroken() throws {
        let (script, tenant, _) = try away()
        script.deliver([DeskScript.ticket(1, of: tenant), DeskScript.ticket(2, of: tenant)])
        script.pass(.seconds(2))
        #expect(script.control.spill.count == 2)
        script.desks[tenant]?.stage = .ready
        var refused = 0
        for _ in 0..<300 {
            script.step(.woken, after: .milliseconds(100))
            while let visit = script.takeVisit() {
                guard case .commit = visit.wish else {
                    script.step(.visited(visit, script.run(visit)))
                    continue
                }
                refused += 1
                script.step(.visited(visit, .failed(.rejected("a constraint says no"))))
            }
            while script.errand() != nil {}
        }
        #expect(refused > 3)
        script.pass(.seconds(12))
        #expect(script.journal(of: tenant) == [1, 2] && script.statuses(of: tenant) == [201, 201])
        #expect(script.told(1) == [201] && script.told(2) == [201])
    }

    @Test func whatComesWhileADatabaseIsMigratedIsKept() throws {
        let (script, tenant, neighbour) = try away { $0.hands = 2 }
        script.desks[tenant]?.stage = .ready
        script.deliver([DeskScript.ticket(1, of: tenant)])
        func next() throws -> Visit {
            for _ in 0..<200 {
                if let visit = script.takeVisit() { return visit }
                script.step(.woken, after: .milliseconds(100))
            }
            throw DeskScript.NoScene()
        }
        let opening = try next()
        script.step(.visited(opening, .failed(.outdated)))
        let migrating = try next()
        guard case .migrate = migrating.wish else { throw DeskScript.NoScene() }
        // It takes long.
        script.deliver([DeskScript.ticket(2, of: tenant), DeskScript.ticket(9, of: neighbour)])
        script.pass(.seconds(5))
        #expect(script.control.spill.count == 2 && script.acknowledged == 2 && script.told(9) == [201])
        script.step(.visited(migrating, .migrated))
        script.pass(.seconds(3))
        #expect(script.journal(of: tenant) == [1, 2] && script.control.spill.isEmpty)
    }
}
