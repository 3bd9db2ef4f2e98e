import Pipeline
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Ingress
@testable import RabbitMQ

/// Channels that end alone: their connections are made anew.
@Suite(.serialized) struct BrokerLinesTests {
    private func with(_ body: @escaping @Sendable (ReceptionScene, BrokerLines) throws -> Void) async throws {
        try await ReceptionScene.with { scene in
            let lines = BrokerLines([scene.reception], confirmTimeout: .seconds(20), log: .none)
            try lines.start(
                try ConnectionSettings(url: scene.shop.seats.brokerURL),
                backoff: Backoff(first: .milliseconds(20), limit: .milliseconds(200)))
            defer { lines.stop() }
            try scene.waitUntil("both lines are there") { scene.reception.complaints + lines.complaints == [] }
            try body(scene, lines)
        }
    }

    /// Publishing to an exchange that is not there ends the channel, and nothing else.
    @Test func thePublishersChannelEnds() async throws {
        try await with { scene, lines in
            #expect(try scene.send(1).status == 202)
            try scene.connection.withChannel { channel throws(RabbitMQError) in
                try channel.delete(exchange: Topology.seats)
            }
            #expect(try scene.send(2).status == 503)
            try scene.declareQueues()
            var number: UInt64 = 2
            try scene.waitUntil("commands leave again") {
                number += 1
                return (try? scene.send(number))?.status == 202
            }
            #expect(lines.complaints == [])
        }
    }

    @Test func aConsumersChannelEnds() async throws {
        try await with { scene, lines in
            func tell(_ name: String) throws {
                var body: [UInt8] = []
                let load = IngressLoad(
                    name: name, at: Time(microseconds: SystemTime().wall.microseconds), waiting: [], accepted: 0)
                LoadLine.ingress(load).append(to: &body)
                let sink = Silence()
                let publisher = try scene.connection.openPublisher(confirmTimeout: .seconds(20), sink: sink)
                _ = try publisher.publish(
                    OutgoingMessage(
                        exchange: Topology.load, routingKey: "", properties: MessageProperties(), body: body,
                        isMandatory: false))
                #expect(publisher.waitUntilReported(within: .seconds(20)))
                try publisher.close()
            }
            try tell("ingress-2")
            try scene.waitUntil("the other one is heard") { scene.reception.ingresses == 2 }
            // Any consumer will do: whichever channel ends, all is made anew.
            let queue = try scene.connection.withChannel { channel throws(RabbitMQError) in
                try channel.declare(Queue.exclusive()).name
            }
            let consumer = try scene.connection.consume(queue, sink: Silence())
            lines.consumerEnded(consumer, RabbitMQError(.preconditionFailed, "consuming", "an unknown delivery tag"))
            #expect(lines.complaints == ["replies cannot be received from the broker"])
            try scene.waitUntil("it listens again") { lines.complaints == [] }
            try scene.waitUntil("a third one is heard") {
                for name in ["ingress-2", "ingress-3"] { try tell(name) }
                return scene.reception.ingresses == 3
            }
        }
    }

    private final class Silence: PublishSink, DeliverySink {
        func published(_ results: PublishResults, by publisher: Publisher) {}
        func publisherEnded(_ publisher: Publisher, _ error: RabbitMQError) {}
        func received(_ deliveries: [Delivery]) {}
        func consumerEnded(_ consumer: Consumer, _ error: RabbitMQError) {}
    }
}
