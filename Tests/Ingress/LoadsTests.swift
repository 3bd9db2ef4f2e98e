import Runtime
import Testing
import Ticketing
import Wire

@testable import Ingress

@Suite struct LoadsTests {
    private var loads = Loads(name: "ingress-1")
    private let start: Int64 = 1_800_000_000_000_000

    private func wall(_ milliseconds: Int64) -> Timestamp { Timestamp(microseconds: start + milliseconds * 1_000) }

    private func owner(_ sequence: UInt64, rate: Int, at milliseconds: Int64, epoch: UInt64 = 1) -> LoadLine {
        .owner(
            OwnerLoad(
                partition: 3, epoch: epoch, sequence: sequence, rate: rate, headAgeMilliseconds: 0,
                at: Time(microseconds: start + milliseconds * 1_000)))
    }

    @Test mutating func nothingIsKnownOfASilentPartition() {
        #expect(loads.expected(3, behind: 5) == 0)
        let standing = loads.standing(of: 0, in: 3, at: wall(0))
        #expect(standing.position == nil && standing.etaSeconds == nil)
    }

    @Test mutating func aPlaceIsTheDifferenceOfSequenceNumbers() {
        loads.hear(owner(1_000, rate: 100, at: 0))
        let expected = loads.expected(3, behind: 500)
        #expect(expected == 1_500)
        let standing = loads.standing(of: expected, in: 3, at: wall(100))
        #expect(standing.position == 500)
        // Five seconds at this rate, less the age of the notice.
        #expect(standing.etaSeconds == 5)
        #expect(loads.standing(of: 900, in: 3, at: wall(100)).position == 1)
    }

    @Test mutating func everyIngressUsesTheSameNoticeAtTheSameTime() {
        loads.hear(owner(1_000, rate: 100, at: 0))
        loads.hear(owner(1_025, rate: 100, at: 250))
        #expect(loads.standing(of: 1_500, in: 3, at: wall(349)).position == 500)
        #expect(loads.standing(of: 1_500, in: 3, at: wall(350)).position == 475)
    }

    @Test mutating func aPlaceNeverGrows() {
        var random = SeededRandom(seed: 7)
        var sequence: UInt64 = 1_000
        var expected: [UInt64] = []
        var last: [Int] = []
        for step in 0..<400 {
            let now = Int64(step) * 50
            if step % 5 == 0 { loads.hear(owner(sequence, rate: Int.random(in: 0...900, using: &random), at: now)) }
            sequence += UInt64.random(in: 0...40, using: &random)
            loads.note(sequence, of: 3)
            if step % 10 == 0 {
                expected.append(loads.expected(3, behind: Int.random(in: 1...2_000, using: &random)))
                last.append(.max)
            }
            for index in expected.indices {
                guard let position = loads.standing(of: expected[index], in: 3, at: wall(now)).position else {
                    continue
                }
                #expect(position <= last[index])
                last[index] = position
            }
        }
        #expect(last.contains { $0 < .max })
    }

    @Test mutating func anOldEpochSaysNothing() {
        loads.hear(owner(1_000, rate: 100, at: 0, epoch: 2))
        loads.hear(owner(900, rate: 5, at: 50, epoch: 1))
        #expect(loads.standing(of: 1_500, in: 3, at: wall(300)).position == 500)
    }

    @Test mutating func aRateThatIsOldOrNoneGivesNoTime() {
        loads.hear(owner(1_000, rate: 0, at: 0))
        #expect(loads.standing(of: 1_500, in: 3, at: wall(200)).etaSeconds == nil)
        loads.hear(owner(1_000, rate: 100, at: 200))
        #expect(loads.standing(of: 1_500, in: 3, at: wall(400)).etaSeconds == 5)
        let later = loads.standing(of: 1_500, in: 3, at: wall(200 + 3_001))
        #expect(later.position == 500 && later.etaSeconds == nil)
    }

    @Test mutating func othersCountWhileTheyAreFresh() {
        let load = IngressLoad(
            name: "ingress-2", at: Time(microseconds: start), waiting: [.init(partition: 3, count: 7)], accepted: 9)
        loads.hear(.ingress(load))
        var own = load
        own.name = "ingress-1"
        loads.hear(.ingress(own))
        #expect(loads.waitingElsewhere(3, at: wall(0)) == 7 && loads.waitingElsewhere(4, at: wall(0)) == 0)
        #expect(loads.ingresses(at: wall(0)) == 2)
        #expect(loads.waitingElsewhere(3, at: wall(3_001)) == 0 && loads.ingresses(at: wall(3_001)) == 1)
    }
}
