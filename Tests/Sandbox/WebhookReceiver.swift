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

    private let state = Lock<(told: [Told], answer: @Sendable (Told) -> Int)>(([], { _ in 200 }))
    private let server: HTTPServer

    init() throws {
        var router = Router()
        let state = state
        router.post("/hook") { request in
            let message = try JSONValue(parsing: request.body)
            let told = Told(
                id: message["id"]?.text ?? "", type: message["type"]?.text ?? "",
                reference: message["payment"]?["reference"]?.text ?? "", message: message,
                signature: request.header("Sandbox-Signature") ?? "", body: request.body, at: SystemTime().wall)
            let answer = state.withLock { state in
                state.told.append(told)
                return state.answer
            }
            return Response(HTTPStatus(answer(told)))
        }
        server = try HTTPServer(listeners: [Listener("hook", port: 0, router: router)])
    }

    var url: String { "http://127.0.0.1:\(server.port(of: "hook"))/hook" }

    /// In the order in which it came, what was not taken included.
    var told: [Told] { state.withLock { $0.told } }
    func told(_ reference: String) -> [Told] { told.filter { $0.reference == reference } }

    /// - Parameter answer: makes the status for what is told from now on.
    func answer(_ answer: @escaping @Sendable (Told) -> Int) { state.withLock { $0.answer = answer } }

    func forget() { state.withLock { $0.told = [] } }

    func stop() { server.stop(within: .milliseconds(100)) }
}
