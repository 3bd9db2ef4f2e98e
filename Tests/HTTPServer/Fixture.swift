import Runtime
import TestSupport

@testable import HTTPServer

/// A server for one test: `body` runs on a thread that may block, and the server is stopped behind it.
func withServer(
    _ router: Router, limits: HTTPLimits = HTTPLimits(), compression: CompressionSettings = CompressionSettings(),
    loops: Int = 1, hooks: ServerHooks = ServerHooks(), _ body: @escaping @Sendable (Fixture) throws -> Void
) async throws {
    try await onThread {
        let listener = Listener(
            "test", port: 0, router: router, limits: limits, compression: compression, loops: loops)
        let server = try HTTPServer(listeners: [listener], hooks: hooks)
        defer { server.stop(within: .zero) }
        try body(Fixture(server: server))
    }
}

struct Fixture: Sendable {
    let server: HTTPServer

    var port: UInt16 { server.port(of: "test") }

    func client(receiveBytes: Int32? = nil) throws -> RawHTTPClient {
        try RawHTTPClient(port: port, receiveBytes: receiveBytes)
    }

    func get(_ target: String, headers: [String] = []) throws -> RawHTTPResponse {
        try client().exchange("GET", target, headers: headers)
    }
}

/// Collects what several threads have to say.
final class Log<Entry: Sendable>: Sendable {
    private let entries = Lock<[Entry]>([])
    func append(_ entry: Entry) { entries.withLock { $0.append(entry) } }
    var all: [Entry] { entries.withLock { $0 } }
    var count: Int { entries.withLock { $0.count } }
}

/// Hands out one responder to whoever waits for it.
final class Waiting: Sendable {
    private let responder = Lock<Responder?>(nil)
    private let arrived = Latch()

    func put(_ responder: Responder) {
        self.responder.withLock { $0 = responder }
        arrived.open()
    }

    func take() throws -> Responder {
        guard arrived.wait(for: .seconds(10)), let responder = responder.withLock({ $0.take() }) else {
            throw NothingArrived()
        }
        return responder
    }
}

struct NothingArrived: Error {}

/// Waits on a fact that has no latch; fails after ten seconds.
func wait(until isTrue: () -> Bool) throws {
    let pause = Latch()
    for _ in 0..<5000 {
        if isTrue() { return }
        _ = pause.wait(for: .milliseconds(2))
    }
    throw NothingArrived()
}
