internal import CMicrohttpd
internal import Glibc
internal import Runtime

/// Coming to an end.
extension Loop {
    var preciseTime: Int64 { SystemTime().monotonic.nanoseconds }

    /// Stops accepting and lets what runs come to its end.
    func beginStop(_ deadline: Int64) {
        guard stage == .running else { return }
        stage = .draining(deadline: deadline)
        let socket = daemon.quiesce()
        if socket >= 0 { close(socket) }
        for connection in connections.values {
            switch connection.phase {
            case .waiting:
                // A request that is in the kernel already is still read and answered; then the library sees the end.
                shutdown(connection.socket, Int32(SHUT_RD))
            case .streaming: connection.stream?.end(.serverStopped)
            default: break
            }
        }
    }

    /// Whether the loop is done. At the deadline what is left gets a 503 where that is possible.
    func isOver() -> Bool {
        switch stage {
        case .running: return false
        case .draining(let deadline):
            if connections.isEmpty && lingering.isEmpty { return true }
            guard now >= deadline else { return false }
            stage = .cutting
            for connection in connections.values { cutShort(connection) }
            // Twice: once for the library to take the answers, once to send them.
            daemon.run()
            daemon.run()
            return true
        case .cutting: return true
        }
    }

    private func cutShort(_ connection: Connection) {
        switch connection.phase {
        case .suspended:
            connection.answer = .problem(.stopping)
            connection.phase = .resumed
        case .streaming: _ = connection.stream?.abort(.serverStopped)
        default: break
        }
        // Also those whose wake-up is still on its way: the library aborts when it is stopped with a suspended one.
        daemon.resume(connection)
    }
}
