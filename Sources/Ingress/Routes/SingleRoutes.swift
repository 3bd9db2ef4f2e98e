internal import API
internal import HTTPServer
internal import Ticketing
internal import Wire

/// Requests that are one command each.
struct SingleRoutes: Sendable {
    let reception: Reception
    let maker: CommandMaker
    let answers: Answers
    let people: PersonClerk
    let tickets: TicketSeal
    let strangers: @Sendable () -> String

    func add(to door: inout Door) {
        for route in CommandRoute.all {
            door.on(route.operation) { call in
                guard let (event, target) = route.target(call.id) else { throw Fault.notFound }
                try take(call, route.kind, event, target)
            }
        }
        door.on(.createEvent) { call in
            let request = CommandRequest(call)
            let id = request.makeId()
            // The event's id follows from the command's, so that a retry goes to the same partition.
            try take(call, request, .createEvent, EventId(high: id.high, low: id.low), .event, id)
        }
        door.on(.checkIn) { try checkIn($0) }
    }

    /// The code in the body says which ticket it is; what this installation did not sign is none.
    private func checkIn(_ call: Call) throws(Fault) {
        let request = CommandRequest(call)
        var decoder = CheckInDecoder()
        let text = try decoder.code(in: request.body)
        guard let code = tickets.read(text) else {
            call.refuse(
                .notValid, "The code is not one that this installation has signed.", requestId: strangers())
            return
        }
        try take(call, request, .checkIn, code.ticket.event, .ticket(code.ticket.id), request.makeId())
    }

    private func take(_ call: Call, _ kind: CommandKind, _ event: EventId, _ target: Target) throws(Fault) {
        let request = CommandRequest(call)
        try take(call, request, kind, event, target, request.makeId())
    }

    private func take(
        _ call: Call, _ request: CommandRequest, _ kind: CommandKind, _ event: EventId, _ target: Target,
        _ id: CommandId
    ) throws(Fault) {
        let content = try maker.content(request.body, kind, event, target)
        let arrival = maker.arrival(request, content, event, id: id, waiter: .client(call), wait: call.prefer.wait)
        guard let email = content.email, case .reservation(let reservation) = target else {
            reception.take(arrival, of: call)
            return
        }
        // One that is under way has its address: whoever sends it again changes nothing.
        if reception.isUnderWay(id) {
            reception.take(arrival, of: call)
            return
        }
        // Who it is has to be known before anybody is asked to write to him.
        try people.remember(email, of: reservation, event, tenant: call.tenant, by: id) { failure in
            if let failure { call.refuse(failure) } else { reception.take(arrival, of: call) }
        }
    }
}

/// Finds a ticket's code in a body. What else there is the command's own reader looks at.
private struct CheckInDecoder: ~Copyable {
    private var tape = JSONTape()

    init() {}

    mutating func code(in body: [UInt8]) throws(Fault) -> String {
        let result: Result<String, Malformed> = body.withUnsafeBytes { bytes in
            do throws(JSONSyntaxError) {
                try tape.parse(bytes)
            } catch {
                return .failure(Malformed(error))
            }
            var form = Form(bytes, tape)
            guard var object = form.object(0),
                let code = form.required("code", in: &object, { $0.text($1, 1...1_024) })
            else { return .failure(Malformed(form.problems)) }
            return .success(code)
        }
        switch result {
        case .success(let code): return code
        case .failure(let malformed): throw Fault(malformed)
        }
    }
}

extension Malformed {
    init(_ error: JSONSyntaxError) {
        self.init([Wire.Problem(pointer: "", message: "no JSON: \(error.message), at byte \(error.offset)")])
    }
}
