internal import API
internal import HTTPServer
internal import Payments
internal import Pipeline
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// A route that becomes a command: which kind, and how its path names what it is about.
struct CommandRoute: Sendable {
    let operation: Operation
    let kind: CommandKind
    /// The event and the target that a path's id stands for; nil for what is no id.
    let target: @Sendable (String) -> (EventId, Target)?

    /// Creating an event and checking in are not here: their ids do not come from the path.
    static let all: [CommandRoute] = [
        event(.changeEvent, .changeEvent), event(.cancelEvent, .cancelEvent), event(.addShow, .addShow),
        show(.cancelShow, .cancelShow), show(.blockSeats, .block), show(.unblockSeats, .unblock),
        show(.reserve, .reserve), show(.joinWaitlist, .joinWaitlist),
        scoped(.extendReservation, .extend) { .reservation($0) },
        scoped(.releaseReservation, .release) { .reservation($0) },
        scoped(.checkout, .checkout) { .reservation($0) },
        scoped(.cancelBooking, .cancelBooking) { .booking($0) },
        scoped(.refundBooking, .refund) { .booking($0) },
        scoped(.leaveWaitlist, .leaveWaitlist) { .entry($0) },
    ]

    private static func event(_ operation: Operation, _ kind: CommandKind) -> CommandRoute {
        CommandRoute(operation: operation, kind: kind) { text in EventId(text: text).map { ($0, .event) } }
    }

    private static func show(_ operation: Operation, _ kind: CommandKind) -> CommandRoute {
        CommandRoute(operation: operation, kind: kind) { text in
            ShowId(text: text).map { ($0.event, .show($0.number)) }
        }
    }

    private static func scoped<Kind: NamedKind>(
        _ operation: Operation, _ kind: CommandKind, _ make: @escaping @Sendable (MintedId<Kind>) -> Target
    ) -> CommandRoute {
        CommandRoute(operation: operation, kind: kind) { text in
            ScopedId<Kind>(text: text).map { ($0.event, make($0.id)) }
        }
    }
}

/// Makes commands of requests, whether they come alone or as lines of a body.
struct CommandMaker: Sendable {
    let reception: Reception
    let seal: RequestSeal
    let providers: Providers
    let defaultWait: Int

    init(reception: Reception, seal: RequestSeal, providers: Providers, defaultWait: Int) {
        self.reception = reception
        self.seal = seal
        self.providers = providers
        self.defaultWait = defaultWait
    }

    /// - Throws: a fault for a body that the kind does not take.
    func arrival(
        _ request: CommandRequest, _ kind: CommandKind, _ event: EventId, _ target: Target, id: CommandId,
        waiter: Asker, wait: Int?
    ) throws(Fault) -> Intake<Asker>.Arrival {
        let content = try content(request.body, kind, event, target)
        return arrival(request, content, event, id: id, waiter: waiter, wait: wait)
    }

    func arrival(
        _ request: CommandRequest, _ content: Content, _ event: EventId, id: CommandId, waiter: Asker, wait: Int?
    ) -> Intake<Asker>.Arrival {
        var command = WireCommand(
            id: id, tenant: request.tenant, event: event, content: content, replyTo: reception.name,
            trace: request.trace)
        var body = request.body
        if let email = content.email {
            // Nothing personal travels: such a body is written anew, without it. Nobody sends an id again that nobody
            // knows, so nothing is to be compared then.
            command.content.email = nil
            if request.key != nil { command.content.emailDigest = seal.digest(of: email, in: id) }
            body = command.publicBody
        }
        return body.withUnsafeBytes {
            arrival(command, $0, keyed: request.key == nil ? nil : body, waiter: waiter, wait: wait)
        }
    }

    /// A command with the body as its sender wrote it.
    ///
    /// - Parameter keyed: the body again, where others may use the command's id.
    func arrival(
        _ command: WireCommand, _ body: UnsafeRawBufferPointer, keyed: [UInt8]?, waiter: Asker, wait: Int?
    ) -> Intake<Asker>.Arrival {
        var line: [UInt8] = []
        line.reserveCapacity(body.count + 256)
        command.appendLine(body: body, to: &line)
        return Intake<Asker>.Arrival(
            id: command.id, key: command.event, isFirstToGo: command.kind.isFirstToGo, line: line,
            keyed: keyed.map { Entry<Asker>.Keyed(command: .seats(command), body: $0) }, waiter: waiter,
            wait: wait ?? defaultWait)
    }

    func content(
        _ body: [UInt8], _ kind: CommandKind, _ event: EventId, _ target: Target
    ) throws(Fault) -> Content {
        var decoder = CommandDecoder()
        let result: Result<Content, Fault> = body.withUnsafeBytes { bytes in
            do throws(Fault) {
                return .success(try content(bytes, kind, event, target, &decoder))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func content(
        _ body: UnsafeRawBufferPointer, _ kind: CommandKind, _ event: EventId, _ target: Target,
        _ decoder: inout CommandDecoder
    ) throws(Fault) -> Content {
        let content: Content
        do throws(Malformed) {
            content = try decoder.decode(body: body, of: kind, about: target, event: event)
        } catch {
            throw Fault(error)
        }
        let contradictions = content.contradictions
        guard contradictions.isEmpty else { throw Fault(Malformed(contradictions)) }
        try check(content)
        return content
    }

    /// Where no provider is set up at all, what costs nothing is booked all the same: only the partition knows.
    private func check(_ content: Content) throws(Fault) {
        guard case .existing(.checkout(let checkout)) = content.order, !providers.names.isEmpty,
            providers[checkout.provider.text] == nil
        else { return }
        throw .invalid("/provider", "is not set up at this installation: \(providers.inWords)")
    }
}

extension CommandKind {
    var isFirstToGo: Bool { self == .reserve || self == .joinWaitlist }
}
