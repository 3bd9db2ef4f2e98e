internal import Foundation
internal import Glibc
internal import Postgres
internal import Runtime
internal import TestSupport

/// How true it is what a request is told of its place in the line: 100,000 commands, alone and many in a body, sent to
/// two ingresses by clients who do not wait, and some of them asked for at either ingress until they are decided.
///
/// The worker's commits take as long as on a slow disk, and the clients keep a pace of their own: here all of them have
/// the same two cores and one disk, and as fast as they can clients would take them from the worker, which is faster
/// when they have done. Nobody can tell that beforehand, and where workers have their own there is nothing to tell.
///
/// A place that grows is a failure, and so is a time in the middle half that is off by more than 30 %, but for one in
/// eight: machines stutter.
enum EtaBenchmark {
    private static let commands = 100_000
    private static let shows = 4
    /// Commands a second, by all clients together.
    private static let pace = 10_000

    static func run(_ servers: TestServers) async throws {
        try await SeatsScene.with(partitions: 4, spares: 1) { seats in
            let scene = try ShopScene(seats)
            let worker = try seats.startProcess([
                "TURNSTILE_SEATS_BATCH_BOUND": "64", "TURNSTILE_SEATS_GROUP_BOUND": "64",
                "TURNSTILE_POSTGRES_URL": seats.databaseURL
                    + "?options=-c%20commit_delay%3D8000%20-c%20commit_siblings%3D0",
            ])
            defer { SeatsBenchmark.end(worker) }
            try seats.waitUntil("the worker owns its partitions") {
                try seats.count("SELECT count(*) FROM partition WHERE owner IS NOT NULL") == 5
            }
            let ports = try (0..<2).map { _ in try scene.startIngress() }
            defer { withExtendedLifetime(ports) {} }
            let event = try ShopClient(port: ports[0].port, key: scene.keys.manage).createEvent(
                ShopClient.eventBody(standing: 60_000, shows: shows))
            let watch = Watch(ports: ports.map(\.port), key: scene.keys.produce, shows: event.shows)
            var threads: [OwnedThread] = []
            // Bodies of a thousand: nineteen of twenty commands; the others come alone.
            for sender in 0..<4 {
                threads.append(
                    try OwnedThread(name: "bulk-\(sender)") {
                        watch.sendBodies(sender, commands * 19 / 80, every: .milliseconds(4_000_000 / pace))
                    })
            }
            for sender in 0..<2 {
                threads.append(
                    try OwnedThread(name: "single-\(sender)") {
                        watch.sendSingly(sender, commands / 40, every: .microseconds(40_000_000 / pace))
                    })
            }
            let asking = try OwnedThread(name: "asking") { watch.ask() }
            for thread in threads { thread.join() }
            watch.allIsSent()
            asking.join()
            try watch.report()
        }
    }
}

/// The clients, and what they were told.
private final class Watch: Sendable {
    private struct Sample: Sendable {
        let id: String
        /// When it was told what.
        var told: [(at: Timestamp, position: Int?, eta: Int?)] = []
        var decidedAt: Timestamp?
    }

    private struct State {
        var samples: [Sample] = []
        var isSent = false
        var refusals = 0
        var failures: [String] = []
    }

    private let ports: [Int]
    private let key: String
    private let shows: [String]
    private let state = Lock(State())
    private let time = SystemTime()

    init(ports: [Int], key: String, shows: [String]) {
        self.ports = ports
        self.key = key
        self.shows = shows
    }

    func allIsSent() { state.withLock { $0.isSent = true } }

    private func pause(until moment: MonotonicTime) {
        let pause = moment - time.monotonic
        if pause > .zero { usleep(UInt32(clamping: pause.microseconds)) }
    }

