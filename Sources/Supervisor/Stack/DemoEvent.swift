internal import FoundationEssentials
internal import Runtime

/// The demo tenant's event: when its show begins and, once it was made, its ids.
struct DemoEvent: Codable, Sendable, Equatable {
    /// As the body says it: a retry must send the same one.
    let startsAt: String
    var ids: RunFile.Demo?

    private static let day: Int64 = 86_400 * 1_000_000

    /// In the evening of a day in a month.
    static func planned(at now: Timestamp) -> DemoEvent {
        let midnight = now.microseconds / day * day
        let evening = Timestamp(microseconds: midnight + 30 * day + (19 * 60 + 30) * 60 * 1_000_000)
        return DemoEvent(startsAt: evening.rfc3339, ids: nil)
    }

    /// Whether nothing more can be tried out with it: its show begins within a day, or has begun.
    func isOver(at now: Timestamp) -> Bool {
        guard let start = Timestamp(rfc3339: startsAt) else { return true }
        return start.microseconds - now.microseconds < Self.day
    }

    /// The same for each attempt to make this event, whoever makes it.
    var idempotencyKey: String { "demo-event-\(startsAt.prefix(10))" }
}

/// Makes the demo event, as any caller would: through the ingress.
struct DemoEventMaker {
    let port: Int
    /// A key of the demo tenant that may change its catalogue.
    let key: String
    let template: Template
    let shutdown: ShutdownSignal
    let time: any TimeSource
    /// For one answer, which the ingress waits up to five seconds for.
    var answerPatience = Duration.seconds(7)

    private static let patience = Duration.seconds(15)

    /// - Parameter pause: called between two attempts.
    /// - Throws: why there is none, in one line.
    func make(_ event: DemoEvent, pause: () -> Void) throws(SetupError) -> RunFile.Demo {
        let body = Array(try template.filled(["startsAt": event.startsAt]).utf8)
        let headers = [
            "Authorization: Bearer \(key)", "Content-Type: application/json", "Prefer: wait=5",
            "Idempotency-Key: \"\(event.idempotencyKey)\"",
        ]
        let deadline = time.monotonic + Self.patience
        var last = "the ingress does not answer"
        while time.monotonic < deadline && !shutdown.isRequested {
            let exchange = Exchange(port: port, patience: answerPatience) { [shutdown] in shutdown.isRequested }
            switch exchange.perform("POST", "/v1/events", headers: headers, body: body) {
            case .some(let answer) where answer.status == 201:
                guard let ids = Self.ids(answer.body) else {
                    throw SetupError("the ingress's answer has no ids in it")
                }
                return ids
            // Not decided yet, or not taken at the moment.
            case .some(let answer) where [202, 429, 503].contains(answer.status):
                last = "the ingress answers \(answer.status)"
            case .some(let answer):
                let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
                throw SetupError("the ingress answers \(answer.status): \(text)")
            case nil: break
            }
            pause()
        }
        throw SetupError(shutdown.isRequested ? "stopped before it was made" : last)
    }

    private struct Made: Decodable {
        struct Show: Decodable {
            let showId: String
        }

        let eventId: String
        let shows: [Show]
    }

    static func ids(_ body: [UInt8]) -> RunFile.Demo? {
        guard let made = try? JSONDecoder().decode(Made.self, from: Data(body)), let show = made.shows.first else {
            return nil
        }
        return RunFile.Demo(eventId: made.eventId, showId: show.showId)
    }
}
