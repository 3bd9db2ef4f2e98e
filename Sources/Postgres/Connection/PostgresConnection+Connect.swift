internal import CPostgres
internal import Runtime

extension PostgresConnection {
    /// Connects to the first host that answers, lets us in and is what `targetSession` asks for.
    ///
    /// - Parameter interruptor: lets another thread end the attempt, and the connection's waits afterwards.
    /// - Throws: what the only host said; with several hosts, what each of them said, under the code of the last.
    public static func connect(
        _ settings: PostgresSettings, interruptor: PostgresInterruptor? = nil
    ) throws(PostgresError) -> PostgresConnection {
        let interruptor = if let interruptor { interruptor } else { try PostgresInterruptor() }
        var failures: [PostgresError] = []
        for host in settings.hosts {
            do throws(PostgresError) {
                return try connect(settings, to: host, interruptor: interruptor)
            } catch {
                if error.code == .interrupted { throw error }
                failures.append(error)
            }
        }
        guard let last = failures.last else {
            throw PostgresError(.invalidSettings, "the settings name no host")
        }
        guard failures.count > 1 else { throw last }
        var facts = last.facts
        facts.message = zip(settings.hosts, failures).map { "\($0): \($1.message)" }.joined(separator: "; ")
        facts.isRetryable = failures.contains { $0.isRetryable }
        throw PostgresError(facts)
    }

    private static func connect(
        _ settings: PostgresSettings, to host: PostgresSettings.Host, interruptor: PostgresInterruptor
    ) throws(PostgresError) -> PostgresConnection {
        guard let handle = start(settings.parameters(for: host)) else {
            throw PostgresError(.connectFailed, "out of memory")
        }
        // Only in its verbose form does a failure to connect have its SQLSTATE.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        cpostgres_watch_notices(handle, nil)
        do throws(PostgresError) {
            try complete(handle, settings, host, interruptor)
        } catch {
            PQfinish(handle)
            throw error
        }
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        guard PQsetnonblocking(handle, 1) == 0 else {
            defer { PQfinish(handle) }
            throw PostgresError.connecting(handle, to: host)
        }
        return PostgresConnection(handle: handle, settings: settings, host: host, interruptor: interruptor)
    }

    /// Hands the parameters to libpq, which copies them.
    private static func start(_ parameters: [(keyword: String, value: String)]) -> OpaquePointer? {
        // One block of zero-terminated texts, and pointers into it.
        var bytes: [CChar] = []
        var offsets: [Int] = []
        for (keyword, value) in parameters {
            for text in [keyword, value] {
                offsets.append(bytes.count)
                bytes.append(contentsOf: text.utf8CString)
            }
        }
        return bytes.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            guard let base = bytes.baseAddress else { return nil }
            var keywords: [UnsafePointer<CChar>?] = []
            var values: [UnsafePointer<CChar>?] = []
            for index in stride(from: 0, to: offsets.count, by: 2) {
                keywords.append(base + offsets[index])
                values.append(base + offsets[index + 1])
            }
            keywords.append(nil)
            values.append(nil)
            return PQconnectStartParams(keywords, values, 0)
        }
    }

    private static func complete(
        _ handle: OpaquePointer, _ settings: PostgresSettings, _ host: PostgresSettings.Host,
        _ interruptor: PostgresInterruptor
    ) throws(PostgresError) {
        guard PQstatus(handle) != CONNECTION_BAD else { throw .connecting(handle, to: host) }
        let waiter = SocketWaiter(interruptor: interruptor.descriptor)
        let deadline = SystemTime().monotonic + settings.connectTimeout
        var isWriting = true
        while true {
            let outcome = waiter.wait(
                for: PQsocket(handle), reading: !isWriting, writing: isWriting,
                atMost: deadline - SystemTime().monotonic)
            switch outcome {
            case .ready: break
            case .timedOut:
                throw failure(.connectTimedOut, "\(host) did not answer within \(settings.connectTimeout)", retry: true)
            case .interrupted:
                interruptor.clear()
                throw failure(.interrupted, "connecting to \(host) was interrupted", retry: false)
            }
            switch PQconnectPoll(handle) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: isWriting = false
            case PGRES_POLLING_WRITING: isWriting = true
            default: throw .connecting(handle, to: host)
            }
        }
    }

    private static func failure(_ code: PostgresError.Code, _ message: String, retry: Bool) -> PostgresError {
        PostgresError(.init(code: code, message: message, isConnectionLost: true, isRetryable: retry))
    }
}
