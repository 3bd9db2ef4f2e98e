public import Postgres
internal import Runtime
public import Wire

/// What readers of a show were told in the last ten minutes, as the database has it: for a reader that has missed some
/// of it, or goes on for another.
public enum ChangeHistory {
    /// Lines of several versions each, in order and without a gap: each begins with the version behind the one before.
    ///
    /// The first may begin with a version that the reader has, and has to be read all the same: see `ChangeMerge`. When
    /// it begins behind the version that the reader needs next, or when there is none and the show is further on, what
    /// is missing is not kept any more, or too much to be told.
    ///
    /// - Parameters:
    ///   - version: the newest that the reader has.
    ///   - limit: of the lines. Where there are more, these are the newest.
    /// - Returns: each line with the first version in it; its own is the last.
    public static func lines(
        of show: ShowId, after version: UInt64, atMost limit: Int = 10_000, on session: any PostgresSession
    ) throws -> [(first: UInt64, line: ChangeLine)] {
        // A reader may ask for any version; behind the last that there can be is nothing.
        guard let version = Int64(exactly: version), limit > 0 else { return [] }
        var decoder = ChangeDecoder()
        var lines: [(first: UInt64, line: ChangeLine)] = []
        for row in try session.query(
            findChanges, show.event.uuid, Int32(clamping: show.number), version, Int64(limit))
        {
            let (first, last, bytes) = try row.decode((Int64, Int64, [UInt8]).self)
            // After a step of the server's clock something in the middle may be the first to go: what is before it is
            // of no use to anybody.
            if let oldest = lines.last?.first, UInt64(bitPattern: last) + 1 != oldest { break }
            let line = try decoder.only(in: bytes)
            guard line.show == show, line.version == UInt64(bitPattern: last) else {
                throw BrokenRow(description: "a change of \(show.text) has the line of \(line.show.text)")
            }
            lines.append((UInt64(bitPattern: first), line))
        }
        return lines.reversed()
    }

    private static let findChanges: SQL = """
        SELECT first_version, last_version, line FROM change
        WHERE event = $1 AND show = $2 AND last_version > $3 ORDER BY last_version DESC LIMIT $4
        """
}

extension ChangeDecoder {
    /// The line that is alone in a message.
    fileprivate mutating func only(in bytes: [UInt8]) throws -> ChangeLine {
        var lines: [ChangeLine] = []
        try bytes.withUnsafeBytes { message in
            try decode(message: message) { lines.append(try $0.get()) }
        }
        guard lines.count == 1 else { throw BrokenRow(description: "a change has \(lines.count) lines, not one") }
        return lines[0]
    }
}
