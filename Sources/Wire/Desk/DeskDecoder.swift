public import Ticketing

/// Reads commands to desks and their bodies, as `CommandDecoder` does those to events. One for each thread.
public struct DeskDecoder: ~Copyable {
    private var tape = JSONTape()

    public init() {}

    /// Reads a message line by line, in order. A bad line does not touch the others; a message beyond the bounds is
    /// refused as a whole, before its first line.
    public mutating func decode(
        message: UnsafeRawBufferPointer, _ each: (borrowing DecodedDeskLine) throws -> Void
    ) rethrows -> MessageRefusal? { try tape.commands(of: message, each) }

    /// Reads a body alone, as an ingress does with a request's. An empty one is no body. Of a request, what contradicts
    /// itself is a problem, too.
    public mutating func decode(
        body: UnsafeRawBufferPointer, of kind: DeskCommandKind, about target: DeskTarget, tenant: TenantId,
        from source: BodySource = .request
    ) throws(Malformed) -> DeskOrder {
        var form = try tape.form(ofBody: body)
        let order = form.order(kind, about: target, tenant: tenant, body: 0, from: source)
        guard let order, form.problems.isEmpty else { throw Malformed(form.problems) }
        if source == .request {
            let contradictions = order.contradictions
            guard contradictions.isEmpty else { throw Malformed(contradictions) }
        }
        return order
    }

    /// Reads the body of a request on the internal listener, where nobody has a token: it says itself whose desk and
    /// which slot it is about. A line takes the same body, and its key and target have to agree with it.
    public mutating func decode(
        internalBody body: UnsafeRawBufferPointer, of kind: InternalDeskRequest
    ) throws(Malformed) -> (tenant: TenantId, order: DeskOrder) {
        var form = try tape.form(ofBody: body)
        let request = form.internalRequest(kind)
        guard let request, form.problems.isEmpty else { throw Malformed(form.problems) }
        return request
    }

    /// Reads a payload of the journal again, for a replay.
    public mutating func decode(payload: UnsafeRawBufferPointer, tenant: TenantId) throws(Malformed) -> DeskOrder {
        var form = try tape.form(of: payload)
        let order = form.payload(of: DeskWireCommand.self) { form, payload in
            DeskWireCommand.head(of: tenant, in: &payload, &form)
        }
        guard let order, form.problems.isEmpty else { throw Malformed(form.problems) }
        return order
    }
}

/// What the internal listener takes.
public enum InternalDeskRequest: Hashable, Sendable {
    case validateEta
    case allocateSlot
}
