/// What is asked of the directory's table.
public struct DirectoryQuestion: Hashable, Sendable {
    /// Only what has changed since is wanted; 0 for everything.
    public let since: Int64
    /// The newest version that the asker had heard of by then.
    public let newest: Int64

    public init(since: Int64, newest: Int64) {
        self.since = since
        self.newest = newest
    }
}

/// What the table said at one moment: what had changed since the question's version, all of it.
public struct DirectoryReading: Hashable, Sendable {
    public let question: DirectoryQuestion
    /// The directory's then.
    public let version: Int64
    public let places: [TenantPlace]

    public init(_ question: DirectoryQuestion, version: Int64, places: [TenantPlace]) {
        self.question = question
        self.version = version
        self.places = places
    }

    public var isWhole: Bool { question.since == 0 }
}
