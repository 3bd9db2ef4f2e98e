public import Runtime

/// `timestamptz`: the server counts microseconds from 2000-01-01.
extension Timestamp: PostgresScalar {
    /// 2000-01-01T00:00:00Z in microseconds since 1970.
    @usableFromInline static var postgresEpoch: Int64 { 946_684_800_000_000 }

    @inlinable public static var postgresType: PostgresType { .timestamptz }
    @inlinable public static var postgresArrayType: PostgresType { .timestamptzArray }

    @inlinable public func encode(into writer: inout PostgresWriter) {
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(Self.postgresEpoch)
        // The least number means -infinity; the next one is out of the server's range and refused as that.
        writer.append(integer: overflow || shifted == .min ? .min + 1 : shifted)
    }

    @inlinable public static func decodeScalar(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(PostgresDecodingFailure) -> Timestamp {
        var reader = PostgresReader(bytes)
        let value = try reader.integer(Int64.self)
        let (shifted, overflow) = value.addingReportingOverflow(postgresEpoch)
        guard !overflow, value != .min else { throw .unsupportedValue("a time beyond what can be held, or infinity") }
        return Timestamp(microseconds: shifted)
    }
}