    func sendBodies(_ sender: Int, _ count: Int, every interval: Duration) {
        let start = time.monotonic
        let client = ShopClient(port: ports[sender % 2], key: key)
        for first in stride(from: 0, to: count, by: 1_000) {
            pause(until: start + interval * (first / 1_000))
            let lines = (first..<min(first + 1_000, count)).map { number in
                #"{"route":"POST /v1/shows/\#(shows[number % shows.count])/reservations","#
                    + #""body":{"buyer":"\#(sender)-\#(number)","tier":"B","quantity":1}}"#
            }
            let answer = try? client.send(
                "POST", "/v1/commands", lines.joined(separator: "\n"), headers: ["Prefer: respond-async"],
                type: "application/x-ndjson")
            guard let answer, answer.status == 200 else {
                fail("a body of lines: \(answer?.text.prefix(200) ?? "no answer")")
                continue
            }
            for (index, line) in answer.text.split(separator: "\n").enumerated() {
                if !line.hasPrefix(#"{"status":202"#) { state.withLock { $0.refusals += 1 } }
                if index % 250 == 7 { note(String(line)) }
            }
        }
    }

    func sendSingly(_ sender: Int, _ count: Int, every interval: Duration) {
        let start = time.monotonic
        let client = ShopClient(port: ports[sender % 2], key: key)
        for number in 0..<count {
            pause(until: start + interval * number)
            let answer = try? client.reserve(
                shows[number % shows.count], buyer: "s\(sender)-\(number)", headers: ["Prefer: respond-async"])
            guard let answer, answer.status == 202 else {
                state.withLock { $0.refusals += 1 }
                continue
            }
            if number % 50 == 7 { note(answer.text) }
        }
    }

    /// What a 202 says, alone or in a line.
    private func note(_ text: String) {
        guard let id = Self.string("requestId", in: text) else { return }
        let told = (time.wall, Self.number("position", in: text), Self.number("etaSeconds", in: text))
        state.withLock { $0.samples.append(Sample(id: id, told: [told])) }
    }

    private func fail(_ what: String) { state.withLock { $0.failures.append(what) } }

    /// Asks for all that is pending, at one ingress and the other in turn.
    func ask() {
        let clients = ports.map { ShopClient(port: $0, key: key) }
        var turn = 0
        while true {
            let (open, isSent) = state.withLock { state in
                (state.samples.indices.filter { state.samples[$0].decidedAt == nil }, state.isSent)
            }
            if open.isEmpty {
                if isSent { return }
                usleep(20_000)
                continue
            }
            for index in open {
                turn += 1
                // Often enough, and no load to speak of.
                usleep(5_000)
                let id = state.withLock { $0.samples[index].id }
                guard let answer = try? clients[turn % 2].get("/v1/requests/\(id)"), answer.status == 200 else {
                    return fail("nothing is said of \(id)")
                }
                let told = (
                    time.wall, Self.number("position", in: answer.text), Self.number("etaSeconds", in: answer.text)
                )
                let decidedAt = answer["decision/decidedAt"].flatMap { text in
                    Array(text.utf8).withUnsafeBytes { Timestamp(rfc3339: $0) }
                }
                state.withLock { state in
                    if answer["status"] == "decided" {
                        state.samples[index].decidedAt = decidedAt ?? time.wall
                    } else {
                        state.samples[index].told.append(told)
                    }
                }
            }
        }
    }

    func report() throws {
        let state = state.withLock { $0 }
        if let failure = state.failures.first { throw SeatsBenchmark.Failure(description: failure) }
        let samples = state.samples.sorted { ($0.decidedAt?.microseconds ?? 0) < ($1.decidedAt?.microseconds ?? 0) }
        var grown = 0
        var errors: [Double] = []
        let middle = samples.count / 4..<samples.count * 3 / 4
        for (index, sample) in samples.enumerated() {
            guard let decidedAt = sample.decidedAt else { continue }
            let positions = sample.told.compactMap(\.position)
            grown += zip(positions, positions.dropFirst()).count { $0 < $1 }
            guard middle.contains(index) else { continue }
            for told in sample.told {
                let left = (decidedAt - told.at).seconds
                // Times are told in whole seconds: of less than one nothing can be said.
                guard let eta = told.eta, left >= 1 else { continue }
                errors.append(abs(Double(eta) - left) <= 1 ? 0 : (Double(eta) - left) / left)
            }
        }
        errors.sort()
        let within = errors.count { abs($0) <= 0.3 }
        print(
            "ingress.eta \(samples.count) requests watched at two ingresses, \(state.refusals) refused; places that "
                + "grew: \(grown); of \(errors.count) times told in the middle half, \(within) were within 30 %"
                + (errors.isEmpty ? "" : " (median off by \(Int(errors[errors.count / 2] * 100)) %)"))
        if within * 8 < errors.count * 7 { throw SeatsBenchmark.Failure(description: "too few times were true") }
        if grown > 0 { throw SeatsBenchmark.Failure(description: "\(grown) places grew") }
    }

    private static func string(_ name: String, in text: String) -> String? {
        guard let start = text.range(of: "\"\(name)\":\"") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }

    private static func number(_ name: String, in text: String) -> Int? {
        guard let start = text.range(of: "\"\(name)\":") else { return nil }
        return Int(text[start.upperBound...].prefix { $0.isNumber })
    }
}
