import Postgres
import RabbitMQ
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct FaultTests {
        private func port(_ settings: PostgresSettings) throws -> UInt16 {
            UInt16(clamping: try #require(settings.hosts.first).port)
        }

        private func timed(_ server: QueryServer, _ path: String) throws -> (status: Int, took: Duration) {
            let time = SystemTime()
            let start = time.monotonic
            let answer = try server.get(path)
            if answer.status == 503 { #expect(answer["Retry-After"] == "1") }
            return (answer.status, time.monotonic - start)
        }

        /// Gone, or there and silent: what is in memory is told, what is not is 503, and all of it comes back.
        @Test(arguments: [true, false])
        func theDatabaseIsAway(_ isFrozen: Bool) async throws {
            try await QueryScene.with { scene in
                let proxy = try FaultProxy(to: port(scene.seats.database))
                defer { proxy.stop() }
                try scene.serve { parts in
                    parts.control.hosts = [.init("127.0.0.1", port: Int(proxy.port))]
                    parts.control.connectTimeout = .milliseconds(700)
                    parts.control.responseTimeout = .milliseconds(700)
                } _: { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let show = ShowId(event, 1).text
                    let held = try story.reserve(event, "Floor/A/1")
                    let reservation = "/v1/reservations/\(held["reservationId"].text ?? "")"
                    try scene.seats.waitUntil("the server answers") {
                        try server.get(reservation).status == 200 && server.get("/v1/shows/\(show)").status == 200
                            && server.get("/v1/shows/\(show)/seats").status == 200
                            && server.get("/v1/events").status == 200
                    }
                    let source = try server.follow(show)
                    _ = try source.next()
                    if isFrozen { proxy.freeze() } else { proxy.refuse() }
                    let other = ShowId(SeatsCommands().event(9), 1).text
                    for path in [
                        reservation, "/v1/shows/\(show)", "/v1/events", "/v1/bookings", "/v1/shows/\(other)/seats",
                        "/v1/shows/\(other)/changes",
                    ] {
                        let (status, took) = try timed(server, path)
                        #expect(status == 503, "\(path)")
                        #expect(took < .seconds(3), "\(path): \(took)")
                    }
                    #expect(try server.get("/readyz").status == 503)
                    // Workers and the broker are there: what they tell is heard, and told.
                    _ = try story.reserve(event, "Floor/A/2")
                    #expect(try JSON(source.next().data)["places"][0]["seat"].int == 2)
                    try server.wait(for: show, version: 3)
                    #expect(
                        try server.json("/v1/shows/\(show)/seats")["sections"][0]["rows"][0]["seats"].text == "hhfff")
                    // Who comes back with a version that is not kept here begins anew.
                    let late = try server.follow(show, lastId: "1")
                    #expect(try late.next().name == "reset")
                    proxy.forward()
                    for path in [reservation, "/v1/shows/\(show)", "/v1/events", "/readyz"] {
                        try scene.seats.waitUntil("\(path) is there again") { try server.get(path).status == 200 }
                    }
                    let again = try server.follow(show, lastId: "1")
                    #expect(try again.next().name == "change")
                }
            }
        }

        /// What was told while there was no connection is found in what is stored.
        @Test(arguments: [true, false])
        func theBrokerIsAway(_ isKept: Bool) async throws {
            try await QueryScene.with { scene in
                let broker = try ConnectionSettings(url: scene.seats.brokerURL)
                let proxy = try FaultProxy(to: broker.port)
                defer { proxy.stop() }
                try scene.serve { parts in
                    parts.broker.port = proxy.port
                } _: { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let show = ShowId(event, 1).text
                    try scene.seats.waitUntil("changes are heard") { try server.get("/readyz").status == 200 }
                    var client = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    let source = try server.follow(show)
                    _ = try source.next()
                    proxy.refuse()
                    try scene.seats.waitUntil("it is not ready") { try server.get("/readyz").status == 503 }
                    for seat in 1...5 { _ = try story.reserve(event, "Floor/A/\(seat)") }
                    if !isKept { try scene.seats.withConnection { try $0.run(script: "TRUNCATE change") } }
                    try server.wait(for: show, version: 6)
                    if isKept {
                        let seen = try client.read(source, to: 6)
                        #expect(!seen.contains { $0.hasPrefix("reset") })
                        #expect(client.letters == MapClient(try server.json("/v1/shows/\(show)/seats")).letters)
                    } else {
                        #expect(try source.next().name == "reset")
                    }
                    proxy.forward()
                    try scene.seats.waitUntil("changes are heard again") { try server.get("/readyz").status == 200 }
                    _ = try story.reserve(event, buyer: "b-2", "Floor/B/1")
                    #expect(try source.next().id == "7")
                }
            }
        }

        /// A reader that takes nothing is cut, and comes again: nobody else waits for it, and nothing is missing.
        @Test func aSlowReaderIsCut() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    // Long names make large frames.
                    let name = String(repeating: "long ", count: 40)
                    let rows = (1...10).map { RowSpec(name: Label("\(name)\($0)"), seats: 100) }
                    let event = try story.createEvent(
                        1, sections: [SectionSpec(name: "Hall", tier: "A", rows: rows)])
                    let show = ShowId(event, 1).text
                    var client = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    let slow = try server.follow(show, receiveBytes: 1_024)
                    let quick = try server.follow(show)
                    _ = try quick.next()
                    let seats = rows.flatMap { row in
                        (1...100).map { SeatName(section: "Hall", row: row.name, number: $0) }
                    }
                    // Some of it waits in the kernel.
                    var version = 1
                    while server.service.followers.count == 2, version < 100 {
                        try story.send(event, .block(show: 1, seats: seats))
                        try story.send(event, .unblock(show: 1, seats: seats))
                        version += 2
                        _ = try client.read(quick, to: version)
                    }
                    try scene.seats.waitUntil("the slow one is cut") { server.service.followers.count == 1 }
                    slow.close()
                    let again = try server.follow(show, lastId: "1")
                    var late = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    late.take(try JSON(again.next().data))
                    #expect(client.letters == late.letters)
                }
            }
        }
    }
}
