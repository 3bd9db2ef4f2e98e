internal import HTTPClient
internal import HTTPServer
internal import Runtime
internal import TestSupport
internal import Testing
internal import Wire

@testable internal import Payments

/// A stub, not a peer: PayPal has none that could be run here. It answers in the shapes that PayPal's reference shows,
/// for one order, and keeps what it was sent.
final class PayPalStub: Sendable {
    struct State {
        var status = "CREATED"
        var captures: [JSONValue] = []
        var refunds: [JSONValue] = []
        var customId: JSONValue = nil
        var amount: JSONValue = nil
        var tokens = 0
        /// What the next answer to a path is instead, once.
        var instead: [String: (status: Int, body: JSONValue)] = [:]
        var requests: [Sent] = []
        /// By idempotency key, what was answered.
        var done: [String: JSONValue] = [:]
    }

    struct Sent: Sendable {
        let path: String
        let authorization: String?
        let key: String?
        let body: JSONValue?
    }

    let state = Lock(State())
    private let server: HTTPServer

    var url: String { "http://127.0.0.1:\(server.port(of: "paypal"))" }

    init() throws {
        let state = state
        var router = Router()
        @Sendable func answer(_ status: Int, _ body: JSONValue) -> Response {
            Response(HTTPStatus(status), .json, .bytes(body.bytes))
        }
        @Sendable func note(_ request: borrowing Request, _ state: inout State) -> Response? {
            let path = request.path
            state.requests.append(
                Sent(
                    path: path, authorization: request.header("authorization"),
                    key: request.header("paypal-request-id"),
                    body: try? JSONValue(parsing: request.body)))
            if let other = state.instead.removeValue(forKey: path) { return answer(other.status, other.body) }
            guard path != "/v1/oauth2/token", request.header("authorization") != "Bearer token-\(state.tokens)" else {
                return nil
            }
            return answer(401, ["error": "invalid_token", "error_description": "Token signature verification failed"])
        }
        router.post("/v1/oauth2/token") { request in
            state.withLock { state in
                if let other = note(request, &state) { return other }
                state.tokens += 1
                return answer(
                    200,
                    [
                        "access_token": .string("token-\(state.tokens)"), "token_type": "Bearer", "expires_in": 32_400,
                        "app_id": "APP-1",
                    ])
            }
        }
        router.post("/v2/checkout/orders") { request in
            let body = try? JSONValue(parsing: request.body)
            return state.withLock { state in
                if let other = note(request, &state) { return other }
                let unit = body?["purchase_units"]?.elements.first
                state.customId = unit?["custom_id"] ?? nil
                state.amount = unit?["amount"] ?? nil
                return answer(201, Self.order(state))
            }
        }
        router.get("/v2/checkout/orders/{id}") { request in
            let id = request.parameter("id")
            return state.withLock { state in
                if let other = note(request, &state) { return other }
                guard id == "5O190127TN364715T" else { return answer(404, ["name": "RESOURCE_NOT_FOUND"]) }
                return answer(200, Self.order(state))
            }
        }
        router.post("/v2/checkout/orders/{id}/capture") { request in
            state.withLock { state in
                if let other = note(request, &state) { return other }
                guard state.captures.isEmpty else { return answer(422, Self.refusal("ORDER_ALREADY_CAPTURED")) }
                guard state.status == "APPROVED" else { return answer(422, Self.refusal("ORDER_NOT_APPROVED")) }
                state.status = "COMPLETED"
                state.captures = [Self.capture(state)]
                return answer(201, Self.order(state))
            }
        }
        router.post("/v2/payments/captures/{id}/refund") { request in
            let body = try? JSONValue(parsing: request.body)
            return state.withLock { state in
                if let other = note(request, &state) { return other }
                let key = state.requests.last?.key ?? ""
                if let done = state.done[key] { return answer(200, done) }
                let refund: JSONValue = [
                    "id": .string("1JU08902781691411-\(state.refunds.count)"), "status": "COMPLETED",
                    "amount": body?["amount"] ?? nil, "custom_id": body?["custom_id"] ?? nil,
                ]
                state.refunds.append(refund)
                state.done[key] = refund
                return answer(201, refund)
            }
        }
        server = try HTTPServer(listeners: [Listener("paypal", port: 0, router: router)])
    }

    func stop() { server.stop(within: .zero) }

    static func refusal(_ issue: String) -> JSONValue {
        [
            "name": "UNPROCESSABLE_ENTITY", "message": "Jane Doe cannot pay.", "debug_id": "90957fca61718",
            "details": [["issue": .string(issue), "description": "…"]],
        ]
    }

    private static func order(_ state: State) -> JSONValue {
        [
            "id": "5O190127TN364715T", "intent": "CAPTURE", "status": .string(state.status),
            "purchase_units": [
                [
                    "reference_id": "default", "amount": state.amount, "custom_id": state.customId,
                    "payments": ["captures": .array(state.captures), "refunds": .array(state.refunds)],
                ]
            ],
            "links": [
                ["rel": "self", "href": "https://api.paypal.test/v2/checkout/orders/5O190127TN364715T"],
                ["rel": "approve", "href": "https://www.paypal.test/checkoutnow?token=5O190127TN364715T"],
            ],
        ]
    }

    static func capture(_ state: State, status: String = "COMPLETED") -> JSONValue {
        ["id": "3C679366HH908993F", "status": .string(status), "amount": state.amount, "custom_id": state.customId]
    }

    var requests: [Sent] { state.withLock { $0.requests } }
    func paths() -> [String] { requests.map(\.path) }
    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }
}
