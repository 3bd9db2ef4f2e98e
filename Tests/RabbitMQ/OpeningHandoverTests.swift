internal import Runtime
internal import TestSupport
import Testing

@testable import RabbitMQ

@Suite struct OpeningHandoverTests {
    @Test func aConnectionThatOpensAfterItsOwnerGaveUpIsNotWanted() {
        let handover = OpeningHandover()
        #expect(handover.wait(for: .zero) == nil)
        #expect(!handover.decide(.success(4096)))
        #expect(handover.wait(for: .zero) == nil)
        #expect(handover.result == nil)
    }

    @Test func aConnectionThatOpensJustInTimeIsTheOwners() {
        let handover = OpeningHandover()
        #expect(handover.decide(.success(4096)))
        #expect(handover.wait(for: .zero) == .success(4096))
        #expect(handover.result == .success(4096))
    }

    @Test func bothSidesAgreeOnWhetherItHasAnOwnerWhoeverIsFaster() async throws {
        try await onThread {
            for round in 0..<2000 {
                let handover = OpeningHandover()
                let isWanted = Lock(false)
                let thread = try OwnedThread(name: "opener") {
                    let answer = handover.decide(.success(round))
                    isWanted.withLock { $0 = answer }
                }
                let isOwned = handover.wait(for: .microseconds(round % 100)) != nil
                thread.join()
                try #require(isWanted.withLock { $0 } == isOwned)
            }
        }
    }
}
