internal import API
internal import Glibc
internal import HTTPServer
internal import Sealing
internal import Ticketing
internal import Wire

/// Reads the lines of one body, and keeps for the next line what it needed for the one before.
struct BulkReader: ~Copyable {
    private var routes: KnownRoutes
    private var tape = JSONTape()
    var commands = CommandDecoder()
    var random = RandomSupply()

    init(_ routes: RouteIndex) { self.routes = KnownRoutes(routes) }

    /// What surrounds a command in its line. The body's bytes are the line's own.
    mutating func read(
        _ line: UnsafeRawBufferPointer
    ) throws(Fault) -> (route: LineRoute, body: UnsafeRawBufferPointer, key: IdempotencyKey?) {
        do throws(JSONSyntaxError) {
            try tape.parse(line)
        } catch {
            throw Fault(Malformed(error))
        }
        var form = Form(line, tape)
        guard var object = form.object(0) else { throw Fault(Malformed(form.problems)) }
        let found = form.required("route", in: &object) { form, node in
            form.reading(node, otherwise: "must have 1 to 1000 bytes") { text -> Found? in
                guard (1...1_000).contains(text.count) else { return nil }
                return routes.find(text).map { .route($0) } ?? .unknown(String(decoding: text, as: UTF8.self))
            }
        }
        let body = form.optional("body", in: &object) { $0.raw($1) }
        let key = form.optional("idempotencyKey", in: &object) { $0.text($1, 1...IdempotencyKey.longest) }
        form.finish(object)
        guard let found, form.problems.isEmpty else { throw Fault(Malformed(form.problems)) }
        let goodKey = try key.map { text throws(Fault) in try IdempotencyKey(bare: text) }
        switch found {
        case .route(let route):
            return (route, body ?? UnsafeRawBufferPointer(start: nil, count: 0), goodKey)
        case .unknown(let text):
            throw Fault(
                .invalidRequest, "No route that a line can have is called “\(text.prefix(200))”.",
                errors: [Wire.Problem(pointer: "/route", message: "must be a method and a path of a command")])
        }
    }

    private enum Found {
        case route(LineRoute)
        case unknown(String)
    }
}

/// Routes that lines of one body have named: most name one of a few again.
private struct KnownRoutes {
    private let index: RouteIndex
    private var routes: [LineRoute] = []
    /// Where the search begins. Shows that are sold in turn come in their order.
    private var next = 0
    private static let most = 16

    init(_ index: RouteIndex) { self.index = index }

    mutating func find(_ text: UnsafeRawBufferPointer) -> LineRoute? {
        for offset in routes.indices {
            let position = (next + offset) % routes.count
            guard routes[position].isCalled(text) else { continue }
            next = position + 1
            return routes[position]
        }
        guard let route = index.find(text) else { return nil }
        if routes.count < Self.most {
            routes.append(route)
        } else {
            next %= Self.most
            routes[next] = route
            next += 1
        }
        return route
    }
}

/// A route as a line names it, and what follows from its path.
final class LineRoute: Sendable {
    let text: [UInt8]
    let method: String
    let path: String
    let operation: Operation
    let deed: Deed

    enum Deed: Sendable {
        /// The event's id follows from the command's.
        case create
        /// nil: the path has no id that could be one.
        case command(CommandKind, (event: EventId, target: Target)?)
    }

    fileprivate init(
        _ text: UnsafeRawBufferPointer, method: String, path: String, _ operation: Operation, _ deed: Deed
    ) {
        self.text = Array(text)
        self.method = method
        self.path = path
        self.operation = operation
        self.deed = deed
    }

    func isCalled(_ text: UnsafeRawBufferPointer) -> Bool {
        self.text.withUnsafeBytes { own in
            guard let left = own.baseAddress, let right = text.baseAddress else { return false }
            return own.count == text.count && memcmp(left, right, own.count) == 0
        }
    }
}

/// Finds a command's route by what stands in a line.
struct RouteIndex: Sendable {
    private struct Shape {
        let method: [UInt8]
        let first: [UInt8]
        let last: [UInt8]?
        let route: CommandRoute
    }

    private let shapes: [Shape]

    init() {
        shapes = CommandRoute.all.map { route in
            let parts = route.operation.template.split(separator: "/")
            return Shape(
                method: Array(route.operation.method.description.utf8), first: Array(parts[1].utf8),
                last: parts.count > 3 ? Array(parts[3].utf8) : nil, route: route)
        }
    }

    /// All are `/v1/things` or `/v1/things/{id}` or `/v1/things/{id}/deed`, behind a method.
    func find(_ text: UnsafeRawBufferPointer) -> LineRoute? {
        guard let blank = text.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let method = text[..<blank]
        let path = text[(blank + 1)...]
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 5, parts[0].isEmpty, parts[1].elementsEqual("v1".utf8) else {
            return nil
        }
        func named(_ operation: Operation, _ deed: LineRoute.Deed) -> LineRoute {
            LineRoute(
                text, method: String(decoding: method, as: UTF8.self), path: String(decoding: path, as: UTF8.self),
                operation, deed)
        }
        if parts.count == 3 {
            let isEvents = method.elementsEqual("POST".utf8) && parts[2].elementsEqual("events".utf8)
            return isEvents ? named(.createEvent, .create) : nil
        }
        let shape = shapes.first { shape in
            guard shape.method.elementsEqual(method), shape.first.elementsEqual(parts[2]) else { return false }
            guard parts.count == 5 else { return shape.last == nil }
            return shape.last?.elementsEqual(parts[4]) ?? false
        }
        guard let route = shape?.route else { return nil }
        let about = route.target(String(decoding: parts[3], as: UTF8.self))
        return named(route.operation, .command(route.kind, about))
    }
}
