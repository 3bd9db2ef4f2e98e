internal import Desk
internal import Wire

extension Guides {
    static let accounts: [(Operation, Guide)] = [
        (
            .createAccount,
            .deskCommand(
                .accounts, "Ask for an account",
                """
                A desk with a database of its own. That takes some seconds to make: the answer comes when it is there, \
                or is 202, and whoever has the `requestId` can ask for it without a key. By default it waits for up to \
                30 seconds.
                """,
                body: .json(
                    .createAccount,
                    Example(
                        "account", "A client",
                        [
                            "clientName": "Example Inc.", "officialEmail": "desk@example.com",
                            "password": Samples.password,
                        ])),
                keys: [.fault(.signUpsClosed)],
                decided: .decided(201, "The account is there.", .accountCreated), refusals: [.accountExists, .invalid])
        )
    ]

    static let desk: [(Operation, Guide)] = [
        (
            .createDeskTicket,
            .deskCommand(
                .desk, "Create a ticket",
                """
                Takes a ticket if it can be resolved within the time that its class promises, counting every promise \
                that the account has made, and says when an agent turns to it. Else it is refused, with the earliest \
                time that there would have been.
                """, body: .json(.createDeskTicket, Example("gold", "The shortest limit", ["ticketType": "GOLD"])),
                decided: .decided(
                    201, "It is promised.", .deskTicketCreated,
                    links: [
                        Link(operation: .deskTicket, pointer: "/ticketId"),
                        Link(operation: .resolveDeskTicket, pointer: "/ticketId"),
                        Link(operation: .cancelDeskTicket, pointer: "/ticketId"),
                    ]),
                refusals: [.noSuchClass, .invalid, .slaCannotBeMet])
        ),
        (
            .cancelDeskTicket,
            .deskCommand(
                .desk, "Cancel a ticket", "Its minutes that have not begun are free again. Again: the same answer.",
                id: .deskTicketId, decided: .decided(200, "It is cancelled.", .deskTicketCancelled),
                refusals: [.noSuchTicket, .alreadyResolved])
        ),
        (
            .resolveDeskTicket,
            .deskCommand(
                .desk, "Resolve a ticket early",
                """
                A ticket is resolved by itself when its minutes are over. Who is done earlier says so: what is left \
                of them is free again.
                """, id: .deskTicketId, decided: .decided(200, "It is resolved.", .deskTicketResolved),
                refusals: [.noSuchTicket, .alreadyCancelled])
        ),
        (
            .listDeskTickets,
            .read(
                .desk, "List tickets", "The newest first.",
                [
                    .query(
                        "status", .words("open", "working", "resolved", "cancelled"),
                        "Only those that are in this state."),
                    .query("ticketType", .string, "Only those of this class."), .limit, .after,
                ], answer: .json(.deskTickets))
        ),
        (
            .deskTicket,
            .read(
                .desk, "Look at a ticket", "Also one that ended long ago.", id: .deskTicketId,
                answer: .json(.deskTicket))
        ),
        (
            .deskSettings,
            .read(
                .desk, "Look at the settings", "What the account promises, and whom it has to keep it.",
                answer: .json(.deskSettings))
        ),
        (
            .changeDeskSettings,
            .deskCommand(
                .desk, "Change the settings",
                """
                All of them at once. Limits of classes count for tickets that are created from now on; minutes for all \
                work that has not begun. Settings under which a promise would be broken are refused.
                """,
                body: .json(
                    .changeDeskSettings, Example("two", "Two agents, by deadlines", Component.settingsExample)),
                decided: .decided(200, "They are as you said.", .deskSettingsChanged),
                refusals: [.invalid, .promisesOutstanding])
        ),
    ]

    static let internalListener: [(Operation, Guide)] = [
        (
            .validateEta,
            .deskCommand(
                .internalListener, "Keep a slot",
                """
                The first of two steps to a ticket: keeps a slot for some seconds (the account's \
                `softAssignSeconds`), and says when an agent would turn to it.
                """,
                body: .json(
                    .validateEta,
                    Example("gold", "A slot for a ticket", ["clientId": Samples.client, "ticketType": "GOLD"])),
                keys: [], decided: .decided(200, "It is kept.", .slotHeld),
                refusals: [.noSuchClass, .invalid, .slaCannotBeMet])
        ),
        (
            .allocateSlot,
            .deskCommand(
                .internalListener, "Make a ticket of a slot",
                "The second step. The same slot again is the same ticket.",
                body: .json(
                    .allocateSlot,
                    Example(
                        "gold", "Of the slot that was kept",
                        ["clientId": Samples.client, "ticketType": "GOLD", "slotId": Samples.slot])),
                keys: [], decided: .decided(201, "It is a ticket.", .slotAllocated),
                refusals: [.invalid, .slotLapsed])
        ),
    ]
}
