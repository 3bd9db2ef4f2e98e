internal import Runtime

/// Runs a blocking body on a thread of its own, so that a test never blocks the cooperative pool.
public func onThread<Value: Sendable>(
    _ name: String = "test", _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    let thread = try SerialThread(name: name)
    let result: Result<Value, any Error>
    do {
        result = .success(try await thread.run(body))
    } catch {
        result = .failure(error)
    }
    await thread.stop()
    return try result.get()
}
