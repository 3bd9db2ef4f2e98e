internal import API
internal import HTTPServer
internal import Runtime
internal import Ticketing
internal import Wire

/// Requests that are one command each.
struct SingleRoutes: Sendable {
    let desk: Desk
    let maker: CommandMaker
    let answers: Answers
    let people: PersonDesk

    func add(to door: inout Door) {
        for route in CommandRoute.all {
            door.on(route.operation) { call in
                guard let (event, target) = route.target(call.id) else { throw Fault.notFound }
                try take(call, route.kind, event, target)
            }
        }
        door.on(.createEvent) { call in
            let request = CommandMaker.Request(call)
            let id = maker.id(of: request)
            // The event's id follows from the command's, so that a retry goes to the same partition.
            try take(call, request, .createEvent, EventId(high: id.high, low: id.low), .event, id)
        }
    }

    private func take(_ call: Call, _ kind: CommandKind, _ event: EventId, _ target: Target) throws(Fault) {
        let request = CommandMaker.Request(call)
        try take(call, request, kind, event, target, maker.id(of: request))
    }

    private func take(
        _ call: Call, _ request: CommandMaker.Request, _ kind: CommandKind, _ event: EventId, _ target: Target,
        _ id: CommandId
    ) throws(Fault) {
        let content = try maker.content(request.body, kind, event, target)
        let arrival = maker.arrival(request, content, event, id: id, waiter: .client(call), wait: call.prefer.wait)
        guard let email = content.email, case .reservation(let reservation) = target else {
            take(arrival, of: call)
            return
        }
        // Who it is has to be known before anybody is asked to write to him.
        try people.remember(email, of: reservation, event, tenant: call.tenant) { failure in
            if let failure { call.refuse(failure) } else { take(arrival, of: call) }
        }
    }

    private func take(_ arrival: Intake<Asker>.Arrival, of call: Call) {
        do throws(IntakeFailure) {
            try desk.take(arrival)
        } catch {
            let partition = desk.partition(of: arrival.event)
            call.refuse(Fault(error), requestId: answers.requestId(error, arrival.id, partition, call))
        }
    }
}

extension CommandMaker.Request {
    init(_ call: Call) {
        self.init(
            method: call.operation.method.description, path: call.path, body: call.body, key: call.idempotencyKey,
            trace: call.trace, tenant: call.tenant)
    }
}
