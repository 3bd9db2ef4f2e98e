internal import CPostgres
internal import Runtime

extension PostgresSession {
    /// Has what is sent to `channel` delivered to this connection, from the end of the open transaction on.
    public func listen(to channel: PostgresIdentifier) throws(PostgresError) {
        try connection.run(script: "LISTEN \(channel)")
        connection.hasListened = true
    }

    public func stopListening(to channel: PostgresIdentifier) throws(PostgresError) {
        try connection.run(script: "UNLISTEN \(channel)")
    }

    /// Sends to everybody who listens to `channel`, when the transaction commits.
    ///
    /// - Parameter payload: less than 8,000 bytes.
    public func notify(_ channel: PostgresIdentifier, _ payload: String = "") throws(PostgresError) {
        try execute("SELECT pg_notify($1, $2)", channel.name, payload)
    }
}

extension PostgresConnection {
    /// Waits for a notification. Those that came in during other statements are given out first, in their order.
    ///
    /// A server that hangs is not told from one that has nothing to say: call `ping` now and then.
    ///
    /// - Returns: nil when the time is over, or the interruptor ended the wait.
    /// - Throws: when the connection is lost.
    public func waitForNotification(for duration: Duration) throws(PostgresError) -> PostgresNotification? {
        let handle = try enter()
        let deadline = SystemTime().monotonic + duration
        while true {
            collectNotifications(handle)
            if let notification = notifications.take() { return notification }
            // With TLS, bytes may have been decrypted that no poll shows.
            if isEncrypted, PQconsumeInput(handle) == 0 { throw bury(lost(handle, nil)) }
            var rest = max(.zero, deadline - SystemTime().monotonic)
            if isEncrypted { rest = min(rest, .milliseconds(50)) }
            let socket = PQsocket(handle)
            guard socket >= 0 else { throw bury(lost(handle, nil)) }
            switch waiter.wait(for: socket, reading: true, writing: false, atMost: rest) {
            case .ready:
                guard PQconsumeInput(handle) == 1 else { throw bury(lost(handle, nil)) }
            case .timedOut:
                if deadline <= SystemTime().monotonic { return nil }
            case .interrupted:
                interruptor.clear()
                return nil
            }
        }
    }

    /// How many notifications were dropped since the last call, because nobody fetched them.
    public func takeDroppedNotifications() -> Int {
        notifications.takeDropped()
    }

    /// Takes over what libpq has parsed, so that it is bounded.
    func collectNotifications(_ handle: OpaquePointer) {
        while let notification = PQnotifies(handle) {
            notifications.append(
                PostgresNotification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra), process: notification.pointee.be_pid))
            PQfreemem(notification)
        }
    }
}
