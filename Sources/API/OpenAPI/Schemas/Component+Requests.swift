internal import Ticketing
internal import Wire

// Requests, receipts, and what operators see.
extension Component {
    static let pending = Component(
        "Pending",
        .object([
            .must("requestId", .component(requestId)), .must("status", .words("pending")),
            .must("position", Schema.count.orNull, "How many are decided before it, by estimate; null where unknown."),
            .must("etaSeconds", Schema.count.orNull, "When it will be decided, by estimate; null where unknown."),
        ]).described(
            "Accepted, and not decided yet."
        ).example(["requestId": Samples.request, "status": "pending", "position": 1_200, "etaSeconds": 1]))

    static let decided = Component(
        "Decided",
        .object([
            .must("requestId", .component(requestId)), .must("status", .words("decided")),
            .must(
                "outcome",
                .object([
                    .must("status", .integer(200...599), "The status that the request was answered with."),
                    .must("body", .object([]), "The body, without what tells answers apart."),
                ])),
            .must("decision", .oneOf([.component(decision), .constant(nil)], by: nil)),
        ]).example([
            "requestId": Samples.request, "status": "decided",
            "outcome": ["status": 201, "body": reservedExample], "decision": Samples.decision,
        ]))

    static let request = Component("Request", .oneOf([.component(pending), .component(decided)], by: nil))

    static let bulkAnswer = Component(
        "BulkAnswer",
        .object([
            .must("status", .integer(200...599), "As a request of its own would be answered."),
            .may("requestId", .component(requestId)),
            .may("replayed", .constant(true), "It is the stored answer to an earlier request with the key."),
            .must("body", .object([]), "As a request of its own would be answered."),
        ]).example([
            "status": 201, "requestId": Samples.request, "body": reservedExample,
        ]))

    static let receipt = Component(
        "Receipt",
        .object([
            .must("v", .constant(1)),
            .must(
                "record",
                .object([
                    .must("partition", .count), .must("sequence", .count), .must("batch", .count),
                    .must("kind", .count), .must("id", hex), .must("event", .component(eventId)),
                    .must("tenant", .component(tenantId)), .must("payload", .string, "What was asked, byte for byte."),
                    .must("status", .count), .must("reply", .string, "What was answered, byte for byte."),
                    .must("writes", hex, "SHA-256 of what was written because of it."), .must("salt", hex),
                ])),
            .must("path", .list(hex), "The neighbours on the way from the decision's leaf to its batch's root."),
            .must(
                "batch",
                .object([
                    .must("epoch", .count), .must("at", .time), .must("firstSequence", .count),
                    .must("entries", .count), .must("rulesVersion", .count), .must("previousChain", hex),
                ])),
            .must("signature", base64, "Ed25519, over the chain's head behind the batch."),
            .must("key", base64, "One of `GET /v1/keys`."),
        ]).described(
            """
            A decision with its proof. The leaf is SHA-256 over the salted record, leaves form a Merkle tree as in RFC \
            6962, and the chain's head behind the batch, which is signed, is a hash over the head before, the batch's \
            numbers and its root.
            """))

    private static let hex = Schema.string(pattern: "^[0-9a-f]+$")
    private static let base64 = Schema.string(pattern: "^[0-9A-Za-z_-]+$")

    static let webhookTaken = Component(
        "WebhookTaken",
        .object([
            .may("received", .constant(true), "It is kept."), .may("ignored", .constant(true), "It is of no interest."),
        ]))

    static let health = Component(
        "Health", .object([.must("status", .words("alive"))]).example(["status": "alive"]))
    static let readiness = Component(
        "Readiness", .object([.must("status", .words("ready"))]).example(["status": "ready"]))

    static let move = Component(
        "Move", .object([.must("eventId", .component(eventId)), .must("partition", .count, "Where it is decided.")]))

    static let explanation = Component(
        "Explanation",
        .object([
            .must("code", .string),
            .must("statuses", .list(.integer(400...599), 1...3)),
            .must("title", .string),
            .must(
                "cases",
                .list(
                    .object([
                        .must("status", .integer(400...599)), .must("meaning", .string), .must("cause", .string),
                        .must("remedy", .string),
                        .must("retry", .words("same-key", "new-key", "pointless")), .must("retryText", .string),
                        .must("operations", .list(.string), "Which operations can be answered so."),
                    ]), 1...3)),
        ]))
}
