internal import CMicrohttpd
internal import Glibc
internal import Runtime

/// From the request line to the handler. All of it is called back by the library, within `Daemon.run`.
extension Loop {
    /// The request line is there.
    ///
    /// - Returns: what the library hands to the calls that concern this request.
    func targetArrived(_ text: UnsafePointer<CChar>, _ handle: OpaquePointer) -> UnsafeMutableRawPointer? {
        guard let context = cmicrohttpd_socket_context(handle) else { return nil }
        let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
        connection.target.take(UnsafeRawBufferPointer(start: text, count: strlen(text)))
        connection.targetStart = UInt(bitPattern: text)
        connection.phase = .receiving
        connection.startedAt = hooks.access == nil ? now : preciseTime
        connection.deadline = now + listener.limits.requestTime.nanoseconds
        return context
    }

    /// The library's access handler: first without a body, then with each piece of it, then once more at its end.
    ///
    /// - Returns: false to close the connection at once.
    func access(
        _ connection: Connection, _ method: UnsafePointer<CChar>, _ version: UnsafePointer<CChar>,
        _ piece: UnsafeRawBufferPointer
    ) -> Bool {
        guard connection.begun else { return begin(connection, method, version) }
        if !piece.isEmpty { return take(piece, connection) }
        switch connection.phase {
        case .receiving: return handle(connection)
        case .resumed:
            // Resumed without an answer: the client has gone.
            guard let answer = connection.answer.take() else { return false }
            return deliver(answer, connection)
        default: return false
        }
    }

    /// The headers are there.
    private func begin(
        _ connection: Connection, _ method: UnsafePointer<CChar>, _ version: UnsafePointer<CChar>
    ) -> Bool {
        connection.begun = true
        connection.method = HTTPMethod(method)
        connection.version = version[5] == 49 && version[7] == 48 ? .http10 : .http11
        let limits = listener.limits
        let form: Target.Form
        do {
            // The version follows the target and the blank behind it, unless a zero byte stands in between.
            guard UInt(bitPattern: version) == connection.targetStart + UInt(connection.target.bytes.count) + 1 else {
                throw Target.Fault.malformed("The request line contains a zero byte or a superfluous blank.")
            }
            form = try connection.target.parse(limit: limits.targetBytes)
        } catch {
            switch error as? Target.Fault {
            case .malformed(let detail): return refuseNow(.malformed(detail), connection)
            default: return refuseNow(.targetTooLong(limit: limits.targetBytes), connection)
            }
        }
        guard cmicrohttpd_header_bytes(connection.handle) <= limits.headerBytes else {
            return refuseNow(.headerTooLarge(limit: limits.headerBytes), connection)
        }
        if connection.version == .http11 && !connection.hasHeader("Host") {
            return refuseNow(.malformed("The “Host” header is missing."), connection)
        }
        let framing: BodyIntake.Framing
        do {
            framing = try connection.bodyFraming()
        } catch {
            return refuseNow(error, connection)
        }
        if form == .asterisk && connection.method != .options {
            return refuseNow(.malformed("Only OPTIONS may ask for “*”."), connection)
        }
        connection.refusal = form == .asterisk ? .methodNotAllowed(allow: Self.allMethods) : route(connection)
        let limit = connection.route?.bodyLimit ?? limits.bodyBytes
        if case .tooLarge(let limit) = connection.body.begin(framing, limit: limit) {
            return refuseNow(.bodyTooLarge(limit: limit), connection)
        }
        guard connection.refusal != nil, framing != .none else { return true }
        // The client asks first whether it may send the body: it may not.
        if let refusal = connection.refusal, connection.hasHeader("Expect") { return refuseNow(refusal, connection) }
        connection.body.discard(bodyBudget)
        return true
    }

    /// What `OPTIONS *` is told.
    private static let allMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

    private func route(_ connection: Connection) -> Problem? {
        let target = connection.target
        switch listener.router.match(connection.method, target.bytes, target.path, &connection.places) {
        case .route(let route):
            connection.route = route
            return nil
        case .wrongMethod(let allow): return .methodNotAllowed(allow: allow)
        case .none: return .notFound
        }
    }

    /// A piece of the body is there.
    private func take(_ piece: UnsafeRawBufferPointer, _ connection: Connection) -> Bool {
        switch connection.body.add(piece, bodyBudget) {
        case nil: return true
        case .tooLarge(let limit):
            // The library takes no answer in the middle of a body.
            refuseRaw(.bodyTooLarge(limit: limit), connection)
            return false
        case .noBudget:
            refuseRaw(.bodyBudget, connection)
            return false
        }
    }

    /// The request is there completely.
    private func handle(_ connection: Connection) -> Bool {
        if let refusal = connection.refusal {
            if connection.method == .options, let allow = refusal.headers["Allow"] {
                return send(Response(.noContent, headers: ["Allow": allow]), connection)
            }
            return send(refusal, connection)
        }
        guard let route = connection.route else { return send(.notFound, connection) }
        switch route.handler {
        case .immediate(let handler):
            connection.phase = .handling
            let response: Response
            do {
                response = try handler(Request(connection))
            } catch {
                return send(problem(of: error, route), connection)
            }
            return send(response, connection)
        case .deferred(let handler):
            connection.phase = .handling
            let responder = Responder(connection, self)
            do {
                try handler(Request(connection), responder)
            } catch {
                responder.refuse(problem(of: error, route))
            }
            if let answer = responder.park() { return deliver(answer, connection) }
            // The library would close it before it sent anything.
            if connection.isHalfClosed { return false }
            connection.phase = .suspended
            connection.deadline = now + listener.limits.answerTime.nanoseconds
            daemon.suspend(connection)
            return true
        }
    }

    private func problem(of error: any Error, _ route: Route) -> Problem {
        if let problem = error as? Problem { return problem }
        report(.handlerFailed, "\(route.method) \(route.template.text): \(error)")
        return .unanswered
    }
}

extension Connection {
    /// How long the body is, and nothing that two readers could understand differently (RFC 9112 6.3).
    fileprivate func bodyFraming() throws(Problem) -> BodyIntake.Framing {
        let hasLength = hasHeader("Content-Length")
        let hasCoding = hasHeader("Transfer-Encoding")
        guard hasLength || hasCoding else { return .none }
        if hasCoding {
            guard !hasLength, version == .http11 else {
                throw .malformed("“Transfer-Encoding” stands beside “Content-Length”, or in a request of HTTP/1.0.")
            }
            var codings: [String] = []
            forEachHeader("Transfer-Encoding") { codings.append(String(decoding: $0, as: UTF8.self)) }
            guard codings.count == 1, codings[0].equalsIgnoringCase("chunked") else { throw .transferCoding }
            return .chunked
        }
        var lengths: [String] = []
        forEachHeader("Content-Length") { lengths.append(String(decoding: $0, as: UTF8.self)) }
        guard lengths.count == 1, let length = Int(lengths[0]), length >= 0,
            lengths[0].utf8.allSatisfy({ $0 &- 48 < 10 })
        else { throw .malformed("“Content-Length” is not one number.") }
        return length == 0 ? .none : .length(length)
    }
}
