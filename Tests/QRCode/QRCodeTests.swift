internal import Glibc
import QRCode
import TestSupport
import Testing

@Suite struct QRCodeTests {
    private static let ticket = "T1" + String(repeating: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567Q", count: 5).prefix(170)

    private func decoded(_ picture: [UInt8]) throws -> String {
        let folder = try TemporaryFolder("qr")
        let path = folder.file("code.png")
        guard let file = fopen(path, "w") else { throw Failure(description: "cannot write \(path)") }
        fwrite(picture, 1, picture.count, file)
        fclose(file)
        let outcome = try Tool.run(
            "/usr/bin/env", ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path],
            environment: ["DBUS_SESSION_BUS_ADDRESS": "disabled:"])
        guard outcome.code == 0 else { throw Failure(description: "zbarimg: \(outcome.code) \(outcome.error)") }
        return String(outcome.output.prefix { $0 != "\n" })
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    @Test(arguments: ["https://example.com/a?b=%20", Self.ticket, "7"], [2, 3, 8])
    func aReaderReadsWhatWasWritten(_ text: String, _ scale: Int) async throws {
        let read = try await onThread { try decoded(QRCode(text).png(scale: scale)) }
        #expect(read == text)
    }

    @Test func capitalsAndDigitsTakeLessRoom() throws {
        let small = try QRCode(Self.ticket)
        let large = try QRCode(Self.ticket.lowercased())
        #expect(small.size < large.size)
        #expect(small.size == 45)
    }

    @Test func thePictureOfAnySizeHasTheSameModules() throws {
        let code = try QRCode(Self.ticket)
        let svg = String(decoding: code.svg(), as: UTF8.self)
        #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 53 53\""))
        var dark = 0
        for run in svg.matches(of: #/M(\d+) (\d+)h(\d+)v1h-(\d+)z/#) {
            let (x, y) = (try #require(Int(run.output.1)), try #require(Int(run.output.2)))
            let length = try #require(Int(run.output.3))
            for offset in 0..<length { #expect(code.isDark(row: y - 4, column: x - 4 + offset)) }
            dark += length
        }
        let all = (0..<code.size).reduce(0) { sum, row in
            sum + (0..<code.size).count { code.isDark(row: row, column: $0) }
        }
        #expect(dark == all && dark > 500)
    }

    @Test func thereIsLightAroundIt() throws {
        let code = try QRCode("A")
        #expect(!code.isDark(row: -1, column: 0) && !code.isDark(row: 0, column: code.size))
        #expect(code.isDark(row: 0, column: 0))
    }

    @Test func aPictureIsWhatItSaysItIs() throws {
        let code = try QRCode("A")
        let png = try code.png(scale: 2)
        #expect(png.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect(png[16..<20] == [0, 0, 0, UInt8((code.size + 8) * 2)])
    }

    @Test func whatDoesNotFitIsRefused() throws {
        #expect(throws: QRCodeError.self) { try QRCode("") }
        #expect(throws: QRCodeError.self) { try QRCode("a\0b") }
        #expect(throws: QRCodeError.self) { try QRCode(String(repeating: "a", count: 2_332)) }
        #expect(try QRCode(String(repeating: "a", count: 2_331)).size == 177)
    }
}
