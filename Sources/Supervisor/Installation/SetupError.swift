/// Something stands in the way of starting or stopping: one line that says what it is and what to do about it.
public struct SetupError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
