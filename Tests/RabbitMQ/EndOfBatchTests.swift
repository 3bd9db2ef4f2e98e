internal import Runtime
internal import TestSupport
import Testing

@testable import RabbitMQ

/// What other threads ask for just after the order to end, and before the connection's thread has looked.
@Suite struct EndOfBatchTests {
    enum End: CaseIterable {
        case close, abort

        var work: Outbox.Work { self == .close ? .closeConnection : .abort }
    }

    /// Holds the connection's thread while `body` leaves work, so that the thread takes all of it at once.
    private func inOneBatch(of connection: Connection, _ body: () throws -> Void) throws {
        let isHeld = Latch()
        let release = Latch()
        let holder = try connection.openChannel { _ in
            isHeld.open()
            release.wait()
        }
        defer { release.open() }
        holder.core.closeWithoutWaiting()
        try #require(isHeld.wait(for: .seconds(20)))
        try body()
    }

    @Test(arguments: End.allCases) func whoAsksAfterTheOrderToEndIsRefusedAndNotKeptWaiting(_ end: End) async throws {
        try await TestBroker.withVirtualHost { broker in
            let connection = try Connection.open(to: broker.url)
            let channel = try connection.openChannel()
            let other = try connection.openChannel()
            let question = ReplyBox()
            let opening = ReplyBox()
            let closing = ReplyBox()
            try inOneBatch(of: connection) {
                connection.loop.outbox.leave(end.work)
                let isTaken = connection.loop.outbox.send(ByteBuffer(), on: channel.core, answer: question)
                #expect(isTaken)
                _ = try connection.loop.outbox.openChannel(action: "testing") { id, _ in
                    let core = ChannelCore(id: id, loop: connection.loop, purpose: "a channel")
                    return (core, .open(core, answers: [opening]))
                }
                connection.loop.outbox.closeChannel(.close(other.core, closing), of: other.core)
            }
            connection.close()
            // The thread has gone: nobody is left who could answer.
            for box in [question, opening] {
                guard case .failure(let error) = box.wait(for: .zero) else {
                    Issue.record("nobody has answered")
                    continue
                }
                #expect(error.code == .closed)
            }
            guard case .success = closing.wait(for: .zero) else {
                Issue.record("nobody has said that the channel is closed")
                return
            }
        }
    }

    @Test(arguments: End.allCases) func aPublisherThatCameTooLateGoesWithItsSink(_ end: End) async throws {
        try await TestBroker.withVirtualHost { broker in
            weak var sink: PublishRecorder?
            weak var core: ChannelCore?
            let connection = try Connection.open(to: broker.url)
            try inOneBatch(of: connection) {
                connection.loop.outbox.leave(end.work)
                let late = PublishRecorder()
                sink = late
                core = try connection.loop.outbox.openChannel(action: "testing") { id, _ in
                    let core = ChannelCore(id: id, loop: connection.loop, purpose: "a publisher")
                    core.role = Publisher(core: core, sink: late, window: 1, patience: .seconds(1))
                    return (core, .open(core, answers: []))
                }
            }
            connection.close()
            #expect(sink == nil)
            #expect(core == nil)
        }
    }
}
