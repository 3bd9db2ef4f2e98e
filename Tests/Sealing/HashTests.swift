internal import Sealing
internal import Testing

@Suite struct HashTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func sha256IsThatOfFIPS180(text: String, expected: String) throws {
        #expect(SHA256.hash(Array(text.utf8)).description == expected)
        #expect(try Digest(#require(Hex.decode(expected))) == SHA256.hash(Array(text.utf8)))
    }

    @Test func partsAreHashedAsTheWholeIs() {
        let whole = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        let expected = SHA256.hash(whole)
        for cut in 0...whole.count {
            let hash = SHA256.hash { hash in
                hash.update(Array(whole[..<cut]))
                hash.update(Array(whole[cut...]))
            }
            #expect(hash == expected)
        }
        var running = SHA256()
        for byte in whole { running.update(byte: byte) }
        #expect(running.digest == expected && running.digest == expected)
        running.update(byte: 0)
        #expect(running.digest != expected)
    }

    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                .init(repeating: 0xaa, count: 20), .init(repeating: 0xdd, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                Array(1...25), .init(repeating: 0xcd, count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                .init(repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ] as [([UInt8], [UInt8], String)])
    func hmacIsThatOfRFC4231(key: [UInt8], message: [UInt8], expected: String) throws {
        let hmac = try HMACKey(key)
        let code = hmac.code(for: message)
        #expect(code.description == expected)
        #expect(hmac.isValid(code, for: message))
        let inParts = hmac.code { hmac in
            hmac.update(Array(message.prefix(3)))
            hmac.update(Array(message.dropFirst(3)))
        }
        #expect(inParts == code)
        for index in 0..<Digest.count {
            var other = code.bytes
            other[index] ^= 0x80
            #expect(try !hmac.isValid(Digest(other), for: message))
        }
        #expect(!hmac.isValid(code, for: message + [0]))
        #expect(try !HMACKey(key + [1]).isValid(code, for: message))
    }

    @Test func wrongLengthsAreRefused() {
        #expect(throws: SealingError.self) { try HMACKey([]) }
        let error = #expect(throws: SealingError.self) { try Digest([1, 2, 3]) }
        #expect(error?.code == .wrongLength && error?.description == "a digest has 3 bytes instead of 32")
    }

    @Test func constantTimeComparisonComparesEveryByte() {
        let bytes = SecureRandom.bytes(64)
        #expect(ConstantTime.equal(bytes, bytes) && ConstantTime.equal([], [UInt8]()))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            #expect(!ConstantTime.equal(bytes, other))
        }
        #expect(!ConstantTime.equal(bytes, Array(bytes.dropLast())) && !ConstantTime.equal(bytes, []))
        #expect(ConstantTime.equal("abc", "abc") && !ConstantTime.equal("abc", "abd"))
    }
}
