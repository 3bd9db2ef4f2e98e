internal import CLinux
internal import CMicrohttpd
internal import Glibc
internal import Runtime
internal import Synchronization

/// Connections: how they come, go, and are shown out.
extension Loop {
    func opened(_ handle: OpaquePointer) -> Connection {
        let connection = Connection(loop: self, handle: handle)
        connections[connection.socket] = connection
        connectionCount.add(1, ordering: .relaxed)
        // While a connection is suspended, the library does not see its client go. Once for each connection:
        // edge-triggered, it says nothing but that.
        watch(connection.socket, EPOLLRDHUP.rawValue | EPOLLET.rawValue)
        return connection
    }

    /// The library is about to close the socket.
    func closed(_ connection: Connection) {
        connections[connection.socket] = nil
        connectionCount.subtract(1, ordering: .relaxed)
        unwatch(connection.socket)
        sayGoodbye(connection)
        connection.generation += 1
        connection.presence.markGone()
    }

    /// Sees to it that a client hears why its request was not taken.
    private func sayGoodbye(_ connection: Connection) {
        let isSilent = !connection.lingers
        if isSilent {
            // Nothing was answered, because there was no request, or only an empty wait for one.
            let hasIdled = connection.openedAt + listener.limits.idleTime.nanoseconds <= now
            guard connection.finished == 0, !connection.isCut, !hasIdled else { return }
        }
        guard stage == .running, isClientThere(connection.socket) else { return }
        // The library closes without a word when a request line is none at all. After a refusal of its own it has
        // answered already, perhaps this very connection.
        if isSilent, connection.refusalsBefore == libraryRefusals {
            refuseRaw(.malformed("The request line is not “METHOD /path HTTP/1.1”."), connection)
        }
        linger(connection)
    }

