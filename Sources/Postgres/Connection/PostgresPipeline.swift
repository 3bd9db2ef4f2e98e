/// Statements that go to the server together; see `PostgresSession.pipeline`. Only within that call is one added to.
///
/// One of your own records a transaction ahead of its turn, where no connection waits for it:
///
///     let pipeline = PostgresPipeline()
///     try pipeline.recordTransaction { $0.add("INSERT INTO journal SELECT * FROM unnest($1::bigint[])", numbers) }
///     …
///     try connection.transaction(of: pipeline)
public final class PostgresPipeline {
    struct Entry {
        var statement: SQL
        var parameters: Range<Int>
        /// Not the caller's: BEGIN, COMMIT.
        var isHidden = false
    }

    @usableFromInline let parameters = PostgresParameters()
    private(set) var entries: [Entry] = []
    @usableFromInline var isRecording = false

    /// A pipeline keeps all its results in memory until the last one is there.
    public static let maximumStatements = 10_000

    public init() {}

    /// Records a whole transaction, BEGIN and COMMIT included, in place of what was recorded before. It may be sent by
    /// `PostgresConnection.transaction(of:)`, on any thread but one at a time, and as often as one likes.
    public func recordTransaction(
        isolation: PostgresConnection.Isolation = .readCommitted, _ record: (PostgresPipeline) throws -> Void
    ) rethrows {
        try recordAnew { pipeline in
            pipeline.record(isolation.begin, 0, isHidden: true)
            try record(pipeline)
            pipeline.record("COMMIT", pipeline.parameters.count, isHidden: true)
        }
    }

    func recordAnew(_ record: (PostgresPipeline) throws -> Void) rethrows {
        parameters.removeAll()
        entries.removeAll(keepingCapacity: true)
        isRecording = true
        defer {
            isRecording = false
            parameters.seal()
        }
        try record(self)
    }

    /// Whether it was recorded as one, to its end.
    var isTransaction: Bool { entries.count > 1 && entries[0].isHidden && entries[entries.count - 1].isHidden }

    /// Adds a statement. Nothing is sent before the end of the scope.
    public func add<each Parameter: PostgresEncodable>(_ statement: SQL, _ values: repeat each Parameter) {
        precondition(isRecording, "a pipeline can be added to only within its scope")
        let start = parameters.count
        repeat parameters.append(each values)
        record(statement, start)
    }

    private func record(_ statement: SQL, _ start: Int, isHidden: Bool = false) {
        precondition(entries.count < Self.maximumStatements, "a pipeline takes \(Self.maximumStatements) statements")
        entries.append(Entry(statement: statement, parameters: start..<parameters.count, isHidden: isHidden))
    }
}
