internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing

@testable internal import Pipeline

/// What is written about effects, when attempts and moves cross each other.
@Suite struct EffectStoreTests {
    private func withStore(_ body: @escaping @Sendable (EffectScene, EffectStore) throws -> Void) async throws {
        try await EffectScene.with { scene in
            try body(scene, EffectStore(kind: .payments, session: scene.session, holder: 1))
        }
    }

    private static func take(_ store: EffectStore, _ limit: Int = 10, except: [EffectId] = []) throws -> EffectTake {
        try store.take(limit, except: except, attempts: 5, visibility: .seconds(60))
    }

    private static func settle(
        _ store: EffectStore, attempt: Int, _ verdict: EffectSettlement.Verdict
    ) throws -> [EffectId] {
        try store.settle([EffectSettlement(id: EffectScene.id(1), attempt: attempt, verdict: verdict)])
    }

    @Test func aTakeMakesInvisibleAndCounts() async throws {
        try await withStore { scene, store in
            try scene.add(1...3)
            let take = try Self.take(store, 2)
            #expect(take.requests.count == 2)
            // There may be more: nobody asked when the next one is due.
            #expect(take.nextDue == nil)
            #expect(try Self.take(store).requests.count == 1)
            let empty = try Self.take(store)
            #expect(empty.requests.isEmpty)
            let due = try #require(empty.nextDue)
            #expect(due > .seconds(50) && due <= .seconds(60))
            #expect(try scene.row(1) == .init(state: "waiting", attempts: 1, lastError: nil, isFinished: false))
        }
    }

    @Test func theLongestDueComeFirst() async throws {
        try await withStore { scene, store in
            try scene.add(1...1, dueIn: .seconds(-5))
            try scene.add(2...2, dueIn: .seconds(-50))
            try scene.add(3...3, dueIn: .seconds(-20))
            #expect(try Self.take(store, 1).requests.map(\.id) == [EffectScene.id(2)])
            #expect(try Self.take(store, 1).requests.map(\.id) == [EffectScene.id(3)])
        }
    }

    @Test func whatIsExceptedIsNeitherTakenNorWaitedFor() async throws {
        try await withStore { scene, store in
            try scene.add(1...1)
            let take = try Self.take(store, except: [EffectScene.id(1)])
            #expect(take == EffectTake())
        }
    }

    @Test func whatAnotherSessionHasLockedIsPassedOver() async throws {
        try await withStore { scene, store in
            try scene.add(1...2)
            let other = try PostgresConnection.connect(scene.database)
            defer { other.close() }
            try other.transaction { transaction in
                try transaction.execute(
                    "SELECT 1 FROM effect WHERE id = $1 FOR UPDATE", EffectStore.uuid(EffectScene.id(1)))
                #expect(try Self.take(store).requests.map(\.id) == [EffectScene.id(2)])
            }
        }
    }

    @Test func onlyEffectsOfTheKindAreTaken() async throws {
        try await withStore { scene, store in
            try scene.add(1...2)
            try scene.session.execute(
                "UPDATE effect SET kind = 'incidents' WHERE id = $1", EffectStore.uuid(EffectScene.id(1)))
            #expect(try Self.take(store).requests.map(\.id) == [EffectScene.id(2)])
            let incidents = EffectStore(kind: .incidents, session: scene.session, holder: 1)
            #expect(try Self.take(incidents).requests.map(\.kind) == [.incidents])
        }
    }

    @Test func anOldAttemptsFailureSaysNothingAboutANewOne() async throws {
        try await withStore { scene, store in
            try scene.add(1...1)
            _ = try Self.take(store)
            try scene.session.execute("UPDATE effect SET next_at = now()")
            _ = try Self.take(store)
            _ = try Self.settle(store, attempt: 1, .later(.seconds(1), reason: "old"))
            _ = try Self.settle(store, attempt: 1, .parked(reason: "old"))
            #expect(try scene.row(1) == .init(state: "waiting", attempts: 2, lastError: nil, isFinished: false))
            _ = try Self.settle(store, attempt: 2, .later(.seconds(1), reason: "new"))
            #expect(try scene.row(1).lastError == "new")
        }
    }

    @Test func anOldAttemptsSuccessCounts() async throws {
        try await withStore { scene, store in
            try scene.add(1...1)
            _ = try Self.take(store)
            try scene.session.execute("UPDATE effect SET next_at = now()")
            _ = try Self.take(store)
            _ = try Self.settle(store, attempt: 2, .parked(reason: "the provider says no"))
            #expect(try Self.settle(store, attempt: 1, .done(route: 0)) == [])
            #expect(try scene.row(1) == .init(state: "done", attempts: 2, lastError: nil, isFinished: true))
        }
    }

    @Test func writingDownTwiceIsNoHarm() async throws {
        try await withStore { scene, store in
            try scene.add(1...1)
            _ = try Self.take(store)
            #expect(try Self.settle(store, attempt: 1, .done(route: nil)) == [])
            #expect(try Self.settle(store, attempt: 1, .done(route: nil)) == [])
            _ = try Self.settle(store, attempt: 1, .later(.seconds(1), reason: "late"))
            #expect(try scene.row(1).state == "done")
        }
    }

    @Test func anEventThatMovedSinceTheCommandsWerePublishedIsNotDone() async throws {
        try await withStore { scene, store in
            try scene.add(1...1)
            _ = try Self.take(store)
            #expect(try store.routes(of: [EffectScene.event]) == [])
            try scene.session.execute(
                "INSERT INTO event_route (event, partition, previous, version) VALUES ($1, 0, 1, 1)",
                EffectStore.uuid(EffectScene.event))
            #expect(try Self.settle(store, attempt: 1, .done(route: 0)) == [EffectScene.id(1)])
            #expect(try scene.row(1).state == "waiting")
            #expect(
                try store.routes(of: [EffectScene.event])
                    == [EventRoute(event: EffectScene.event, partition: 0, version: 1)])
            #expect(try Self.settle(store, attempt: 1, .done(route: 1)) == [])
            #expect(try scene.row(1).state == "done")
        }
    }

    @Test func whatCameToNoCommandsIsDoneWhereverItsEventIs() async throws {
        try await withStore { scene, store in
            try scene.add(1...1)
            _ = try Self.take(store)
            try scene.session.execute(
                "INSERT INTO event_route (event, partition, previous, version) VALUES ($1, 0, 1, 1)",
                EffectStore.uuid(EffectScene.event))
            #expect(try Self.settle(store, attempt: 1, .done(route: nil)) == [])
            #expect(try scene.row(1).state == "done")
        }
    }
}
