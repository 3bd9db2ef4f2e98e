internal import CMicrohttpd
internal import Glibc
internal import Runtime

/// From the answer to the library.
extension Loop {
    /// - Returns: false to close the connection at once.
    func deliver(_ answer: Answer, _ connection: Connection) -> Bool {
        switch answer {
        case .response(let outgoing): return send(outgoing, connection)
        case .problem(let problem): return send(problem, connection)
        case .stream(let stream): return start(stream, connection)
        case .dropped:
            report(.unanswered, "\(connection.method) \(connection.route?.template.text ?? "") was not answered")
            return send(.unanswered, connection)
        }
    }

    func send(_ problem: Problem, _ connection: Connection) -> Bool {
        send(hooks.problem(problem, connection.line), connection)
    }

    func send(_ response: Response, _ connection: Connection) -> Bool {
        send(Outgoing(response, listener.compression, acceptsGzip: connection.acceptsGzip), connection)
    }

    private func send(_ outgoing: Outgoing, _ connection: Connection) -> Bool {
        var outgoing = outgoing
        if outgoing.tag != nil, connection.method == .get || connection.method == .head,
            let field = connection.ifNoneMatch
        {
            outgoing.revalidate(field)
        }
        guard let response = make(outgoing) else {
            report(.badHeader, "\(connection.route?.template.text ?? "") answered with a header that cannot be sent")
            guard let plain = make(Outgoing(Problem.unanswered.response, listener.compression, acceptsGzip: false))
            else {
                return false
            }
            return queue(plain, 500, 0, connection)
        }
        let sent = outgoing.status.forbidsBody ? 0 : outgoing.payload.count
        return queue(response, outgoing.status.code, sent, connection)
    }

    private func queue(_ response: OpaquePointer, _ status: Int, _ bytes: Int, _ connection: Connection) -> Bool {
        defer { MHD_destroy_response(response) }
        if stage != .running { MHD_add_response_header(response, "Connection", "close") }
        connection.status = HTTPStatus(status)
        connection.sentBytes = connection.method == .head ? 0 : bytes
        connection.phase = .answering
        connection.deadline = now + listener.limits.responseTime.nanoseconds
        return MHD_queue_response(connection.handle, UInt32(status), response) == cmicrohttpd_yes
    }

    /// Answers before the body is read. The library closes the connection afterwards.
    func refuseNow(_ problem: Problem, _ connection: Connection) -> Bool {
        connection.lingers = true
        return send(problem, connection)
    }

    /// Answers where the library takes no answer: between two of its calls, when a request is not there completely.
    /// Nothing of the library's can be under way on the socket then.
    func refuseRaw(_ problem: Problem, _ connection: Connection) {
        let outgoing = Outgoing(hooks.problem(problem, connection.line), listener.compression, acceptsGzip: false)
        let reason = MHD_get_reason_phrase_for(UInt32(outgoing.status.code)).map { String(cString: $0) } ?? ""
        let bytes = outgoing.closing(reason: reason)
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        _ = Glibc.send(connection.socket, bytes, bytes.count, flags)
        connection.status = outgoing.status
        connection.sentBytes = outgoing.payload.count
        connection.lingers = true
        connection.isCut = true
    }

    /// The library's form of an answer; nil when it refuses a header.
    private func make(_ outgoing: Outgoing) -> OpaquePointer? {
        let response: OpaquePointer?
        switch outgoing.payload {
        case .none: response = MHD_create_response_from_buffer(0, nil, cmicrohttpd_keep)
        case .own(let bytes):
            response = bytes.withUnsafeBytes { bytes in
                MHD_create_response_from_buffer(
                    bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), cmicrohttpd_copy)
            }
        case .shared(let bytes):
            // The library holds the bytes until the last of them is sent.
            response = MHD_create_response_from_buffer_with_free_callback_cls(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.bytes.baseAddress),
                { context in
                    guard let context else { return }
                    Unmanaged<SharedBytes>.fromOpaque(context).release()
                }, Unmanaged.passRetained(bytes).toOpaque())
        }
        guard let response else { return nil }
        return add(outgoing, to: response) ? response : nil
    }

    private func add(_ outgoing: Outgoing, to response: OpaquePointer) -> Bool {
        var isGood = true
        outgoing.forEachHeader { name, value in
            if MHD_add_response_header(response, name, value) != cmicrohttpd_yes { isGood = false }
        }
        if !isGood { MHD_destroy_response(response) }
        return isGood
    }

    // MARK: Streams

    private func start(_ stream: EventStream, _ connection: Connection) -> Bool {
        var head = Outgoing(Response(.ok, headers: stream.options.headers), listener.compression, acceptsGzip: false)
        head.contentType = .eventStream
        if head.headers["Cache-Control"] == nil { head.headers.add("Cache-Control", "no-store") }
        // Proxies that would gather the events into larger blocks are asked not to.
        head.headers.add("X-Accel-Buffering", "no")
        if connection.method == .head {
            // The library would end even this answer with a last chunk.
            stream.finish(.ended)
            return send(head, connection)
        }
        let response = MHD_create_response_from_callback(
            UInt64.max, 1024,
            { context, _, output, count in
                guard let context, let output else { return -2 }
                let stream = Unmanaged<EventStream>.fromOpaque(context).takeUnretainedValue()
                return stream.connection.map { connection in
                    connection.loop.fill(connection, stream, UnsafeMutableRawBufferPointer(start: output, count: count))
                } ?? -2
            }, Unmanaged.passRetained(stream).toOpaque(),
            { context in
                guard let context else { return }
                Unmanaged<EventStream>.fromOpaque(context).release()
            })
        guard let response, add(head, to: response) else {
            stream.finish(.serverStopped)
            return false
        }
        stream.connection = connection
        stream.sentAt = now
        connection.stream = stream
        guard queue(response, 200, 0, connection) else { return false }
        connection.phase = .streaming
        return true
    }

    /// The library wants more of a stream: the content reader.
    private func fill(_ connection: Connection, _ stream: EventStream, _ output: UnsafeMutableRawBufferPointer) -> Int {
        let endOfStream = -1
        let endWithError = -2
        switch stream.fill(output) {
        case .bytes(let count):
            stream.sentAt = now
            connection.sentBytes += count
            return count
        case .sleep:
            daemon.suspend(connection)
            return 0
        case .end: return endOfStream
        case .abort:
            connection.isCut = true
            return endWithError
        }
    }
}
