internal import API
internal import HTTPServer
internal import Runtime
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
    private let routes: RouteIndex

    static let mostLines = 1_000

    init(reception: Reception, maker: CommandMaker, answers: Answers) {
        self.reception = reception
        self.maker = maker
        self.answers = answers
        routes = RouteIndex()
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
        var decoder = BulkLineDecoder()
        for (index, line) in lines.enumerated() {
            do throws(Fault) {
                arrivals.append(try arrival(line, &decoder, bulk, index))
                places.append(index)
            } catch {
                bulk.answer(index, BulkLine(error))
            }
        }
        for (place, failure) in reception.take(arrivals) {
            let arrival = arrivals[place]
            let id = answers.requestId(failure, arrival.id, reception.partition(of: arrival.key), call)
            bulk.answer(places[place], BulkLine(Fault(failure), requestId: id))
        }
    }

    private static func lines(of body: [UInt8]) -> [ArraySlice<UInt8>] {
        body.split(separator: UInt8(ascii: "\n")).filter { line in
            !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        }
    }

    private func arrival(
        _ line: ArraySlice<UInt8>, _ decoder: inout BulkLineDecoder, _ bulk: BulkCall, _ index: Int
    ) throws(Fault) -> Intake<Asker>.Arrival {
        let call = bulk.call
        let (route, body, key) = try decoder.decode(line)
        guard let (method, path) = Self.split(route), let found = routes.find(method, path) else {
            throw Fault(
                .invalidRequest, "No route that a line can have is called “\(route.prefix(200))”.",
                errors: [Wire.Problem(pointer: "/route", message: "must be a method and a path of a command")])
        }
        guard let scopes = call.access?.scopes, found.operation.scopes.contains(where: scopes.contains) else {
            throw Fault(.forbidden, "The key does not allow “\(found.operation.name)”.")
        }
        let request = CommandRequest(
            method: method, path: path, body: body, key: key, trace: call.trace, tenant: call.tenant)
        let id = request.makeId()
        let asker = Asker.line(bulk, index)
        guard let route = found.route else {
            return try maker.arrival(
                request, .createEvent, EventId(high: id.high, low: id.low), .event, id: id, waiter: asker,
                wait: call.prefer.wait)
        }
        guard let (event, target) = route.target(found.id) else { throw .notFound }
        let content = try maker.content(body, route.kind, event, target)
        guard content.email == nil else {
            throw Fault(.invalidRequest, "A checkout with an e-mail address is a request of its own.")
        }
        return maker.arrival(request, content, event, id: id, waiter: asker, wait: call.prefer.wait)
    }

    private static func split(_ route: String) -> (method: String, path: String)? {
        guard let blank = route.firstIndex(of: " ") else { return nil }
        return (String(route[..<blank]), String(route[route.index(after: blank)...]))
    }
}

/// Finds a command's route by what stands in a line.
private struct RouteIndex: Sendable {
    struct Found {
        let operation: Operation
        /// Nil for creating an event.
        let route: CommandRoute?
        let id: String
    }

    private struct Shape: Hashable, Sendable {
        var method: String
        var first: Substring
        var last: Substring?
    }

    private let shapes: [Shape: CommandRoute]

    init() {
        var shapes: [Shape: CommandRoute] = [:]
        for route in CommandRoute.all {
            let parts = route.operation.template.split(separator: "/")
            shapes[
                Shape(
                    method: route.operation.method.description, first: parts[1],
                    last: parts.count > 3 ? parts[3] : nil)] = route
        }
        self.shapes = shapes
    }

    /// All are `/v1/things` or `/v1/things/{id}` or `/v1/things/{id}/deed`.
    func find(_ method: String, _ path: String) -> Found? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 5, parts[0].isEmpty, parts[1] == "v1" else { return nil }
        if parts.count == 3 {
            return method == "POST" && parts[2] == "events" ? Found(operation: .createEvent, route: nil, id: "") : nil
        }
        let shape = Shape(method: method, first: parts[2], last: parts.count == 5 ? parts[4] : nil)
        return shapes[shape].map { Found(operation: $0.operation, route: $0, id: String(parts[3])) }
    }
}

/// Reads the lines' envelopes.
private struct BulkLineDecoder: ~Copyable {
    private var tape = JSONTape()

    init() {}

    mutating func decode(
        _ line: ArraySlice<UInt8>
    ) throws(Fault) -> (route: String, body: [UInt8], key: IdempotencyKey?) {
        let result: Result<(String, [UInt8], String?), Malformed> = line.withUnsafeBytes { bytes in
            do throws(JSONSyntaxError) {
                try tape.parse(bytes)
            } catch {
                return .failure(Malformed(error))
            }
            var form = Form(bytes, tape)
            guard var object = form.object(0) else { return .failure(Malformed(form.problems)) }
            let route = form.required("route", in: &object) { $0.text($1, 1...1_000) }
            let body = form.optional("body", in: &object) { form, node in Array(form.raw(node)) } ?? []
            let key = form.optional("idempotencyKey", in: &object) { $0.text($1, 1...IdempotencyKey.longest) }
            form.finish(object)
            guard let route, form.problems.isEmpty else { return .failure(Malformed(form.problems)) }
            return .success((route, body, key))
        }
        switch result {
        case .success(let (route, body, key)):
            return (route, body, try key.map { text throws(Fault) in try IdempotencyKey(bare: text) })
        case .failure(let malformed): throw Fault(malformed)
        }
    }
}
