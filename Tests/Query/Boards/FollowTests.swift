import API
import HTTPServer
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

/// Who follows a show while it is let go of, or knows more of it than is known here.
@Suite struct FollowTests {
    private let source = FakeSource()

    /// Boards that keep no show that nobody follows, with one that has come to version 5.
    private func boards() throws -> (Boards, LiveShow) {
        source.add()
        var random = SeededRandom(seed: 4)
        for _ in 0..<4 { _ = source.happen(ModelShow.id, &random) }
        var options = BoardTable.Options()
        options.memoryBound = 0
        let boards = source.boards(options)
        return (boards, try find(boards))
    }

    private func find(_ boards: Boards) throws -> LiveShow {
        let found = Lock<LiveShow?>(nil)
        boards.find(ModelShow.id, of: ModelShow.tenant) { result in found.withLock { $0 = try? result.get() } }
        source.work(boards)
        return try #require(found.withLock { $0 })
    }

    private func follower(_ call: Call, _ kind: Follower.Kind, version: UInt64?) -> Follower {
        Follower(kind: kind, version: version, call: call, seat: Seat {})
    }

    private func with(_ body: @escaping @Sendable (CallServer) throws -> Void) async throws {
        try await onThread {
            let server = try CallServer()
            defer { server.stop() }
            try body(server)
        }
    }

    @Test func aShowIsKeptForWhoseHistoryWasLookedUp() async throws {
        try await with { server in
            let (boards, show) = try boards()
            let (call, client) = try server.call()
            boards.follow(show, follower(call, .stream, version: 2))
            // He has no seat yet.
            boards.tidy()
            #expect(boards.shows.isEmpty)
            #expect(source.work(boards) == 1)
            #expect(boards.shows.first === show && !show.audience.isEmpty)
            boards.tidy()
            #expect(boards.shows.first === show)
            #expect(try client.responseHead().status == 200)
            #expect(try client.chunks(until: "id: 5").contains("event: change"))
        }
    }

    /// Another one has its place, and is told of what changes: he comes again, and follows that one.
    @Test(arguments: [true, false])
    func whoFollowsAShowThatWasReplacedIsCut(_ isAway: Bool) async throws {
        try await with { server in
            let (boards, show) = try boards()
            let (call, client) = try server.call()
            boards.follow(show, follower(call, .stream, version: 2))
            let job = try #require(source.state.withLock { $0.jobs.popLast() })
            boards.tidy()
            // Somebody follows the other one, so that it stays.
            let other = try find(boards)
            let (second, _) = try server.call()
            boards.follow(other, follower(second, .stream, version: nil))
            #expect(other !== show && boards.shows.first === other)
            if isAway { boards.refuse(job, .unavailable("away")) } else { try boards.perform([job], source) }
            #expect(show.audience.isEmpty)
            #expect(try client.responseHead().status == 200)
            while try client.chunk() != nil {}
        }
    }

    /// While what is stored is looked at for him, he is among those who wait for a time; and he still is when it turns
    /// out that he knew no more than that.
    @Test func aPollThatKnowsMoreIsAnsweredWhenItsTimeIsOver() async throws {
        try await with { server in
            let (boards, show) = try boards()
            let teller = try Teller()
            defer { teller.stop() }
            var random = SeededRandom(seed: 9)
            _ = source.happen(ModelShow.id, &random)
            let (call, client) = try server.call()
            let until = SystemTime().monotonic + .milliseconds(300)
            boards.follow(show, follower(call, .poll(until: until), version: 6))
            teller.polled(show)
            #expect(show.audience.hasPolls)
            // The teller has looked at those who wait for a time before he is one of them.
            _ = Latch().wait(for: .milliseconds(120))
            #expect(source.work(boards) == 1 && show.version == 6)
            let answer = try client.response()
            #expect(answer.status == 200 && answer.text == #"{"version":6,"places":[]}"#)
        }
    }
}
