internal import Foundation
internal import Glibc
internal import Testing

/// A client of the HTTP interface, as an app would be one: a connection that is opened anew when it has ended.
///
/// Every answer is held against the description of the interface: one that is not as described fails the test.
///
/// One thread at a time.
public final class ShopClient {
    public let port: Int
    public var key: String
    private var connection: RawHTTPClient?
    private let timeout: Int

    public init(port: Int, key: String, timeout: Int = 30) {
        self.port = port
        self.key = key
        self.timeout = timeout
    }

    /// What was answered.
    public struct Answer: Sendable {
        public let response: RawHTTPResponse

        public init(_ response: RawHTTPResponse) { self.response = response }

        public var status: Int { response.status }
        public var text: String { response.text }
        public subscript(header name: String) -> String? { response[name] }

        /// A member of the body, by a path such as `decision/sequence` or `seats/0/seat`.
        public subscript(path: String) -> String? {
            switch value(path) {
            case let text as String: text
            case let number as NSNumber: "\(number)"
            case is NSNull, nil: nil
            case let other?: "\(other)"
            }
        }

        public func count(_ path: String) -> Int { (value(path) as? [Any])?.count ?? -1 }

        private func value(_ path: String) -> Any? {
            var value = try? JSONSerialization.jsonObject(with: Data(response.body), options: .fragmentsAllowed)
            for step in path.split(separator: "/") {
                if let object = value as? [String: Any] {
                    value = object[String(step)]
                } else if let array = value as? [Any], let index = Int(step), array.indices.contains(index) {
                    value = array[index]
                } else {
                    return nil
                }
            }
            return value
        }

        /// The problem's code; nil for what is no problem.
        public var code: String? { response["Content-Type"] == "application/problem+json" ? self["code"] : nil }
    }

    public func send(
        _ method: String, _ path: String, _ body: String = "", headers: [String] = [], type: String = "application/json"
    ) throws -> Answer {
        var all = headers
        if !key.isEmpty { all.append("Authorization: Bearer \(key)") }
        if !body.isEmpty { all.append("Content-Type: \(type)") }
        if let connection {
            // It may have ended since the last answer; then nothing was sent on it.
            if let response = try? connection.exchange(method, path, headers: all, body: body) {
                return keep(connection, response, to: method, path)
            }
            self.connection = nil
            // Only a request that changes nothing, or names itself, may be sent again.
            guard method == "GET" || headers.contains(where: { $0.hasPrefix("Idempotency-Key") }) else {
                throw RawHTTPError("the connection ended")
            }
        }
        let connection = try RawHTTPClient(port: UInt16(port), timeout: timeout)
        return keep(connection, try connection.exchange(method, path, headers: all, body: body), to: method, path)
    }

    private func keep(
        _ connection: RawHTTPClient, _ response: RawHTTPResponse, to method: String, _ path: String
    ) -> Answer {
        Conformance.check(method, path, response)
        self.connection = response["Connection"]?.lowercased() == "close" ? nil : connection
        return Answer(response)
    }

    public func get(_ path: String, headers: [String] = []) throws -> Answer {
        try send("GET", path, headers: headers)
    }

    public func post(_ path: String, _ body: String, idempotencyKey: String? = nil, headers: [String] = []) throws
        -> Answer
    {
        try send(
            "POST", path, body, headers: headers + (idempotencyKey.map { ["Idempotency-Key: \($0)"] } ?? []))
    }

    public func delete(_ path: String, headers: [String] = []) throws -> Answer {
        try send("DELETE", path, headers: headers)
    }

    // MARK: what most tests begin with

    public static func eventBody(
        rows: Int = 1, seats: Int = 10, standing: Int = 20, shows: Int = 1, price: Int = 5_000, more: String = ""
    ) -> String {
        let rowList = (1...max(rows, 1)).map { #"{"name":"\#($0)","seats":\#(seats)}"# }.joined(separator: ",")
        let show = """
            {"startsAt":"2035-03-01T19:00:00Z","sections":[{"name":"Floor","tier":"A","rows":[\(rowList)]},\
            {"name":"Standing","tier":"B","capacity":\(standing)}]}
            """
        return """
            {"name":"A test","venue":{"name":"Hall","city":"Berlin","country":"DE"},"currency":"EUR",\(more)\
            "tiers":[{"name":"A","price":\(price)},{"name":"B","price":2000}],\
            "shows":[\(Array(repeating: show, count: shows).joined(separator: ","))]}
            """
    }

    public struct Event: Sendable {
        public let id: String
        public let shows: [String]
        public var show: String { shows[0] }
    }

    public func createEvent(_ body: String = ShopClient.eventBody()) throws -> Event {
        let answer = try post("/v1/events", body, headers: ["Prefer: wait=30"])
        guard answer.status == 201, let id = answer["eventId"] else {
            throw RawHTTPError("no event was made: \(answer.status) \(answer.text)")
        }
        return Event(id: id, shows: (0..<answer.count("shows")).compactMap { answer["shows/\($0)/showId"] })
    }

    public func reserve(
        _ show: String, buyer: String, tier: String = "B", quantity: Int = 1, together: Bool = true,
        idempotencyKey: String? = nil, headers: [String] = []
    ) throws -> Answer {
        try post(
            "/v1/shows/\(show)/reservations",
            #"{"buyer":"\#(buyer)","tier":"\#(tier)","quantity":\#(quantity),"together":\#(together)}"#,
            idempotencyKey: idempotencyKey, headers: headers)
    }

    public func reserve(_ show: String, buyer: String, seats: [String]) throws -> Answer {
        let list = seats.map { "\"\($0)\"" }.joined(separator: ",")
        return try post("/v1/shows/\(show)/reservations", #"{"buyer":"\#(buyer)","seats":[\#(list)]}"#)
    }
}
