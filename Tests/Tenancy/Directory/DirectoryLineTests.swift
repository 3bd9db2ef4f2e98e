internal import Runtime
internal import Testing
internal import Ticketing
internal import Wire

@testable import Tenancy

@Suite struct DirectoryLineTests {
    private func decode(_ bytes: [UInt8]) -> [Result<TenantPlace, Malformed>] {
        var decoder = DirectoryDecoder()
        var results: [Result<TenantPlace, Malformed>] = []
        bytes.withUnsafeBytes { message in decoder.decode(message: message) { results.append($0) } }
        return results
    }

    private func text(_ place: TenantPlace) -> String {
        var bytes: [UInt8] = []
        DirectoryLine.append(place, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aLineIsReadBack() throws {
        let places = [place(1, version: 1, status: .requested), place(2, version: 999_999_999_999)]
        let results = decode(places.flatMap { Array(text($0).utf8) })
        #expect(try results.map { try $0.get() } == places)
    }

    @Test func aLineLooksLikeThis() {
        let expected = """
            {"v":1,"tenant":"\(place(3, version: 1).tenant.text)","subDomain":"tenant-3","status":"active",\
            "store":"main","database":"desk_3","partition":3,"version":8,"changedAt":"2023-11-14T22:13:20.000008Z"}

            """
        #expect(text(place(3, version: 8)) == expected)
    }

    @Test(arguments: [
        (#""v":1"#, #""v":2"#), (#""subDomain":"tenant-3""#, #""subDomain":"Tenant""#),
        (#""subDomain":"tenant-3""#, #""subDomain":"-a""#), (#""status":"active""#, #""status":"gone""#),
        (#""store":"main""#, #""store":"""#), (#""partition":3"#, #""partition":-1"#),
        (#""version":8"#, #""version":0"#), (#""version":8"#, #""version":"8""#), (#","version":8"#, ""),
        (#""version":8"#, #""version":8,"other":1"#), (#""database":"desk_3","#, ""), (#"{"v""#, #"{{"v""#),
    ])
    func whatIsNoLineIsRefusedAndTheNextIsRead(part: String, other: String) throws {
        let good = text(place(3, version: 8))
        let bad = good.replacing(part, with: other)
        #expect(bad != good)
        let results = decode(Array((bad + good).utf8))
        #expect(results.count == 2 && (try? results[0].get()) == nil)
        #expect(try results[1].get() == place(3, version: 8))
    }
}

@Suite struct SubDomainTests {
    @Test(arguments: ["a", "acme", "acme-2", "0x", String(repeating: "a", count: 63)])
    func aLabelOfAHostNameIsOne(text: String) { #expect(SubDomain(text)?.text == text) }

    @Test(arguments: ["", "-a", "a-", "A", "a.b", "a_b", "ä", "a b", String(repeating: "a", count: 64)])
    func nothingElseIs(text: String) { #expect(SubDomain(text) == nil) }
}
