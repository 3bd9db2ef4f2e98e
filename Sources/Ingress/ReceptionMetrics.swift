internal import API
internal import Runtime

/// What an ingress tells of itself to operators, besides its HTTP figures.
struct ReceptionMetrics: Sendable {
    let taken: Counter
    let messages: Counter
    let replies: Counter
    let unread: Counter
    let asked: Counter
    let found: Counter
    let log: Log

    init(_ metrics: Metrics, line: Line = .seats, log: Log) {
        // The line that was there first has the plain names.
        func counter(_ name: String, _ help: String) -> Counter {
            switch line {
            case .seats: metrics.counter("turnstile_\(name)_total", help)
            case .desk: metrics.counter("turnstile_desk_\(name)_total", "The desk line's: " + help)
            }
        }
        taken = counter("commands_taken", "Commands that were taken in.")
        messages = counter("command_messages", "Messages of commands that were published.")
        replies = counter("replies", "Replies that came from workers.")
        unread = counter("unread_lines", "Lines from the broker that made no sense.")
        asked = counter("journal_asked", "Commands that the journal was asked for, since no reply had come.")
        found = counter("journal_found", "Of those, which it had.")
        self.log = log
    }
}
