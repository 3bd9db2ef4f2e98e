import Runtime
import Testing
import Ticketing
import Wire

@testable import Pipeline

/// What a worker tells of how busy its partitions are.
@Suite struct WorkerLoadTests {
    static let interval = Duration.milliseconds(250)

    /// A script whose partition has its event, and has told all of it.
    private func script() throws -> WorkerScript {
        let script = try WorkerScript { $0.batchBound = 100 }
        script.begin()
        script.deliver([Stage.create(1, seats: 1_000)])
        script.answerLoad()
        script.settle()
        for _ in 0..<5 { script.step(.woken, after: Self.interval) }
        _ = script.takeLoads()
        return script
    }

    @Test func aClaimedPartitionIsToldOfOnceAndThenOnlyWhenItHasSomethingToDo() throws {
        let script = try WorkerScript()
        script.begin(script.claim(epoch: 3, batch: 7, sequence: 9))
        #expect(script.worker.nextWake <= script.now + Self.interval)
        script.step(.woken, after: Self.interval - .microseconds(1))
        #expect(script.takeLoads().isEmpty)
        let time = Time(microseconds: script.clock.microseconds + 1)
        script.step(.woken, after: .microseconds(1))
        #expect(
            script.takeLoads() == [
                OwnerLoad(partition: 0, epoch: 3, sequence: 8, rate: 0, headAgeMilliseconds: 0, at: time)
            ])
        script.step(.woken, after: Self.interval)
        script.step(.woken, after: .seconds(60))
        #expect(script.takeLoads().isEmpty, "it has nothing to say")
    }

    @Test func whatIsCommittedIsToldWithItsPaceAndItsEndOnce() throws {
        let script = try script()
        for number in UInt64(2)...11 { script.deliver([Stage.reserve(number, buyer: "b\(number)")]) }
        script.settle()
        #expect(script.takeLoads().isEmpty, "not before its time")
        script.step(.woken, after: Self.interval)
        let loads = script.takeLoads()
        #expect(loads.map(\.sequence) == [11])
        #expect(loads.map(\.rate) == [40], "ten in a quarter of a second, whatever was before")
        #expect(loads.map(\.headAgeMilliseconds) == [0])
        // Silence while the second is not over, and then one last word.
        for _ in 0..<3 { script.step(.woken, after: Self.interval) }
        #expect(script.takeLoads().isEmpty)
        script.step(.woken, after: Self.interval)
        #expect(script.takeLoads().map(\.rate) == [0])
        for _ in 0..<8 { script.step(.woken, after: Self.interval) }
        #expect(script.takeLoads().isEmpty)
    }

    @Test func whatIsNotCommittedIsNotToldAndTheOldestOneWaitsVisibly() throws {
        let script = try script()
        script.deliver([Stage.reserve(2)])
        let group = try #require(script.takeCommit())
        script.step(.woken, after: .milliseconds(100))
        script.deliver([Stage.reserve(3, buyer: "c")])
        script.step(.woken, after: .milliseconds(150))
        script.step(.woken, after: Self.interval)
        var loads = script.takeLoads()
        #expect(loads.map(\.sequence) == [1, 1])
        #expect(loads.map(\.rate) == [0, 0])
        #expect(loads.map(\.headAgeMilliseconds) == [250, 500])
        // The first one is answered: now the second is the oldest, which came 100 ms later.
        script.step(.committed(group: group.number, script.sealer.seal(group)))
        script.step(.woken, after: Self.interval)
        loads = script.takeLoads()
        #expect(loads.map(\.sequence) == [2])
        #expect(loads.map(\.headAgeMilliseconds) == [650])
        script.settle()
        script.step(.woken, after: Self.interval)
        #expect(script.takeLoads().map(\.headAgeMilliseconds) == [0])
    }

    @Test func aMessageThatIsNotReadYetIsInItsHandsToo() throws {
        let script = try WorkerScript { $0.batchBound = 1 }
        script.begin()
        // While the event is loaded, its commands fill what is read at a time.
        for number in UInt64(1)...40 { script.deliver([Stage.reserve(number)]) }
        script.step(.woken, after: Self.interval)
        #expect(script.takeLoads().map(\.headAgeMilliseconds) == [250])
    }

    @Test func whatIsSettledBehindTheOldestDoesNotHideIt() throws {
        let script = try script()
        script.deliver([Stage.create(50, event: Stage.event(2))])
        script.deliver([Stage.reserve(2)])
        script.settle()
        #expect(script.takeReplies().contains { $0.id == Stage.id(2) })
        script.step(.woken, after: Self.interval)
        let loads = script.takeLoads()
        #expect(loads.map(\.rate) == [4])
        #expect(loads.map(\.headAgeMilliseconds) == [250], "the other event is still being loaded")
    }

    @Test func whatFallsDueIsNoCommandButMovesTheJournal() throws {
        let script = try script()
        script.deliver([Stage.reserve(2)])
        script.settle()
        for _ in 0..<5 { script.step(.woken, after: Self.interval) }
        _ = script.takeLoads()
        script.step(.woken, after: .seconds(61))
        script.settle()
        script.step(.woken, after: Self.interval)
        #expect(script.takeLoads().map { [$0.sequence, UInt64($0.rate)] } == [[3, 0]])
    }

    @Test func aPartitionThatIsLostIsNotToldOfAndANewClaimBeginsAnew() throws {
        let script = try script()
        script.deliver([Stage.reserve(2)])
        let group = try #require(script.takeCommit())
        script.step(.commitFailed(group: group.number, .fenced([0])))
        script.step(.woken, after: Self.interval)
        #expect(script.takeLoads().isEmpty)
        script.beat(script.ownership(owner: nil, epoch: 5))
        script.step(.claimed(wanted: [0], [script.claim(epoch: 6, batch: 4, sequence: 21)]))
        script.step(.woken, after: Self.interval)
        #expect(script.takeLoads().map { [$0.epoch, $0.sequence, UInt64($0.rate)] } == [[6, 20, 0]])
    }

    @Test func thePaceIsThatOfASecondAndNeverOfMore() {
        var pace = Pace()
        #expect(pace.look(after: .seconds(5)) == 0)
        pace.note(100)
        #expect(pace.look(after: .milliseconds(250)) == 400)
        #expect(pace.look(after: .milliseconds(250)) == 200)
        pace.note(50)
        pace.note(50)
        #expect(pace.look(after: .milliseconds(500)) == 200)
        #expect(pace.look(after: .milliseconds(500)) == 134, "rounded up")
        // The first hundred are out of sight, and so is the time before the second.
        #expect(pace.look(after: .milliseconds(500)) == 67)
        #expect(pace.look(after: .milliseconds(250)) == 58)
        #expect(pace.look(after: .milliseconds(250)) == 0)
        pace.note(1)
        #expect(pace.look(after: .zero) == 1, "a clock that does not move divides nothing")
    }
}
