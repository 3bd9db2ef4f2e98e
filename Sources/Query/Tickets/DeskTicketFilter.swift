internal import API
internal import Desk
internal import Wire

/// Which tickets are asked for.
struct DeskTicketFilter: Hashable, Sendable {
    let status: TicketStatus?
    let kind: DeskName?

    static let parameters: Set<String> = ["status", "ticketType"]

    /// A slot that is kept, or was, is no ticket.
    private static let statuses: [TicketStatus] = [.open, .working, .resolved, .cancelled]

    init(_ call: Call) throws(Fault) {
        kind = try call.words("ticketType", atMost: DeskBounds.nameBytes).map { DeskName($0) }
        guard let word = call[query: "status"] else {
            status = nil
            return
        }
        guard let status = Self.statuses.first(where: { $0.word.description == word }) else {
            let words = Self.statuses.map(\.word.description).joined(separator: ", ")
            throw .invalid("status", "must be one of \(words)")
        }
        self.status = status
    }
}
