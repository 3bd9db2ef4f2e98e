internal import Sealing
internal import Testing

@Suite struct SignatureTests {
    struct Vector: Sendable {
        let seed, publicKey, message, signature: String
    }

    /// RFC 8032, section 7.1.
    static let vectors = [
        Vector(
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
            signature:
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b"),
        Vector(
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
            signature:
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                + "387b2eaeb4302aeeb00d291612bb0c00"),
        Vector(
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
            signature:
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
                + "4a7c15e9716ed28dc027beceea1ec40a"),
    ]

    @Test(arguments: vectors)
    func ed25519IsThatOfRFC8032(vector: Vector) throws {
        let key = try SigningKey(seed: #require(Hex.decode(vector.seed)))
        let message = try #require(Hex.decode(vector.message))
        #expect(Hex.encode(key.publicKey.bytes) == vector.publicKey)
        let signature = key.sign(message)
        #expect(Hex.encode(signature.bytes) == vector.signature)
        #expect(key.publicKey.isValid(signature, for: message))
        #expect(key.withSeed { Hex.encode(Array($0)) } == vector.seed)
    }

    @Test func anythingChangedIsNotValid() throws {
        let key = try SigningKey()
        let message = Array("a batch's root".utf8)
        let signature = key.sign(message)
        for bit in 0..<Signature.count * 8 {
            var bytes = signature.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(try !key.publicKey.isValid(Signature(bytes), for: message), "bit \(bit)")
        }
        for bit in 0..<message.count * 8 {
            var other = message
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!key.publicKey.isValid(signature, for: other))
        }
        #expect(!key.publicKey.isValid(signature, for: message + [0]))
        #expect(try !SigningKey().publicKey.isValid(signature, for: message))
        // All zeros are a point of small order: libsodium refuses it.
        let nobody = try VerifyingKey([UInt8](repeating: 0, count: 32))
        #expect(!nobody.isValid(signature, for: message))
        #expect(try !nobody.isValid(Signature([UInt8](repeating: 0, count: 64)), for: message))
    }

    @Test func wrongLengthsAreRefusedByName() {
        let seed = #expect(throws: SealingError.self) { try SigningKey(seed: [1]) }
        #expect(seed?.description == "a seed has 1 bytes instead of 32" && seed?.code == .wrongLength)
        #expect(throws: SealingError.self) { try VerifyingKey([UInt8](repeating: 0, count: 31)) }
        #expect(throws: SealingError.self) { try Signature([UInt8](repeating: 0, count: 65)) }
    }

    @Test func secretKeysNeverPrint() throws {
        let seed = SecureRandom.bytes(32)
        let key = try SigningKey(seed: seed)
        let sealing = try SealingKey(seed)
        var dumped = ""
        dump(key, to: &dumped)
        dump(sealing, to: &dumped)
        dump(try HMACKey(seed), to: &dumped)
        for text in [dumped, "\(key)", "\(sealing)", String(reflecting: key)] {
            #expect(!text.contains(Hex.encode(seed)) && !text.contains("\(seed[0]), \(seed[1]), \(seed[2])"))
        }
        #expect(dumped.contains("(secret)"))
    }
}
