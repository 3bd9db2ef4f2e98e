// Refused before a rule book saw it: no idempotency key is used up by any of these, but for the reuse of one.
extension FaultCode {
    var explanation: Explanation {
        switch self {
        case .invalidRequest:
            Explanation(
                meaning: "The request is not one that this route takes. Nothing was published, so nothing happened.",
                cause: "The body is no JSON, lacks a member, has one that is not known, one twice or one of the wrong "
                    + "type, or a value is out of range; or a parameter or a header field is malformed. "
                    + "`errors` names each place by a JSON pointer (RFC 6901), with what would be taken there.",
                remedy: "Correct what `errors` and `detail` name. The ranges are in `/openapi.json`.",
                retry: .sameKey("Not unchanged. The key was not used up: send the corrected request with it."))
        case .invalidName:
            Explanation(
                meaning: "The body is well-formed, but names something that cannot exist anywhere.",
                cause: "A seat is written `Section/Row/Seat`, such as `Floor/A/12`, or `Section/Seat` where a section "
                    + "has no rows, with the seat's number from 1 to 999999 and without leading zeros. "
                    + "`errors` says which names are none.",
                remedy: "Take the names from the show's seat map, `GET /v1/shows/{id}/seats`.",
                retry: .sameKey("Not unchanged. The key was not used up: send the corrected request with it."))
        case .unauthorized:
            Explanation(
                meaning: "The request bears no key, or one that is not good.",
                cause: "The header `Authorization: Bearer <key>` is missing or misspelt, or the key was revoked. "
                    + "A revoked key ceases to be good within five seconds. The token of a login (`tds_…`) ceases to "
                    + "be good when it expires, within five seconds of its logout, and at another account's host.",
                remedy: "Send a good key. An operator makes one with `turnstile keys create`; a token comes from "
                    + "`POST /v1/accounts/login`.",
                retry: .sameKey("Yes, with a good key: nothing was decided."))
        case .loginFailed:
            Explanation(
                meaning: "There is no account with this client id and this password.",
                cause: "The password or the client id is wrong, or the account is not of the host that was asked. "
                    + "Which of these is not said on purpose. After some failures the next try has to wait: 429 "
                    + "`rate-limited`.",
                remedy: "Compare the client id with the answer of `POST /v1/accounts`, and take care with the "
                    + "password: capitals count.",
                retry: .pointless("No: it would be the same."))
        case .forbidden:
            Explanation(
                meaning: "The key is good, but does not allow this operation.",
                cause: "Each operation needs one of a key's scopes: `read` to look, `produce` for buyers' commands, "
                    + "`manage` for the catalogue, cancellations and refunds, `operate` to run the installation. "
                    + "`detail` names those that are enough here.",
                remedy: "Use a key that has the scope, or ask an operator for one.",
                retry: .sameKey("Yes, with another key of the same tenant: nothing was decided."))
        case .signUpsClosed:
            Explanation(
                meaning: "Nobody can ask for an account here at the moment. Nothing was stored.",
                cause: "Those who run the installation have closed it: the setting `accounts.signUps`.",
                remedy: "Ask them for an account, or whether they will open it again.",
                retry: .sameKey("Once accounts are given out again."))
        case .notFound:
            Explanation(
                meaning: "There is nothing of yours at this path or with this id.",
                cause: "The path is not one of this interface, the id is malformed, nothing has it, or what has it is "
                    + "another tenant's. Which of these is not said on purpose. A reservation that ended without a "
                    + "payment, and a waitlist entry that ended, are known for another day.",
                remedy: "Compare the path with `/openapi.json` and the id with the answer that you got it from.",
                retry: .pointless("No: it would be the same. The key was not used up."))
        case .methodNotAllowed:
            Explanation(
                meaning: "The path exists, but does not take this method.",
                cause: "See the header `Allow` for the methods that it takes.",
                remedy: "Use one of these.",
                retry: .pointless("No."))
        case .conflict:
            Explanation(
                meaning: "Things are not so at the moment that this could be done. Nothing was changed.",
                cause: "An event that is to be moved is on its way somewhere else, or every spare partition has an "
                    + "event already. `detail` says which.",
                remedy: "Wait for the other move to end, or take an event back from its spare partition first.",
                retry: .sameKey("Yes, once that is done."))
        case .gone:
            Explanation(
                meaning: "It existed, and is not kept any more.",
                cause: "Decisions are kept for at least seven days, so that retries get the same answer: what this "
                    + "request id names was dropped with its week. A receipt is gone when the salt of a decision of "
                    + "its batch was erased, and a ticket's code when its place was given back.",
                remedy: "Look at what it was about instead: the reservation, the booking, the event.",
                retry: .pointless("No. A command that is sent again would be decided anew."))
        case .bodyTooLarge:
            Explanation(
                meaning: "The body is larger than what is taken here.",
                cause: "At most 256 KiB are taken, 4 MiB by `POST /v1/commands`.",
                remedy: "Send less: fewer commands in one body, or shows of an event one by one with "
                    + "`POST /v1/events/{id}/shows`.",
                retry: .sameKey("Not unchanged. The key was not used up."))
        case .targetTooLong:
            Explanation(
                meaning: "The request's URL is too long.", cause: "Some kilobytes are taken, the query included.",
                remedy: "Check how the URL is made: no operation needs a long one.", retry: .pointless("No."))
        case .headerTooLarge:
            Explanation(
                meaning: "The request's header is too large.",
                cause: "Often cookies or trace headers that pile up behind a proxy.",
                remedy: "Send fewer fields: this interface needs a handful.", retry: .sameKey("With a smaller header."))
        case .unsupportedMediaType:
            Explanation(
                meaning: "The body has another media type than this route takes, does not say which, or is encoded.",
                cause: "`Content-Type` must be `application/json`, and `application/x-ndjson` for "
                    + "`POST /v1/commands`. curl's `-d` alone sends a form's type. A charset may follow, which can "
                    + "only be UTF-8; and no `Content-Encoding` but `identity` is taken.",
                remedy: "Set `Content-Type`, and send the text as it is, in UTF-8.",
                retry: .sameKey("Yes, with the right type: the key was not used up."))
        case .idempotencyKeyReused:
            Explanation(
                meaning: "This idempotency key has been used for another request. Nothing new was decided.",
                cause: "A key stands for one request of a tenant, by method and path: the same key with the same body "
                    + "gets the stored answer again, for at least seven days. Here the body differs. Spaces between "
                    + "its parts do not matter, the order of its members does.",
                remedy: "Make a new key for each new intention, and keep it, together with the body's bytes, for "
                    + "the retries of that one.",
                retry: .newKey("With a new key, if this really is another request."))
        case .requestTimeout:
            Explanation(
                meaning: "The request did not arrive completely in time, so it was not looked at.",
                cause: "A slow or broken connection, or a `Content-Length` that promises more than was sent.",
                remedy: "Send it again.", retry: .sameKey("Yes, at once, with the same key."))
        case .rateLimited:
            Explanation(
                meaning: "This key, or this address without a key, has sent more requests than it may.",
                cause: "Keys may have a limit of requests a second; each line of a bulk body counts as one. "
                    + "`RateLimit-Policy` says what the limit is, and `RateLimit` what is left of it. Requests "
                    + "without a key are counted by the address that they come from.",
                remedy: "Wait for as long as `Retry-After` says, and spread requests evenly.",
                retry: .sameKey("Yes, after `Retry-After` seconds, with the same key."))
        case .overloaded:
            Explanation(
                meaning: "So much is waiting that your request was not taken in. It was not published.",
                cause: "Everything has a bound here, so that what is accepted is decided soon. When many want the same "
                    + "event, reservations and waitlist entries are turned away first; releases, cancellations and "
                    + "payments are still taken.",
                remedy:
                    "Wait for as long as `Retry-After` says, with some jitter. Tell the buyer that many are trying.",
                retry: .sameKey("Yes, after `Retry-After` seconds, with the same key."))
        case .unavailable:
            Explanation(
                meaning: "Something that is needed for the answer is away. A command was not accepted.",
                cause: "The broker or the database cannot be reached, or the process is starting or stopping. "
                    + "It recovers by itself.",
                remedy: "Send it again after `Retry-After` seconds, with growing pauses.",
                retry: .sameKey("Yes, after `Retry-After` seconds, with the same key."))
        case .outcomeUnknown:
            Explanation(
                meaning: "Your command was sent to its queue, and the queue did not confirm it in time. "
                    + "It may be decided, or not.",
                cause: "The connection to the broker was lost or slow at the wrong moment.",
                remedy: "Send the same request with the same key: if the first was accepted, you get its decision, and "
                    + "never a second one. Or ask `GET /v1/requests/{id}` with the `Request-Id` of this answer.",
                retry: .sameKey(
                    "Yes, at once, with the same key. Without a key, ask for the request first: sent again, it would "
                        + "be another command."))
        case .transferCodingUnknown:
            Explanation(
                meaning: "The request's `Transfer-Encoding` is not known.", cause: "Only `chunked` is taken.",
                remedy: "Send the body plain, with `Content-Length`, or chunked.", retry: .sameKey("In another coding.")
            )
        case .internalError:
            Explanation(
                meaning: "The request could not be answered, and it is our fault.",
                cause: "A bug. The process's log has the details.",
                remedy: "Report it with the `requestId`. Whether a command was accepted is not said: the same key "
                    + "finds out.",
                retry: .sameKey("Yes, with the same key: if the first was accepted, you get its decision."))
        }
    }
}
