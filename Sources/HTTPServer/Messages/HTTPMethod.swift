/// The method of a request. What is none of the named ones is `other`: no route can be registered for it.
public enum HTTPMethod: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case get, head, post, put, patch, delete, options, other

    init(_ name: UnsafePointer<CChar>) {
        let bytes = UnsafeRawBufferPointer(start: name, count: HTTPMethod.length(name))
        self = HTTPMethod.allCases.first { $0 != .other && bytes.elementsEqual($0.description.utf8) } ?? .other
    }

    /// The longest name is `OPTIONS`; what is longer is `other` anyway.
    private static func length(_ name: UnsafePointer<CChar>) -> Int {
        var count = 0
        while count < 8, name[count] != 0 { count += 1 }
        return count
    }

    public var description: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other: "OTHER"
        }
    }
}

/// The version that the client speaks. Others than these are refused with 505.
public enum HTTPVersion: Sendable, Hashable {
    case http10, http11
}
