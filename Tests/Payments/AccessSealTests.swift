internal import Runtime
internal import Testing
internal import Ticketing

@testable internal import Payments

/// How a buyer pays is readable by whoever has the installation's key, for the payment that it was sealed for, and by
/// nobody else.
@Suite struct AccessSealTests {
    private static let secret = [UInt8](repeating: 0x11, count: 32)
    private let access = PaymentAccess(clientSecret: "pi_1_secret_ä", payUrl: "https://pay.example/1?a=b")

    @Test func whatIsSealedIsOpened() throws {
        let seal = try AccessSeal(secret: Self.secret)
        for access in [
            access, PaymentAccess(clientSecret: nil, payUrl: nil), PaymentAccess(clientSecret: "a", payUrl: nil),
            PaymentAccess(clientSecret: nil, payUrl: "a\nb"), PaymentAccess(clientSecret: "", payUrl: ""),
        ] {
            let sealed = seal.seal(access, of: Sample.payment)
            #expect(seal.open(sealed, of: Sample.payment) == access)
            // As another process of the installation has it.
            #expect(try AccessSeal(secret: Self.secret).open(sealed, of: Sample.payment) == access)
        }
    }

    @Test func nothingShowsAndNothingRepeats() throws {
        let seal = try AccessSeal(secret: Self.secret)
        let (one, other) = (seal.seal(access, of: Sample.payment), seal.seal(access, of: Sample.payment))
        #expect(one != other)
        #expect(!String(decoding: one, as: UTF8.self).contains("secret"))
    }

    @Test func whatWasChangedIsNotOpened() throws {
        let seal = try AccessSeal(secret: Self.secret)
        let sealed = seal.seal(access, of: Sample.payment)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(seal.open(changed, of: Sample.payment) == nil, "byte \(index)")
            #expect(seal.open(Array(sealed[..<index]), of: Sample.payment) == nil, "\(index) bytes")
        }
        #expect(seal.open(sealed + [0], of: Sample.payment) == nil)
    }

    @Test func anotherPaymentsOrAnotherKeysIsNotOpened() throws {
        let seal = try AccessSeal(secret: Self.secret)
        let sealed = seal.seal(access, of: Sample.payment)
        let other = PaymentId(command: Sample.payment.command, index: Sample.payment.index + 1)
        #expect(seal.open(sealed, of: other) == nil)
        let stranger = try AccessSeal(secret: [UInt8](repeating: 0x12, count: 32))
        #expect(stranger.open(sealed, of: Sample.payment) == nil)
    }

    @Test(arguments: [nil, "11", String(repeating: "zz", count: 32), String(repeating: "11", count: 33)])
    func aKeyThatIsNoneIsRefused(key: String?) throws {
        let settings = try Settings.load(
            file: nil, environment: key.map { ["TURNSTILE_API_REQUEST_KEY": $0] } ?? [:],
            sections: StandardSections.all)
        #expect(throws: ProgramFailure.self) { try AccessSeal(settings) }
    }
}
