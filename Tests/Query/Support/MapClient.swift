@testable import Query

/// A reader who fetches the map once, and keeps it current by what changes.
struct MapClient {
    /// By section, row and seat; of sections with rows.
    private(set) var letters: [String: String] = [:]
    private(set) var version: Int
    /// Where a change did not begin with what was known.
    private(set) var surprises: [String] = []

    init(_ map: JSON) {
        version = map["version"].int ?? -1
        for section in map["sections"].list {
            for row in section["rows"].list {
                for (index, letter) in (row["seats"].text ?? "").enumerated() {
                    letters["\(section["name"].text ?? "")/\(row["name"].text ?? "")/\(index + 1)"] = String(letter)
                }
            }
        }
    }

    mutating func take(_ change: JSON) {
        version = max(version, change["version"].int ?? -1)
        for place in change["places"].list {
            guard let row = place["row"].text else { continue }
            let name = "\(place["section"].text ?? "")/\(row)/\(place["seat"].int ?? 0)"
            if letters[name] != place["from"].text { surprises.append(name) }
            letters[name] = place["to"].text
        }
    }

    /// Reads a stream until the map has come to a version.
    ///
    /// - Returns: the names and ids of what came.
    mutating func read(_ source: EventSource, to version: Int) throws -> [String] {
        var seen: [String] = []
        while self.version < version {
            let event = try source.next()
            seen.append("\(event.name) \(event.id ?? "")")
            guard event.name == "change" else { return seen }
            take(try JSON(event.data))
        }
        return seen
    }
}
