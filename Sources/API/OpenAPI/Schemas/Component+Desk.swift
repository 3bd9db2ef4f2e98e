internal import Desk
internal import Ticketing
internal import Wire

// Desks: accounts, settings, tickets. `Wire` writes what is decided; a test holds the two together.
extension Component {
    static let clientId = Component(
        "ClientId",
        .string(pattern: "^tnt_[0-9A-Za-z]+$").described("An account's id.").example(Samples.client))
    static let deskTicketId = Component(
        "DeskTicketId",
        .string(pattern: "^dsk_[0-9A-Za-z]+$").described("A desk ticket's id. It contains the account's.")
            .example(Samples.deskTicket))
    static let slotId = Component(
        "SlotId",
        .string(pattern: "^slt_[0-9A-Za-z]+$").described("A slot's id. It contains the account's.")
            .example(Samples.slot))

    /// No control characters, and something to see.
    private static let title = #"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$"#

    private static let subDomain = Component(
        "SubDomain",
        .string(pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$").described("What the account's host name begins with.")
            .example("example-inc"))

    static let createAccount = Component(
        "CreateAccount",
        .closed([
            .must(
                "clientName", .string(bytes: 1...200, pattern: title).example("Example Inc."),
                "Who the client is. The account's sub-domain begins like it."),
            .must(
                "officialEmail", .string(bytes: 3...320, pattern: #"^\S+@\S+$"#).example("desk@example.com"),
                "Where to write to the client. It is kept apart from everything else, so that it can be erased."),
            .must("password", .string(bytes: 10...256), "For `POST /v1/accounts/login`. Only its hash is kept."),
        ]))

    static let accountCreated = Component(
        "AccountCreated",
        .object([
            .must("clientId", .component(clientId), "What to log in with."), .must("subDomain", .component(subDomain)),
            .must("status", .words("active")), .decision,
        ]))

    // MARK: Settings

    private static let ticketType = Component(
        "TicketType",
        .string(bytes: 1...DeskBounds.nameBytes).described(
            "The name of one of the account's classes: `GOLD`, `SILVER` and `BRONZE` unless its settings say otherwise."
        ).example("GOLD"))

    private static let settingsMembers: [Schema.Member] = [
        .must("classes", .list(.component(ticketClass), 1...DeskBounds.classes), "No two of one name."),
        .must(
            "minutesPerTicket", .count(1...DeskBounds.minutesPerTicket).example(1),
            "How long an agent works on a ticket, without a break."),
        .must("agents", .count(1...DeskBounds.agents).example(1), "How many tickets are worked on at once."),
        .must(
            "placement", .words("earliest", "deadline").example("earliest"),
            """
            `earliest`: a ticket gets the first minute that is free, and keeps it. `deadline`: it gets any that keeps \
            all promises; minutes move until they begin, promises do not, and more tickets fit.
            """),
    ]

    private static func softAssign(_ isRequired: Bool) -> Schema.Member {
        let schema = Schema.count(1...DeskBounds.softAssignSeconds)
        let text = "How long a slot is kept for whoever asked for it."
        return isRequired
            ? .must("softAssignSeconds", schema.example(30), text)
            : .may("softAssignSeconds", schema.defaulting(to: 30), text)
    }

    static let deskSettings = Component("DeskSettings", .object(settingsMembers + [softAssign(true)]))

    static let changeDeskSettings = Component(
        "ChangeDeskSettings", .closed(settingsMembers + [softAssign(false)]))

    static let deskSettingsChanged = Component(
        "DeskSettingsChanged", .object(settingsMembers + [softAssign(true), .decision]))

    private static let ticketClass = Component(
        "TicketClass",
        .closed([
            .must("name", .string(bytes: 1...DeskBounds.nameBytes, pattern: title).example("GOLD")),
            .must(
                "minutes", .count(1...DeskBounds.limitMinutes).example(120),
                "Within how many minutes a ticket of this class is resolved: more than `minutesPerTicket`."),
        ]))

    static let settingsExample: JSONValue = [
        "classes": [
            ["name": "GOLD", "minutes": 120], ["name": "SILVER", "minutes": 240], ["name": "BRONZE", "minutes": 480],
        ], "minutesPerTicket": 1, "agents": 2, "placement": "deadline", "softAssignSeconds": 30,
    ]

    // MARK: Tickets

    static let createDeskTicket = Component(
        "CreateDeskTicket", .closed([.must("ticketType", .component(ticketType))]))

    static let slot = Component(
        "Slot",
        .object([
            .must("slotId", .component(slotId)),
            .must(
                "startsAt", .time,
                "When an agent turns to it; with the placement `deadline` a forecast, which keeps the promise."),
        ]))

    private static let promised: [Schema.Member] = [
        .must("ticketId", .component(deskTicketId)), .must("ticketType", .component(ticketType)),
        .must("slot", .component(slot)),
        .must("resolveBy", .time.example(Samples.later), "The promise: it is resolved by then."),
    ]

    static let deskTicketCreated = Component(
        "DeskTicketCreated", .object(promised + [.must("status", .words("open")), .decision]))

    static let deskTicketCancelled = Component(
        "DeskTicketCancelled",
        .object([
            .must("ticketId", .component(deskTicketId)), .must("status", .words("cancelled")), .decision,
        ]))

    static let deskTicketResolved = Component(
        "DeskTicketResolved",
        .object([
            .must("ticketId", .component(deskTicketId)), .must("status", .words("resolved")), .decision,
        ]))

    static let deskTicket = Component(
        "DeskTicket",
        .object(
            promised + [
                .must(
                    "status", .words("open", "working", "resolved", "cancelled"),
                    "`working`: an agent has turned to it."
                ),
                .must("createdAt", .time, "When the promise was made."),
                .may("agent", .count, "Which of the account's agents turned to it, counted from 0."),
                .may("endsAt", .time, "When the work on it will be over, or when it ended."),
            ]
        ).example([
            "ticketId": Samples.deskTicket, "ticketType": "GOLD", "status": "open",
            "slot": ["slotId": Samples.slot, "startsAt": Samples.now], "createdAt": Samples.now,
            "resolveBy": Samples.later,
        ]))

    static let deskTickets = page("DeskTickets", of: deskTicket)

    // MARK: The internal listener

    static let validateEta = Component(
        "ValidateEta",
        .closed([.must("clientId", .component(clientId)), .must("ticketType", .component(ticketType))]))

    static let slotHeld = Component(
        "SlotHeld",
        .object([
            .must("slotId", .component(slotId)), .must("startsAt", .time),
            .must("heldUntil", .time.example(Samples.later), "Until when it can be taken."), .decision,
        ]))

    static let allocateSlot = Component(
        "AllocateSlot",
        .closed([
            .must("clientId", .component(clientId)), .must("ticketType", .component(ticketType)),
            .must("slotId", .component(slotId)),
        ]))

    static let slotAllocated = Component("SlotAllocated", .object(promised + [.decision]))
}
