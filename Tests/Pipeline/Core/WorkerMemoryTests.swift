import Pipeline
import Runtime
import Testing
import Ticketing

/// A worker whose events take more memory than it should use.
@Suite struct WorkerMemoryTests {
    private func script() throws -> WorkerScript {
        let script = try WorkerScript { $0.memoryBound = 1 }
        script.begin()
        for number in UInt64(1)...2 {
            script.deliver([Stage.create(number, event: Stage.event(number))])
            script.answerLoad()
            script.settle()
        }
        return script
    }

    @Test func whatIsInUseStaysWhateverTheMemory() throws {
        let script = try script()
        for number in UInt64(10)...20 {
            script.step(.woken, after: .seconds(1))
            script.deliver([Stage.reserve(number, buyer: "b\(number)", event: Stage.event(1))])
            #expect(script.takeLoad() == nil, "loading it again would keep everybody waiting")
            #expect(script.commit()?.batches[0].entries.count == 1)
        }
    }

    @Test func whatNobodyUsesGoesFirst() throws {
        let script = try script()
        #expect(script.worker.loadedEvents == 2)
        for number in UInt64(10)...21 {
            script.step(.woken, after: .seconds(1))
            script.deliver([Stage.reserve(number, buyer: "b\(number)", event: Stage.event(1))])
            script.settle()
        }
        #expect(script.worker.loadedEvents == 1)
        script.deliver([Stage.reserve(30, event: Stage.event(2))])
        #expect(script.takeLoad()?.0 == Stage.event(2))
    }

    @Test func anOperatorIsToldOnceAMinute() throws {
        let script = try script()
        var warnings = 0
        for number in UInt64(10)...75 {
            script.step(.woken, after: .seconds(1))
            script.deliver([Stage.reserve(number, buyer: "b\(number)", event: Stage.event(1))])
            script.settle()
            while case .warn(let text, _)? = script.take({ if case .warn = $0 { $0 } else { nil } }) {
                #expect(text.contains("seats.memoryBound"))
                warnings += 1
            }
        }
        #expect(warnings == 2)
    }
}
