internal import HTTPClient
internal import Runtime
internal import TestSupport
internal import Testing

/// A client and a scripted server for one test: `body` runs on a thread that may block.
func withClient(
    _ options: HTTPClient.Options = HTTPClient.Options(),
    script: @escaping @Sendable (ScriptedConnection) throws -> Void,
    _ body: @escaping @Sendable (HTTPClient, ScriptedServer) throws -> Void
) async throws {
    try await onThread {
        let server = try ScriptedServer(script)
        defer { server.stop() }
        let client = try HTTPClient(options)
        defer { client.close() }
        try body(client, server)
    }
}

extension ScriptedServer {
    func url(_ path: String = "/", scheme: String = "http") -> String { "\(scheme)://127.0.0.1:\(port)\(path)" }
}

/// What a call fails with.
func failure(
    _ client: HTTPClient, _ call: HTTPCall, sourceLocation: SourceLocation = #_sourceLocation
) throws -> HTTPCallError {
    do throws(HTTPCallError) {
        let answer = try client.send(call)
        Issue.record("answered with \(answer.status)", sourceLocation: sourceLocation)
        throw HTTPCallError(.invalid, "no failure", mayHaveArrived: false)
    } catch {
        return error
    }
}

/// Waits on a fact that has no latch; fails after ten seconds.
func wait(until isTrue: () -> Bool) throws {
    let pause = Latch()
    for _ in 0..<5_000 {
        if isTrue() { return }
        _ = pause.wait(for: .milliseconds(2))
    }
    throw NothingHappened()
}

struct NothingHappened: Error {}
