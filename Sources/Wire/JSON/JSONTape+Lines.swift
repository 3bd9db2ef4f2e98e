extension JSONTape {
    /// Reads a message line by line, in order: a bad line does not touch the others.
    ///
    /// - Parameter read: what a line comes to; nil where its form has problems.
    package mutating func lines<Line>(
        of message: UnsafeRawBufferPointer, _ read: (inout Form) -> Line?,
        _ each: (Result<Line, Malformed>) throws -> Void
    ) rethrows {
        var start = 0
        while start < message.count {
            let end = message.firstNewline(from: start)
            let line = UnsafeRawBufferPointer(rebasing: message[start..<end])
            start = end + 1
            do {
                try parse(line)
            } catch {
                try each(.failure(Malformed([Problem(error, in: line, self)])))
                continue
            }
            var form = Form(line, self)
            if let line = read(&form) {
                try each(.success(line))
            } else {
                try each(.failure(Malformed(form.problems)))
            }
        }
    }
}
