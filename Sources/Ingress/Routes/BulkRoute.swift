internal import API
internal import HTTPServer
internal import Runtime
internal import Sealing
internal import Tenancy
internal import Ticketing
internal import Wire

/// `POST /v1/commands`: many commands in one body, a line each, answered line by line in their order.
///
///     {"route": "POST /v1/shows/shw_…/reservations", "body": {"buyer": "b-1", "tier": "A", "quantity": 1}}
struct BulkRoute: Sendable {
    let reception: Reception
    let maker: CommandMaker
    let answers: Answers
    private let routes = RouteIndex()

    static let mostLines = 1_000

    init(reception: Reception, maker: CommandMaker, answers: Answers) {
        self.reception = reception
        self.maker = maker
        self.answers = answers
    }

    func add(to door: inout Door) {
        door.on(.bulk) { try take($0) }
    }

    private func take(_ call: Call) throws(Fault) {
        let lines = Self.lines(of: call.body)
        guard !lines.isEmpty else {
            throw Fault(.invalidRequest, "The body has no lines: each is {\"route\", \"body\", \"idempotencyKey\"?}.")
        }
        guard lines.count <= Self.mostLines else {
            throw Fault(.invalidRequest, "The body has \(lines.count) lines: it may have \(Self.mostLines).")
        }
        guard call.idempotencyKey == nil else {
            throw Fault(.invalidRequest, "Each line has an idempotencyKey of its own; the header means nothing here.")
        }
        let bulk = BulkCall(call, lines: lines.count)
        var arrivals: [Intake<Asker>.Arrival] = []
        var places: [Int] = []
        arrivals.reserveCapacity(lines.count)
        places.reserveCapacity(lines.count)
        var reader = BulkReader(routes)
        call.body.withUnsafeBytes { body in
            for (index, line) in lines.enumerated() {
                do throws(Fault) {
                    arrivals.append(
                        try arrival(UnsafeRawBufferPointer(rebasing: body[line]), &reader, bulk, index))
                    places.append(index)
                } catch {
                    bulk.answer(index, BulkLine(error))
                }
            }
        }
        for (place, failure) in reception.take(arrivals) {
            let arrival = arrivals[place]
            let id = answers.requestId(failure, arrival.id, reception.partition(of: arrival.key), call)
            bulk.answer(places[place], BulkLine(Fault(failure), requestId: id))
        }
    }

    /// Where the lines stand that have anything in them.
    private static func lines(of body: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        body.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = bytes.firstNewline(from: start)
                if bytes[start..<end].contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) {
                    lines.append(start..<end)
                }
                start = end + 1
            }
        }
        return lines
    }

    private func arrival(
        _ line: UnsafeRawBufferPointer, _ reader: inout BulkReader, _ bulk: BulkCall, _ index: Int
    ) throws(Fault) -> Intake<Asker>.Arrival {
        let call = bulk.call
        let (route, body, key) = try reader.read(line)
        guard let access = call.access, route.operation.scopes.contains(where: access.scopes.contains) else {
            throw Fault(.forbidden, "The key does not allow “\(route.operation.name)”.")
        }
        let id = CommandId.make(key, of: call.tenant, method: route.method, path: route.path) { reader.random.pair() }
        let asker = Asker.line(bulk, index)
        let (kind, event, target): (CommandKind, EventId, Target)
        switch route.deed {
        case .create: (kind, event, target) = (.createEvent, EventId(high: id.high, low: id.low), .event)
        case .command(let named, let about):
            guard let about else { throw .notFound }
            (kind, event, target) = (named, about.event, about.target)
        }
        let content = try maker.content(body, kind, event, target, &reader.commands)
        guard content.email == nil else {
            throw Fault(.invalidRequest, "A checkout with an e-mail address is a request of its own.")
        }
        let command = WireCommand(
            id: id, tenant: call.tenant, event: event, content: content, replyTo: reception.name, trace: call.trace)
        return maker.arrival(
            command, body, keyed: key == nil ? nil : Array(body), waiter: asker, wait: call.prefer.wait)
    }
}
