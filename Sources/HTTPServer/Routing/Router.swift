/// The routes of one listener: a tree of path segments.
///
///     var router = Router()
///     router.get("/healthz") { _ in Response(.ok, .text, .text("ok")) }
///     router.post("/v1/shows/{id}/reservations") { request, responder in
///         queue.publish(show: request.parameter("id"), body: request.body, reply: responder)
///     }
///
/// Text wins over a parameter, but a path that leads nowhere under the text is tried under the parameter. HEAD is
/// answered by GET's handler, OPTIONS by what the path takes, unless they have handlers of their own.
public struct Router: Sendable {
    private var nodes: [Node] = [Node()]

    private struct Node: Sendable {
        var texts: [(text: [UInt8], node: Int)] = []
        var parameter: Int?
        /// By the method's raw value.
        var routes: [Route?] = []
        /// Methods that the path takes elsewhere.
        var elsewhere: [HTTPMethod] = []
        /// The value of `Allow`; empty while no route ends here.
        var allow = ""
    }

    /// Where the parameters of a match stand in the target.
    struct Places {
        private var ranges = InlineArray<8, (start: Int32, end: Int32)>(repeating: (0, 0))
        private(set) var count = 0

        mutating func push(_ range: Range<Int>) {
            ranges[count] = (Int32(range.lowerBound), Int32(range.upperBound))
            count += 1
        }

        mutating func pop() { count -= 1 }
        mutating func removeAll() { count = 0 }

        subscript(index: Int) -> Range<Int> {
            precondition(index < count)
            return Int(ranges[index].start)..<Int(ranges[index].end)
        }
    }

    enum Match {
        case route(Route)
        /// The path exists, but not with this method.
        case wrongMethod(allow: String)
        case none
    }

    public init() {}

    /// Adds a route whose handler answers at once, from memory.
    ///
    /// - Parameters:
    ///   - template: see `RouteTemplate`: text and `{name}` segments. A malformed or doubled one stops the process.
    ///   - bodyLimit: in bytes; the listener's limit when it is nil.
    public mutating func on(
        _ method: HTTPMethod, _ template: String, bodyLimit: Int? = nil, _ handler: @escaping ImmediateHandler
    ) {
        add(
            Route(method: method, template: RouteTemplate(template), bodyLimit: bodyLimit, handler: .immediate(handler))
        )
    }

    /// Adds a route whose handler is given a responder, to answer whenever and from wherever it can.
    public mutating func on(
        _ method: HTTPMethod, _ template: String, bodyLimit: Int? = nil, _ handler: @escaping DeferredHandler
    ) {
        add(Route(method: method, template: RouteTemplate(template), bodyLimit: bodyLimit, handler: .deferred(handler)))
    }

    private mutating func add(_ route: Route) {
        precondition(route.method != .other, "a route needs a method that has a name")
        var index = 0
        for segment in route.template.segments { index = child(of: index, segment) }
        let slot = Int(route.method.rawValue)
        if nodes[index].routes.isEmpty {
            nodes[index].routes = Array(repeating: nil, count: HTTPMethod.allCases.count)
        }
        precondition(
            nodes[index].routes[slot] == nil, "\(route.method) \(route.template.text) is routed twice")
        nodes[index].routes[slot] = route
        nodes[index].allow = allow(nodes[index])
    }

    /// Notes that another server of the same interface takes this method at this path: whoever comes here with a wrong
    /// one is told of it. Here it is not served.
    public mutating func mention(_ method: HTTPMethod, _ template: String) {
        var index = 0
        for segment in RouteTemplate(template).segments { index = child(of: index, segment) }
        if !nodes[index].elsewhere.contains(method) { nodes[index].elsewhere.append(method) }
        nodes[index].allow = allow(nodes[index])
    }

    private mutating func child(of index: Int, _ segment: RouteTemplate.Segment) -> Int {
        let next = nodes.count
        switch segment {
        case .text(let text):
            if let known = nodes[index].texts.first(where: { $0.text == text }) { return known.node }
            nodes[index].texts.append((text, next))
        case .parameter:
            if let known = nodes[index].parameter { return known }
            nodes[index].parameter = next
        }
        nodes.append(Node())
        return next
    }

