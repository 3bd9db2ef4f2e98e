/// The value of a field of a log line.
public enum LogValue: Sendable, Equatable {
    case string(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    /// In seconds, as a number.
    case duration(Duration)
    case time(Timestamp)
    /// Bytes from outside, shown as the text that they claim to be: what is not UTF-8 becomes U+FFFD.
    case text([UInt8])

    public static func int(_ value: some BinaryInteger) -> LogValue { .int(Int64(clamping: value)) }

    /// What a value says of itself.
    public static func describing(_ value: some Any) -> LogValue { .string(String(describing: value)) }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// Fields of a log line, in order: `["partition": 7, "queue": .string(name)]`.
///
/// Use the names of the Elastic Common Schema where it has one (`server.address`, `event.action`), else a name under
/// `turnstile.`. A later field of the same name replaces an earlier one.
public struct LogFields: Sendable, ExpressibleByDictionaryLiteral {
    var items: [(name: String, value: LogValue)] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, LogValue)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// A field's value; `nil` when there is none. Setting `nil` takes the field out.
    public subscript(name: String) -> LogValue? {
        get { items.first { $0.name == name }?.value }
        set {
            let index = items.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): items[index].value = value
            case (let index?, nil): items.remove(at: index)
            case (nil, let value?): items.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// These fields, with those of `other` added or put in their place.
    public func merging(_ other: LogFields) -> LogFields {
        if items.isEmpty { return other }
        var merged = self
        for (name, value) in other.items { merged[name] = value }
        return merged
    }
}

/// An error with a code that a log line shows as `error.code`, such as a SQLSTATE or `connection-refused`.
public protocol CodedError: Error {
    var errorCode: String { get }
}
