import Pipeline
import Runtime
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct ListTests {
        private func names(_ server: QueryServer, _ query: String) throws -> [String] {
            try server.json("/v1/events\(query)")["items"].list.map { $0["name"].text ?? "?" }
        }

        private func details(
            _ name: String, _ text: String = "", city: String = "Köln", country: String = "DE",
            category: String = "concert", at: (Int32, Int32)? = (50_937_500, 6_960_300), performers: [Label] = []
        ) -> EventDetails {
            EventDetails(
                name: Label(name), description: Label(text), category: Label(category), venue: "Hall",
                city: Label(city),
                country: Label(country), latitude: at?.0, longitude: at?.1, performers: performers)
        }

        @Test func eventsAreFound() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    try story.createEvent(
                        1, details: details("Cello Night", "strings in the dark", performers: ["Kim Lee"]),
                        shows: [Story.inDays(10), Story.inDays(40)])
                    try story.createEvent(
                        2,
                        details: details(
                            "Harp Morning", city: "Bonn", category: "matinee", at: (50_733_300, 7_099_700)),
                        shows: [Story.inDays(20)])
                    try story.createEvent(
                        3, details: details("Late Cello", city: "Paris", country: "FR", at: (48_856_600, 2_352_200)),
                        shows: [Story.inDays(30)])
                    try story.createEvent(4, details: details("Nowhere Yet", city: "", country: "", at: nil), shows: [])
                    let all = ["Cello Night", "Harp Morning", "Late Cello", "Nowhere Yet"]
                    #expect(try names(server, "") == all)
                    #expect(try names(server, "?q=cello") == ["Cello Night", "Late Cello"])
                    #expect(try names(server, "?q=cello+-late") == ["Cello Night"])
                    #expect(try names(server, "?q=%22kim+lee%22") == ["Cello Night"])
                    #expect(try names(server, "?q=dark+strings") == ["Cello Night"])
                    #expect(try names(server, "?q=bonn+OR+paris") == ["Harp Morning", "Late Cello"])
                    #expect(try names(server, "?q=%27%29%3B--") == [])
                    #expect(try names(server, "?q=the+of") == [])
                    #expect(try names(server, "?city=k%C3%B6ln") == ["Cello Night"])
                    #expect(try names(server, "?country=fr") == ["Late Cello"])
                    #expect(try names(server, "?category=matinee") == ["Harp Morning"])
                    #expect(try names(server, "?q=cello&country=FR&category=concert") == ["Late Cello"])
                    // Nearest first; Bonn is 24 km from Köln, Paris 400.
                    #expect(try names(server, "?near=50.7333,7.0997") == ["Harp Morning", "Cello Night"])
                    #expect(try names(server, "?near=50.7333,7.0997&radiusKm=20") == ["Harp Morning"])
                    #expect(try names(server, "?near=50.7333,7.0997&radiusKm=25.5") == ["Harp Morning", "Cello Night"])
                    #expect(
                        try names(server, "?near=50.7333,7.0997&radiusKm=500") == [
                            "Harp Morning", "Cello Night", "Late Cello",
                        ])
                    let far = try names(server, "?near=-33.9,151.2&radiusKm=20100")
                    #expect(far == ["Harp Morning", "Cello Night", "Late Cello"])
                    func at(_ days: Int64) -> String { Story.inDays(days).timestamp.rfc3339 }
                    #expect(try names(server, "?from=\(at(20))&to=\(at(31))") == ["Harp Morning", "Late Cello"])
                    #expect(try names(server, "?from=\(at(31))") == ["Cello Night"])
                    #expect(try names(server, "?to=\(at(20))") == ["Cello Night"], "before, and not at that time")
                    #expect(try names(server, "?from=\(at(100))") == [])
                    let item = try server.json("/v1/events?city=Bonn")["items"][0]
                    #expect(item == (try server.json("/v1/events/\(item["eventId"].text ?? "")")))
                }
            }
        }

        @Test(arguments: ["", "&near=50,7&radiusKm=20000", "&q=event"])
        func pagesFollowOnEachOther(_ filter: String) async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    for number in 1...7 {
                        // Some start at the same time, some at the same place.
                        try story.createEvent(
                            number,
                            details: details(
                                "Event \(number)", at: (50_000_000 + Int32(number / 3) * 10_000, 7_000_000)),
                            shows: [Story.inDays(10 + Int64(number / 3))])
                    }
                    let all = try names(server, "?limit=100\(filter)")
                    #expect(Set(all).count == 7)
                    for limit in [1, 2, 3, 7] {
                        var found: [String] = []
                        var cursor: String?
                        for _ in 0..<(7 + limit - 1) / limit {
                            let page = try server.json(
                                "/v1/events?limit=\(limit)\(filter)\(cursor.map { "&after=\($0)" } ?? "")")
                            found += page["items"].list.map { $0["name"].text ?? "?" }
                            #expect(page.names == ["items", "next"])
                            cursor = page["next"].text
                        }
                        #expect(found == all && cursor == nil, "pages of \(limit)")
                    }
                }
            }
        }

        @Test func locationsAreCounted() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    for (number, city) in ["Köln", "Bonn", "Köln"].enumerated() {
                        try story.createEvent(number + 1, details: details("E", city: city), shows: [])
                    }
                    try story.createEvent(4, details: details("E", city: "Paris", country: "FR"), shows: [])
                    try story.createEvent(5, details: details("E", city: "", country: ""), shows: [])
                    let gone = try story.createEvent(6, details: details("E", city: "Rom", country: "IT"), shows: [])
                    try story.send(gone, .cancelEvent)
                    let first = try server.json("/v1/locations?limit=2")
                    #expect(
                        first["items"]
                            == (try JSON(
                                """
                                [{"city":"Bonn","country":"DE","events":1},{"city":"Köln","country":"DE","events":2}]
                                """)))
                    let rest = try server.json("/v1/locations?limit=2&after=\(first["next"].text ?? "")")
                    #expect(rest["items"] == (try JSON(#"[{"city":"Paris","country":"FR","events":1}]"#)))
                    #expect(rest["next"].isNull)
                }
            }
        }

        @Test func bookingsAreListedNewestFirst() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let first = try story.createEvent(1, shows: [Story.inDays(30), Story.inDays(31)])
                    let second = try story.createEvent(2)
                    var ids: [String] = []
                    for (event, show, buyer, seat) in [
                        (first, 1, "kim", "Floor/A/1"), (first, 2, "kim", "Floor/A/1"), (second, 1, "kim", "Floor/A/1"),
                        (first, 1, "lee", "Floor/A/2"), (second, 1, "kim", "Floor/A/3"),
                    ] {
                        ids.insert(
                            try story.book(event, show: show, buyer: buyer, seat)["bookingId"].text ?? "", at: 0)
                    }
                    func found(_ query: String) throws -> [Int] {
                        try server.json("/v1/bookings\(query)")["items"].list.map {
                            ids.firstIndex(of: $0["bookingId"].text ?? "") ?? -1
                        }
                    }
                    #expect(try found("") == [0, 1, 2, 3, 4])
                    #expect(try found("?buyer=kim") == [0, 2, 3, 4])
                    #expect(try found("?showId=\(ShowId(first, 1).text)") == [1, 4])
                    #expect(try found("?buyer=kim&showId=\(ShowId(first, 1).text)") == [4])
                    #expect(try found("?buyer=nobody") == [])
                    #expect(try found("?showId=\(ShowId(SeatsCommands().event(9), 1).text)") == [])
                    var pages: [Int] = []
                    var cursor: String?
                    for _ in 0..<3 {
                        let page = try server.json(
                            "/v1/bookings?limit=2\(cursor.map { "&after=\($0)" } ?? "")")
                        pages += page["items"].list.map { ids.firstIndex(of: $0["bookingId"].text ?? "") ?? -1 }
                        cursor = page["next"].text
                    }
                    #expect(pages == [0, 1, 2, 3, 4] && cursor == nil)
                    let item = try server.json("/v1/bookings?limit=1")["items"][0]
                    #expect(item["buyer"].text == "kim" && item["status"].text == "booked" && item["tickets"].int == 1)
                    #expect(item["showId"].text == ShowId(second, 1).text && item["total"]["amount"].int == 5_000)
                }
            }
        }
    }
}
