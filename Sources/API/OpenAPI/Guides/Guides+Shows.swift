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
            With `Accept: text/event-stream`, a stream of server-sent events that stays open: each `change` has the \
            version as its `id` and a Change as its `data`; `Last-Event-ID` (a reconnecting browser sends it) resumes \
            behind that version, and `reset` says that this is not possible, so that the map has to be fetched anew. At \
            most four events a second come; several versions may come as one, and no version's effect is left out.

            Without it, a long poll: ask with `since`, the version that you have, and `Prefer: wait=N`. The answer comes \
            as soon as there is something newer, or when the wait ends.
            """, id: .showId,
            [
                .query("since", .count, "The version that you have."), .preferToWait,
                .header(
                    "Last-Event-ID", .string.example("4711"), "The version of the last event that a stream has brought."
                ),
            ], answer: .json(.changes))
        guide.answers[0].bodies.append(
            Body(
                type: "text/event-stream",
                schema: .string.example(
                    .string(
                        """
                        event: change
                        id: 4712
                        data: {"version":4712,"places":[{"section":"Floor","row":"A","seat":1,"from":"f","to":"h"}]}


                        """))))
        return guide
    }
}
