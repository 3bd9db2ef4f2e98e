internal import Sealing
internal import Testing

@Suite struct CodingTests {
    @Test func hexReadsWhatItWrites() {
        for length in 0..<70 {
            let bytes = SecureRandom.bytes(length)
            let text = Hex.encode(bytes)
            #expect(
                text.utf8.count == 2 * length && Hex.decode(text) == bytes && Hex.decode(text.uppercased()) == bytes)
        }
        #expect(Hex.encode([0, 0x7f, 0xff]) == "007fff")
        for wrong in ["0", "0g", "00 ", " 00", "0x00", "00:00", "é", "00\0" + "0"] { #expect(Hex.decode(wrong) == nil) }
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", "", ""), ("f", "Zg==", "Zg"), ("fo", "Zm8=", "Zm8"), ("foo", "Zm9v", "Zm9v"),
        ("foob", "Zm9vYg==", "Zm9vYg"),
        ("fooba", "Zm9vYmE=", "Zm9vYmE"), ("foobar", "Zm9vYmFy", "Zm9vYmFy"),
    ])
    func base64IsThatOfRFC4648(text: String, standard: String, urlSafe: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.encode(bytes, .standard) == standard && Base64.encode(bytes) == urlSafe)
        #expect(Base64.decode(standard, .standard) == bytes && Base64.decode(urlSafe) == bytes)
    }

    @Test func base64ReadsWhatItWritesAndNothingElse() {
        for length in 0..<200 {
            let bytes = SecureRandom.bytes(length)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64.decode(Base64.encode(bytes, .standard), .standard) == bytes)
        }
        #expect(Base64.encode([0xfb, 0xff]) == "-_8" && Base64.encode([0xfb, 0xff], .standard) == "+/8=")
        for wrong in ["Zg==", "Z", "Zh", "Zg ", "Z g", "+/8", "Zg\n", "Zm9vY", "Zm8\0", "é"] {
            #expect(Base64.decode(wrong) == nil, "\(wrong)")
        }
        for wrong in ["Zg", "Zg=", "Zg===", "Zh==", "-_8=", "Zm8", "=", "===="] {
            #expect(Base64.decode(wrong, .standard) == nil, "\(wrong)")
        }
    }

    @Test func idsAreLongDifferentAndEvenlySpread() {
        var seen: Set<String> = []
        var counts: [Character: Int] = [:]
        for _ in 0..<20_000 {
            let id = RandomID.make(prefix: "key")
            #expect(id.utf8.count == 26 && id.hasPrefix("key_"))
            seen.insert(id)
            for character in id.dropFirst(4) { counts[character, default: 0] += 1 }
        }
        #expect(seen.count == 20_000 && counts.count == 62)
        // 440,000 letters, 7,097 of each on average, with a standard deviation of 84: eight of them are never reached
        // by chance.
        #expect(counts.values.allSatisfy { abs($0 - 7_097) < 8 * 84 })
        #expect(RandomID.make(prefix: "k", bits: 256).utf8.count == 2 + 43)
    }

    @Test func randomNumbersDiffer() {
        var random = SecureRandom()
        #expect(Set((0..<1_000).map { _ in random.next() }).count == 1_000)
        #expect(SecureRandom.bytes(0).isEmpty && SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }

    @Test func aSupplyGivesEachNumberOnce() {
        var one = RandomSupply()
        var other = RandomSupply()
        let pairs = (0..<1_000).flatMap { _ in [one.pair(), other.pair()] }
        #expect(Set(pairs.flatMap { [$0.0, $0.1] }).count == 4_000)
    }
}
