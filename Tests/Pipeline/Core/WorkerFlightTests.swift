import Pipeline
import Runtime
import Sealing
import Testing
import Ticketing
import Wire

/// A worker with two groups under way.
@Suite struct WorkerFlightTests {
    @Test func aFullGroupIsMadeReadyBehindTheOneThatCommits() throws {
        let script = try WorkerScript { $0.batchBound = 2 }
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        let first = try #require(script.takeCommit())
        script.deliver((2...7).map { Stage.reserve($0, buyer: "b\($0)") })
        let second = try #require(script.takeCommit())
        #expect(second.batches[0].entries.map(\.id) == [Stage.id(2), Stage.id(3)])
        #expect(second.batches[0].previousChain == nil, "only who has sealed the first one knows")
        #expect(script.takeCommit() == nil, "two are under way")
        let sealed = [script.sealer.seal(first), script.sealer.seal(second)]
        #expect(sealed[1][0].previousChain == sealed[0][0].chain)

        script.step(.committed(group: first.number, sealed[0]))
        #expect(script.takeReplies().map(\.id) == [Stage.id(1)])
        let third = try #require(script.takeCommit())
        #expect(third.batches[0].entries.map(\.id) == [Stage.id(4), Stage.id(5)])
        script.step(.committed(group: second.number, sealed[1]))
        #expect(script.takeReplies().map(\.id) == [Stage.id(2), Stage.id(3)])
        let fourth = try #require(script.takeCommit())
        #expect(fourth.batches[0].number == 4)
        for group in [third, fourth] { script.step(.committed(group: group.number, script.sealer.seal(group))) }
        #expect(script.takeReplies().map(\.status) == [201, 201, 201, 201])
        #expect(script.takeAcknowledgement() == 1)
        #expect(script.takeAcknowledgement() == 2)
    }

    @Test func whatIsBehindARefusedGroupIsDecidedAnewThoughItIsUnderWay() throws {
        let script = try WorkerScript { $0.batchBound = 2 }
        script.begin()
        script.deliver([Stage.create(1)])
        script.answerLoad()
        script.commit()
        script.deliver([Stage.reserve(2, quantity: 6), Stage.reserve(3, buyer: "c")])
        let refused = try #require(script.takeCommit())
        script.deliver([Stage.reserve(4, buyer: "d", quantity: 6), Stage.reserve(5, buyer: "e")])
        let behind = try #require(script.takeCommit())
        #expect(behind.batches[0].entries[0].verdict.decision?.status == 409, "the first six are on their way")
        script.step(.commitFailed(group: refused.number, .rejected("a constraint says no")))
        // It follows a batch that came to nothing, so it is none of the partition's: nobody has taken that away.
        script.step(.commitFailed(group: behind.number, .fenced([0])))
        #expect(script.worker.owned == 1)
        #expect(script.takeClose() == nil)
        #expect(script.takeReplies().map(\.id) == [Stage.id(1)], "neither is told")
        script.step(.woken, after: .seconds(1))
        script.answerLookUps()
        script.answerLoad(.event(try #require(Stage.created(1))))
        let again = try #require(script.takeCommit())
        #expect(again.batches[0].number == 2)
        #expect(again.batches[0].previousChain != nil)
        #expect(again.batches[0].entries.map(\.id) == [Stage.id(2), Stage.id(3)], "in their first order")
    }

    @Test func aRefusedCommandComesToCareThoughItsNeighboursGoOn() throws {
        let script = try WorkerScript()
        script.begin()
        for number in UInt64(1)...2 {
            script.deliver([Stage.create(number, event: Stage.event(number))])
            script.answerLoad()
            script.settle()
        }
        script.deliver([Stage.reserve(10, event: Stage.event(1))])
        for round in UInt64(0)..<2 {
            let group = try #require(script.takeCommit())
            #expect(group.batches[0].entries.map(\.id) == [Stage.id(10)])
            script.step(.commitFailed(group: group.number, .rejected("a constraint says no")))
            script.step(.woken, after: .seconds(10))
            script.answerLookUps()
            // While its event is loaded, another one's commands are decided and committed.
            script.deliver([Stage.reserve(20 + round, buyer: "c\(round)", event: Stage.event(2))])
            #expect(script.commit()?.batches[0].entries.map(\.id) == [Stage.id(20 + round)])
            script.answerLoad(.event(try #require(Stage.created(1))))
        }
        #expect(script.takeCommit() == nil)
        #expect(script.takeAttempt()?.0 == Stage.id(10), "refused twice, it is tried alone")
    }
}
