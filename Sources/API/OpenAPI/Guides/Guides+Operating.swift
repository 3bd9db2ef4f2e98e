internal import Ticketing
internal import Wire

extension Guides {
    static let operating: [(Operation, Guide)] = [
        (
            .healthz,
            Guide(
                tag: .operating, summary: "Alive?", text: "Answers as long as the process runs.", parameters: [],
                answers: [Answer(status: 200, text: "It is.", bodies: [.json(.health)])], problems: Guide.ofAny)
        ),
        (
            .readyz,
            Guide(
                tag: .operating, summary: "Able to work?",
                text: "503 with a `detail` that names what is missing, while something is.", parameters: [],
                answers: [Answer(status: 200, text: "It is.", bodies: [.json(.readiness)])], problems: Guide.ofAny)
        ),
        (
            .metrics,
            Guide(
                tag: .operating, summary: "Figures",
                text: """
                    Of one process, for Prometheus, at its own port: the gateway answers 404.
                    """, parameters: [],
                answers: [
                    Answer(
                        status: 200, text: "In Prometheus' text format.",
                        bodies: [Body(type: "text/plain", schema: .string)])
                ], problems: Guide.ofAny + [.fault(.notFound)])
        ),
        (
            .dedicate,
            move(
                "Give an event a partition of its own",
                "Moves a much wanted event to a spare partition, live: no command is lost or decided out of order."
            )
        ),
        (
            .undedicate,
            move("Take an event's partition back", "Moves it to the partition that follows from its id, live.")
        ),
    ]

    private static func move(_ summary: String, _ text: String) -> Guide {
        Guide(
            tag: .operating, summary: summary, text: text, parameters: [.id(.eventId)],
            answers: [Answer(status: 200, text: "It is decided there now.", bodies: [.json(.move)])],
            problems: Guide.ofAny + Guide.ofKeys + Guide.ofBodies + [.fault(.notFound), .fault(.conflict)])
    }

    static let interface: [(Operation, Guide)] = [
        (
            .openAPI,
            Guide(
                tag: .interface, summary: "This description", text: "OpenAPI 3.1.", parameters: [.ifNoneMatch],
                answers: [
                    Answer(
                        status: 200, text: "The description.",
                        bodies: [
                            Body(type: "application/json", schema: .object([.must("openapi", .words("3.1.0"))]))
                        ], headers: [.tag]),
                    Answer(status: 304, text: "Nothing has changed since.", headers: [.tag]),
                ], problems: Guide.ofAny)
        ),
        (
            .problem,
            Guide(
                tag: .interface, summary: "What an error code means",
                text: """
                    Every problem's `type` leads here. A page for browsers, JSON for programs that ask for it with \
                    `Accept: application/json`, and text for everybody else.
                    """,
                parameters: [
                    Parameter(
                        name: "code", place: .path, isRequired: true,
                        schema: .string(pattern: "^[a-z-]+$").example("sold-out"), text: "A problem's `code`."),
                    .ifNoneMatch,
                ],
                answers: [
                    Answer(
                        status: 200, text: "The explanation.",
                        bodies: [
                            .json(.explanation), Body(type: "text/html", schema: .string),
                            Body(type: "text/plain", schema: .string),
                        ], headers: [.tag]),
                    Answer(status: 304, text: "Nothing has changed since.", headers: [.tag]),
                ], problems: Guide.ofAny + [.fault(.notFound)])
        ),
    ]
}
