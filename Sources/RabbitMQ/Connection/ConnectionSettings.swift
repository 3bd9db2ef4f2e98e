internal import Runtime

/// How to reach a broker and how long to be patient with it.
public struct ConnectionSettings: Sendable {
    public var host = "127.0.0.1"
    public var port: UInt16 = 5672
    public var virtualHost = "/"
    public var user = "guest"
    public var password = "guest"
    /// Shown in the management UI.
    public var name = "turnstile"
    /// A peer that is silent for twice this time is given up. Whole seconds, 1 s to 10 min; the broker may want less.
    public var heartbeat: Duration = .seconds(5)
    /// For reaching the broker and logging in, together.
    public var connectTimeout: Duration = .seconds(5)
    /// For each answer of the broker, a clean close included.
    public var replyTimeout: Duration = .seconds(5)
    /// The largest frame in bytes, 4,096 or more; the broker may want less. Larger bodies travel in several frames.
    public var frameMax = 131_072
    /// How many channels may be open at once; the broker may want fewer.
    public var channelMax: UInt16 = 2047
    /// How many bytes may wait to be sent while the broker does not read. Beyond it publishers are told to wait.
    public var sendBufferBytes = 8 << 20

    public init() {}
}

extension ConnectionSettings {
    /// Names what cannot work, before anything is tried.
    func validate() throws(RabbitMQError) {
        func require(_ holds: Bool, _ reason: String) throws(RabbitMQError) {
            guard holds else { throw RabbitMQError(.invalidSettings, "connecting to RabbitMQ", reason) }
        }
        try require(!host.isEmpty, "the host is empty")
        try require(port != 0, "the port is 0")
        try require(
            heartbeat >= .seconds(1) && heartbeat <= .seconds(600),
            "the heartbeat is \(heartbeat), but must be 1 s to 600 s")
        try require(connectTimeout > .zero, "the connect timeout is \(connectTimeout), but must be above zero")
        try require(replyTimeout > .zero, "the reply timeout is \(replyTimeout), but must be above zero")
        try require(
            frameMax >= 4096 && frameMax <= 1 << 24, "the frame size is \(frameMax), but must be 4096 to 16 MiB")
        try require(channelMax > 0, "the number of channels is 0")
        try require(sendBufferBytes > 0, "the send buffer is \(sendBufferBytes) bytes")
        try require(
            virtualHost.utf8.count <= 255, "the virtual host has \(virtualHost.utf8.count) bytes, 255 are allowed")
        let texts = [host, virtualHost, user, password, name]
        try require(!texts.contains { $0.utf8.contains(0) }, "host, names and password must not hold a zero byte")
    }

    /// The broker's address as it may be shown: no user, no password.
    var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    var heartbeatSeconds: Int64 { (heartbeat.microseconds + 999_999) / 1_000_000 }
}

extension ConnectionSettings: CustomStringConvertible {
    /// Without the password.
    public var description: String { "amqp://\(user)@\(address)/\(virtualHost == "/" ? "%2F" : virtualHost)" }
}

extension ConnectionSettings: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { description }
    // `dump` and string interpolation of a struct that holds this one go through the mirror.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
