import Sealing
import Testing
import Ticketing
import Wire

@testable import API

@Suite struct TicketCodeTests {
    private let seal: TicketSeal
    private let code = TicketCode(
        ticket: ScopedId(
            EventId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x9F0B_6D1E_5A4C_3B2A),
            TicketId(command: CommandId(high: .max, low: 1), index: 0x0102_0304)), show: 200, place: 199_999)

    init() throws { seal = TicketSeal(try SigningKey(seed: Array(0..<32))) }

    @Test func isReadAsItWasWritten() {
        let text = seal.text(of: code)
        #expect(text.count == 172 && text.hasPrefix("T1"))
        #expect(text.allSatisfy { $0.isUppercase || $0.isNumber })
        #expect(seal.read(text) == code && seal.publicKey.read(text) == code)
        #expect(seal.text(of: code) == text, "a ticket has one code")
    }

    @Test func oneThatWasMadeUpIsNone() throws {
        let text = Array(seal.text(of: code))
        for index in text.indices {
            var other = text
            other[index] = other[index] == "A" ? "B" : "A"
            #expect(seal.read(String(other)) == nil, "character \(index)")
        }
        #expect(seal.read(String(text) + "A") == nil && seal.read(String(text.dropLast())) == nil)
        #expect(seal.read(String(text).lowercased()) == nil)
        #expect(seal.read("") == nil && seal.read("T1") == nil && seal.read("T1ä") == nil)
        #expect(try TicketSeal(SigningKey(seed: Array(1..<33))).read(String(text)) == nil)
    }

    /// A signature over a ticket is none over anything else that the same key might sign.
    @Test func whatIsSignedSaysWhatItIs() throws {
        let key = try SigningKey(seed: Array(0..<32))
        let bare = code.content + key.sign(code.content).bytes
        #expect(seal.read("T1" + Base32.encode(bare)) == nil)
    }

    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func base32IsTheRFCs(_ plain: String, _ text: String) {
        #expect(Base32.encode(Array(plain.utf8)) == text)
        #expect(Base32.decode(text.utf8) == Array(plain.utf8))
    }

    @Test(arguments: ["M", "MZ0", "mzxw", "MZXW6=", "MZ", "MZXX", "1", "8", " "])
    func whatIsNoBase32IsNone(_ text: String) {
        #expect(Base32.decode(text.utf8) == nil)
    }
}
