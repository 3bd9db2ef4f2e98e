internal import Foundation

/// A JSON text to be looked into.
struct JSON: Equatable, CustomStringConvertible {
    private let value: NSObject

    init(_ bytes: [UInt8]) throws {
        guard let value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) as? NSObject
        else { throw Failure() }
        self.value = value
    }

    init(_ text: String) throws { try self.init(Array(text.utf8)) }

    private init(_ value: Any?) { self.value = value as? NSObject ?? NSNull() }

    subscript(name: String) -> JSON { JSON((value as? [String: Any])?[name]) }
    subscript(index: Int) -> JSON {
        guard let list = value as? [Any], list.indices.contains(index) else { return JSON(nil) }
        return JSON(list[index])
    }

    var list: [JSON] { (value as? [Any])?.map { JSON($0) } ?? [] }
    var names: Set<String> { Set((value as? [String: Any])?.keys.map { $0 } ?? []) }
    var text: String? { value as? String }
    var int: Int? { (value as? NSNumber)?.intValue }
    var flag: Bool? { (value as? NSNumber)?.boolValue }
    var isNull: Bool { value is NSNull }
    var description: String { "\(value)" }

    static func == (left: JSON, right: JSON) -> Bool { left.value.isEqual(right.value) }

    struct Failure: Error {}
}
