internal import Pipeline
internal import Ticketing
internal import Wire

/// Replies and news of one step, gathered: one message for each receiver, as far as it goes.
struct DeskLetters {
    private var notices: [Notice] = []
    /// By receiver, in the order of their first replies.
    private var replies: [(to: String, lines: [UInt8])] = []
    private var directory: [UInt8] = []
    private var wakesAccounts = false
    private static let enough = 120 * 1_024

    mutating func reply(_ item: DeskItem, _ answer: DeskAnswer, isReplayed: Bool = false) {
        reply(id: item.id, to: item.replyTo, answer, isReplayed: isReplayed)
        for echo in item.echoes { reply(id: echo.id, to: echo.replyTo, answer, isReplayed: true) }
    }

    mutating func reply(id: CommandId?, to receiver: String?, _ answer: DeskAnswer, isReplayed: Bool) {
        guard let id, let receiver else { return }
        let index = replies.lastIndex { $0.to == receiver } ?? replies.count
        if index == replies.count { replies.append((receiver, [])) }
        ReplyLine.append(
            id: id, status: answer.status, isReplayed: isReplayed, body: answer.body, to: &replies[index].lines)
        if replies[index].lines.count > Self.enough {
            notices.append(.replies(to: receiver, replies[index].lines))
            replies[index].lines = []
        }
    }

    mutating func tell(directory line: [UInt8]) { directory += line }
    mutating func wakeAccounts() { wakesAccounts = true }

    /// Everything that there is to tell, which is then told.
    mutating func finish() -> [Notice] {
        defer { self = DeskLetters() }
        for (receiver, lines) in replies where !lines.isEmpty { notices.append(.replies(to: receiver, lines)) }
        if !directory.isEmpty { notices.append(.directory(directory)) }
        if wakesAccounts { notices.append(.effects(.accounts)) }
        return notices
    }
}
