internal import Foundation
internal import Runtime
internal import TestSupport
internal import Testing

/// A pair of connected descriptors.
struct Ends: Sendable {
    let reading: Int32
    let writing: Int32

    static func pipe() throws -> Ends {
        var ends: [Int32] = [0, 0]
        try #require(Foundation.pipe(&ends) == 0)
        // Between the two calls a child of another test may be started, and then holds the pipe open: no test minds.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return Ends(reading: ends[0], writing: ends[1])
    }

    static func socket() throws -> Ends {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        return Ends(reading: ends[0], writing: ends[1])
    }

    struct NoSuchLine: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads until a line contains `text`. Runs on a thread, so it throws rather than records what goes wrong.
    func read(until text: String) throws -> [String] {
        var data: [UInt8] = []
        var seen = false
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if seen && data.last == UInt8(ascii: "\n") {
                return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
            }
            var request = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            let count = poll(&request, 1, 20_000) == 1 ? Foundation.read(reading, &chunk, chunk.count) : 0
            guard count > 0 else {
                throw NoSuchLine(description: "no line with “\(text)”, but: \(String(decoding: data, as: UTF8.self))")
            }
            // Only what is new is looked at: a slow reader would be the thing that is tested.
            let from = max(0, data.count - text.utf8.count)
            data += chunk[0..<count]
            seen = seen || String(decoding: data[from...], as: UTF8.self).contains(text)
        }
    }

    func close() {
        Foundation.close(reading)
        Foundation.close(writing)
    }
}

/// What a thread read.
private final class Reading: Sendable {
    private let result = Lock<Result<[String], any Error>>(.success([]))
    func fill(_ body: () throws -> [String]) {
        let new = Result { try body() }
        result.withLock { $0 = new }
    }
    func get() throws -> [String] { try result.withLock { $0 }.get() }
}

@Suite struct LogSinkTests {
    private func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test func linesOfManyThreadsAreNeverInterleaved() async throws {
        let ends = try Ends.pipe()
        defer { ends.close() }
        // F_SETPIPE_SZ: all lines fit, so that they can be read once all of them are written. A reader beside the
        // writers would have to guess how long they wait for their turn.
        #expect(fcntl(ends.writing, 1031, 1 << 20) >= 1 << 20)
        let sink = LogSink(descriptor: ends.writing, format: .json)
        let threads = try (0..<4).map { number in
            try OwnedThread(name: "writer-\(number)") {
                let log = Log(service: "s", sink: sink, fields: ["who": .int(number)])
                for line in 0..<200 { log.info(String(repeating: "x", count: line), ["line": .int(line)]) }
            }
        }
        for thread in threads { await thread.joined() }
        Log(service: "s", sink: sink).info("last")
        let lines = try await onThread { try ends.read(until: "\"message\":\"last\"") }
        var next = [0, 0, 0, 0]
        for line in lines.dropLast() {
            let object = try object(line)
            let who = try #require(object["who"] as? Int)
            #expect(object["line"] as? Int == next[who])
            #expect(object["process.thread.name"] as? String == "writer-\(who)")
            next[who] += 1
        }
        #expect(next == [200, 200, 200, 200])
        #expect(sink.dropped == 0)
    }

    @Test(arguments: [true, false])
    func aReaderThatSleepsCostsLinesButHoldsNobodyUp(isPipe: Bool) async throws {
        let ends = try isPipe ? Ends.pipe() : Ends.socket()
        defer { ends.close() }
        let sink = LogSink(descriptor: ends.writing, format: .json)
        let log = Log(service: "s", sink: sink)
        let text = String(repeating: "x", count: 1_000)
        // Far more than a pipe or a socket holds.
        let total = 2_000
        let took = try await onThread {
            ContinuousClock().measure { for line in 0..<total { log.info(text, ["line": .int(line)]) } }
        }
        // One wait, and not one for each line: 2,000 of those would be over three minutes.
        #expect(took < .seconds(20))
        let dropped = sink.dropped
        #expect(dropped > total / 2)
        #expect(fcntl(ends.writing, F_GETFL) & O_NONBLOCK == 0, "a descriptor that others share was changed")

        // The reader wakes up.
        let reading = Reading()
        let reader = try OwnedThread(name: "reader") { reading.fill { try ends.read(until: "log lines were dropped") } }
        // Lines are written until one is taken: how soon the pipe has room is the reader's business.
        var more = 0
        while sink.dropped == dropped + more {
            log.info("after")
            more += 1
        }
        await reader.joined()
        let lines = try reading.get()
        let note = try object(try #require(lines.last { $0.contains("log lines were dropped") }))
        #expect(note["turnstile.dropped"] as? Int == sink.dropped)
        var written = 0
        for line in lines where line.contains("xxxx") && (try? object(line)) != nil { written += 1 }
        #expect(written + dropped == total)
    }

    @Test func aReaderThatHasGoneCostsLinesOnly() async throws {
        _ = LogSink.standardError()  // ignores SIGPIPE, as every process with a log does
        let ends = try Ends.pipe()
        let sink = LogSink(descriptor: ends.writing, format: .json)
        close(ends.reading)
        let log = Log(service: "s", sink: sink)
        try await onThread { for _ in 0..<10 { log.info("nobody reads this") } }
        #expect(sink.dropped == 10)
        close(ends.writing)
    }

    @Test func aFileGetsEveryLine() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { unlink(path) }
        let log = Log(service: "s", sink: LogSink(descriptor: descriptor))
        for _ in 0..<1_000 { log.info("line") }
        close(descriptor)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1_000)
        #expect(lines[0].hasPrefix("{"), "what is no terminal gets JSON")
    }
}
