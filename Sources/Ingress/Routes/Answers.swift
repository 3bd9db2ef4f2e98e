internal import API
internal import HTTPServer
internal import Runtime
internal import Ticketing
internal import Wire

/// Turns what became of a line's commands into what clients are told.
struct Answers: Sendable {
    typealias Answer = IntakeAnswer<Asker>

    let seal: RequestSeal
    var line = Line.seats

    func give(_ answer: Answer) {
        switch answer.waiter {
        case .client(let call): give(answer, to: call)
        case .line(let bulk, let index): bulk.answer(index, line(answer, of: bulk.call))
        case .inquirer(let call, let id): report(answer.result, of: id, to: call)
        case .provider(let call):
            switch answer.result {
            case .decided, .pending: call.answer(WebhookClerk.taken)
            case .failed(let failure): call.refuse(Fault(failure))
            }
        }
    }

    // MARK: one request

    private func give(_ answer: Answer, to call: Call) {
        switch answer.result {
        case .decided(let decided, let isReplayed): call.answer(response(decided, isReplayed, answer, call))
        case .pending(let pending):
            let id = requestId(pending, answer, call)
            call.answer(
                Response(
                    .accepted, .json, .bytes(Self.pending(id, pending.position, pending.etaSeconds)),
                    headers: [
                        "Request-Id": id, "Location": "/v1/requests/\(id)",
                        "Retry-After": String(Self.retryAfter(pending.etaSeconds)),
                    ]))
        case .failed(let failure):
            call.refuse(Fault(failure), requestId: requestId(failure, answer.command, answer.partition, call))
        }
    }

    private func response(
        _ decided: Answer.Decided, _ isReplayed: Bool, _ answer: Answer, _ call: Call
    ) -> Response {
        let id = requestId(decided, answer, call)
        var headers: HTTPHeaders = ["Request-Id": id]
        if isReplayed { headers.add("Idempotency-Replayed", "true") }
        // The event has just moved, or cannot be served: nothing was decided.
        if decided.status == 503 { headers.add("Retry-After", "1") }
        let status = HTTPStatus(decided.status)
        guard decided.status >= 400 else { return Response(status, .json, .bytes(decided.body), headers: headers) }
        return Response(status, .problem, .bytes(Self.refusal(decided.body, call.path, id)), headers: headers)
    }

    /// A stored refusal, and which request it is of.
    private static func refusal(_ body: [UInt8], _ path: String, _ id: String) -> [UInt8] {
        guard body.last == UInt8(ascii: "}"), body.count > 2 else { return body }
        var writer = JSONWriter(appendingTo: Array(body.dropLast()))
        writer.key("instance")
        writer.string(path)
        writer.key("requestId")
        writer.string(id)
        writer.endObject()
        return writer.bytes
    }

    static func pending(_ id: String, _ position: Int?, _ etaSeconds: Int?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("requestId")
        writer.string(id)
        writer.key("status")
        writer.word("pending")
        writer.key("position")
        writer.number(orNull: position)
        writer.key("etaSeconds")
        writer.number(orNull: etaSeconds)
        writer.endObject()
        return writer.bytes
    }

    private static func retryAfter(_ etaSeconds: Int?) -> Int { min(60, max(1, etaSeconds ?? 1)) }

    // MARK: ids

    /// The same for each answer with this decision.
    private func requestId(_ decided: Answer.Decided, _ answer: Answer, _ call: Call) -> String {
        let tail = decided.body.withUnsafeBytes { DecisionTail(of: $0) }
        return seal.text(
            RequestId(
                decided.status == 503 ? .refused : .decided, of: line, answer.command,
                partition: tail?.partition ?? answer.partition,
                seconds: (tail?.decidedAt ?? SystemTime().wall).microseconds / 1_000_000), of: call.tenant)
    }

    private func requestId(_ pending: Answer.Pending, _ answer: Answer, _ call: Call) -> String {
        seal.text(
            RequestId(
                .accepted, of: line, answer.command, partition: answer.partition,
                seconds: pending.acceptedAt.microseconds / 1_000_000, expected: pending.expected), of: call.tenant)
    }

    func requestId(_ failure: IntakeFailure, _ command: CommandId, _ partition: Int, _ call: Call) -> String {
        seal.text(
            RequestId(
                failure == .outcomeUnknown ? .unknown : .refused, of: line, command, partition: partition,
                seconds: SystemTime().wall.microseconds / 1_000_000), of: call.tenant)
    }

    // MARK: a line of many

    private func line(_ answer: Answer, of call: Call) -> BulkLine {
        switch answer.result {
        case .decided(let decided, let isReplayed):
            return BulkLine(
                status: decided.status, requestId: requestId(decided, answer, call), isReplayed: isReplayed,
                body: decided.body)
        case .pending(let pending):
            let id = requestId(pending, answer, call)
            return BulkLine(
                status: 202, requestId: id, body: Self.pending(id, pending.position, pending.etaSeconds))
        case .failed(let failure):
            return BulkLine(
                Fault(failure), requestId: requestId(failure, answer.command, answer.partition, call))
        }
    }

    // MARK: what became of a request

    func report(_ result: Answer.Result, of id: RequestId, to call: Call) {
        switch result {
        case .decided(let decided, _): call.answer(.tagged(Self.outcome(decided, call.id)))
        case .pending(let pending):
            call.answer(
                .tagged(
                    Self.pending(call.id, pending.position, pending.etaSeconds),
                    headers: ["Retry-After": String(Self.retryAfter(pending.etaSeconds))]))
        case .failed(let failure): call.refuse(Fault(failure))
        }
    }

    private static func outcome(_ decided: Answer.Decided, _ id: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("requestId")
        writer.string(id)
        writer.key("status")
        writer.word("decided")
        writer.object("outcome") { writer in
            writer.key("status")
            writer.integer(decided.status)
            writer.key("body")
            writer.raw(decided.body)
        }
        let tail = decided.body.withUnsafeBytes { DecisionTail(of: $0) }
        writer.key("decision")
        if let tail { writer.raw(decided.body[tail.range]) } else { writer.raw("null") }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    mutating func number(orNull value: Int?) {
        if let value { integer(value) } else { raw("null") }
    }
}

extension Fault {
    init(_ failure: IntakeFailure) {
        switch failure {
        case .overloaded(let seconds):
            self.init(
                .overloaded,
                "More is waiting here than can be decided soon. Nothing was accepted: send it again later.",
                headers: ["Retry-After": String(seconds)])
        case .unavailable(let detail): self = .unavailable(detail)
        case .outcomeUnknown:
            self.init(
                .outcomeUnknown,
                """
                The broker did not say in time whether it has the request. Send it again with the same \
                Idempotency-Key, or ask GET /v1/requests/{requestId}.
                """, headers: ["Retry-After": "1"])
        case .keyReused:
            self.init(
                .idempotencyKeyReused,
                "This Idempotency-Key was used for a request with another body: take a new one.")
        }
    }
}

extension Response {
    /// What is read, with a tag by which its reader can ask whether it has changed.
    static func tagged(_ json: [UInt8], headers: HTTPHeaders = [:]) -> Response {
        Response(
            .ok, .json, .bytes(json), headers: headers, tag: json.withUnsafeBytes { EntityTag(hashing: $0) })
    }
}
