import PipelineTestSupport
import Runtime
import Testing
import Ticketing

@testable import Pipeline

/// A worker's place among the others, by itself.
@Suite final class MembershipTests {
    private static let us = WorkerId("wrk_a")
    private static let other = WorkerId("wrk_b")

    private var membership = Membership(
        us, beating: .milliseconds(200), clockTolerance: .seconds(1), database: "the database", at: start)
    private var now = start

    private static let start = MonotonicTime(nanoseconds: 1_000_000_000)
    /// The database's clock, which goes as ours does.
    private var clock: Time { Time(microseconds: 1_780_000_000_000_000 + now.nanoseconds / 1_000) }

    private func neighbourhood(
        _ partitions: [Ownership], members: [WorkerId] = [us], offset microseconds: Int64 = 0
    ) -> Neighbourhood {
        Neighbourhood(
            now: Time(microseconds: clock.microseconds + microseconds), members: members, partitions: partitions)
    }

    /// A beat, and what comes of it.
    private func beat(
        _ partitions: [Ownership], members: [WorkerId] = [us], offset microseconds: Int64 = 0,
        held: [Int: (UInt64, PartitionPhase)] = [:]
    ) -> (moves: Membership.Moves, warnings: [String]) {
        now = now + .milliseconds(200)
        membership.beatBegins(at: now)
        let answer = neighbourhood(partitions, members: members, offset: microseconds)
        let warnings = membership.hear(answer, hasOwnTime: !held.isEmpty, at: now)
        return (membership.moves(in: answer) { held[$0] }, warnings)
    }

    private func free(_ number: Int = 0, epoch: UInt64 = 1) -> Ownership {
        Ownership(number: number, owner: nil, isOwnerAlive: false, epoch: epoch)
    }

    private func owned(by owner: WorkerId, isAlive: Bool = true, epoch: UInt64 = 1) -> Ownership {
        Ownership(number: 0, owner: owner, isOwnerAlive: isAlive, epoch: epoch)
    }

    // MARK: - Claims

    @Test func whatIsFreeIsClaimedOnceUntilItIsAnswered() {
        #expect(beat([free()]).moves.toClaim == [ClaimRequest(number: 0, epoch: 1)])
        #expect(membership.isAsking && membership.isAsking(for: 0))
        #expect(beat([free()]).moves.toClaim.isEmpty)
        membership.isAnswered(about: [0])
        #expect(!membership.isAsking)
        #expect(beat([free()]).moves.toClaim.count == 1)
    }

    @Test func aDeadOwnersIsClaimedWithItsNameAndALivingOnesIsLeftAlone() {
        #expect(beat([owned(by: Self.other)]).moves.toClaim.isEmpty)
        let dead = owned(by: Self.other, isAlive: false)
        #expect(beat([dead]).moves.toClaim == [ClaimRequest(number: 0, epoch: 1, deadOwner: Self.other)])
    }

    @Test func itsOwnThatItKnowsNothingOfIsClaimedOrGivenBack() {
        let ours = owned(by: Self.us)
        #expect(beat([ours]).moves.toClaim == [ClaimRequest(number: 0, epoch: 1)])
        membership.isAnswered(about: [0])
        // Without it in the list nothing is its share.
        let moves = beat([ours], members: [Self.other]).moves
        #expect(moves.toRelease == [HeldPartition(number: 0, epoch: 1)] && moves.toClaim.isEmpty)
        #expect(beat([ours], members: [Self.other]).moves.toRelease.isEmpty, "it is being given back")
    }

    @Test func whatAnotherHasByNowIsLost() {
        for phase in [PartitionPhase.owned, .leaving, .claiming] {
            let moves = beat([owned(by: Self.other, epoch: 2)], held: [0: (1, phase)]).moves
            #expect(moves.lost.map(\.number) == [0], "\(phase)")
        }
        #expect(beat([owned(by: Self.us, epoch: 2)], held: [0: (1, .owned)]).moves.lost.count == 1)
    }

    @Test func aBeatThatKnowsLessThanTheClaimChangesNothing() {
        let moves = beat([free(epoch: 1)], held: [0: (2, .owned)]).moves
        #expect(moves.lost.isEmpty && moves.toLeave.isEmpty && moves.toClaim.isEmpty && moves.toRelease.isEmpty)
    }

    @Test func whatIsAnothersShareIsLeftOnce() {
        let ours = owned(by: Self.us)
        #expect(beat([ours], members: [Self.other], held: [0: (1, .owned)]).moves.toLeave == [0])
        #expect(beat([ours], members: [Self.other], held: [0: (1, .leaving)]).moves.toLeave.isEmpty)
    }

