/// What `NOTIFY` sent to a channel that is listened to.
public struct PostgresNotification: Sendable, Hashable {
    public let channel: String
    public let payload: String
    /// The backend of the session that sent it.
    public let process: Int32

    public init(channel: String, payload: String, process: Int32) {
        self.channel = channel
        self.payload = payload
        self.process = process
    }
}
