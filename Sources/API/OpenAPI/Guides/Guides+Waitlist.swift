internal import Ticketing
internal import Wire

extension Guides {
    static let waitlist: [(Operation, Guide)] = [
        (
            .joinWaitlist,
            .command(
                .waitlist, "Join the waitlist",
                """
                First come, first served, for each tier of a show. Places that come free are offered in order, as a \
                reservation with a time limit of its own; an offer that lapses ends the entry. A buyer has one entry \
                for each tier. Somebody whose quantity does not fit may be passed over, but not more often than the \
                event says: then places gather for them.
                """, id: .showId,
                body: .json(
                    .joinWaitlist,
                    Example("two", "Two places", ["buyer": "customer-4711", "tier": "A", "quantity": 2])),
                decided: .decided(
                    201, "In the line.", .joined,
                    links: [
                        Link(operation: .waitlistEntry, pointer: "/entryId"),
                        Link(operation: .leaveWaitlist, pointer: "/entryId"),
                    ]),
                refusals: [
                    .noSuchShow, .invalid, .noSuchTier, .eventCancelled, .showCancelled, .showNotOnSale,
                    .alreadyWaiting, .buyerLimitExceeded, .soldOut, .placesAvailable,
                ])
        ),
        (
            .waitlistEntry,
            .read(
                .waitlist, "Look at a waitlist entry",
                "With `Prefer: wait=N` the answer comes when it is no longer what you know, or when the wait ends.",
                id: .entryId,
                [
                    .query(
                        "known", .words("waiting", "offered", "taken", "lapsed", "left"), "The status that you know of."
                    ),
                    .preferToWait,
                ], answer: .json(.waitlistEntry))
        ),
        (
            .leaveWaitlist,
            .command(
                .waitlist, "Leave the waitlist",
                "Whoever leaves while an offer stands gives that back, too.", id: .entryId,
                decided: .decided(200, "It is over.", .left), refusals: [.noSuchEntry, .alreadyTaken])
        ),
    ]
}
