import Runtime
import Testing
import Ticketing

@testable import Ingress

@Suite struct LoginGuardTests {
    private let alice = TenantId(high: 1, low: 1)
    private let bob = TenantId(high: 1, low: 2)

    private final class Door {
        var state: LoginGuard
        var now = MonotonicTime(nanoseconds: 1_000_000_000)

        init(_ change: (inout LoginGuard.Limits) -> Void = { _ in }) {
            var limits = LoginGuard.Limits()
            limits.freePerAccount = 3
            limits.freePerAddress = 6
            limits.longest = .seconds(60)
            change(&limits)
            state = LoginGuard(limits)
        }

        func pass(_ seconds: Int) { now = now + .seconds(seconds) }
        /// How many seconds it has to wait; 0: it is let in.
        func fail(_ tenant: TenantId, _ address: String) -> Int {
            state.admit(tenant, from: address, at: now).map { Int($0.components.seconds) } ?? 0
        }
        func succeed(_ tenant: TenantId, _ address: String) -> Int {
            let wait = fail(tenant, address)
            if wait == 0 { state.succeeded(tenant, from: address) }
            return wait
        }
    }

    @Test func theFirstFailuresAreFreeAndThenEachWaitIsTwiceAsLong() {
        let door = Door()
        for _ in 0..<4 { #expect(door.fail(alice, "a") == 0) }
        for wait in [1, 2, 4] {
            #expect(door.fail(alice, "b") == wait, "wherever it comes from")
            door.pass(wait)
            #expect(door.fail(alice, "\(wait)") == 0)
        }
        #expect(door.fail(bob, "b") == 0, "another account is another one")
        door.pass(8)
        for _ in 0..<10 {
            #expect(door.fail(alice, "\(door.now)") == 0)
            door.pass(60)
        }
        #expect(door.fail(alice, "c") == 0, "and no wait is longer than the longest")
    }

    @Test func anAddressIsSlowedWhateverTheAccounts() {
        let door = Door()
        for number in 0..<7 as Range<UInt64> { #expect(door.fail(TenantId(high: 2, low: number), "a") == 0) }
        #expect(door.fail(alice, "a") == 1 && door.fail(alice, "b") == 0)
    }

    @Test func manyAtOnceAreNoWayAround() {
        let door = Door()
        // None of them has an answer yet.
        let letIn = (0..<50).count { _ in door.fail(alice, "a") == 0 }
        #expect(letIn == 4)
    }

    @Test func aSuccessClearsTheAccountAndGivesTheAddressBackWhatItTook() {
        let door = Door()
        for _ in 0..<3 { #expect(door.fail(alice, "a") == 0) }
        #expect(door.succeed(alice, "a") == 0)
        for _ in 0..<3 { #expect(door.fail(alice, "a") == 0) }
        // Six failures by now: the next one that fails is the first that has to be waited for.
        #expect(door.succeed(alice, "a") == 0)
        #expect(door.fail(bob, "a") == 0 && door.fail(bob, "a") == 1)
    }

    @Test func anAccountOfOnesOwnBuysNoGuesses() {
        let door = Door()
        for number in 0..<6 as Range<UInt64> {
            #expect(door.fail(TenantId(high: 2, low: number), "a") == 0)
            #expect(door.succeed(bob, "a") == 0)
        }
        #expect(door.fail(alice, "a") == 0)
        #expect(door.fail(alice, "a") > 0)
    }

    @Test func whoFailsOnPurposeDoesNotKeepTheOwnerOut() {
        let door = Door()
        #expect(door.succeed(alice, "home") == 0)
        for number in 0..<20 {
            _ = door.fail(alice, "elsewhere-\(number)")
            door.pass(1)
        }
        #expect(door.fail(alice, "new") > 0)
        #expect(door.succeed(alice, "home") == 0)
        for _ in 0..<4 { #expect(door.fail(alice, "home") == 0) }
        #expect(door.fail(alice, "home") == 1, "but nobody guesses there for ever either")
    }

    @Test func aTryThatCouldNotBeMadeIsTakenBack() {
        let door = Door()
        for _ in 0..<20 {
            #expect(door.fail(alice, "a") == 0)
            door.state.withdraw(alice, from: "a")
        }
        #expect(door.state.knownCount == 0)
    }

    @Test func afterALongTimeAllIsForgotten() {
        let door = Door()
        for _ in 0..<4 { _ = door.fail(alice, "a") }
        door.pass(60)
        for _ in 0..<4 { #expect(door.fail(alice, "a") == 0) }
        #expect(door.fail(alice, "a") == 1)
    }

    @Test func itRemembersABoundedNumberAndTheWorstTheLongest() {
        let door = Door { $0.most = 100 }
        for _ in 0..<8 {
            _ = door.fail(alice, "a")
            door.pass(4)
        }
        #expect(door.fail(alice, "a") == 0 && door.fail(alice, "b") > 0)
        for number in 0..<5_000 as Range<UInt64> {
            _ = door.fail(TenantId(high: 3, low: number), "x\(number)")
            #expect(door.state.knownCount <= 200)
        }
        #expect(door.fail(alice, "b") > 0)
    }
}

@Suite struct HourlyLimitTests {
    private func at(_ seconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000) }

    @Test func anHoursWorthIsThereAtOnceAndComesBackEvenly() {
        var limit = HourlyLimit(4)
        for _ in 0..<4 { #expect(limit.take(from: "a", at: at(0)) == nil) }
        #expect(limit.wait(of: "a", at: at(0)) == 900 && limit.wait(of: "b", at: at(0)) == nil)
        #expect(limit.wait(of: "a", at: at(900)) == nil)
        #expect(limit.take(from: "a", at: at(0)) == 900)
        #expect(limit.take(from: "b", at: at(0)) == nil)
        #expect(limit.take(from: "a", at: at(899)) == 1)
        #expect(limit.take(from: "a", at: at(900)) == nil && limit.take(from: "a", at: at(900)) == 900)
        for _ in 0..<4 { #expect(limit.take(from: "a", at: at(9_000)) == nil) }
        #expect(limit.take(from: "a", at: at(9_000)) == 900, "it holds no more than an hour's worth")
    }

    @Test func itRemembersABoundedNumber() {
        var limit = HourlyLimit(1, most: 10)
        for number in 0..<1_000 {
            #expect(limit.take(from: "\(number)", at: at(number * 1_000)) == nil)
            #expect(limit.count <= 10)
        }
    }
}
