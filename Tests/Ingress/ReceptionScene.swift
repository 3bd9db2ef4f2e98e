import API
import Pipeline
import RabbitMQ
import Runtime
import Sealing
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Ingress

/// A reception on a virtual host with a queue for each partition, where nobody decides anything.
struct ReceptionScene {
    let shop: ShopScene
    let reception: Reception
    /// The test's own.
    let connection: Connection
    private let calls: CallServer

    static let partitions = 8

    static func with(_ body: @escaping @Sendable (ReceptionScene) throws -> Void) async throws {
        try await ShopScene.with(partitions: partitions, worker: false) { shop in
            let settings = try ConnectionSettings(url: shop.seats.brokerURL)
            let reception = Reception(
                name: "ingress-1", user: settings.user, bounds: Intake<Asker>.Bounds(),
                answers: Answers(seal: RequestSeal(try HMACKey([UInt8](repeating: 1, count: 32)))),
                metrics: ReceptionMetrics(Metrics(), log: .none))
            reception.adopt(
                RouteMap(version: 1, hashed: partitions, partitions: partitions + 2, routes: [:]),
                since: SystemTime().monotonic + .seconds(60))
            let connection = try Connection.open(settings)
            defer { connection.close() }
            let calls = try CallServer(.reserve, database: shop.seats.database)
            defer { calls.stop() }
            let scene = ReceptionScene(shop: shop, reception: reception, connection: connection, calls: calls)
            try scene.declareQueues()
            try body(scene)
        }
    }

    func declareQueues() throws {
        try connection.withChannel { channel throws(RabbitMQError) in
            do throws(TopologyError) {
                try Topology.declare(on: channel, partitions: Self.partitions + 2)
            } catch {
                throw error.cause
            }
        }
    }

    /// - Parameter window: messages that may be unconfirmed.
    func openPublisher(window: Int = 100) throws -> Publisher {
        let publisher = try connection.openPublisher(window: window, confirmTimeout: .seconds(20), sink: reception)
        reception.publisherOpened(publisher, on: connection)
        return publisher
    }

    /// A reservation of an event of its own, whose sender does not wait for more than that it is accepted.
    func arrival(_ number: UInt64) throws -> (Intake<Asker>.Arrival, RawHTTPClient) {
        let (call, client) = try calls.call(key: shop.keys.produce, body: "{}")
        let arrival = Intake<Asker>.Arrival(
            id: CommandId(high: 9, low: number), key: EventId(high: number, low: number), isFirstToGo: true,
            line: Array("line \(number)\n".utf8), waiter: .client(call), wait: 0)
        return (arrival, client)
    }

    /// What the sender is answered.
    func send(_ number: UInt64) throws -> RawHTTPResponse {
        let (arrival, client) = try arrival(number)
        try reception.take(arrival)
        return try client.response(to: "POST")
    }

    func waitUntil(_ what: String, _ isTrue: () throws -> Bool) throws { try shop.seats.waitUntil(what, isTrue) }
}
