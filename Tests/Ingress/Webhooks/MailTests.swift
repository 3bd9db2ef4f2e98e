import Runtime
import Testing

@testable import Ingress

/// What waits to be checked.
@Suite struct MailTests {
    @Test func whatIsPutIsTakenInItsOrderWithinTheBound() {
        let mail = Mail<Int>(bound: 3)
        #expect((1...3).allSatisfy { mail.put($0) })
        #expect(!mail.put(4))
        #expect(mail.take() == 1)
        #expect(mail.put(5))
        #expect([mail.take(), mail.take(), mail.take()] == [2, 3, 5])
    }

    @Test func aClosedMailGivesBackWhatNobodyHasTaken() {
        let mail = Mail<Int>(bound: 3)
        #expect(mail.put(1) && mail.put(2))
        #expect(mail.close() == [1, 2])
        #expect(!mail.put(3))
        #expect(mail.take() == nil && mail.close().isEmpty)
    }

    @Test func everyItemWakesSomebodyAndTheEndWakesAll() throws {
        let mail = Mail<Int>(bound: 1_000)
        let taken = Lock<[Int]>([])
        let threads = try (0..<4).map { _ in
            try OwnedThread(name: "taker") {
                while let item = mail.take() { taken.withLock { $0.append(item) } }
            }
        }
        #expect((1...500).allSatisfy { mail.put($0) })
        let time = SystemTime()
        let deadline = time.monotonic + .seconds(60)
        while taken.withLock({ $0.count }) < 500, time.monotonic < deadline { _ = Latch().wait(for: .milliseconds(2)) }
        #expect(mail.close().isEmpty)
        for thread in threads { thread.join() }
        #expect(taken.withLock { $0.sorted() } == Array(1...500))
    }
}
