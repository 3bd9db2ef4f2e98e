internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing

@testable internal import Pipeline

/// What runners leave behind that are gone, and what those keep who are not.
@Suite struct EffectHolderTests {
    @Test func onlyWhoIsAwayForAWhileIsGone() {
        let start = MonotonicTime(nanoseconds: 0)
        var holders = EffectHolders(grace: .seconds(10), at: start)
        #expect(holders.isLookDue(at: start))
        #expect(holders.see(missing: [1, 2], at: start) == [])
        #expect(!holders.isLookDue(at: start + .milliseconds(1_999)))
        #expect(holders.isLookDue(at: start + .seconds(2)))
        // 2 is back, and away once more.
        #expect(holders.see(missing: [1], at: start + .seconds(4)) == [])
        #expect(holders.see(missing: [1, 2], at: start + .milliseconds(9_999)) == [])
        #expect(holders.see(missing: [1, 2], at: start + .seconds(10)) == [1])
        #expect(holders.see(missing: [2], at: start + .seconds(19)) == [])
        #expect(holders.see(missing: [2], at: start + .seconds(20)) == [2])
        #expect(holders.see(missing: [], at: start + .seconds(30)) == [])
    }

    @Test func whoHasASessionIsThereAndWhoHasNoneIsMissing() async throws {
        try await EffectScene.with { scene in
            try scene.add(1...3)
            let session = try PostgresConnection.connect(scene.database)
            let first = EffectStore(kind: .payments, session: session, holder: 7)
            try first.appear()
            #expect(try first.take(2, attempts: 5, visibility: .seconds(3_600)).requests.count == 2)
            let second = EffectStore(kind: .payments, session: scene.session, holder: 8)
            try second.appear()
            #expect(try second.missingHolders() == [])
            session.close()
            #expect(try scene.wait { try second.missingHolders() == [7] })
            // Its own are nobody's to look after; another kind's are another's.
            #expect(try first.asHolder(7, on: scene.session).missingHolders() == [])
            let incidents = EffectStore(kind: .incidents, session: scene.session, holder: 9)
            #expect(try incidents.missingHolders() == [])
            try incidents.free(from: [7])
            #expect(try second.take(5, attempts: 5, visibility: .seconds(3_600)).requests.count == 1)
            try second.free(from: [7])
            let taken = try second.take(5, attempts: 5, visibility: .seconds(3_600)).requests
            #expect(taken.count == 2 && taken.allSatisfy { $0.attempt == 2 })
            #expect(try second.missingHolders() == [])
        }
    }

    @Test func whatIsSettledIsInNobodysHands() async throws {
        try await EffectScene.with { scene in
            try scene.add(1...4)
            let store = EffectStore(kind: .payments, session: scene.session, holder: 7)
            for request in try store.take(4, attempts: 5, visibility: .seconds(3_600)).requests.dropLast() {
                let verdict: EffectSettlement.Verdict =
                    switch request.id {
                    case EffectScene.id(1): .done(route: nil)
                    case EffectScene.id(2): .later(.seconds(60), reason: "later")
                    default: .parked(reason: "never")
                    }
                _ = try store.settle([EffectSettlement(id: request.id, attempt: 1, verdict: verdict)])
            }
            let held = try scene.session.query("SELECT count(*) FROM effect WHERE holder = 7")
            #expect(try held.one().get(0, as: Int64.self) == 1)
            // What is tried later is tried at its time, whoever is gone meanwhile.
            try store.free(from: [7])
            let due = try scene.session.query(
                "SELECT count(*) FROM effect WHERE state = 'waiting' AND next_at <= now()")
            #expect(try due.one().get(0, as: Int64.self) == 1)
        }
    }

    @Test func aDeadRunnersWorkIsTakenLongBeforeItsVisibilityEnds() async throws {
        try await EffectScene.with { scene in
            let release = Latch()
            defer { release.open() }
            let hanging = RecordingHandler { _ in
                release.wait()
                return .done
            }
            try scene.add(1...3)
            let first = try scene.start(hanging) { $0.visibility = .seconds(3_600) }
            #expect(scene.wait { hanging.requests.count == 3 })
            // As a kill ends it: nothing is written down.
            #expect(!first.stop(within: .zero))
            let healthy = RecordingHandler { RecordingHandler.command($0) }
            _ = try scene.start(healthy) {
                $0.visibility = .seconds(3_600)
                $0.orphanedAfter = .milliseconds(200)
            }
            #expect(try scene.wait { try scene.count("done") == 3 })
            #expect(healthy.requests.map(\.attempt) == [2, 2, 2])
        }
    }

    @Test func aLivingRunnerKeepsWhatItHasInHand() async throws {
        try await EffectScene.with { scene in
            let release = Latch()
            defer { release.open() }
            let slow = RecordingHandler { _ in
                release.wait()
                return .done
            }
            try scene.add(1...1)
            _ = try scene.start(slow) {
                $0.visibility = .seconds(3_600)
                $0.handlers = 1
            }
            #expect(scene.wait { slow.requests.count == 1 })
            let other = RecordingHandler()
            _ = try scene.start(other) { $0.orphanedAfter = .milliseconds(100) }
            // Each takes a sweep of the other's: together more than its patience.
            for number in 2...10 {
                try scene.add(number...number)
                #expect(try scene.wait { try scene.row(number).state == "done" })
            }
            #expect(other.requests.count == 9)
            release.open()
            #expect(try scene.wait { try scene.row(1).state == "done" })
            #expect(slow.requests.count == 1)
        }
    }
}

extension EffectStore {
    fileprivate func asHolder(_ holder: Int32, on session: PostgresConnection) -> EffectStore {
        EffectStore(kind: kind, session: session, holder: holder)
    }
}