    @Test func whoDrainsLeavesEverythingAndClaimsNothing() {
        let isNew = [membership.startDraining(), membership.startDraining()]
        #expect(isNew == [true, false])
        #expect(beat([free()]).moves.toClaim.isEmpty)
        #expect(beat([owned(by: Self.us)], held: [0: (1, .owned)]).moves.toLeave == [0])
        #expect(membership.complaints == ["it is draining"])
    }

    // MARK: - Beats

    @Test func oneBeatIsUnderWayAtATime() {
        #expect(membership.nextWake == Self.start)
        membership.beatBegins(at: now)
        #expect(membership.nextWake == nil)
        membership.beatEnds()
        #expect(membership.nextWake == now + .milliseconds(200))
    }

    // MARK: - The clock

    @Test func aClockFarOffClaimsNothingUntilItAgreesAgain() {
        _ = beat([owned(by: Self.other)], held: [1: (1, .owned)])
        let off = beat([free()], offset: 1_500_000, held: [1: (1, .owned)])
        #expect(off.moves.toClaim.isEmpty)
        #expect(off.warnings == ["the clock is 1500000 µs from the database's: nothing is claimed"])
        #expect(beat([free()], offset: 1_500_000, held: [1: (1, .owned)]).warnings.isEmpty, "it is said once")
        #expect(membership.complaints == ["the clock drifts from the database's by over 1.0 seconds"])
        let right = beat([free()], held: [1: (1, .owned)])
        #expect(right.warnings == ["the clock agrees with the database's again"])
        #expect(right.moves.toClaim.count == 1 && membership.complaints.isEmpty)
    }

    @Test func whoHasNothingTakesTheNewClockForGood() {
        _ = beat([owned(by: Self.other)])
        #expect(beat([free()], offset: 3_600_000_000).moves.toClaim.isEmpty)
        let next = beat([free()], offset: 3_600_000_000)
        #expect(next.moves.toClaim.count == 1 && membership.complaints.isEmpty)
        #expect(next.warnings == ["the clock agrees with the database's again"])
    }

    @Test func aSlowAnswerIsNoDrift() {
        _ = beat([owned(by: Self.other)], held: [1: (1, .owned)])
        membership.beatBegins(at: now)
        let answer = neighbourhood([], offset: -1_500_000)
        now = now + .seconds(1)
        let early = membership.hear(answer, hasOwnTime: true, at: now)
        #expect(early.count == 1, "2.5 s are not explained by 1 of waiting")
        membership.beatBegins(at: now)
        let late = neighbourhood([])
        now = now + .seconds(3)
        let warnings = membership.hear(late, hasOwnTime: true, at: now)
        #expect(warnings == ["the clock agrees with the database's again"], "3 s of waiting explain 3 s")
    }

    // MARK: - The database

    @Test func aDatabaseThatIsAwayIsSaidOnceAndItsReturn() {
        let away = StoreError(.unavailable, "no route")
        let said = [membership.databaseFailed(away, at: now), membership.databaseFailed(away, at: now)]
        #expect(said == ["the database does not answer: no route", nil])
        #expect(membership.silence(at: now + .seconds(5)) == .seconds(5))
        #expect(membership.complaints == ["the database does not answer"])
        #expect(beat([]).warnings == ["the database answers again"])
        #expect(membership.silence(at: now) == .zero && membership.complaints.isEmpty)
    }

    @Test func aRefusalIsSaidOnceInTenSeconds() {
        let refusal = StoreError(.rejected, "no table")
        let said = [(refusal, 0), (refusal, 9), (refusal, 11), (StoreError(.rejected, "another"), 12)].map {
            membership.databaseFailed($0.0, at: now + .seconds($0.1))
        }
        #expect(
            said == [
                "the database refused: no table", nil, "the database refused: no table",
                "the database refused: another",
            ])
        #expect(membership.silence(at: now + .seconds(20)) == .zero, "it is there")
    }

    // MARK: - Shares

    @Test func sharesAreFairWholeAndStable() {
        let members = (0..<5).map { WorkerId("wrk_\($0)") }
        var owners: [Int: Int] = [:]
        for (index, member) in members.enumerated() {
            let share = Sharing.share(of: member, partitions: 80, members: members)
            #expect(share.count == 16)
            for partition in share { owners[partition, default: 0] += index + 1 }
        }
        #expect(owners.count == 80)
        let without = Array(members.dropLast())
        let kept = members.dropLast().reduce(0) { sum, member in
            sum
                + Sharing.share(of: member, partitions: 80, members: members)
                .intersection(Sharing.share(of: member, partitions: 80, members: without)).count
        }
        #expect(kept >= 50, "most partitions stay where they are when a worker goes")
    }
}
