internal import Runtime
internal import Testing

@Suite struct TraceTests {
    static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func readsAndWritesTheExampleOfTheStandard() throws {
        let trace = try #require(TraceContext(traceparent: Self.good, tracestate: "congo=t61rcWkgMzE"))
        #expect(trace.traceID.description == "0af7651916cd43dd8448eb211c80319c")
        #expect(trace.spanID.description == "b7ad6b7169203331")
        #expect(trace.isSampled && trace.tracestate == "congo=t61rcWkgMzE")
        #expect(trace.traceparent == Self.good)
        #expect(trace.fields["trace.id"] == "0af7651916cd43dd8448eb211c80319c")
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
        "0A-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ",
        " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "00-0af7651916cd43dd8448eb211c8031-9cb7ad6b7169203331-01aa",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        "00-ｇaf7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ])
    func refuses(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test(arguments: [
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
    ])
    func aLaterVersionIsReadAsFarAsItIsKnown(header: String) throws {
        let trace = try #require(TraceContext(traceparent: header))
        #expect(trace.traceparent == Self.good)
    }

    @Test func flagsThatNobodyKnowsAreNotPassedOn() throws {
        let trace = try #require(
            TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe"))
        #expect(!trace.isSampled && trace.hasRandomID)
        #expect(trace.traceparent.hasSuffix("-02"))
    }

    @Test(arguments: [
        "", "a=1", "a=1,b=2", "a=1 , b=2", " a=1\t,\t b=2", "a=1,,b=2", "fw529a3039@dt=FfFfFfFf", "1a-2f@foo=bar1",
        "a_-*/1= b", "a=" + String(repeating: "x", count: 256), (0..<32).map { "k\($0)=v" }.joined(separator: ","),
    ])
    func carriesAGoodTracestateAsItIs(state: String) throws {
        #expect(try #require(TraceContext(traceparent: Self.good, tracestate: state)).tracestate == state)
    }

    @Test(arguments: [
        "a", "=1", "a=", "A=1", "a=1,a=2", "a b=1", "a=1=2", "a=é", "a=\u{1}", "é=1", "-a=1",
        "a=" + String(repeating: "x", count: 257), (0..<33).map { "k\($0)=v" }.joined(separator: ","),
        String(repeating: "k", count: 257) + "=v",
        (0..<6).map { "k\($0)=" + String(repeating: "x", count: 90) }.joined(separator: ","),
    ])
    func aBadTracestateIsLeftOutAndTheTraceGoesOn(state: String) throws {
        #expect(try #require(TraceContext(traceparent: Self.good, tracestate: state)).tracestate == "")
    }

    @Test func aChildIsOfTheSameTraceWithASpanOfItsOwn() throws {
        let parent = try #require(TraceContext(traceparent: Self.good, tracestate: "a=1"))
        let child = parent.child(TraceIDs(seed: 1))
        #expect(child.traceID == parent.traceID && child.spanID != parent.spanID)
        #expect(child.isSampled && child.tracestate == "a=1")
    }

    @Test func idsFollowFromTheSeedAndDoNotRepeat() {
        let (one, same, other) = (TraceIDs(seed: 7), TraceIDs(seed: 7), TraceIDs(seed: 8))
        #expect(one.traceID() == same.traceID() && one.spanID() == same.spanID() && one.spanID() != other.spanID())
        let ids = TraceIDs()
        #expect(Set((0..<10_000).map { _ in ids.spanID() }).count == 10_000)
        #expect(TraceContext.root(ids, isSampled: false).traceparent.hasSuffix("-02"))
    }

    @Test func whatIsWrittenIsReadAndHostileTextNeverTraps() {
        forRandomCases(5_000) { random in
            let ids = TraceIDs(seed: random.next())
            let trace = TraceContext.root(ids, isSampled: Bool.random(using: &random))
            try #require(TraceContext(traceparent: trace.traceparent) == trace)
            var bytes = Array(trace.traceparent.utf8)
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = random.bytes(1)[0]
            let header = String(decoding: bytes, as: UTF8.self)
            if let read = TraceContext(traceparent: header, tracestate: random.text(upTo: 40)) {
                try #require(read.traceparent.utf8.count == 55)
            }
        }
    }
}
