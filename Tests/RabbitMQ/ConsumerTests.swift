import RabbitMQ
internal import Runtime
internal import Synchronization
internal import TestSupport
import Testing

@Suite struct ConsumerTests {
    /// A connection, a queue named `q`, and a way to fill it.
    private struct Bench: Sendable {
        let connection: Connection
        let publisher: Publisher

        func fill(_ range: ClosedRange<Int>, queue: String = "q") throws {
            try publisher.publish(range.map { text("m\($0)", to: queue) }, within: .seconds(20))
            try #require(publisher.waitUntilReported(within: .seconds(20)))
        }

        /// Whether the queue comes to hold this many ready messages. A quorum queue counts a moment later than it acts.
        func holds(_ count: Int, in queue: String = "q") throws -> Bool {
            let deadline = SystemTime().monotonic + .seconds(20)
            let channel = try connection.openChannel()
            while SystemTime().monotonic < deadline {
                if try channel.status(ofQueue: queue).messages == count { return true }
            }
            return false
        }
    }

    private func withBench(
        queues: [Queue] = [.quorum("q")], _ body: @escaping @Sendable (Bench) throws -> Void
    ) async throws {
        try await TestBroker.withVirtualHost { broker in
            let connection = try Connection.open(to: broker.url)
            defer { connection.close() }
            try connection.withChannel { channel throws(RabbitMQError) in
                for queue in queues { try channel.declare(queue) }
            }
            let publisher = try connection.openPublisher(sink: PublishRecorder())
            try body(Bench(connection: connection, publisher: publisher))
        }
    }

    @Test func prefetchBoundsWhatIsUnacknowledged() async throws {
        try await withBench { bench in
            try bench.fill(1...50)
            let sink = DeliveryRecorder()
            let consumer = try bench.connection.consume("q", prefetch: 10, label: 7, sink: sink)
            #expect(sink.wait { $0.deliveries.count == 10 })
            #expect(consumer.acknowledge(through: 5))
            #expect(sink.wait { $0.deliveries.count == 15 })
            #expect(consumer.acknowledge(7))
            #expect(sink.wait { $0.deliveries.count == 16 })
            // What the broker says of the queue proves that no more was taken than that.
            #expect(try bench.holds(50 - 16))
            #expect(sink.now.bodies == (1...16).map { "m\($0)" })
            #expect(sink.now.deliveries.allSatisfy { $0.consumer === consumer && $0.consumer.label == 7 })
        }
    }

    @Test func closingGivesUnacknowledgedMessagesBackInOrder() async throws {
        try await withBench { bench in
            try bench.fill(1...20)
            let first = DeliveryRecorder()
            let consumer = try bench.connection.consume("q", prefetch: 20, sink: first)
            #expect(first.wait { $0.deliveries.count == 20 })
            consumer.acknowledge(through: 8)
            try consumer.close()
            try consumer.close()
            #expect(first.now.ended.map(\.error.code) == [.closed])
            #expect(!consumer.acknowledge(through: 20))
            let second = DeliveryRecorder()
            _ = try bench.connection.consume("q", prefetch: 20, sink: second)
            #expect(second.wait { $0.deliveries.count == 12 })
            #expect(second.now.bodies == (9...20).map { "m\($0)" })
            #expect(second.now.deliveries.allSatisfy { $0.message.isRedelivered })
        }
    }

    @Test func rejectedMessagesAreRequeuedOrGone() async throws {
        try await withBench { bench in
            try bench.fill(1...2)
            let sink = DeliveryRecorder()
            let consumer = try bench.connection.consume("q", prefetch: 2, sink: sink)
            #expect(sink.wait { $0.deliveries.count == 2 })
            consumer.reject(1, requeue: false)
            consumer.reject(2, requeue: true)
            #expect(sink.wait { $0.deliveries.count == 3 })
            #expect(sink.now.bodies == ["m1", "m2", "m2"])
        }
    }

    @Test func aDeletedQueueEndsItsConsumerAlone() async throws {
        try await withBench(queues: [.quorum("q"), .quorum("other")]) { bench in
            let sink = DeliveryRecorder()
            let consumer = try bench.connection.consume("q", prefetch: 5, label: 1, sink: sink)
            let other = try bench.connection.consume("other", prefetch: 5, label: 2, sink: sink)
            try bench.connection.withChannel { channel throws(RabbitMQError) in _ = try channel.delete(queue: "q") }
            #expect(sink.wait { !$0.ended.isEmpty })
            #expect(sink.now.ended.map(\.label) == [1])
            #expect(sink.now.ended.first?.error.code == .consumerCancelled)
            #expect(consumer.ending?.code == .consumerCancelled)
            #expect(other.ending == nil)
            try bench.fill(1...1, queue: "other")
            #expect(sink.wait { $0.bodies == ["m1"] })
            try consumer.close()
            #expect(sink.now.ended.count == 1)
        }
    }

