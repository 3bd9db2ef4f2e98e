internal import CMicrohttpd

/// A request whose body has arrived completely.
///
/// It reads from the connection's own memory and is therefore lent to the handler for the length of its call: what is
/// needed later is copied out (`body` is shared, not copied).
public struct Request: ~Copyable {
    let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    /// HEAD shows as itself, though GET's handler answers it.
    public var method: HTTPMethod { connection.method }
    public var version: HTTPVersion { connection.version }

    /// The path as it was sent: not decoded, without the query.
    public var path: String { String(decoding: connection.target.bytes[connection.target.path], as: UTF8.self) }

    /// The template of the route that was found, such as `/v1/shows/{id}`.
    public var route: String { connection.route?.template.text ?? "" }

    /// The bytes of the body, shared with the server until the answer is sent. Empty without one.
    public var body: [UInt8] { connection.body.bytes }

    /// Whoever opened the connection: a gateway's address when there is one in front.
    public var remoteAddress: RemoteAddress { RemoteAddress(cmicrohttpd_client_address(connection.handle)) }

    /// The decoded text of a template's `{name}`.
    ///
    /// A name that the template does not have is a programming error.
    public func parameter(_ name: String) -> String {
        guard let route = connection.route, let index = route.template.parameters.firstIndex(of: name) else {
            preconditionFailure("“\(self.route)” has no parameter “\(name)”")
        }
        return PercentCoding.decode(connection.target.bytes[connection.places[index]])
    }
}

// MARK: Headers

extension Request {
    /// The first header of that name, in whatever case it was sent.
    public func header(_ name: String) -> String? {
        connection.withHeader(name) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Lends the bytes of the first header of that name, without making a string of them.
    public func withHeader<Value>(_ name: String, _ body: (UnsafeRawBufferPointer?) throws -> Value) rethrows -> Value {
        try connection.withHeader(name, body)
    }

    /// All headers of that name, in their order.
    public func headers(_ name: String) -> [String] {
        var values: [String] = []
        connection.forEachHeader(name) { values.append(String(decoding: $0, as: UTF8.self)) }
        return values
    }

    /// Whether the client has the body that this tag stands for: `If-None-Match` names it. The answer is then
    /// `Response.notModified(_:)`, and the body need not be made.
    ///
    /// Both forms of the body count, plain and compressed: they have the same content.
    public func has(_ tag: EntityTag) -> Bool {
        guard method == .get || method == .head, let field = connection.ifNoneMatch else { return false }
        return tag.matches(field) || tag.compressed.matches(field)
    }
}

// MARK: Query

extension Request {
    /// The first value of that name in the query, decoded; a name without “=” has the empty value.
    public func query(_ name: String) -> String? {
        var value: String?
        forEachQueryItem { itemName, itemValue in
            guard value == nil, PercentCoding.decode(itemName, plusIsBlank: true) == name else { return }
            value = PercentCoding.decode(itemValue, plusIsBlank: true)
        }
        return value
    }

    /// All names and values of the query, decoded, in their order.
    public var queryItems: [(name: String, value: String)] {
        var items: [(name: String, value: String)] = []
        forEachQueryItem { name, value in
            items.append(
                (PercentCoding.decode(name, plusIsBlank: true), PercentCoding.decode(value, plusIsBlank: true)))
        }
        return items
    }

    private func forEachQueryItem(_ body: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Void) {
        let query = connection.target.bytes[connection.target.query]
        for item in query.split(separator: UInt8(ascii: "&")) {
            let equals = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            body(item[..<equals], item[equals...].dropFirst())
        }
    }
}
