internal import API
internal import HTTPServer
internal import Runtime
internal import Wire

/// The answer to one line of a body of many.
struct BulkLine: Sendable {
    var status: Int
    var requestId: String?
    var isReplayed = false
    /// A JSON object.
    var body: [UInt8]

    init(status: Int, requestId: String?, isReplayed: Bool = false, body: [UInt8]) {
        self.status = status
        self.requestId = requestId
        self.isReplayed = isReplayed
        self.body = body
    }

    init(_ fault: Fault, requestId: String? = nil) {
        self.init(status: fault.code.status.code, requestId: requestId, body: fault.object(requestId: requestId))
    }

    func append(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("status")
        writer.integer(status)
        if let requestId {
            writer.key("requestId")
            writer.string(requestId)
        }
        if isReplayed {
            writer.key("replayed")
            writer.flag(true)
        }
        writer.key("body")
        writer.raw(body)
        writer.endObject()
        writer.endLine()
    }
}

/// A body of many lines: answered when the last of its lines is.
final class BulkCall: Sendable {
    let call: Call
    private let state: Lock<State>

    private struct State {
        var lines: [BulkLine?]
        var missing: Int
    }

    init(_ call: Call, lines: Int) {
        self.call = call
        state = Lock(State(lines: Array(repeating: nil, count: lines), missing: lines))
    }

    /// Each line is answered once, from any thread.
    func answer(_ index: Int, _ line: BulkLine) {
        let lines: [BulkLine?]? = state.withLock { state in
            guard state.lines[index] == nil else { return nil }
            state.lines[index] = line
            state.missing -= 1
            return state.missing == 0 ? state.lines : nil
        }
        guard let lines else { return }
        var writer = JSONWriter()
        for case let line? in lines { line.append(to: &writer) }
        call.answer(Response(.ok, .ndjson, .bytes(writer.bytes)))
    }
}