    private func allow(_ node: Node) -> String {
        func takes(_ method: HTTPMethod) -> Bool {
            node.elsewhere.contains(method) || !node.routes.isEmpty && node.routes[Int(method.rawValue)] != nil
        }
        return HTTPMethod.allCases.filter { method in
            switch method {
            case .options: true
            case .head: takes(.get) || takes(.head)
            default: takes(method)
            }
        }.map(\.description).joined(separator: ", ")
    }

    /// Looks up a path that begins with a slash, and notes where its parameters stand.
    func match(_ method: HTTPMethod, _ target: borrowing [UInt8], _ path: Range<Int>, _ places: inout Places) -> Match {
        places.removeAll()
        guard let end = walk(0, target, path.lowerBound + 1, path.upperBound, &places) else { return .none }
        let routes = nodes[end].routes
        if !routes.isEmpty {
            if let route = routes[Int(method.rawValue)] { return .route(route) }
            if method == .head, let route = routes[Int(HTTPMethod.get.rawValue)] { return .route(route) }
        }
        let node = nodes[end]
        let meant = method == .head ? [.head, .get] : [method]
        return meant.contains(where: node.elsewhere.contains) ? .none : .wrongMethod(allow: node.allow)
    }

    /// The node at which the path ends, if routes end there; `start` is where its next segment begins.
    private func walk(
        _ index: Int, _ target: borrowing [UInt8], _ start: Int, _ end: Int, _ places: inout Places
    ) -> Int? {
        if start > end { return nodes[index].allow.isEmpty ? nil : index }
        var stop = start
        var isEscaped = false
        while stop < end, target[stop] != UInt8(ascii: "/") {
            if target[stop] == UInt8(ascii: "%") { isEscaped = true }
            stop += 1
        }
        for (text, node) in nodes[index].texts where equal(text, target, start, stop, isEscaped) {
            if let found = walk(node, target, stop + 1, end, &places) { return found }
            break
        }
        if let parameter = nodes[index].parameter, stop > start {
            places.push(start..<stop)
            if let found = walk(parameter, target, stop + 1, end, &places) { return found }
            places.pop()
        }
        return nil
    }

    private func equal(
        _ text: [UInt8], _ target: borrowing [UInt8], _ start: Int, _ stop: Int, _ isEscaped: Bool
    ) -> Bool {
        if isEscaped { return PercentCoding.matches(target[start..<stop], text) }
        guard text.count == stop - start else { return false }
        for offset in 0..<text.count where text[offset] != target[start + offset] { return false }
        return true
    }
}

extension Router {
    public mutating func get(_ template: String, _ handler: @escaping ImmediateHandler) {
        on(.get, template, handler)
    }

    public mutating func get(_ template: String, _ handler: @escaping DeferredHandler) {
        on(.get, template, handler)
    }

    public mutating func post(_ template: String, bodyLimit: Int? = nil, _ handler: @escaping ImmediateHandler) {
        on(.post, template, bodyLimit: bodyLimit, handler)
    }

    public mutating func post(_ template: String, bodyLimit: Int? = nil, _ handler: @escaping DeferredHandler) {
        on(.post, template, bodyLimit: bodyLimit, handler)
    }

    public mutating func put(_ template: String, bodyLimit: Int? = nil, _ handler: @escaping ImmediateHandler) {
        on(.put, template, bodyLimit: bodyLimit, handler)
    }

    public mutating func put(_ template: String, bodyLimit: Int? = nil, _ handler: @escaping DeferredHandler) {
        on(.put, template, bodyLimit: bodyLimit, handler)
    }

    public mutating func delete(_ template: String, bodyLimit: Int? = nil, _ handler: @escaping ImmediateHandler) {
        on(.delete, template, bodyLimit: bodyLimit, handler)
    }

    public mutating func delete(_ template: String, bodyLimit: Int? = nil, _ handler: @escaping DeferredHandler) {
        on(.delete, template, bodyLimit: bodyLimit, handler)
    }
}
