internal import Desk
internal import Ticketing
internal import Wire

// A schema for each code: the members that every problem has, and what this one tells besides.
extension ProblemCode {
    package var component: Component { Component(schemaName, schema) }

    /// `seats-unavailable` is `SeatsUnavailableProblem`.
    private var schemaName: String {
        let words = text.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        // The rule books have one code in common with the door.
        let name =
            switch self {
            case .refusal(.invalid): "UndecidableRequest"
            case .desk(.invalid): "UndecidableDeskRequest"
            case .fault, .refusal, .desk, .worker: words.joined()
            }
        return name + "Problem"
    }

    private var schema: Schema {
        .object(
            [
                .must("type", .constant(.string("/problems/\(text)")), "Explains it."), .must("title", .string),
                .must("status", .constant(.integer(status))), .must("detail", .string, "What is wrong here."),
                .must("code", .constant(.string(text)), "Stable, for programs."),
            ] + data + [
                .may("instance", .string, "The request's path."), .may("requestId", .component(.requestId)),
            ]
        ).described(title + ".").example(example)
    }

    private var example: JSONValue {
        var members: [JSONMember] = [
            JSONMember("type", .string("/problems/\(text)")), JSONMember("title", .string(title)),
            JSONMember("status", .integer(status)), JSONMember("detail", .string(detail)),
            JSONMember("code", .string(text)),
        ]
        for member in data where member.isRequired {
            if case .component(let component) = member.schema.bare, component.name == "Decision" {
                members.append(JSONMember("decision", Samples.decision))
            } else if case .noted(_, let notes) = member.schema, let example = notes.example {
                members.append(JSONMember(member.name, example))
            }
        }
        return .object(members)
    }

    private var detail: String {
        switch self {
        case .refusal(let kind): kind.detail.description
        case .desk(let kind): kind.detail.description
        case .fault, .worker: explanation.meaning
        }
    }

    /// What it tells besides. A refusal of the rule book is a decision, and says which.
    private var data: [Schema.Member] {
        switch self {
        case .fault(.invalidRequest), .fault(.invalidName): [.may("errors", .component(.errors))]
        case .fault: []
        case .worker(.parked):
            [.may("reason", .string), .may("decision", .component(.decision), "Where it is recorded as such.")]
        case .worker: []
        // Those that are also answered before the rule book is asked.
        case .refusal(.noSuchEvent), .refusal(.notValid): [.may("decision", .component(.decision))]
        case .refusal(let kind): kind.data + [.decision]
        // Those of which there is no journal that could have a decision.
        case .desk(.noSuchAccount), .desk(.accountNotReady), .desk(.accountExists):
            [.may("decision", .component(.decision))]
        case .desk(let kind): kind.data + [.decision]
        }
    }
}

extension DeskRefusal.Kind {
    fileprivate var data: [Schema.Member] {
        switch self {
        case .invalid:
            [
                .must(
                    "reason", .words(DeskInvalid.allCases.map(\.rawValue)).example("ticketType"),
                    "What cannot be right.")
            ]
        case .slaCannotBeMet:
            [.must("earliest", .time, "When the work on it could begin at the earliest: too late for its limit.")]
        case .noSuchAccount, .noSuchTicket, .noSuchClass, .accountExists, .accountNotReady, .slotLapsed,
            .promisesOutstanding, .alreadyResolved, .alreadyCancelled:
            []
        }
    }
}

extension Refusal.Kind {
    fileprivate var data: [Schema.Member] {
        switch self {
        case .noSuchSeat: [.must("seat", .seatName.example("Floor/A/99"), "The first that there is none of.")]
        case .invalid:
            [.must("reason", .words(Invalid.allCases.map(\.rawValue)).example("seatTwice"), "What cannot be right.")]
        case .showNotOnSale:
            [.may("salesStart", .time, "When it begins."), .may("salesEnd", .time, "When it ends or has ended.")]
        case .seatsUnavailable:
            [.must("unavailable", .list(.seatName).example(["Floor/A/12"]), "Those that are not to be had.")]
        case .buyerLimitExceeded:
            [
                .must("limit", .count.example(10), "How many places of a show a buyer may have."),
                .must("has", .count.example(9), "How many this one has."),
            ]
        case .alreadyBooked: [.must("bookingId", Schema.component(.bookingId).example(Samples.booking))]
        case .alreadyWaiting: [.must("entryId", Schema.component(.entryId).example(Samples.entry))]
        case .alreadyTaken: [.must("reservationId", Schema.component(.reservationId).example(Samples.reservation))]
        case .alreadyAdmitted:
            [
                .must("at", .time, "When somebody came in with the ticket."),
                .must("gate", .string.example("North"), "And where."),
            ]
        case .noSuchEvent, .noSuchShow, .noSuchTier, .noSuchReservation, .noSuchBooking, .noSuchEntry, .noSuchRefund,
            .eventExists, .eventCancelled, .showCancelled, .soldOut, .noAdjacentSeats, .waitlistFirst, .holdExpired,
            .holdLimitReached, .placesAvailable, .notRefundable, .notValid:
            []
        }
    }
}

extension Component {
    static let errors = Component(
        "Errors",
        .list(
            .object([
                .must("pointer", .string, "Where: a JSON pointer (RFC 6901) into the body, or a parameter's name."),
                .must("message", .string, "What would be taken there."),
            ])
        ).example([["pointer": "/quantity", "message": "must be a whole number from 1 to 100"]]))
}
