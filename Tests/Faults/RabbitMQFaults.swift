internal import RabbitMQ
internal import Runtime
internal import TestSupport
internal import Testing

/// What happens to a publisher and a consumer when the broker or the network fails: a typed error within the configured
/// time, once, and nothing left over.
@Suite(.serialized) struct RabbitMQFaults {
    /// A broker at the other end of a proxy, with a publisher and a consumer on connections of their own.
    private func withFault(
        _ body: @escaping @Sendable (RabbitMQScene, FaultProxy) throws -> Void
    ) async throws {
        try await TestBroker.withVirtualHost { broker in
            let settings = try ConnectionSettings(url: broker.url)
            let before = try ProcessResources()
            do {
                let proxy = try FaultProxy(to: settings.port)
                defer { proxy.stop() }
                let scene = try RabbitMQScene(url: broker.url, port: proxy.port)
                try body(scene, proxy)
                scene.close()
            }
            try before.expectSame()
        }
    }

    /// The error that everybody has to get: both connections, the publisher and the consumer, once each.
    private func expectEnd(
        _ scene: RabbitMQScene, codes: Set<RabbitMQError.Code>, within limit: Duration, since began: MonotonicTime
    ) {
        #expect(scene.waitForEnd(limit))
        let took = SystemTime().monotonic - began
        #expect(took < limit, "took \(took)")
        for error in scene.ends { #expect(codes.contains(error.code), "\(error)") }
        #expect(scene.ends.count == 4)
        #expect(scene.publishedOnce)
    }

    @Test func aResetIsReportedToEverybodyAtOnce() async throws {
        try await withFault { scene, proxy in
            try scene.work()
            let began = SystemTime().monotonic
            proxy.cut(.reset)
            expectEnd(scene, codes: [.connectionLost], within: .seconds(2), since: began)
            let late = #expect(throws: RabbitMQError.self) { try scene.publisher.publish(scene.message(0)) }
            #expect(late?.code == .connectionLost)
        }
    }

    @Test func anEndOfTheStreamIsReportedToEverybodyAtOnce() async throws {
        try await withFault { scene, proxy in
            try scene.work()
            let began = SystemTime().monotonic
            proxy.cut(.finish)
            expectEnd(scene, codes: [.connectionLost], within: .seconds(2), since: began)
        }
    }

    @Test func aFrozenNetworkIsNoticedWithinTwoHeartbeats() async throws {
        try await withFault { scene, proxy in
            try scene.work()
            proxy.freeze()
            let began = SystemTime().monotonic
            // Requests end in their own time, shorter than the heartbeats'.
            let open = #expect(throws: RabbitMQError.self) { try scene.consuming.openChannel() }
            #expect(open?.code == .timeout)
            #expect(SystemTime().monotonic - began < .milliseconds(1500))
            // Two heartbeats of 1 s, and some grace for a busy machine.
            expectEnd(scene, codes: [.heartbeatLost], within: .milliseconds(3500), since: began)
            #expect(SystemTime().monotonic - began >= .milliseconds(1500))
        }
    }

    @Test func whoIsAskedToWaitWhileTheConnectionDiesIsReleased() async throws {
        try await withFault { scene, proxy in
            proxy.freeze()
            let waiting = try (0..<4).map { number in
                try OwnedThread(name: "waiter \(number)") {
                    _ = try? scene.consuming.openChannel()
                    _ = scene.publisher.waitUntilReported(within: .seconds(60))
                    try? scene.consumer.close()
                }
            }
            _ = try scene.publisher.publish(scene.message(1))
            proxy.cut(.reset)
            for thread in waiting { thread.join() }
            #expect(scene.waitForEnd(.seconds(5)))
        }
    }

    @Test func heartbeatsKeepAnIdleConnectionAndABlockedWriterAlive() async throws {
        try await withFault { scene, proxy in
            proxy.stopReadingClients()
            // More than the sockets between hold, so that the connection's writes come to a stop.
            let large = OutgoingMessage(routingKey: "q", body: [UInt8](repeating: 1, count: 1_000_000), tag: 1)
            for _ in 0..<20 { _ = try scene.publisher.publish(large) }
            // The broker's heartbeats still arrive: a writer that waits is not a dead connection, for a while. The
            // broker
            // itself gives up a client that it hears nothing of.
            let began = SystemTime().monotonic
            #expect(scene.waitForEnd(.seconds(30)))
            #expect(SystemTime().monotonic - began >= .milliseconds(1500))
            #expect(scene.publishedOnce)
        }
        try await withFault { scene, proxy in
            try scene.work()
            // Silent for five heartbeats, but alive: nothing happens.
            #expect(!scene.waitForEnd(.seconds(5)))
            try scene.work()
        }
    }

    @Test func openingAndClosingLeavesNothingBehind() async throws {
        try await TestBroker.withVirtualHost { broker in
            let before = try ProcessResources()
            for _ in 0..<10 {
                let scene = try RabbitMQScene(url: broker.url, port: nil)
                try scene.work()
                scene.close()
            }
            var wrong = try ConnectionSettings(url: broker.url)
            wrong.password = "wrong"
            for _ in 0..<10 {
                let error = #expect(throws: RabbitMQError.self) { try Connection.open(wrong) }
                #expect(error?.code == .accessRefused)
            }
            try before.expectSame()
        }
    }

    @Test func aReconnectorComesBackAfterEveryFault() async throws {
        try await TestBroker.withVirtualHost { broker in
            var settings = try ConnectionSettings(url: broker.url)
            let before = try ProcessResources()
            do {
                let proxy = try FaultProxy(to: settings.port)
                defer { proxy.stop() }
                settings.port = proxy.port
                settings.heartbeat = .seconds(1)
                let connected = Lock(0)
                let lost = Lock<[RabbitMQError.Code]>([])
                let changes = RabbitMQFact()
                let keeper = try Reconnector(
                    settings, backoff: Backoff(first: .milliseconds(10), limit: .milliseconds(100)),
                    onEvent: { event in
                        if case .connected = event { connected.withLock { $0 += 1 } }
                        if case .lost(let error, _) = event { lost.withLock { $0.append(error.code) } }
                        changes.happened()
                    }
                ) { connection throws(RabbitMQError) in
                    try connection.withChannel { channel throws(RabbitMQError) in _ = try channel.declare(.quorum("q"))
                    }
                }
                let faults: [@Sendable (FaultProxy) -> Void] = [
                    { $0.cut(.reset) }, { $0.cut(.finish) }, { $0.refuse() }, { $0.freeze() },
                ]
                for (number, fault) in faults.enumerated() {
                    #expect(changes.wait(for: .seconds(20)) { connected.withLock { $0 } == number + 1 })
                    fault(proxy)
                    #expect(changes.wait(for: .seconds(20)) { lost.withLock { $0.count } == number + 1 })
                    proxy.forward()
                }
                #expect(changes.wait(for: .seconds(20)) { connected.withLock { $0 } == faults.count + 1 })
                #expect(lost.withLock { $0 } == [.connectionLost, .connectionLost, .connectionLost, .heartbeatLost])
                keeper.stop()
            }
            try before.expectSame()
        }
    }
}
