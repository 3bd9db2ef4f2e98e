import RabbitMQ
import TestSupport
import Testing

@testable import Ingress

/// What a reception does with a publisher that has no room, may not send, or ends.
@Suite(.serialized) struct ReceptionTests {
    private static let away = ["there is no connection to the broker"]

    /// Two messages at a time are taken; the others leave with the confirms, and none is lost.
    @Test func whatThePublisherHasNoRoomForLeavesLater() async throws {
        try await ReceptionScene.with { scene in
            _ = try scene.openPublisher(window: 2)
            let all = try (0..<UInt64(4 * ReceptionScene.partitions)).map { try scene.arrival($0) }
            // A message for each partition.
            #expect(scene.reception.take(all.map(\.0)).isEmpty)
            for (_, client) in all {
                let response = try client.response(to: "POST")
                #expect(response.status == 202, "\(response.text)")
            }
            #expect(scene.reception.undecided == all.count)
        }
    }

    /// While the broker takes nothing nobody waits for it.
    @Test func aBlockedConnectionIsToldOfAndPasses() async throws {
        try await ReceptionScene.with { scene in
            let publisher = try scene.openPublisher()
            #expect(try scene.send(1).status == 202)
            scene.reception.publisherBlocked(publisher, reason: "low on memory")
            #expect(scene.reception.complaints == Self.away)
            #expect(throws: IntakeFailure.brokerAway) { try scene.send(2) }
            scene.reception.publisherUnblocked(publisher)
            #expect(scene.reception.complaints == [])
            #expect(try scene.send(3).status == 202)
            #expect(scene.reception.undecided == 2)
        }
    }

    /// What ended before says nothing of the one that came after it.
    @Test func anOldPublishersEndIsNotTheNewOnes() async throws {
        try await ReceptionScene.with { scene in
            let (first, second) = (try scene.openPublisher(), try scene.openPublisher())
            try first.close()
            #expect(scene.reception.complaints == [])
            #expect(try scene.send(1).status == 202)
            try second.close()
            try scene.waitUntil("its end is known") { scene.reception.complaints == Self.away }
            #expect(throws: IntakeFailure.brokerAway) { try scene.send(2) }
        }
    }

    /// It had ended before anybody was told that it had begun.
    @Test func aPublisherThatEndsAtOnceIsNone() async throws {
        try await ReceptionScene.with { scene in
            let publisher = try scene.connection.openPublisher(confirmTimeout: .seconds(20), sink: scene.reception)
            try publisher.close()
            try scene.waitUntil("it has ended") { publisher.ending != nil }
            scene.reception.publisherOpened(publisher, on: scene.connection)
            #expect(scene.reception.complaints == Self.away)
        }
    }
}