    @Test func aMissingQueueIsThrownAndNobodyElseIsTold() async throws {
        try await withBench { bench in
            let sink = DeliveryRecorder()
            let error = #expect(throws: RabbitMQError.self) {
                try bench.connection.consume("nowhere", prefetch: 5, sink: sink)
            }
            #expect(error?.code == .notFound)
            #expect(error?.description.contains("nowhere") == true)
            #expect(sink.now.ended.isEmpty)
            let unbounded = #expect(throws: RabbitMQError.self) {
                try bench.connection.consume("q", prefetch: 0, sink: sink)
            }
            #expect(unbounded?.code == .invalidArgument)
        }
    }

    @Test func anUnknownDeliveryTagCostsTheChannel() async throws {
        try await withBench { bench in
            let sink = DeliveryRecorder()
            let consumer = try bench.connection.consume("q", prefetch: 5, sink: sink)
            consumer.acknowledge(99)
            #expect(sink.wait { !$0.ended.isEmpty })
            #expect(sink.now.ended.first?.error.code == .preconditionFailed)
            #expect(sink.now.ended.first?.error.reason.contains("unknown delivery tag 99") == true)
        }
    }

    @Test func onlyOneOfSeveralSingleActiveConsumersGetsMessages() async throws {
        try await withBench(queues: [.quorum("q", singleActiveConsumer: true)]) { bench in
            let (first, second) = (DeliveryRecorder(), DeliveryRecorder())
            let active = try bench.connection.consume("q", prefetch: 5, sink: first)
            _ = try bench.connection.consume("q", prefetch: 5, sink: second)
            try bench.fill(1...3)
            #expect(first.wait { $0.deliveries.count == 3 })
            #expect(second.now.deliveries.isEmpty)
            try active.close()
            #expect(second.wait { $0.deliveries.count == 3 })
        }
    }

    @Test func aLaneGetsBatchesOfManyChannelsFromOneQueue() async throws {
        let partitions = 16
        let perPartition = 200
        try await withBench(queues: (0..<16).map { .quorum("p\($0)") }) { bench in
            let lane = DeliveryQueue()
            for number in 0..<partitions {
                _ = try bench.connection.consume("p\(number)", prefetch: 50, label: UInt64(number), sink: lane)
            }
            let all = (1...perPartition).flatMap { index in
                (0..<partitions).map { text("m\(index)", to: "p\($0)") }
            }
            try bench.publisher.publish(all, within: .seconds(20))
            var received = [[String]](repeating: [], count: partitions)
            var mixed = 0
            while received.contains(where: { $0.count < perPartition }) {
                let batch = lane.next(within: .seconds(20))
                try #require(!batch.isEmpty)
                var last: [UInt64: Delivery] = [:]
                for delivery in batch.deliveries {
                    received[Int(delivery.consumer.label)].append(
                        String(decoding: delivery.message.body, as: UTF8.self))
                    last[delivery.consumer.label] = delivery
                }
                if last.count > 1 { mixed += 1 }
                for delivery in last.values {
                    delivery.consumer.acknowledge(through: delivery.message.deliveryTag)
                }
            }
            for bodies in received { #expect(bodies == (1...perPartition).map { "m\($0)" }) }
            #expect(mixed > 0)
            bench.connection.close()
            #expect(lane.next(within: .seconds(5)).ended.count == partitions)
        }
    }

    @Test func aQueueForALaneCanBeWokenAndTimesOut() async throws {
        try await onThread {
            let lane = DeliveryQueue()
            #expect(lane.next(within: .milliseconds(1)).isEmpty)
            lane.wake()
            #expect(lane.next(within: .seconds(60)).isEmpty)
            let waker = try OwnedThread(name: "waker") { lane.wake() }
            #expect(lane.next(within: .seconds(60)).isEmpty)
            waker.join()
        }
    }

    @Test func acknowledgingFromManyThreadsSettlesEverything() async throws {
        try await withBench { bench in
            try bench.fill(1...1000)
            let sink = DeliveryRecorder()
            let consumer = try bench.connection.consume("q", prefetch: 500, sink: sink)
            #expect(sink.wait { $0.deliveries.count == 500 })
            let threads = try (0..<5).map { part in
                try OwnedThread(name: "acker") {
                    for tag in 1...500 where tag % 5 == part { consumer.acknowledge(UInt64(tag)) }
                }
            }
            for thread in threads { thread.join() }
            // Room for the second half comes from an acknowledgement of all of the first. (Closing right here would not
            // prove it: a quorum queue's channel forgets what it has not passed on when it ends.)
            #expect(sink.wait { $0.deliveries.count == 1000 })
            #expect(consumer.ending == nil)
        }
    }
}
