/// What a response carries: nothing, bytes of its own, or bytes that are shared by many responses.
public struct ResponseBody: Sendable {
    enum Storage: Sendable {
        case none
        case own([UInt8])
        case shared(SharedBytes)
        case prepared(PreparedBody)
    }

    let storage: Storage

    /// No body.
    public static let none = ResponseBody(storage: .none)

    /// Bytes for this answer alone; they are copied once on their way out.
    public static func bytes(_ bytes: [UInt8]) -> ResponseBody { ResponseBody(storage: .own(bytes)) }

    public static func text(_ text: String) -> ResponseBody { ResponseBody(storage: .own(Array(text.utf8))) }

    /// Bytes that many answers share; they are not copied, but compressed anew for each client that asks for it.
    public static func shared(_ bytes: SharedBytes) -> ResponseBody { ResponseBody(storage: .shared(bytes)) }

    /// Bytes with their compressed form, both shared: the cheapest way to serve a larger body often.
    public static func prepared(_ body: PreparedBody) -> ResponseBody { ResponseBody(storage: .prepared(body)) }

    /// The size without compression.
    public var count: Int {
        switch storage {
        case .none: 0
        case .own(let bytes): bytes.count
        case .shared(let bytes): bytes.count
        case .prepared(let body): body.identity.count
        }
    }

    public var isEmpty: Bool { count == 0 }

    func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        switch storage {
        case .none: try body(UnsafeRawBufferPointer(start: nil, count: 0))
        case .own(let bytes): try bytes.withUnsafeBytes(body)
        case .shared(let bytes): try bytes.withUnsafeBytes(body)
        case .prepared(let prepared): try prepared.identity.withUnsafeBytes(body)
        }
    }
}
