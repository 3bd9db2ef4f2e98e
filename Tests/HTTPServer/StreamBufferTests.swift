import Testing

@testable import HTTPServer

@Suite struct StreamBufferTests {
    private func append(_ buffer: inout StreamBuffer, _ frame: SharedBytes) -> StreamBuffer.Append {
        buffer.append(frame)
    }

    private func fill(_ buffer: inout StreamBuffer, _ capacity: Int) -> (StreamBuffer.Fill, String) {
        var bytes = [UInt8](repeating: 0, count: capacity)
        let fill = bytes.withUnsafeMutableBytes { buffer.fill($0) }
        guard case .bytes(let count) = fill else { return (fill, "") }
        return (fill, String(decoding: bytes[..<count], as: UTF8.self))
    }

    @Test func `frames come out in order, in whatever pieces fit`() {
        var buffer = StreamBuffer(limit: 100)
        #expect(append(&buffer, SharedBytes("hello ")) == .queued)
        #expect(append(&buffer, SharedBytes("wide ")) == .queued)
        #expect(append(&buffer, SharedBytes("world")) == .queued)
        #expect(fill(&buffer, 4).1 == "hell")
        #expect(fill(&buffer, 9).1 == "o wide wo")
        #expect(buffer.waiting == 3)
        #expect(fill(&buffer, 9).1 == "rld")
        #expect(fill(&buffer, 9).0 == .sleep)
    }

    @Test func `only the first frame after the sleep wakes`() {
        var buffer = StreamBuffer(limit: 100)
        #expect(fill(&buffer, 9).0 == .sleep)
        #expect(append(&buffer, SharedBytes("a")) == .wake)
        #expect(append(&buffer, SharedBytes("b")) == .queued)
        #expect(fill(&buffer, 9).1 == "ab")
    }

    @Test func `the limit holds, but an empty buffer takes one frame of any size`() {
        var buffer = StreamBuffer(limit: 4)
        #expect(append(&buffer, SharedBytes("12345")) == .queued)
        #expect(append(&buffer, SharedBytes("6")) == .full)
        #expect(fill(&buffer, 3).1 == "123")
        #expect(append(&buffer, SharedBytes("67")) == .queued)
        #expect(append(&buffer, SharedBytes("8")) == .full)
    }

    @Test func `an ended stream sends what it has and takes nothing more`() {
        var buffer = StreamBuffer(limit: 100)
        _ = buffer.append(SharedBytes("last"))
        let mustWake = buffer.end()
        #expect(!mustWake)
        #expect(append(&buffer, SharedBytes("x")) == .closed)
        #expect(fill(&buffer, 9).1 == "last")
        #expect(fill(&buffer, 9).0 == .end)
    }

    @Test func `ending and closing wake a sleeper once`() {
        var ended = StreamBuffer(limit: 100)
        #expect(fill(&ended, 9).0 == .sleep)
        let wakes = [ended.end(), ended.close()]
        #expect(wakes == [true, false])
        var closed = StreamBuffer(limit: 100)
        _ = closed.append(SharedBytes("lost"))
        let mustWake = closed.close()
        #expect(!mustWake)
        #expect(closed.waiting == 0)
        #expect(fill(&closed, 9).0 == .abort)
    }

    @Test func `thousands of frames do not pile up behind the head`() {
        var buffer = StreamBuffer(limit: 1000)
        let frame = SharedBytes("0123456789")
        for _ in 0..<50 { #expect(append(&buffer, frame) == .queued) }
        for _ in 0..<5000 {
            #expect(fill(&buffer, 10).1 == "0123456789")
            #expect(append(&buffer, frame) == .queued)
        }
        #expect(buffer.waiting == 500)
    }
}

@Suite struct ServerSentEventTests {
    private func text(_ frame: EventFrame) -> String {
        frame.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `fields come in their order and end with an empty line`() {
        let event = ServerSentEvent("{}", event: "change", id: "42", retry: .milliseconds(2500))
        #expect(text(event.frame) == "event: change\nid: 42\nretry: 2500\ndata: {}\n\n")
    }

    @Test(arguments: [
        ("a\nb", "data: a\ndata: b\n\n"), ("a\r\nb\rc", "data: a\ndata: b\ndata: c\n\n"), ("", "data: \n\n"),
        ("a\n", "data: a\ndata: \n\n"),
    ]) func `each line of the data is a field`(data: String, frame: String) {
        #expect(text(ServerSentEvent(data).frame) == frame)
    }

    @Test func `a line break cannot forge a field`() {
        let event = ServerSentEvent("x", event: "a\ndata: forged", id: "1\r\nevent: forged")
        #expect(text(event.frame) == "event: a\nid: 1\ndata: x\n\n")
        #expect(text(.comment("a\nb")) == ":a\n:b\n\n")
        #expect(text(.comment()) == ":\n\n")
    }
}

@Suite struct BodyIntakeTests {
    private func begin(
        _ body: inout BodyIntake, _ framing: BodyIntake.Framing, limit: Int
    ) -> BodyIntake.Refusal? {
        body.begin(framing, limit: limit)
    }

    private func add(_ body: inout BodyIntake, _ count: Int, _ budget: ByteBudget) -> BodyIntake.Refusal? {
        [UInt8](repeating: 1, count: count).withUnsafeBytes { body.add($0, budget) }
    }

    @Test func `a length beyond the limit is refused before the first byte`() {
        var body = BodyIntake()
        #expect(begin(&body, .length(11), limit: 10) == .tooLarge(limit: 10))
        #expect(begin(&body, .length(10), limit: 10) == nil)
    }

    @Test func `chunks are refused when they pass the limit`() {
        let budget = ByteBudget(limit: 100)
        var body = BodyIntake()
        #expect(begin(&body, .chunked, limit: 10) == nil)
        #expect(add(&body, 10, budget) == nil)
        #expect(add(&body, 1, budget) == .tooLarge(limit: 10))
    }

    @Test func `the budget is shared and given back`() {
        let budget = ByteBudget(limit: 100)
        var one = BodyIntake()
        var other = BodyIntake()
        _ = one.begin(.length(80), limit: 1000)
        _ = other.begin(.length(80), limit: 1000)
        #expect(add(&one, 1, budget) == nil)
        #expect(add(&other, 1, budget) == .noBudget)
        one.release(budget)
        #expect(one.bytes.isEmpty)
        #expect(add(&other, 80, budget) == nil)
        #expect(other.bytes.count == 80)
    }

    @Test func `what is discarded takes no budget`() {
        let budget = ByteBudget(limit: 10)
        var body = BodyIntake()
        _ = body.begin(.chunked, limit: 1000)
        body.discard(budget)
        #expect(add(&body, 500, budget) == nil)
        #expect(body.bytes.isEmpty)
    }
}
