/// Text that must not be seen: a password, a connection string, a key. It prints as `(secret)` wherever it turns up.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself. Each use of this name is a place to look at when secrets are reviewed.
    public let exposed: String

    public init(_ text: String) {
        exposed = text
    }

    public var description: String { "(secret)" }
    public var debugDescription: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
