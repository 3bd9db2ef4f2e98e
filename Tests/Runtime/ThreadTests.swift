internal import Glibc
internal import Runtime
internal import TestSupport
internal import Testing

@Suite struct ThreadTests {
    @Test func aLatchHoldsUntilItIsOpened() async throws {
        let latch = Latch()
        #expect(try await onThread { latch.wait(for: .milliseconds(20)) } == false)
        latch.open()
        latch.open()
        #expect(try await onThread { latch.wait(for: .zero) })
        await latch.waited()
    }

    @Test func aLatchTakesAnyDuration() async throws {
        let closed = Latch()
        #expect(try await onThread { closed.wait(for: .seconds(-5)) } == false)
        #expect(try await onThread { closed.wait(for: .nanoseconds(-1)) } == false)
        #expect(try await onThread { closed.wait(for: .seconds(Int64.min)) } == false)
        let opened = Latch()
        let opener = try OwnedThread(name: "opener") { opened.open() }
        #expect(try await onThread { opened.wait(for: .seconds(Int64.max)) })
        await opener.joined()
    }

    @Test func aBellWakesOnceHoweverOftenItIsRung() async throws {
        try await onThread {
            let bell = Bell()
            bell.ring()
            bell.ring()
            bell.wait()
            // Not rung since: it waits until it is.
            let woken = Latch()
            let waiter = try OwnedThread(name: "waiter") {
                bell.wait()
                woken.open()
            }
            #expect(!woken.wait(for: .milliseconds(50)))
            bell.ring()
            waiter.join()
            #expect(woken.wait(for: .zero))
            bell.wait(for: .milliseconds(1))
            bell.wait(for: .zero)
        }
    }

    /// Nothing that is rung for is left lying, whenever it comes.
    @Test func aBellLosesNothing() async throws {
        try await onThread {
            let (bell, work, done) = (Bell(), Lock(0), Latch())
            let total = 20_000
            let worker = try OwnedThread(name: "worker") {
                var taken = 0
                while taken < total {
                    bell.wait()
                    taken += work.withLock { work in
                        defer { work = 0 }
                        return work
                    }
                }
                done.open()
            }
            let ringers = try (0..<2).map { _ in
                try OwnedThread(name: "ringer") {
                    for _ in 0..<total / 2 {
                        work.withLock { $0 += 1 }
                        bell.ring()
                    }
                }
            }
            for ringer in ringers { ringer.join() }
            #expect(done.wait(for: .seconds(30)))
            if !done.wait(for: .zero) { work.withLock { $0 = total } }
            bell.ring()
            worker.join()
        }
    }

    @Test func aThreadKnowsItself() async throws {
        let box = Lock<OwnedThread?>(nil)
        let inside = Lock(false)
        let told = Latch()
        let thread = try OwnedThread(name: "self") {
            told.wait()
            let isCurrent = box.withLock { $0 }?.isCurrent
            inside.withLock { $0 = isCurrent ?? false }
        }
        box.withLock { $0 = thread }
        #expect(!thread.isCurrent)
        told.open()
        await thread.joined()
        #expect(inside.withLock { $0 })
        #expect(!thread.isCurrent)
    }

    @Test func aThreadThatIsOverIsNeverMistakenForAnother() async throws {
        // The system gives a thread's id out again: an owned thread that has ended must not take the new one for
        // itself.
        let old = try OwnedThread(name: "old") {}
        await old.joined()
        for _ in 0..<20 {
            let mistaken = Lock(false)
            let new = try OwnedThread(name: "new") { mistaken.withLock { $0 = old.isCurrent } }
            await new.joined()
            #expect(!mistaken.withLock { $0 })
        }
    }

    private final class Witness: Sendable {
        let whenGone: @Sendable () -> Void
        init(_ whenGone: @escaping @Sendable () -> Void) { self.whenGone = whenGone }
        deinit { whenGone() }
    }

    @Test func joinReturnsAfterWhatTheBodyCapturedIsReleased() async throws {
        for _ in 0..<50 {
            let released = Lock(false)
            let box = Lock<OwnedThread?>(nil)
            var witness: Witness? = Witness {
                // Asking the thread about itself from here once led to a deadlock with the joiner.
                _ = box.withLock { $0 }?.isCurrent
                released.withLock { $0 = true }
            }
            let go = Latch()
            let thread = try OwnedThread(name: "captures") { [witness] in
                go.wait()
                withExtendedLifetime(witness) {}
            }
            witness = nil
            box.withLock { $0 = thread }
            go.open()
            async let first: Void = thread.joined()
            async let second: Void = thread.joined()
            _ = await (first, second)
            #expect(released.withLock { $0 })
        }
    }

    @Test func aSerialThreadRunsInOrderAndRefusesAfterItsEnd() async throws {
        let thread = try SerialThread(name: "serial")
        let order = Lock<[Int]>([])
        for number in 0..<1_000 { #expect(thread.async { order.withLock { $0.append(number) } }) }
        let inside = try await thread.run { thread.isCurrent }
        #expect(inside && !thread.isCurrent)
        await thread.stop()
        #expect(order.withLock { $0 } == Array(0..<1_000))
        #expect(!thread.async {})
        await #expect(throws: ThreadStopped.self) { try await thread.run {} }
    }

    @Test func manualTimeMovesOnlyWhenTold() {
        let time = ManualTime()
        time.advance(by: .seconds(2))
        #expect(time.wall.microseconds == 2_000_000 && time.monotonic.nanoseconds == 2_000_000_000)
        time.stepWall(to: Timestamp(microseconds: 7))
        #expect(time.wall.microseconds == 7 && time.monotonic.nanoseconds == 2_000_000_000)
    }

    @Test func theMachinesClocksGoOn() {
        let time = SystemTime()
        let (wall, monotonic) = (time.wall, time.monotonic)
        #expect(wall > Timestamp(microseconds: 1_700_000_000_000_000))
        #expect(time.monotonic >= monotonic)
    }
}

@Suite struct LockTests {
    @Test func noUpdateIsLostBetweenThreads() async throws {
        let lock = Lock((count: 0, text: ""))
        let threads = try (0..<4).map { _ in
            try OwnedThread(name: "locker") {
                for _ in 0..<5_000 { lock.withLock { $0.count += 1 } }
            }
        }
        for thread in threads { await thread.joined() }
        #expect(lock.withLock { $0.count } == 20_000)
    }

    @Test func anErrorLeavesItOpen() throws {
        struct Stop: Error {}
        let lock = Lock(1)
        #expect(throws: Stop.self) {
            try lock.withLock { value in
                value = 2
                throw Stop()
            }
        }
        #expect(lock.withLock { $0 } == 2)
    }
}
