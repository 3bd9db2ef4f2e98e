import Postgres
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct StreamTests {
        /// A hall of a hundred seats and a story of its sale.
        private static func createHall(_ story: Story) throws -> (event: EventId, show: String) {
            let rows = (1...10).map { RowSpec(name: Label("\($0)"), seats: 10) }
            let event = try story.createEvent(
                1,
                sections: [
                    SectionSpec(name: "Hall", tier: "A", rows: rows), SectionSpec(name: "Pit", tier: "B", capacity: 30),
                ])
            return (event, ShowId(event, 1).text)
        }

        /// Holds seats, gives some back, and books some: `count` versions.
        private static func sell(_ story: Story, _ event: EventId, _ count: Int, from first: Int = 0) throws {
            var last: JSON?
            for number in first..<first + count {
                if number % 4 == 3, let held = last {
                    try story.send(event, .release(try story.id(held["reservationId"])))
                    last = nil
                } else {
                    last = try story.reserve(
                        event, buyer: "b-\(number)", tier: number % 5 == 4 ? "B" : "A", number % 3 + 1)
                }
            }
        }

        @Test func aStreamBeginsWithThePresentAndGoesOn() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let show = ShowId(event, 1).text
                    let source = try server.follow(show)
                    #expect(
                        try source.next()
                            == EventSource.Event(name: "change", id: "1", data: #"{"version":1,"places":[]}"#))
                    _ = try story.reserve(event, "Floor/A/2", "Standing/4")
                    #expect(
                        try source.next()
                            == EventSource.Event(
                                name: "change", id: "2",
                                data: """
                                    {"version":2,"places":[{"section":"Floor","row":"A","seat":2,"from":"f","to":"h"},\
                                    {"section":"Standing","seat":4,"from":"f","to":"h"}]}
                                    """))
                    try story.send(event, .cancelShow(1))
                    let change = try JSON(source.next().data)
                    #expect(change["status"].text == "cancelled" && change["version"].int ?? 0 >= 3)
                }
            }
        }

        @Test func whatComesQuicklyIsToldTogether() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let (event, show) = try Self.createHall(story)
                    var client = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    let source = try server.follow(show)
                    _ = try source.next()
                    try Self.sell(story, event, 60)
                    let seen = try client.read(source, to: 61)
                    #expect(seen.count < 60 && seen.last == "change 61")
                    #expect(client.surprises == [])
                    #expect(client.letters == MapClient(try server.json("/v1/shows/\(show)/seats")).letters)
                }
            }
        }

        @Test func whoComesBackMissesNothing() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let (event, show) = try Self.createHall(story)
                    var client = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    var source = try server.follow(show)
                    _ = try source.next()
                    var sold = 0
                    for round in 1...4 {
                        try Self.sell(story, event, 7, from: sold)
                        sold += 7
                        // Gone in the middle of it.
                        _ = try client.read(source, to: client.version + 1)
                        source.close()
                        try Self.sell(story, event, 5, from: sold)
                        sold += 5
                        source = try server.follow(show, lastId: source.lastId)
                        let seen = try client.read(source, to: sold + 1)
                        #expect(!seen.contains { $0.hasPrefix("reset") }, "round \(round)")
                    }
                    #expect(client.surprises == [])
                    #expect(client.letters == MapClient(try server.json("/v1/shows/\(show)/seats")).letters)
                    // Who has missed nothing is told nothing, and then what comes.
                    source = try server.follow(show, lastId: String(client.version))
                    try source.waitForComment()
                    try Self.sell(story, event, 1, from: sold)
                    #expect(try client.read(source, to: sold + 2) == ["change \(sold + 2)"])
                }
            }
        }

        /// Another server, which has seen nothing of it, goes on from any version.
        @Test func anotherServerGoesOn() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let (event, show) = try Self.createHall(story)
                    var client = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    let source = try server.follow(show)
                    _ = try source.next()
                    var clients = [client]
                    for number in 0..<24 {
                        try Self.sell(story, event, 1, from: number)
                        _ = try client.read(source, to: number + 2)
                        clients.append(client)
                    }
                    try scene.withServer { other in
                        let now = MapClient(try server.json("/v1/shows/\(show)/seats"))
                        for client in clients {
                            var client = client
                            let source = try other.follow(show, lastId: String(client.version))
                            if client.version < 25 {
                                let seen = try client.read(source, to: 25)
                                #expect(!seen.contains { $0.hasPrefix("reset") })
                            }
                            #expect(client.letters == now.letters && client.surprises == [])
                            source.close()
                        }
                        // And on it goes there.
                        var last = now
                        let source = try other.follow(show, lastId: "12")
                        _ = try last.read(source, to: 25)
                        try Self.sell(story, event, 6, from: 24)
                        _ = try last.read(source, to: 31)
                        #expect(last.letters == MapClient(try server.json("/v1/shows/\(show)/seats")).letters)
                    }
                }
            }
        }

        @Test func whoCannotBeToldBeginsAnew() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let (event, show) = try Self.createHall(story)
                    try Self.sell(story, event, 4)
                    try server.wait(for: show, version: 5)
                    // A version that nobody has ever told.
                    var source = try server.follow(show, lastId: "4711")
                    #expect(
                        try source.next() == EventSource.Event(name: "reset", id: "5", data: #"{"version":5}"#))
                    try Self.sell(story, event, 1, from: 4)
                    #expect(try source.next().id == "6")
                    // One that is not kept any more.
                    try scene.seats.withConnection { try $0.run(script: "TRUNCATE change") }
                    source = try server.follow(show, lastId: "2")
                    #expect(try source.next().name == "reset")
                    try Self.sell(story, event, 1, from: 5)
                    #expect(try source.next().id == "7")
                    source = try server.follow(show, lastId: "5")
                    #expect(try source.next().id == "6", "this is kept here")
                }
            }
        }

        @Test func aWaitlistHoldsWhatIsFree() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1) { $0.maxTicketsPerBuyer = 20 }
                    let show = ShowId(event, 1).text
                    var client = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    let source = try server.follow(show)
                    _ = try source.next()
                    for quantity in [5, 4, 2] {
                        _ = try story.reserve(event, buyer: "b-\(quantity)", tier: "A", quantity)
                    }
                    let entry = try story.join(event, buyer: "w", 3)
                    _ = try client.read(source, to: 5)
                    #expect(Set(client.letters.values) == ["h"])
                    try story.send(event, .leaveWaitlist(try story.id(entry["entryId"])))
                    _ = try client.read(source, to: 6)
                    #expect(client.letters.values.count { $0 == "f" } == 2)
                    #expect(client.surprises == [])
                    #expect(client.letters == MapClient(try server.json("/v1/shows/\(show)/seats")).letters)
                }
            }
        }

        @Test func onlySoManyMayFollow() async throws {
            try await QueryScene.with { scene in
                try scene.serve { parts in
                    parts.maxStreams = 2
                } _: { server, producer in
                    let story = Story(producer)
                    let show = ShowId(try story.createEvent(1), 1).text
                    let first = try server.follow(show)
                    let second = try server.follow(show)
                    _ = (try first.next(), try second.next())
                    let third = try server.get("/v1/shows/\(show)/changes")
                    #expect(third.status == 503 && (third["Retry-After"] == "1"))
                    #expect(try JSON(third.body)["code"].text == "overloaded")
                    #expect(try server.get("/v1/shows/\(show)/changes?since=1").status == 503)
                    first.close()
                    try scene.seats.waitUntil("a place is free again") {
                        try server.get("/v1/shows/\(show)/changes?since=1").status == 200
                    }
                    #expect(try server.follow(show).next().id == "1")
                }
            }
        }

        /// The board is loaded anew, and something happens before its followers are told of that.
        @Test func aJumpIsNoticedByWhoeverLooksFirst() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let id = ShowId(event, 1)
                    let source = try server.follow(id.text)
                    _ = try source.next()
                    let show = try #require(server.service.boards.shows.first { $0.id == id })
                    let layout = show.facts.layout
                    let free = [UInt8](repeating: PlaceStatus.free.rawValue, count: layout.placeCount)
                    _ = show.catchUp(
                        BoardSnapshot(
                            layout: layout, version: 7, isCancelled: false, places: free, waiting: [0, 0]), heard: 0)
                    server.service.boards.heard(
                        ChangeLine(
                            show: id, version: 8, changes: [.places(PlaceList([1]), from: .free, to: .held)]))
                    #expect(try source.next() == EventSource.Event(name: "reset", id: "8", data: #"{"version":8}"#))
                    server.service.boards.heard(
                        ChangeLine(
                            show: id, version: 9, changes: [.places(PlaceList([2]), from: .free, to: .held)]))
                    #expect(try source.next().id == "9")
                    let late = try server.follow(id.text, lastId: "3")
                    #expect(try late.next().name == "reset")
                }
            }
        }

        // MARK: long polls

        @Test func aPollIsAnsweredWithWhatIsNew() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let (event, show) = try Self.createHall(story)
                    let path = "/v1/shows/\(show)/changes"
                    let start = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    let empty = try server.json("\(path)?since=1")
                    #expect(empty == (try JSON(#"{"version":1,"places":[]}"#)))
                    try Self.sell(story, event, 9)
                    try server.wait(for: show, version: 10)
                    // From any version, told as one.
                    for version in 1...10 {
                        let change = try server.json("\(path)?since=\(version)")
                        #expect(change["version"].int == 10)
                        #expect(change["places"].list.isEmpty == (version == 10))
                    }
                    var client = start
                    client.take(try server.json("\(path)?since=1"))
                    let now = MapClient(try server.json("/v1/shows/\(show)/seats"))
                    #expect(client.letters == now.letters && client.surprises == [])
                    // And from a server that has seen nothing of it.
                    try scene.withServer { other in
                        var client = start
                        client.take(try other.json("\(path)?since=1"))
                        #expect(client.letters == now.letters && client.surprises == [])
                        #expect(try other.json("\(path)?since=10")["places"].list.isEmpty)
                    }
                    let reset = try server.json("\(path)?since=4711")
                    #expect(reset == (try JSON(#"{"version":10,"reset":true,"places":[]}"#)))
                }
            }
        }

        @Test func aPollWaitsForNews() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let (event, show) = try Self.createHall(story)
                    let client = try RawHTTPClient(port: server.port, timeout: 70)
                    try client.request(
                        "GET", "/v1/shows/\(show)/changes?since=1",
                        headers: ["Authorization: Bearer \(server.key)", "Prefer: wait=60"])
                    try scene.seats.waitUntil("it waits") { server.service.followers.count == 1 }
                    try Self.sell(story, event, 1)
                    let change = try JSON(client.response().body)
                    #expect(change["version"].int == 2 && change["places"].list.count == 1)
                    // When nothing comes, it is told so.
                    let nothing = try server.json("/v1/shows/\(show)/changes?since=2", headers: ["Prefer: wait=1"])
                    #expect(nothing == (try JSON(#"{"version":2,"places":[]}"#)))
                    try scene.seats.waitUntil("nobody waits") { server.service.followers.count == 0 }
                }
            }
        }

        @Test func whoWaitsIsLetGoWhenTheServerEnds() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let (_, show) = try Self.createHall(story)
                    let client = try RawHTTPClient(port: server.port, timeout: 70)
                    try client.request(
                        "GET", "/v1/shows/\(show)/changes?since=1",
                        headers: ["Authorization: Bearer \(server.key)", "Prefer: wait=60"])
                    try scene.seats.waitUntil("it waits") {
                        server.service.boards.shows.contains { $0.audience.hasPolls }
                    }
                    server.service.dismiss()
                    #expect(try JSON(client.response().body)["version"].int == 1)
                    // Who comes now does not wait.
                    let path = "/v1/shows/\(show)/changes?since=1"
                    #expect(try server.json(path, headers: ["Prefer: wait=60"])["version"].int == 1)
                }
            }
        }
    }
}
