internal import API

/// Who waits for a decision. There are lines by the thousand, and calls are large: those are kept elsewhere.
enum Asker: Sendable {
    /// The client whose request it is.
    indirect case client(Call)
    /// A line of a client's body.
    case line(BulkCall, Int)
    /// Somebody who asks what became of a request.
    indirect case inquirer(Call, RequestId)
    /// A payment provider, who only wants to know that we have it.
    indirect case provider(Call)
}
