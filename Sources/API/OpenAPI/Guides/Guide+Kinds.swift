internal import Desk
internal import Ticketing
internal import Wire

// The two kinds of operations, with what all of a kind have in common.
extension Guide {
    /// One that becomes a command, and waits for its decision.
    ///
    /// - Parameters:
    ///   - id: the path's; nil where it has none.
    ///   - decided: what is answered when it was done.
    ///   - refusals: what the rule book can say instead.
    static func command(
        _ tag: Tag, _ summary: String, _ text: String, id: Component? = nil, body: Body? = nil,
        namesSeats: Bool = false,
        decided: Answer, refusals: [Refusal.Kind]
    ) -> Guide {
        command(
            tag, summary, text, id: id, body: body, decided: decided,
            problems: Self.ofKeys + (namesSeats ? [.fault(.invalidName)] : [])
                + (id == nil ? [] : [.fault(.notFound)]) + Self.ofCommands
                + ([.noSuchEvent] + refusals).map { .refusal($0) })
    }

    /// One that becomes a command to a desk.
    ///
    /// - Parameters:
    ///   - keys: who may be refused before anybody has looked at what he wants.
    ///   - refusals: what the rule book can say, besides that the account is not ready.
    static func deskCommand(
        _ tag: Tag, _ summary: String, _ text: String, id: Component? = nil, body: Body? = nil,
        keys: [ProblemCode] = ofKeys, decided: Answer, refusals: [DeskRefusal.Kind]
    ) -> Guide {
        command(
            tag, summary, text, id: id, body: body, decided: decided,
            problems: keys + (id == nil ? [] : [.fault(.notFound)]) + Self.ofDeskCommands
                + refusals.map { .desk($0) })
    }

    /// - Parameter problems: besides those of any request with a body.
    private static func command(
        _ tag: Tag, _ summary: String, _ text: String, id: Component?, body: Body?, decided: Answer,
        problems: [ProblemCode]
    ) -> Guide {
        var decided = decided
        decided.headers += [.requestId, .replayed] + Self.limits
        let pending = Answer(
            status: 202, text: "Accepted, and not decided yet: the wait ended first. It will be decided.",
            bodies: [.json(.pending)],
            headers: [.requestId, .location, .retryAfter] + Self.limits,
            links: [Link(operation: .request, pointer: "/requestId")])
        return Guide(
            tag: tag, summary: summary, text: text,
            parameters: (id.map { [.id($0)] } ?? []) + [.idempotencyKey, .prefer, .traceparent], body: body,
            answers: [decided, pending], problems: Self.ofAny + Self.ofBodies + problems)
    }

    /// One that answers with what there is.
    ///
    /// - Parameter id: the path's; nil where it has none.
    static func read(
        _ tag: Tag, _ summary: String, _ text: String, id: Component? = nil, _ parameters: [Parameter] = [],
        answer: Body, links: [Link] = []
    ) -> Guide {
        let found = Answer(
            status: 200, text: "What there is.", bodies: [answer], headers: [.tag] + Self.limits, links: links)
        let same = Answer(status: 304, text: "Nothing has changed since.", headers: [.tag] + Self.limits)
        return Guide(
            tag: tag, summary: summary, text: text,
            parameters: (id.map { [.id($0)] } ?? []) + parameters + [.ifNoneMatch], answers: [found, same],
            problems: Self.ofAny + Self.ofKeys + (id == nil ? [] : [.fault(.notFound)]))
    }

    static let limits: [Header] = [.rateLimit, .rateLimitPolicy]

    /// What any request can be answered with, before it is looked at. (Requests without a key are limited, too.)
    static let ofAny: [ProblemCode] = [
        .fault(.invalidRequest), .fault(.requestTimeout), .fault(.bodyTooLarge), .fault(.targetTooLong),
        .fault(.headerTooLarge), .fault(.internalError), .fault(.transferCodingUnknown), .fault(.unavailable),
        .fault(.overloaded), .fault(.rateLimited),
    ]
    /// Where a key is needed.
    static let ofKeys: [ProblemCode] = [.fault(.unauthorized), .fault(.forbidden)]
    /// Where a body is looked at.
    static let ofBodies: [ProblemCode] = [.fault(.unsupportedMediaType)]
    static let ofCommands: [ProblemCode] = [
        .fault(.idempotencyKeyReused), .fault(.outcomeUnknown), .worker(.parked), .worker(.eventUnavailable),
        .worker(.eventMoved),
    ]
    static let ofDeskCommands: [ProblemCode] = [
        .fault(.idempotencyKeyReused), .fault(.outcomeUnknown), .worker(.parked),
        .worker(.tenantUnavailable), .desk(.noSuchAccount), .desk(.accountNotReady),
    ]
}

extension Answer {
    static func decided(
        _ status: Int, _ text: String, _ component: Component, _ examples: Example..., links: [Link] = []
    ) -> Answer {
        Answer(
            status: status, text: text,
            bodies: [Body(type: "application/json", schema: .component(component), examples: examples)], links: links)
    }
}
