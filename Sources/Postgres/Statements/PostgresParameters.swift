/// Parameters in binary, ready to be sent. Its memory is reused, so keep one for a statement that runs often.
///
/// Ordinary callers pass values straight to `query` and `execute` and never see this. It is for parameters whose number
/// is known only at run time.
public final class PostgresParameters {
    @usableFromInline var writer = PostgresWriter()
    @usableFromInline var types: [UInt32] = []
    /// Where each value begins in the writer's bytes.
    @usableFromInline var starts: [Int] = []
    /// -1 stands for NULL.
    @usableFromInline var lengths: [Int32] = []
    private var pointers: [UnsafePointer<CChar>?] = []
    private var formats: [Int32] = []

    /// What the protocol's message has room for.
    static let maximumCount = 65_535
    static let maximumBytes = (1 << 30) - (1 << 20)

    public init() {}

    public var count: Int { types.count }

    public func removeAll() {
        writer.reset()
        types.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
    }

    @inlinable public func append<Value: PostgresEncodable>(_ value: Value) {
        types.append(Value.postgresType.oid)
        let start = writer.count
        starts.append(start)
        if value.isPostgresNull {
            lengths.append(-1)
        } else {
            value.encode(into: &writer)
            lengths.append(Int32(truncatingIfNeeded: writer.count - start))
        }
    }

    /// Refuses what the protocol cannot carry. Without it a length that does not fit would be sent cut off.
    func check(_ range: Range<Int>, statement: SQL) throws(PostgresError) {
        guard range.count <= Self.maximumCount else {
            throw PostgresError(
                .tooManyParameters,
                "\(range.count) parameters, but a statement takes \(Self.maximumCount): send arrays and unnest them",
                statement: statement)
        }
        guard writer.count <= Self.maximumBytes else {
            throw PostgresError(
                .valueTooLarge, "\(writer.count) bytes of parameters, but a message takes less than a gigabyte",
                statement: statement)
        }
    }

    /// Computes the pointers that libpq takes. Call it when the last value is in.
    func seal() {
        pointers.removeAll(keepingCapacity: true)
        let base = writer.base
        for index in starts.indices {
            pointers.append(
                lengths[index] < 0 ? nil : UnsafePointer((base + starts[index]).assumingMemoryBound(to: CChar.self)))
        }
        while formats.count < types.count { formats.append(1) }
    }

    /// Calls `body` with what libpq takes for the values in `range`, after `seal`.
    func withArguments(of range: Range<Int>, _ body: (Arguments) -> Int32) -> Int32 {
        types.withUnsafeBufferPointer { types in
            pointers.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(
                            Arguments(
                                count: Int32(range.count), types: types.baseAddress.map { $0 + range.lowerBound },
                                values: values.baseAddress.map { $0 + range.lowerBound },
                                lengths: lengths.baseAddress.map { $0 + range.lowerBound },
                                formats: formats.baseAddress))
                    }
                }
            }
        }
    }

    struct Arguments {
        let count: Int32
        let types: UnsafePointer<UInt32>?
        let values: UnsafePointer<UnsafePointer<CChar>?>?
        let lengths: UnsafePointer<Int32>?
        let formats: UnsafePointer<Int32>?
    }
}
