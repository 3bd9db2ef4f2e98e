internal import Desk
internal import Wire

// Decided by a desk's rule book: each is stored under its idempotency key.
extension DeskRefusal.Kind {
    var explanation: Explanation {
        switch self {
        case .noSuchAccount, .accountExists, .accountNotReady: ofAccounts
        case .noSuchTicket, .alreadyResolved, .alreadyCancelled, .slotLapsed: ofTickets
        case .noSuchClass, .invalid, .slaCannotBeMet, .promisesOutstanding: ofPromises
        }
    }

    private var ofAccounts: Explanation {
        switch self {
        case .accountExists:
            Explanation(
                meaning: "An account with this id has been asked for before.",
                cause: "An account's id follows from the request that asks for it. The record of that request has been "
                    + "dropped by now, but the account is there.",
                remedy: "Log in: `POST /v1/accounts/login`. To have another account, use a new key.",
                retry: .newKey("Only for one more account, with a new key."))
        case .accountNotReady:
            Explanation(
                meaning: "The account is being set up.",
                cause: "Its database is being made. That takes some seconds, or longer while a server is away.",
                remedy: "Wait until the request that asked for the account is decided: `GET /v1/requests/{id}`.",
                retry: .sameKey("Yes, once the account is ready."))
        default:
            Explanation(
                meaning: "There is no account with this id.",
                cause: "Nobody has asked for it, or it was removed.",
                remedy: "Compare the `clientId` with the answer that you got it from.",
                retry: .pointless("No: it would be the same."))
        }
    }

    private var ofTickets: Explanation {
        switch self {
        case .noSuchTicket:
            Explanation(
                meaning: "There is no ticket with this id, or none any more of which anything could be changed.",
                cause:
                    "A ticket that ended can be asked for as long as the account is there, but after a day it cannot "
                    + "be resolved or cancelled again. A slot that was only kept is no ticket.",
                remedy: "Look at it: `GET /v1/desk/tickets/{id}`.", retry: .pointless("No."))
        case .alreadyResolved:
            Explanation(
                meaning: "The work on the ticket is done, so it cannot be cancelled.",
                cause: "Its minute is over, or somebody resolved it before.",
                remedy: "Nothing is left to do.", retry: .pointless("No."))
        case .alreadyCancelled:
            Explanation(
                meaning: "The ticket was cancelled, so it cannot be resolved.",
                cause: "Its slot was given to others.",
                remedy: "Create a new ticket, if the matter has come up again.", retry: .pointless("No."))
        default:
            Explanation(
                meaning: "The slot is not kept any longer.",
                cause: "It was not taken by `heldUntil`, or its ticket was cancelled, or there never was such a slot. "
                    + "How long slots are kept is a setting of the account, `softAssignSeconds`.",
                remedy: "Ask for a new one: `POST /internal/validate_eta`.",
                retry: .newKey("With another slot, with a new key."))
        }
    }

    private var ofPromises: Explanation {
        switch self {
        case .noSuchClass:
            Explanation(
                meaning: "The account has no class of tickets with this name.",
                cause: "Classes are settings of each account: `GOLD`, `SILVER` and `BRONZE` unless they were changed. "
                    + "Large and small letters are different.",
                remedy: "Look at `GET /v1/desk/settings`, or add the class with `PUT /v1/desk/settings`.",
                retry: .newKey("With a class that there is, with a new key."))
        case .invalid:
            Explanation(
                meaning: "The request is well-formed, but no account could take it. Nothing was changed.",
                cause: "`reason` says what it is about. A slot that was kept for one class cannot become a ticket of "
                    + "another one (`ticketType`).",
                remedy: "Correct what `reason` names.",
                retry: .newKey("Corrected, with a new key: the refusal is stored under this one."))
        case .slaCannotBeMet:
            Explanation(
                meaning: "The ticket could not be resolved within the time that its class promises, so it was not "
                    + "taken.",
                cause:
                    "Every minute of the agents until then is promised to other tickets. `earliest` is when the work "
                    + "on this one could begin, which is too late.",
                remedy: "Offer a class with a longer limit, cancel or resolve other tickets, or have more agents: "
                    + "`PUT /v1/desk/settings`. With the placement `deadline` more tickets fit than with `earliest`.",
                retry: .newKey("Later, with a new key."))
        default:
            Explanation(
                meaning: "Under these settings a promise would be broken that was made before.",
                cause: "There are tickets that fewer agents, or more minutes for each ticket, could not resolve in "
                    + "time. The settings are as they were.",
                remedy: "Wait until enough of them are resolved, or cancel some.",
                retry: .newKey("Later, with a new key."))
        }
    }
}
