import HTTPServer
import Testing
import Ticketing
import Wire

@testable import API
@testable import Ingress

struct BulkReaderTests {
    private func show(_ number: Int) -> ShowId { ShowId(EventId(high: 7, low: 9), number) }

    private func read(
        _ line: String, _ reader: inout BulkReader
    ) throws(Fault) -> (route: LineRoute, body: String, key: IdempotencyKey?) {
        let bytes = Array(line.utf8)
        let result: Result<(LineRoute, String, IdempotencyKey?), Fault> = bytes.withUnsafeBytes { bytes in
            do throws(Fault) {
                let (route, body, key) = try reader.read(bytes)
                return .success((route, String(decoding: body, as: UTF8.self), key))
            } catch {
                return .failure(error)
            }
        }
        let (route, body, key) = try result.get()
        return (route, body, key)
    }

    @Test(arguments: [1, 3, 16, 17, 40])
    func eachLineHasItsOwnRouteHoweverManyTheBodyHas(routes: Int) throws {
        var reader = BulkReader(RouteIndex())
        for line in 0..<120 {
            let show = show(line % routes + 1)
            let (method, deed) = line % 2 == 0 ? ("POST", "reservations") : ("DELETE", "blocks")
            let path = "/v1/shows/\(show.text)/\(deed)"
            let read = try read(#"{"route":"\#(method) \#(path)","body":{"line":\#(line)}}"#, &reader)
            #expect(read.route.method == method && read.route.path == path && read.body == #"{"line":\#(line)}"#)
            guard case .command(let kind, .some(let about)) = read.route.deed else {
                Issue.record("line \(line) has no target")
                continue
            }
            #expect(kind == (method == "POST" ? .reserve : .unblock))
            #expect(about.event == show.event && about.target == .show(show.number))
        }
    }

    @Test func aRouteIsFoundByMethodThingAndDeed() throws {
        let routes = RouteIndex()
        func find(_ text: String) -> LineRoute? { Array(text.utf8).withUnsafeBytes { routes.find($0) } }
        let id = show(1).text
        guard case .create = find("POST /v1/events")?.deed else {
            Issue.record("creating an event is a route")
            return
        }
        #expect(find("DELETE /v1/shows/\(id)")?.operation.name == Operation.cancelShow.name)
        #expect(find("POST /v1/shows/\(id)/reservations")?.operation.name == Operation.reserve.name)
        for text in [
            "", "POST", "/v1/events", "GET /v1/events", "POST /v1/shows", "POST /v2/shows/\(id)/reservations",
            "POST v1/shows/\(id)/reservations", "POST /v1/shows/\(id)/reservations/",
            "PUT /v1/shows/\(id)/reservations",
            "POST /v1/shows/\(id)", "POST  /v1/events", "post /v1/events",
        ] {
            #expect(find(text) == nil, "\(text)")
        }
        guard case .command(.reserve, nil) = find("POST /v1/shows/shw_1/reservations")?.deed else {
            Issue.record("a path without an id is a route to nothing")
            return
        }
    }

    @Test func aRouteWithEscapesIsTheSameRoute() throws {
        var reader = BulkReader(RouteIndex())
        let plain = try read(#"{"route":"POST /v1/shows/\#(show(2).text)/reservations"}"#, &reader)
        let escaped = try read(#"{"route":"POST \/v1\/shows\/\#(show(2).text)\/reservations"}"#, &reader)
        #expect(plain.route === escaped.route && plain.body.isEmpty)
    }

    @Test func whatIsNoRouteIsNamedAndTheNextLineIsRead() throws {
        var reader = BulkReader(RouteIndex())
        do throws(Fault) {
            _ = try read(#"{"route":"POST /v1/nothing"}"#, &reader)
            Issue.record("it is no route")
        } catch {
            #expect(error.code == .invalidRequest && error.detail.contains("POST /v1/nothing"))
            #expect(error.errors.map(\.pointer) == ["/route"])
        }
        do throws(Fault) {
            _ = try read(#"{"route":"","idempotencyKey":"k"}"#, &reader)
            Issue.record("it is too short")
        } catch {
            #expect(error.errors.map(\.message) == ["must have 1 to 1000 bytes"])
        }
        let good = try read(#"{"route":"POST /v1/events","idempotencyKey":"k"}"#, &reader)
        #expect(good.key?.text == "k")
    }
}
