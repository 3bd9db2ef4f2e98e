internal import Foundation
internal import Glibc
internal import Runtime

/// A shop that takes money: ingress, query server, payments worker and sandbox as processes, beside a seats worker.
package final class MoneyScene {
    package static let sandboxKey = "sandbox-key"

    package let shop: ShopScene
    package let ingress: ShopScene.Process
    package let query: ShopScene.Process
    package private(set) var payments: Tool.Running
    package private(set) var sandbox: Tool.Running
    package let sandboxPort: Int
    package let produce: ShopClient
    package let manage: ShopClient
    package let reader: ShopClient
    private let environment: [String: String]

    /// - Parameters:
    ///   - switches: of the sandbox, by the ends of their variables.
    ///   - settings: of all programs, by their variables.
    package init(_ shop: ShopScene, _ switches: [String: String] = [:], settings: [String: String] = [:]) throws {
        self.shop = shop
        sandboxPort = try ShopScene.freePort()
        let port = try ShopScene.freePort()
        var environment = [
            "TURNSTILE_SANDBOX_URL": "http://127.0.0.1:\(sandboxPort)", "TURNSTILE_SANDBOX_KEY": Self.sandboxKey,
            "TURNSTILE_SANDBOX_WEBHOOK_SECRETS": "sandbox-secret",
            "TURNSTILE_SANDBOX_WEBHOOK_URL": "http://127.0.0.1:\(port)/v1/webhooks/sandbox",
            "TURNSTILE_SANDBOX_RETRY_FIRST": "50ms", "TURNSTILE_SANDBOX_RETRY_MOST": "500ms",
            "TURNSTILE_POSTGRES_URL": shop.seats.databaseURL, "TURNSTILE_RABBITMQ_URL": shop.seats.brokerURL,
            "TURNSTILE_API_REQUEST_KEY": String(repeating: "11", count: 32),
            "TURNSTILE_SANDBOX_PORT": "\(sandboxPort)", "TURNSTILE_PAYMENTS_FIRST_LOOK": "2s",
            // What a killed worker had in hand is taken again after so long.
            "TURNSTILE_EFFECTS_VISIBILITY": "5s",
        ]
        for (name, value) in switches { environment["TURNSTILE_SANDBOX_\(name)"] = value }
        environment.merge(settings) { $1 }
        self.environment = environment
        ingress = try shop.startIngress(port: port, environment)
        query = try shop.startQuery(streamPort: try ShopScene.freePort(), environment)
        sandbox = try Tool.start(try Tool.built("turnstile-sandbox"), environment: environment)
        payments = try Tool.start(try Tool.built("turnstile-payments"), environment: environment)
        produce = ShopClient(port: ingress.port, key: shop.keys.produce)
        manage = ShopClient(port: ingress.port, key: shop.keys.manage)
        reader = ShopClient(port: query.port, key: shop.keys.read)
        try waitUntilSandboxIsReady()
    }

    private func waitUntilSandboxIsReady() throws {
        try shop.seats.waitUntil("the sandbox is ready") {
            (try? RawHTTPClient(port: UInt16(sandboxPort)).exchange("GET", "/readyz"))?.status == 200
        }
    }

    deinit {
        for process in [payments, sandbox] { kill(process.pid, SIGKILL) }
    }

    /// As `kill -9` does; another one follows.
    package func killSandbox() throws {
        kill(sandbox.pid, SIGKILL)
        _ = try sandbox.outcome(within: .seconds(20))
        sandbox = try Tool.start(try Tool.built("turnstile-sandbox"), environment: environment)
    }

    package func killPayments() throws {
        kill(payments.pid, SIGKILL)
        _ = try payments.outcome(within: .seconds(20))
        payments = try Tool.start(try Tool.built("turnstile-payments"), environment: environment)
    }

    /// What a tool needs to ask the sandbox.
    package var providerEnvironment: [String: String] { environment }

    /// - Returns: the payment's id.
    package func checkout(_ reservation: String, more: String = "") throws -> String {
        let answer = try produce.post(
            "/v1/reservations/\(reservation)/checkout", #"{"provider":"sandbox"\#(more)}"#)
        guard answer.status == 201, let id = answer["paymentId"] else { throw RawHTTPError(answer.text) }
        return id
    }

    /// Waits until the payment has this status.
    package func wait(for status: String, of payment: String) throws -> ShopClient.Answer {
        var last: ShopClient.Answer?
        do {
            try shop.seats.waitUntil("\(payment) is \(status)", within: .seconds(40)) {
                last = try reader.get("/v1/payments/\(payment)")
                return last?["status"] == status
            }
        } catch {
            throw RawHTTPError("\(error); it is \(last?.text ?? "nothing")")
        }
        guard let last else { throw RawHTTPError("nobody was asked") }
        return last
    }

    /// What a script says on the page of a payment.
    @discardableResult
    package func pay(_ url: String, _ body: String = #"{"outcome":"succeed"}"#) throws -> Int {
        guard let path = URL(string: url)?.path else { throw RawHTTPError("“\(url)” is no URL") }
        return try RawHTTPClient(port: UInt16(sandboxPort)).exchange(
            "POST", path, headers: ["Content-Type: application/json"], body: body
        ).status
    }

    /// Reserves, checks out and waits for the page.
    package func openPayment(
        _ show: String, buyer: String, seats: [String]? = nil, more: String = ""
    ) throws -> (reservation: String, payment: String, payUrl: String) {
        let reserved =
            try seats.map { try produce.reserve(show, buyer: buyer, seats: $0) }
            ?? produce.reserve(show, buyer: buyer)
        guard reserved.status == 201, let reservation = reserved["reservationId"] else {
            throw RawHTTPError(reserved.text)
        }
        let payment = try checkout(reservation, more: more)
        guard let url = try wait(for: "pending", of: payment)["payUrl"] else { throw RawHTTPError("no payUrl") }
        return (reservation, payment, url)
    }
}
