/// Where a request stands in a distributed trace: W3C Trace Context, https://www.w3.org/TR/trace-context-2/.
///
///     let here = TraceContext(traceparent: header, tracestate: state)?.child(ids) ?? .root(ids, isSampled: false)
///     log.with(here.fields).info("taken")
///     publish(headers: ["traceparent": here.traceparent, "tracestate": here.tracestate])
public struct TraceContext: Sendable, Hashable {
    public let traceID: TraceID
    /// This process' part of the work; for a context that was read, the caller's.
    public let spanID: SpanID
    /// Whether somebody upstream records this trace.
    public let isSampled: Bool
    /// Whether the right half of the trace's id is known to be random.
    public let hasRandomID: Bool
    /// What other vendors carry along: opaque, at most 512 bytes; empty when there is nothing.
    public let tracestate: String

    public struct TraceID: Sendable, Hashable, CustomStringConvertible {
        public let high: UInt64
        public let low: UInt64

        /// `nil` for zero, which is no id.
        public init?(high: UInt64, low: UInt64) {
            guard high != 0 || low != 0 else { return nil }
            self.high = high
            self.low = low
        }

        public var description: String { Hex.text(high) + Hex.text(low) }
    }

    public struct SpanID: Sendable, Hashable, CustomStringConvertible {
        public let bits: UInt64

        /// `nil` for zero, which is no id.
        public init?(bits: UInt64) {
            guard bits != 0 else { return nil }
            self.bits = bits
        }

        public var description: String { Hex.text(bits) }
    }

    public init(
        traceID: TraceID, spanID: SpanID, isSampled: Bool, hasRandomID: Bool = false, tracestate: String = ""
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.hasRandomID = hasRandomID
        self.tracestate = tracestate
    }

    /// A trace that begins here.
    public static func root(_ ids: TraceIDs, isSampled: Bool) -> TraceContext {
        TraceContext(traceID: ids.traceID(), spanID: ids.spanID(), isSampled: isSampled, hasRandomID: true)
    }

    /// A part of this work: the same trace, a new span.
    public func child(_ ids: TraceIDs) -> TraceContext {
        TraceContext(
            traceID: traceID, spanID: ids.spanID(), isSampled: isSampled, hasRandomID: hasRandomID,
            tracestate: tracestate)
    }

    /// As a header carries it to the next: version 00, with the flags that this version knows.
    public var traceparent: String {
        let flags = (isSampled ? 1 : 0) | (hasRandomID ? 2 : 0)
        return "00-\(traceID)-\(spanID)-0\(flags)"
    }

    /// What log lines of this work carry.
    public var fields: LogFields {
        ["trace.id": .string(traceID.description), "span.id": .string(spanID.description)]
    }
}

/// Makes ids for traces and spans, from any thread. Random, but no secret.
public final class TraceIDs: Sendable {
    private let state: SharedRandom

    public convenience init() {
        self.init(seed: .random(in: .min ... .max))
    }

    /// The same ids for the same seed: for tests and the simulator.
    public init(seed: UInt64) {
        state = SharedRandom(seed: seed)
    }

    public func traceID() -> TraceContext.TraceID {
        while true {
            if let id = TraceContext.TraceID(high: state.next(), low: state.next()) { return id }
        }
    }

    public func spanID() -> TraceContext.SpanID {
        while true {
            if let id = TraceContext.SpanID(bits: state.next()) { return id }
        }
    }
}
