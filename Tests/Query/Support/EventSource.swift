internal import TestSupport

/// A client of server-sent events.
final class EventSource {
    struct Event: Equatable, CustomStringConvertible {
        var name = "message"
        var id: String?
        var data = ""

        var description: String { "\(name) \(id ?? "-") \(data)" }
    }

    private let client: RawHTTPClient
    private var rest = ""
    private(set) var lastId: String?
    private(set) var comments = 0

    init(port: UInt16, path: String, key: String, lastId: String? = nil, receiveBytes: Int32? = nil) throws {
        client = try RawHTTPClient(port: port, timeout: 20, receiveBytes: receiveBytes)
        self.lastId = lastId
        try client.request(
            "GET", path,
            headers: ["Authorization: Bearer \(key)", "Accept: text/event-stream"]
                + (lastId.map { ["Last-Event-ID: \($0)"] } ?? []))
        let head = try client.responseHead()
        guard head.status == 200, head["Content-Type"] == "text/event-stream" else {
            throw Failure(description: "status \(head.status)")
        }
    }

    /// The next event; throws when the stream ends or is silent for long.
    func next() throws -> Event {
        while true {
            while let end = rest.firstRange(of: "\n\n") {
                let block = rest[..<end.lowerBound]
                rest = String(rest[end.upperBound...])
                var event = Event()
                var hasData = false
                for line in block.split(separator: "\n") {
                    if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                    if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                    if line.hasPrefix("data: ") {
                        event.data += line.dropFirst(6)
                        hasData = true
                    }
                }
                guard hasData else {
                    comments += 1
                    continue
                }
                lastId = event.id
                return event
            }
            guard let chunk = try client.chunk() else { throw Failure(description: "the stream has ended") }
            rest += String(decoding: chunk, as: UTF8.self)
        }
    }

    /// Reads nothing until the first comment has come.
    func waitForComment() throws {
        while comments == 0 {
            guard let chunk = try client.chunk() else { throw Failure(description: "the stream has ended") }
            rest += String(decoding: chunk, as: UTF8.self)
            while rest.hasPrefix(":"), let end = rest.firstRange(of: "\n\n") {
                comments += 1
                rest = String(rest[end.upperBound...])
            }
        }
    }

    func close() { client.close() }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
