internal import Runtime

/// What an ingress tells of itself to operators, besides its HTTP figures.
struct DeskMetrics: Sendable {
    let taken: Counter
    let messages: Counter
    let replies: Counter
    let unread: Counter
    let asked: Counter
    let found: Counter
    let log: Log

    init(_ metrics: Metrics, log: Log) {
        taken = metrics.counter("turnstile_commands_taken_total", "Commands that were taken in.")
        messages = metrics.counter("turnstile_command_messages_total", "Messages of commands that were published.")
        replies = metrics.counter("turnstile_replies_total", "Replies that came from workers.")
        unread = metrics.counter("turnstile_unread_lines_total", "Lines from the broker that made no sense.")
        asked = metrics.counter(
            "turnstile_journal_asked_total", "Commands that the journal was asked for, since no reply had come.")
        found = metrics.counter("turnstile_journal_found_total", "Of those, which it had.")
        self.log = log
    }
}
