internal import CPostgres
internal import Runtime

/// Everything that waits for the server. libpq is only called where it does not block.
extension PostgresConnection {
    /// Waits for the server to send, or to take what is still unsent, and lets libpq read what has come.
    func wait(_ handle: OpaquePointer, writing: Bool, statement: SQL?) throws(PostgresError) {
        let silentSince = SystemTime().monotonic
        while true {
            // The TLS layer may hold decrypted bytes that no poll of the socket shows: look again now and then.
            if isEncrypted, PQconsumeInput(handle) == 0 || PQisBusy(handle) == 0 { return }
            let socket = PQsocket(handle)
            guard socket >= 0 else { throw bury(lost(handle, statement)) }
            let until = min(cancellation?.repeatAt ?? silentSince + responseTimeout, silentSince + responseTimeout)
            let limit = min(until - SystemTime().monotonic, isEncrypted ? .milliseconds(50) : .seconds(86400))
            switch waiter.wait(for: socket, reading: true, writing: writing, atMost: limit) {
            case .ready(let readable):
                if readable { try consume(handle, statement) }
                return
            case .interrupted:
                interruptor.clear()
                // Somebody interrupts the cancelling: then it is over at once.
                guard cancellation == nil else { throw bury(silence(statement)) }
                cancellation = Cancellation(
                    deadline: SystemTime().monotonic + settings.cancelTimeout, repeatAt: SystemTime().monotonic)
            case .timedOut:
                if SystemTime().monotonic >= silentSince + responseTimeout { throw bury(silence(statement)) }
            }
            if let cancellation, cancellation.repeatAt <= SystemTime().monotonic {
                try cancelStatement(cancellation, statement)
            }
        }
    }

    private func consume(_ handle: OpaquePointer, _ statement: SQL?) throws(PostgresError) {
        // After a failure there may still be a complete answer in the buffer, such as the server's last words.
        if PQconsumeInput(handle) == 0, PQisBusy(handle) != 0 {
            throw bury(lost(handle, statement))
        }
    }

    private func silence(_ statement: SQL?) -> PostgresError {
        let isCancelling = cancellation != nil
        var facts = PostgresError.Facts(
            code: isCancelling ? .interrupted : .responseTimedOut,
            message: isCancelling
                ? "interrupted, and the server did not cancel the statement within \(settings.cancelTimeout)"
                : "the server was silent for \(responseTimeout)")
        facts.statement = statement.map { PostgresError.shortened($0.text) }
        return PostgresError(facts)
    }

    /// Pushes out what libpq holds back, without waiting.
    ///
    /// - Returns: whether something is left.
    func flush(_ handle: OpaquePointer, statement: SQL?) throws(PostgresError) -> Bool {
        let left = PQflush(handle)
        if left < 0, PQisBusy(handle) != 0 { throw bury(lost(handle, statement)) }
        return left > 0
    }

    /// The next result of what was sent; nil at its end. The caller clears it.
    func nextResult(_ handle: OpaquePointer, statement: SQL?) throws(PostgresError) -> OpaquePointer? {
        while true {
            let isUnsent = try flush(handle, statement: statement)
            if PQisBusy(handle) == 0 { return PQgetResult(handle) }
            try wait(handle, writing: isUnsent, statement: statement)
        }
    }

    /// Reads the results of one statement, or of a script, to their end, so that the connection is ready again.
    ///
    /// - Returns: the last result, which the caller clears.
    /// - Throws: the first error.
    func collect(_ handle: OpaquePointer, statement: SQL?) throws(PostgresError) -> OpaquePointer? {
        var last: OpaquePointer?
        var failure: PostgresError?
        do throws(PostgresError) {
            while let result = try nextResult(handle, statement: statement) {
                switch PQresultStatus(result) {
                case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY:
                    PQclear(last)
                    last = result
                case PGRES_COPY_IN:
                    PQclear(result)
                    failure = failure ?? PostgresError(.unexpectedCopy, "COPY FROM STDIN goes through copy(into:)")
                    _ = PQputCopyEnd(handle, "COPY was not expected here")
                case PGRES_COPY_OUT, PGRES_COPY_BOTH:
                    PQclear(result)
                    throw bury(PostgresError(.unexpectedCopy, "COPY TO STDOUT is not supported", statement: statement))
                default:
                    let error = PostgresError(result: result, statement: statement)
                    PQclear(result)
                    if error.isConnectionLost { throw bury(failure ?? error) }
                    failure = failure ?? error
                }
            }
        } catch {
            PQclear(last)
            throw error
        }
        collectNotifications(handle)
        guard let failure else { return last }
        PQclear(last)
        throw described(failure)
    }

    /// Adds that it was an interruption that made the server cancel.
    func described(_ failure: PostgresError) -> PostgresError {
        guard cancellation != nil, failure.sqlState == .queryCanceled else { return failure }
        var facts = failure.facts
        facts.code = .interrupted
        return PostgresError(facts)
    }

    /// Asks the server, on a connection of its own, to cancel what runs on this one.
    ///
    /// Not by `PQcancel`, which waits without limit for a server that accepts and says nothing. A server that has not
    /// come to the statement yet ignores the request, so it is repeated until there is an answer.
    private func cancelStatement(_ cancellation: Cancellation, _ statement: SQL?) throws(PostgresError) {
        let rest = cancellation.deadline - SystemTime().monotonic
        guard rest > .zero else { throw bury(silence(statement)) }
        var settings = settings
        settings.hosts = [host]
        settings.connectTimeout = rest
        do throws(PostgresError) {
            let other = try PostgresConnection.connect(settings)
            defer { other.close() }
            other.responseTimeout = max(.milliseconds(1), cancellation.deadline - SystemTime().monotonic)
            try other.execute("SELECT pg_cancel_backend($1)", backendProcess)
        } catch {
            throw bury(silence(statement))
        }
        self.cancellation?.repeatAt = min(
            cancellation.deadline, SystemTime().monotonic + settings.cancelTimeout * 0.2)
    }

    /// After a step that was done before the cancelling had an effect: the next one is not begun.
    func checkInterruption(_ statement: SQL?) throws(PostgresError) {
        guard cancellation != nil else { return }
        throw PostgresError(.interrupted, "interrupted before the statement was sent", statement: statement)
    }
}

/// An interrupted statement that the server is asked to cancel.
struct Cancellation {
    /// When it must have ended; else the connection is given up.
    let deadline: MonotonicTime
    var repeatAt: MonotonicTime
}
