import API
import Foundation
import HTTPServer
import TestSupport
import Testing

/// What the gateway refuses by itself is told in the same words as all else.
@Suite struct GatewayProblemsTests {
    /// The lines `name value;` of a map in the gateway's configuration.
    private static func map(_ name: String) throws -> [String: String] {
        let text = try String(contentsOfFile: "\(Tool.packageFolder)/Config/gateway/nginx.conf", encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
        let start = try #require(lines.firstIndex { $0 == "map $problem \(name) {" })
        var map: [String: String] = [:]
        for line in lines[(start + 1)...] {
            if line == "}" { break }
            let match = try #require(line.wholeMatch(of: #/([a-z-]+) "?([^"]*)"?;/#), "\(line)")
            map[String(match.output.1)] = String(match.output.2)
        }
        return map
    }

    @Test func itsCodesHaveTheStatusAndTheTitleThatTheyHaveEverywhere() throws {
        let statuses = try Self.map("$status_of_problem")
        let titles = try Self.map("$title")
        #expect(statuses.count == 12 && Set(statuses.keys) == Set(titles.keys))
        #expect(Set(try Self.map("$detail").keys) == Set(titles.keys))
        for (name, status) in statuses {
            let code = try #require(FaultCode(rawValue: name), "there is no code “\(name)”")
            #expect(status == "\(code.status.code)" && titles[name] == code.title, "\(name)")
        }
    }
}
