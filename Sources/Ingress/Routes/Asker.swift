internal import API

/// Who waits for a decision.
enum Asker: Sendable {
    /// The client whose request it is.
    case client(Call)
    /// A line of a client's body.
    case line(BulkCall, Int)
    /// Somebody who asks what became of a request.
    case inquirer(Call, RequestId)
    /// A payment provider, who only wants to know that we have it.
    case provider(Call)
}
