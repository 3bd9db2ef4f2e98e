/// Statements that go to the server together; see `PostgresSession.pipeline`. Valid only within that call.
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

    func begin() {
        parameters.removeAll()
        entries.removeAll(keepingCapacity: true)
        isRecording = true
    }

    func end() {
        isRecording = false
        parameters.seal()
    }

    /// Adds a statement. Nothing is sent before the end of the scope.
    public func add<each Parameter: PostgresEncodable>(_ statement: SQL, _ values: repeat each Parameter) {
        precondition(isRecording, "a pipeline can be added to only within its scope")
        let start = parameters.count
        repeat parameters.append(each values)
        record(statement, start)
    }

    func record(_ statement: SQL, _ start: Int, isHidden: Bool = false) {
        precondition(entries.count < Self.maximumStatements, "a pipeline takes \(Self.maximumStatements) statements")
        entries.append(Entry(statement: statement, parameters: start..<parameters.count, isHidden: isHidden))
    }
}
