internal import HTTPServer
internal import Runtime
internal import TestSupport
internal import Wire

/// Whom the sandbox tells what happens. It answers as a test wants, and remembers all of it.
final class WebhookReceiver: Sendable {
    struct Told: Sendable {
        let id: String
        let type: String
        let reference: String
        let message: JSONValue
        let signature: String
        let body: [UInt8]
        let at: Timestamp
    }

    private struct State {
        var told: [Told] = []
        var answer: @Sendable (Told) -> Int = { _ in 200 }
        /// Those that wait for an answer, while none is given.
        var held: [Responder]?
    }

    private let state: Lock<State>
    private let server: HTTPServer

    init() throws {
        let state = Lock(State())
        var router = Router()
        router.post("/hook") { request, responder in
            let message = try JSONValue(parsing: request.body)
            let told = Told(
                id: message["id"]?.text ?? "", type: message["type"]?.text ?? "",
                reference: message["payment"]?["reference"]?.text ?? "", message: message,
                signature: request.header("Sandbox-Signature") ?? "", body: request.body, at: SystemTime().wall)
            let answer: (@Sendable (Told) -> Int)? = state.withLock { state in
                state.told.append(told)
                state.held?.append(responder)
                return state.held == nil ? state.answer : nil
            }
            if let answer { responder.answer(Response(HTTPStatus(answer(told)))) }
        }
        self.state = state
        server = try HTTPServer(listeners: [Listener("hook", port: 0, router: router)])
    }

    var url: String { "http://127.0.0.1:\(server.port(of: "hook"))/hook" }

    /// In the order in which it came, what was not taken included.
    var told: [Told] { state.withLock { $0.told } }
    func told(_ reference: String) -> [Told] { told.filter { $0.reference == reference } }

    /// - Parameter answer: makes the status for what is told from now on.
    func answer(_ answer: @escaping @Sendable (Told) -> Int) { state.withLock { $0.answer = answer } }

    /// From now on nothing is answered …
    func hold() { state.withLock { $0.held = $0.held ?? [] } }

    /// … until now.
    func release() {
        let held: [Responder] = state.withLock { state in
            defer { state.held = nil }
            return state.held ?? []
        }
        for responder in held { responder.answer(Response(.ok)) }
    }

    func stop() {
        release()
        server.stop(within: .milliseconds(100))
    }
}
