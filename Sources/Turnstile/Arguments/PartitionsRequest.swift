internal import Ticketing
internal import Wire

/// What `turnstile partitions` shall do.
enum PartitionsRequest {
    case list
    case dedicate(EventId)
    case undedicate(EventId)

    init(_ words: inout ArraySlice<String>) throws {
        func event(_ words: inout ArraySlice<String>) throws -> EventId {
            guard let text = words.popFirst(), let event = EventId(text: text) else {
                throw UsageError("an event's id is needed, such as evt_… of GET /v1/events")
            }
            return event
        }
        switch words.popFirst() {
        case "list": self = .list
        case "dedicate": self = .dedicate(try event(&words))
        case "undedicate": self = .undedicate(try event(&words))
        default: throw UsageError("turnstile partitions can do three things: list, dedicate and undedicate")
        }
    }
}
