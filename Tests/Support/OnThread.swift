internal import Runtime

/// Runs a blocking body on a thread of its own, so that a test never blocks the cooperative pool.
///
/// The body stays part of the test's task, so that what fails in it is counted against its test.
public func onThread<Value: Sendable>(
    _ name: String = "test", _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    let thread = try SerialThread(name: name)
    let result = await ThreadActor(thread).run(body)
    await thread.stop()
    return try result.get()
}

private actor ThreadActor {
    private let thread: SerialThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ thread: SerialThread) { self.thread = thread }

    func run<Value>(_ body: @Sendable () throws -> Value) -> Result<Value, any Error> { Result(catching: body) }
}