    private func linger(_ connection: Connection) {
        guard let descriptor = lingering.add(duplicateOf: connection.socket, now: now) else { return }
        watch(descriptor, EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
    }

    /// Whether the client has not closed its side: there is something to read, or nothing yet.
    private func isClientThere(_ socket: Int32) -> Bool {
        var byte: UInt8 = 0
        let count = recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count > 0 || (count < 0 && errno == EAGAIN)
    }

    /// The client has closed its side of the connection, or all of it.
    func hungUp(_ connection: Connection) {
        connection.isHalfClosed = true
        switch connection.phase {
        case .suspended:
            // Nothing can be sent any more: the library finds the end when it is resumed, and closes.
            connection.phase = .resumed
            connection.presence.markGone()
            daemon.resume(connection)
        case .streaming:
            guard let stream = connection.stream else { return }
            if stream.abort(.clientGone) { daemon.resume(connection) } else { cut(connection) }
        default: halfClosed.append(connection)
        }
    }

    /// Makes the library look for the end of what clients that have closed their side have sent.
    ///
    /// It takes a short read for all there is. When data and end came in together, it therefore never sees the end,
    /// because the kernel tells of both only once. Shutting the closed side once more makes the kernel tell again;
    /// what is unread stays readable.
    func remindOfEnds() {
        halfClosed.removeAll { connection in
            switch connection.phase {
            case .waiting, .receiving:
                guard connections[connection.socket] === connection, connection.reminders < 10_000 else { return true }
                connection.reminders += 1
                shutdown(connection.socket, Int32(SHUT_RD))
                return false
            default:
                // `completed` brings it back.
                return true
            }
        }
    }

    /// Ends a connection that the library waits on. It learns of it by its next event.
    func cut(_ connection: Connection) {
        connection.isCut = true
        shutdown(connection.socket, Int32(SHUT_RDWR))
    }

    /// The library is done with a request, for better or worse.
    func completed(_ connection: Connection, _ termination: MHD_RequestTerminationCode) {
        let isGood = termination == cmicrohttpd_sent && !connection.isCut
        let isStopped = termination == cmicrohttpd_stopped
        if !isGood { connection.presence.markGone() }
        if let stream = connection.stream {
            stream.connection = nil
            stream.finish(isStopped || stage != .running ? .serverStopped : .clientGone)
        }
        if case .stream(let stream) = connection.answer { stream.finish(.clientGone) }
        if let access = hooks.access, connection.begun {
            access(
                AccessRecord(
                    listener: listener.name, method: connection.method, route: connection.route?.template.text,
                    status: connection.status, bytes: connection.sentBytes,
                    duration: .nanoseconds(preciseTime - connection.startedAt),
                    outcome: isStopped ? .stopped : isGood ? .sent : .broken))
        }
        // The library has refused the headers itself, and may not have read all of them.
        if !connection.begun { connection.lingers = true }
        connection.body.release(bodyBudget)
        connection.reset()
        connection.deadline = now + listener.limits.idleTime.nanoseconds + listener.limits.requestTime.nanoseconds
        if stage != .running { shutdown(connection.socket, Int32(SHUT_RD)) }
        if connection.isHalfClosed { halfClosed.append(connection) }
    }

    // MARK: Mail

    /// Does what another thread wants.
    func open(_ mail: Mail) {
        switch mail {
        case .answer(let connection, let generation, let answer):
            guard connection.generation == generation, connection.phase == .suspended else {
                if case .stream(let stream) = answer { stream.finish(.clientGone) }
                return
            }
            connection.answer = answer
            connection.phase = .resumed
            daemon.resume(connection)
        case .wake(let streams):
            for stream in streams {
                // Whoever sent this has found the stream asleep, and nobody else will wake it.
                if let connection = stream.connection { daemon.resume(connection) }
            }
        case .cut(let stream):
            guard let connection = stream.connection else { return }
            if stream.abort(.tooSlow) { daemon.resume(connection) } else { cut(connection) }
        case .answeredTwice: report(.answeredTwice, "a request was answered a second time")
        case .stop(let deadline): beginStop(deadline)
        }
    }

    // MARK: Overdue

    /// Looks at everything that has a time limit.
    ///
    /// - Returns: when to look again.
    func sweep() -> Int64 {
        var next = now + 1_000_000_000
        for connection in connections.values {
            if connection.phase == .streaming {
                keepAlive(connection, &next)
            } else if connection.deadline <= now {
                overdue(connection)
            } else {
                next = min(next, connection.deadline)
            }
        }
        for descriptor in lingering.overdue(now) {
            unwatch(descriptor)
            lingering.close(descriptor)
        }
        if let deadline = lingering.nextDeadline { next = min(next, deadline) }
        // New connections and requests get deadlines that no sweep has seen.
        let limits = listener.limits
        let shortest = min(limits.requestTime, limits.answerTime, limits.responseTime).nanoseconds
        return max(min(next, now + shortest), now + 10_000_000)
    }

    private func overdue(_ connection: Connection) {
        switch connection.phase {
        case .waiting, .receiving:
            guard !connection.isCut else { return }
            refuseRaw(.tooSlow, connection)
            connection.lingers = false
            cut(connection)
        case .suspended:
            report(.overdue, "\(connection.method) \(connection.route?.template.text ?? "") was not answered in time")
            connection.answer = .problem(.overdue)
            connection.phase = .resumed
            daemon.resume(connection)
        case .answering: cut(connection)
        case .handling, .resumed, .streaming: break
        }
    }

    private func keepAlive(_ connection: Connection, _ next: inout Int64) {
        guard let stream = connection.stream, let keepAlive = stream.options.keepAlive?.nanoseconds else { return }
        if stream.sentAt + keepAlive <= now {
            stream.sentAt = now
            let (_, mustWake) = stream.enqueue(.keepAlive)
            if mustWake { daemon.resume(connection) }
        }
        next = min(next, stream.sentAt + keepAlive)
    }
}
