internal import API
internal import Runtime
internal import Ticketing
internal import Wire

/// One page of a list.
struct Page: Hashable, Sendable {
    let limit: Int
    let after: Cursor?

    static let parameters: Set<String> = ["limit", "after"]

    init(_ call: Call) throws(Fault) {
        if let text = call[query: "limit"] {
            guard let limit = Int(text), (1...100).contains(limit), text.utf8.first != UInt8(ascii: "+") else {
                throw .invalid("limit", "must be a whole number from 1 to 100")
            }
            self.limit = limit
        } else {
            limit = 50
        }
        if let text = call[query: "after"] {
            guard let cursor = Cursor(text) else { throw Self.badCursor }
            after = cursor
        } else {
            after = nil
        }
    }

    static let badCursor = Fault.invalid("after", "must be what “next” said on the page before")
}

/// Which events are asked for.
struct EventFilter: Hashable, Sendable {
    struct Circle: Hashable, Sendable {
        /// Millionths of a degree.
        let latitude: Int32
        let longitude: Int32
        let kilometres: Double
    }

    var words: String?
    var city: String?
    var country: String?
    var category: String?
    var near: Circle?
    /// Of a show's start.
    var from: Timestamp?
    var to: Timestamp?

    static let parameters: Set<String> = [
        "q", "city", "country", "category", "near", "radiusKm", "from", "to",
    ]

    init(_ call: Call) throws(Fault) {
        words = try call.words("q")
        city = try call.words("city")
        country = try call.words("country")
        category = try call.words("category")
        from = try call.time("from")
        to = try call.time("to")
        near = try Self.circle(call)
    }

    private static func circle(_ call: Call) throws(Fault) -> Circle? {
        guard let text = call[query: "near"] else {
            guard call[query: "radiusKm"] == nil else { throw .invalid("radiusKm", "says nothing without “near”") }
            return nil
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let latitude = degrees(parts[0], 90), let longitude = degrees(parts[1], 180) else {
            throw .invalid("near", "must be a latitude and a longitude, such as 50.94,6.96")
        }
        var kilometres = 50.0
        if let text = call[query: "radiusKm"] {
            guard let number = plainNumber(text[...]), number > 0, number <= 20_100 else {
                throw .invalid("radiusKm", "must be a number of kilometres, above 0 and up to 20100")
            }
            kilometres = number
        }
        return Circle(latitude: latitude, longitude: longitude, kilometres: kilometres)
    }

    private static func degrees(_ text: Substring, _ limit: Double) -> Int32? {
        guard let number = plainNumber(text), number.magnitude <= limit else { return nil }
        return Int32((number * 1e6).rounded())
    }

    /// Digits with a point at most, and a sign: neither exponents nor words such as “inf”.
    private static func plainNumber(_ text: Substring) -> Double? {
        guard (1...30).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else { return nil }
        return Double(text)
    }
}

/// Which bookings are asked for.
struct BookingFilter: Hashable, Sendable {
    let buyer: String?
    let show: ShowId?

    static let parameters: Set<String> = ["buyer", "showId"]

    init(_ call: Call) throws(Fault) {
        buyer = try call.words("buyer", atMost: Bounds.nameBytes)
        guard let text = call[query: "showId"] else {
            show = nil
            return
        }
        guard let id = ShowId(text: text) else { throw .invalid("showId", "must be a show's id") }
        show = id
    }
}

extension Call {
    /// Not empty and not endless, and without U+0000, which the database cannot store.
    func words(_ name: String, atMost most: Int = 200) throws(Fault) -> String? {
        guard let text = self[query: name] else { return nil }
        guard (1...most).contains(text.utf8.count), !text.utf8.contains(0) else {
            throw .invalid(name, "must have 1 to \(most) bytes, and no U+0000")
        }
        return text
    }

    fileprivate func time(_ name: String) throws(Fault) -> Timestamp? {
        guard var text = self[query: name] else { return nil }
        let time = text.withUTF8 { Timestamp(rfc3339: UnsafeRawBufferPointer($0)) }
        guard let time, time.microseconds >= 0, time.microseconds <= Bounds.latest.microseconds else {
            throw .invalid(name, "must be a time such as 2026-11-20T09:05:00Z (in a URL, “+” is written %2B)")
        }
        return time
    }
}
