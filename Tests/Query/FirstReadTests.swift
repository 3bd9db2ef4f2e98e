internal import TestSupport
internal import Testing
internal import Wire

@testable import Query

@Suite struct FirstReadTests {
    @Test func readsShowWhatWasDecided() async throws {
        try await QueryScene.with { scene in
            try scene.serve { server, producer in
                let commands = SeatsCommands()
                let event = commands.event(1)
                #expect(try producer.ask(commands.create(1, event, places: 20, width: 10)).status == 201)
                let show = ShowId(event, 1).text
                for path in ["availability", "seats", ""] {
                    let answer = try server.get("/v1/shows/\(show)/\(path)".trimmed)
                    print(answer.status, answer.text)
                }
                let reply = try producer.ask(commands.reserve(2, event, quantity: 3))
                print(reply.text)
                let text = reply.text.split(separator: "\"")
                let id = String(text[text.firstIndex(of: "reservationId").map { $0 + 2 } ?? 0])
                print(try server.get("/v1/reservations/\(id)").text)
                print(try server.get("/v1/shows/\(show)/availability").text)
                print(try server.get("/v1/shows/\(show)/seats").text)
                print(try server.get("/v1/events/\(event.text)").text)
                print(try server.get("/v1/events/\(event.text)", key: scene.strangersKey).text)
            }
        }
    }
}

extension String {
    fileprivate var trimmed: String { hasSuffix("/") ? String(dropLast()) : self }
}
