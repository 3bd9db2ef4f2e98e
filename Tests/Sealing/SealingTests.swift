internal import Sealing
internal import Testing

@Suite struct SealingTests {
    @Test func opensTheExampleOfTheStandard() throws {
        // draft-irtf-cfrg-xchacha-03, A.3.1.
        let key = try SealingKey(Array(0x80...0x9f))
        let parts = [
            "01", "404142434445464748494a4b4c4d4e4f5051525354555657",
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39",
            "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9",
            "21f9664c97637da9768812f615c68b13b52e", "c0875924c1c7987947deafd8780acf49",
        ]
        let sealed = try #require(Hex.decode(parts.joined()))
        let context = try #require(Hex.decode("50515253c0c1c2c3c4c5c6c7"))
        let plain =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
            + "sunscreen would be it."
        #expect(String(decoding: try key.open(sealed, for: context), as: UTF8.self) == plain)
    }

    @Test(arguments: [0, 1, 63, 64, 1_000])
    func whatIsSealedIsOpenedAndNothingElse(length: Int) throws {
        let key = try SealingKey()
        let plain = SecureRandom.bytes(length)
        let context = Array("pay_123".utf8)
        let sealed = key.seal(plain, for: context)
        #expect(sealed.count == length + SealingKey.overhead)
        #expect(try key.open(sealed, for: context) == plain)
        #expect(key.seal(plain, for: context) != sealed, "the nonce is new each time")
        for index in sealed.indices.dropFirst() {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SealingError.self) { try key.open(changed, for: context) }
        }
        let errors = [
            #expect(throws: SealingError.self) { try key.open(sealed, for: context + [0]) },
            #expect(throws: SealingError.self) { try key.open(sealed, for: []) },
            #expect(throws: SealingError.self) { try SealingKey().open(sealed, for: context) },
        ]
        #expect(errors.allSatisfy { $0?.code == .notAuthentic })
        for short in 0..<SealingKey.overhead {
            let error = #expect(throws: SealingError.self) { try key.open(Array(sealed.prefix(short)), for: context) }
            #expect(error?.code == .malformed)
        }
        let error = #expect(throws: SealingError.self) { try key.open([2] + sealed.dropFirst(), for: context) }
        #expect(error?.code == .malformed)
    }

    @Test func aKeyHas32Bytes() throws {
        #expect(throws: SealingError.self) { try SealingKey([1, 2, 3]) }
        let key = try SealingKey()
        let copy = try SealingKey(key.withUnsafeBytes { Array($0) })
        #expect(try copy.open(key.seal([7], for: []), for: []) == [7])
    }
}

@Suite struct PasswordTests {
    /// As little work as the algorithm takes, so that tests are quick.
    static let cheap = Password.Cost(passes: 1, memoryBytes: 8 << 10)

    /// From the test suite of the reference implementation.
    @Test func argon2idIsThatOfTheReference() throws {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        #expect(try Password.isRight("password", for: stored))
        #expect(try !Password.isRight("passwore", for: stored))
    }

    @Test func onlyTheRightPasswordIsRight() throws {
        let stored = try Password.hash("correct horse é", cost: Self.cheap)
        #expect(stored.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
        #expect(try Password.isRight("correct horse é", for: stored))
        for wrong in [
            "", "correct horse e", "correct horse é ", "Correct horse é", String(repeating: "x", count: 5_000),
        ] {
            #expect(try !Password.isRight(wrong, for: stored))
        }
        #expect(try Password.hash("correct horse é", cost: Self.cheap) != stored, "the salt is new each time")
        // A zero byte does not end it.
        let zero = try Password.hash("a\0b", cost: Self.cheap)
        #expect(try Password.isRight("a\0b", for: zero) && !Password.isRight("a", for: zero))
    }

    @Test func aChangedCostAsksForANewHash() throws {
        let stored = try Password.hash("x", cost: Self.cheap)
        #expect(try !Password.needsNewHash(stored, cost: Self.cheap))
        #expect(try Password.needsNewHash(stored, cost: .interactive))
        #expect(try Password.needsNewHash(stored, cost: .init(passes: 2, memoryBytes: 8 << 10)))
    }

    @Test func lengthsAndFormsAreChecked() {
        #expect(throws: SealingError.self) { try Password.hash("", cost: Self.cheap) }
        #expect(throws: SealingError.self) { try Password.hash(String(repeating: "x", count: 1_025), cost: Self.cheap) }
        for stored in [
            "", "plain", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$x", "$argon2id$" + String(repeating: "a", count: 500),
        ] {
            let error = #expect(throws: SealingError.self) { try Password.isRight("x", for: stored) }
            #expect(error?.code == .malformed)
        }
        #expect(throws: SealingError.self) { try Password.needsNewHash("$argon2id$nonsense") }
    }

    @Test func theUsualCostIsThatOfALogin() throws {
        let stored = try Password.hash("x")
        #expect(stored.hasPrefix("$argon2id$v=19$m=65536,t=2,p=1$"))
        #expect(try Password.isRight("x", for: stored) && !Password.needsNewHash(stored))
    }
}
