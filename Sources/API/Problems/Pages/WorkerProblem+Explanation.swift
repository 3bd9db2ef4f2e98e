internal import Wire

extension WorkerProblem {
    var explanation: Explanation {
        switch self {
        case .wrongPartition:
            Explanation(
                meaning: "The command came to a queue that does not decide for its event. It was not decided.",
                cause: "Only whoever publishes to the queues without the HTTP interface can see this: the partition "
                    + "that was chosen is not the one that follows from the event's id.",
                remedy: "Compute the partition from the event's id, and honour the routes of hot events.",
                retry: .sameKey("Yes, to the right partition, with the same id."))
        case .parked:
            Explanation(
                meaning: "The command could not be decided, and is kept for a person to look at.",
                cause: "It made the worker that decides for this event fail, three times. It was put aside so that the "
                    + "commands behind it go on.",
                remedy:
                    "Report it with the `requestId`: an operator sees it among the parked commands, and can have it "
                    + "tried again or dropped.",
                retry: .newKey("Not before somebody has looked at it: this answer is stored under the key."))
        case .eventUnavailable:
            Explanation(
                meaning: "The event cannot be served: what is stored of it does not hold together.",
                cause: "Its rows were damaged, or changed by hand. Rather than sell by a wrong state, the worker "
                    + "refuses everything about this event until an operator has mended it.",
                remedy: "Nothing that a client could mend: report it.",
                retry: .sameKey("Yes, later, with the same key: nothing was decided."))
        case .tenantUnavailable:
            Explanation(
                meaning: "The tenant's own database does not answer, or what is in it does not hold together.",
                cause: "Each tenant has a database of its own. While it is away, commands are kept for it; this one "
                    + "was not, because as many are kept as may, or because a person has to look at the database "
                    + "first.",
                remedy: "Nothing that a client could mend: wait, or report it. Other tenants are not concerned.",
                retry: .sameKey("Yes, later, with the same key: nothing was decided."))
        case .eventMoved:
            Explanation(
                meaning: "The event is moving to another partition just now. The command was not decided.",
                cause: "A much wanted event was given a partition of its own, and your request was on its way by the "
                    + "old route.",
                remedy: "Send it again: it takes the new route.",
                retry: .sameKey("Yes, at once, with the same key."))
        }
    }
}
