internal import Wire

extension Guides {
    static let requests: [(Operation, Guide)] = [
        (
            .request,
            guide(
                "What became of a request",
                """
                A request exists from the moment that it was accepted: whoever was answered with 202 finds it here, at \
                any ingress, also after the one that took it has died. `Prefer: wait=N` waits for the decision.
                """, [.preferToWait],
                Answer(
                    status: 200, text: "Pending, or decided.", bodies: [.json(.request)],
                    headers: [
                        Header(
                            name: "Retry-After", text: "In seconds, while it is pending.",
                            schema: .integer(1...86_400)), .tag,
                    ] + Guide.limits))
        ),
        (
            .receipt,
            guide(
                "The proof of a decision",
                """
                The decision with its path to a signed root: anybody can check offline, with the keys of `GET \
                /v1/keys`, that it was decided so, and then.
                """, [],
                Answer(status: 200, text: "The receipt.", bodies: [.json(.receipt)], headers: [.tag] + Guide.limits))
        ),
    ]

    private static func guide(_ summary: String, _ text: String, _ parameters: [Parameter], _ answer: Answer) -> Guide {
        Guide(
            tag: .requests, summary: summary, text: text,
            parameters: [.id(.requestId)] + parameters + [.ifNoneMatch],
            answers: [
                answer, Answer(status: 304, text: "Nothing has changed since.", headers: [.tag] + Guide.limits),
            ],
            problems: Guide.ofAny + Guide.ofKeys + [.fault(.notFound), .fault(.gone)])
    }
}
