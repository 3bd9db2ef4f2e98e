internal import Runtime

/// One call on its way: made by the caller's thread, which waits for it; finished by the client's.
final class Exchange: Sendable {
    let call: CheckedCall
    private let result = Lock<Result<HTTPAnswer, HTTPCallError>?>(nil)
    private let done = Latch()

    init(_ call: CheckedCall) { self.call = call }

    func finish(_ result: Result<HTTPAnswer, HTTPCallError>) {
        self.result.withLock { $0 = result }
        done.open()
    }

    func wait() throws(HTTPCallError) -> HTTPAnswer {
        done.wait()
        guard let result = result.withLock({ $0 }) else { preconditionFailure("finished without a result") }
        return try result.get()
    }
}
