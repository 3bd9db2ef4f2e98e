internal import Foundation
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Ticketing
internal import Wire

/// 5,000 open streams over 50 shows, while 1,000 places a second are sold for some seconds
/// (`TURNSTILE_BENCH_SECONDS`, 10). Each stream must have told of everything: those of a show are compared byte by
/// byte, and one of them leads a map of the show from its beginning to what the server shows in the end.
enum StreamBenchmark {
    private static let events = 10
    private static let showsPerEvent = 5
    private static let streamsPerShow = 100

    static func run(_ servers: TestServers) async throws {
        DescriptorLimit.raise(to: 20_000)
        let seconds = ProcessEnvironment.current["TURNSTILE_BENCH_SECONDS"].flatMap { Int($0) } ?? 10
        try await SeatsScene.with { seats in
            let scene = try QueryBench(seats)
            defer { scene.stop() }
            let commands = SeatsCommands()
            for number in 1...events {
                let reply = try scene.producer.ask(
                    commands.create(number, commands.event(number), shows: showsPerEvent, places: 1_000))
                guard reply.status == 201 else { throw QueryBenchmark.Failure(description: reply.text) }
            }
            let shows = (1...events).flatMap { event in
                (1...showsPerEvent).map { ShowId(commands.event(event), $0).text }
            }
            let maps = try shows.map { try Map(scene.get("/v1/shows/\($0)/seats").body) }
            let resting = try ProcessLook.residentBytes(of: scene.pid)
            let opened = SystemTime().monotonic
            let names = shows.flatMap { Array(repeating: $0, count: streamsPerShow) }
            let crowd = try StreamCrowd(port: scene.streamPort, key: scene.key, shows: names)
            defer { crowd.stop() }
            try seats.waitUntil("all streams are open", within: .seconds(60)) { !crowd.lastIds.contains(0) }
            let opening = (SystemTime().monotonic - opened).milliseconds
            let before = try ProcessLook.processorTime(of: scene.pid)
            let start = SystemTime().monotonic
            let sold = try sell(scene, commands, seconds)
            let versions = try scene.versions(shows)
            let finals = shows.flatMap { show in Array(repeating: versions[show] ?? 0, count: streamsPerShow) }
            try seats.waitUntil("all streams are told everything", within: .seconds(30)) {
                zip(crowd.lastIds, finals).allSatisfy { $0 >= $1 }
            }
            let took = (SystemTime().monotonic - start).seconds
            let busy = try ProcessLook.processorTime(of: scene.pid) - before
            let memory = try ProcessLook.residentBytes(of: scene.pid)
            let readings = crowd.all
            try compare(readings, maps, shows, scene)
            let told = readings.reduce(0) { $0 + $1.events }
            print(
                "query.streams \(readings.count) over \(shows.count) shows, opened in \(Int(opening)) ms; "
                    + "\(Int(Double(sold) / took)) decisions/s, \(Int(Double(told) / took)) events/s told; "
                    + "\(SeatsBenchmark.percent(busy / took)) of a core, \(memory >> 20) MiB (\(resting >> 20) before)")
            try comeBack(scene, names, finals, maps, shows)
        }
    }

    /// The server is gone, and all of them come to another one, which has seen nothing of the sale.
    private static func comeBack(
        _ scene: QueryBench, _ names: [String], _ finals: [Int], _ maps: [Map], _ shows: [String]
    ) throws {
        let other = try scene.startAnother()
        defer { _ = try? other.process.drain() }
        let start = SystemTime().monotonic
        let crowd = try StreamCrowd(port: other.streamPort, key: scene.key, shows: names, lastId: 1)
        defer { crowd.stop() }
        try scene.seats.waitUntil("all streams are resumed", within: .seconds(60)) {
            zip(crowd.lastIds, finals).allSatisfy { $0 >= $1 }
        }
        let took = (SystemTime().monotonic - start).milliseconds
        try compare(crowd.all, maps, shows, scene)
        print("query.resume \(names.count) streams on another server, from their first version, in \(Int(took)) ms")
    }

    /// A thousand a second, spread over all shows; answers when they are decided.
    private static func sell(_ scene: QueryBench, _ commands: SeatsCommands, _ seconds: Int) throws -> Int {
        var number = 1_000
        let start = SystemTime().monotonic
        for tick in 0..<seconds * 20 {
            for event in 1...events {
                let some = (0..<5).map { show in
                    number += 1
                    return commands.reserve(number, commands.event(event), show: show + 1)
                }
                try scene.producer.send(some)
            }
            let due = start + .milliseconds(50 * (tick + 1))
            let left = due - SystemTime().monotonic
            if left > .zero { _ = Latch().wait(for: left) }
        }
        let count = number - 1_000
        try scene.seats.waitUntil("all is decided", within: .seconds(60)) {
            scene.producer.answered >= count + events
        }
        return count
    }

    private static func compare(
        _ readings: [StreamCrowd.Reading], _ maps: [Map], _ shows: [String], _ scene: QueryBench
    ) throws {
        var maps = maps
        func fail(_ what: String) -> QueryBenchmark.Failure { QueryBenchmark.Failure(description: what) }
        guard !readings.contains(where: { $0.hasEnded || $0.resets > 0 }) else { throw fail("streams have broken off") }
        for (index, show) in shows.enumerated() {
            let streams = readings.filter { $0.show == index }
            guard streams.count == streamsPerShow, Set(streams.map(\.hash)).count == 1 else {
                throw fail("streams of \(show) were told different things")
            }
            for data in streams.flatMap(\.data) { try maps[index].take(data) }
            let end = try Map(scene.get("/v1/shows/\(show)/seats").body)
            guard maps[index] == end else { throw fail("a stream of \(show) leads to another map than is shown") }
        }
    }

    /// Letters by row, kept current.
    private struct Map: Equatable {
        var rows: [String: [UInt8]] = [:]

        init(_ bytes: [UInt8]) throws {
            let map = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            for section in map?["sections"] as? [[String: Any]] ?? [] {
                for row in section["rows"] as? [[String: Any]] ?? [] {
                    rows[row["name"] as? String ?? "?"] = Array((row["seats"] as? String ?? "").utf8)
                }
            }
        }

        mutating func take(_ bytes: [UInt8]) throws {
            let change = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            for place in change?["places"] as? [[String: Any]] ?? [] {
                guard let row = place["row"] as? String, let seat = place["seat"] as? Int,
                    let letter = (place["to"] as? String)?.utf8.first
                else { throw QueryBenchmark.Failure(description: "a place without a name") }
                rows[row]?[seat - 1] = letter
            }
        }
    }
}

extension QueryBench {
    /// By show, as they are stored.
    func versions(_ shows: [String]) throws -> [String: Int] {
        try seats.withConnection { connection in
            var versions: [String: Int] = [:]
            for row in try connection.query("SELECT event, number, version FROM show") {
                let (event, number, version) = try row.decode((PostgresUUID, Int32, Int64).self)
                versions[ShowId(EventId(high: event.high, low: event.low), Int(number)).text] = Int(version)
            }
            return versions
        }
    }
}
