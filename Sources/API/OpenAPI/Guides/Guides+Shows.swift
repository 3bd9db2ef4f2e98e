internal import Wire

extension Guides {
    static let shows: [(Operation, Guide)] = [
        (
            .show,
            .read(
                .catalogue, "Look at a show", "When it is, and how its places are laid out.", id: .showId,
                answer: .json(.show))
        ),
        (
            .availability,
            .read(
                .catalogue, "Count places",
                """
                How many places of each tier are free, held and sold. While somebody waits for a tier, its free places \
                are promised to them and count as held.
                """, id: .showId, answer: .json(.availability))
        ),
        (
            .seatMap,
            .read(
                .catalogue, "Look at the seat map",
                """
                A letter a seat. It is at most a quarter of a second behind what is sold, and follows the order of the \
                decisions: its `version` only grows. Follow it with `GET /v1/shows/{id}/changes`.
                """, id: .showId, answer: .json(.seatMap))
        ),
        (.changes, changesGuide),
    ]

    private static var changesGuide: Guide {
        var guide = Guide.read(
            .catalogue, "Follow the seat map",
            """
            A stream of server-sent events that stays open: each `change` has the version as its `id` and a Change as \
            its `data`. `Last-Event-ID`, which a browser sends when it comes again, or else `since`, resumes behind \
            that version; `reset` says that this is not possible, so that the map has to be fetched anew. At most four \
            events a second come: several versions may come as one, and no version's effect is left out.

            With `since`, the version that you have, and no `text/event-stream` in `Accept`, a long poll: the answer \
            comes as soon as there is something newer, or when the wait of `Prefer: wait=N` ends.
            """, id: .showId,
            [
                .query("since", .integer(0...999_999_999_999_999_999), "The version that you have."), .preferToWait,
                .header(
                    "Last-Event-ID", .string.example("4711"), "The version of the last event that a stream has brought."
                ),
            ], answer: .json(.change))
        // A stream has no tag.
        guide.answers[0].headers[0].isRequired = false
        guide.answers[0].bodies.append(
            // Of each event, in place of the whole text.
            Body(
                type: "text/event-stream",
                schema: .object([
                    .must("event", .words("change", "reset")),
                    .must("id", .string(pattern: "^[0-9]+$"), "The version."),
                    .must("data", .string, "A Change as JSON; of a `reset` the version alone."),
                ]).example([
                    "event": "change", "id": "4712",
                    "data":
                        #"{"version":4712,"places":[{"section":"Floor","row":"A","seat":1,"from":"f","to":"h"}]}"#,
                ])))
        return guide
    }
}
