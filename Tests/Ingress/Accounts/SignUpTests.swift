import API
import Desk
import Glibc
import Postgres
import Runtime
import Sealing
import Tenancy
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Ingress

@Suite struct SignUpTests {
    @Test func aRequestBecomesACredentialAndACommandWithoutAnythingPersonal() async throws {
        try await AccountScene.with { scene throws in
            let answer = try scene.signUp("Müller & Söhne, GmbH", email: "post@mueller.example")
            #expect(answer.status == 201)
            let signUp = try #require(scene.signedUp.withLock { $0.first })
            #expect(signUp.tenant == TenantId(high: signUp.id.high, low: signUp.id.low))
            #expect(answer["clientId"] == signUp.tenant.text)
            #expect(signUp.account.subDomain.text.hasPrefix("muller-sohne-gmbh-"))
            #expect(signUp.account.settings == DeskSettings())
            let credential = try #require(
                try scene.connected { try CredentialStore($0).credential(of: signUp.tenant) })
            #expect(credential.clientName == "Müller & Söhne, GmbH")
            #expect(credential.officialEmail == "post@mueller.example")
            #expect(credential.passwordHash.hasPrefix("$argon2id$"))
            #expect(try Password.isRight(AccountScene.password, for: credential.passwordHash))
            #expect(try scene.signUp("Müller & Söhne, GmbH").status == 201)
            let all = scene.signedUp.withLock { $0 }
            #expect(all.count == 2 && all[0].id != all[1].id, "without a key each is another one")
            #expect(all[0].account.subDomain != all[1].account.subDomain)
        }
    }

    @Test func theSameWithTheSameKeyIsTheSameAccount() async throws {
        try await AccountScene.with(["SIGN_UPS_PER_HOUR": "2"]) { scene throws in
            for _ in 0..<5 {
                #expect(try scene.signUp(idempotencyKey: "k").status == 201, "whoever paid once has paid")
            }
            let all = scene.signedUp.withLock { $0 }
            #expect(all.count == 5 && Set(all.map(\.id)).count == 1 && Set(all.map(\.account)).count == 1)
            let count = try scene.connected {
                try $0.query("SELECT count(*) FROM credential").one().get(0, as: Int64.self)
            }
            #expect(count == 1)
            // Somebody else's key of the same name is another key.
            let other = try scene.signUp(email: "b@b.example", from: "192.0.2.2", idempotencyKey: "k")
            #expect(other.status == 201 && other["clientId"] != all[0].tenant.text)
        }
    }

    @Test func theSameKeyForAnotherAccountIsRefusedAndGuessesAreCounted() async throws {
        try await AccountScene.with { scene throws in
            #expect(try scene.signUp(idempotencyKey: "k").status == 201)
            for (name, password) in [("Other", AccountScene.password), ("Acme", "another password")] {
                let refused = try scene.signUp(name, password: password, from: "192.0.2.9", idempotencyKey: "k")
                #expect(refused.status == 422 && refused.code == "idempotency-key-reused")
            }
            // Nobody tries out passwords here for long.
            for number in 3...10 {
                let wrong = try scene.signUp(password: "password \(number)", from: "192.0.2.9", idempotencyKey: "k")
                #expect(wrong.status == 422)
            }
            for password in ["another password", AccountScene.password] {
                #expect(
                    try scene.signUp(password: password, from: "192.0.2.9", idempotencyKey: "k").status == 429)
            }
            #expect(try scene.signUp(idempotencyKey: "k").status == 201, "who has it is not kept from it")
            #expect(scene.signedUp.withLock { $0.count } == 2)
        }
    }

    /// Each looks at the password, which takes its time.
    @Test func whoeverSendsItAgainAndAgainHasToWait() async throws {
        try await AccountScene.with { scene throws in
            #expect(try scene.signUp(idempotencyKey: "k").status == 201)
            for _ in 0..<60 { #expect(try scene.signUp(idempotencyKey: "k").status == 201) }
            let limited = try scene.signUp(idempotencyKey: "k")
            #expect(limited.status == 429 && limited[header: "Retry-After"] != nil)
            #expect(try scene.signUp(from: "192.0.2.7", idempotencyKey: "k").status == 201)
        }
    }

    @Test func anAddressHasSoManyAnHour() async throws {
        try await AccountScene.with(["SIGN_UPS_PER_HOUR": "2"]) { scene throws in
            #expect(try scene.signUp().status == 201)
            #expect(try scene.signUp(idempotencyKey: "k").status == 201)
            for key in [nil, "l"] {
                let limited = try scene.signUp(idempotencyKey: key)
                #expect(limited.status == 429 && limited.code == "rate-limited")
                #expect(limited[header: "Retry-After"].flatMap { Int($0) }.map { (1_700...1_800).contains($0) } == true)
            }
            #expect(try scene.signUp(idempotencyKey: "k").status == 201, "what was sent again is no other one")
            #expect(try scene.signUp(from: "192.0.2.2").status == 201)
            #expect(scene.signedUp.withLock { $0.count } == 4)
        }
    }

    @Test func whereItIsClosedNobodyIsLookedAt() async throws {
        try await AccountScene.with(["SIGN_UPS": "false"]) { scene throws in
            for key in [nil, "k"] {
                let refused = try scene.signUp(idempotencyKey: key)
                #expect(refused.status == 403 && refused.code == "sign-ups-closed")
            }
            #expect(scene.signedUp.withLock { $0.isEmpty })
        }
    }

    @Test(arguments: [
        (#"{"officialEmail":"a@b","password":"0123456789"}"#, "/clientName"),
        (#"{"clientName":"","officialEmail":"a@b","password":"0123456789"}"#, "/clientName"),
        (#"{"clientName":" \u00a0 ","officialEmail":"a@b","password":"0123456789"}"#, "/clientName"),
        (#"{"clientName":"A\u001b[31m","officialEmail":"a@b","password":"0123456789"}"#, "/clientName"),
        (#"{"clientName":"A\u0085B","officialEmail":"a@b","password":"0123456789"}"#, "/clientName"),
        (#"{"clientName":"A","officialEmail":"a@b","password":"012345678"}"#, "/password"),
        (#"{"clientName":"A","officialEmail":"a@b"}"#, "/password"),
        (#"{"clientName":"A","officialEmail":"nobody","password":"0123456789"}"#, "/officialEmail"),
        (#"{"clientName":"A","officialEmail":"a b@c","password":"0123456789"}"#, "/officialEmail"),
        (#"{"clientName":"A","officialEmail":"a@b","password":"0123456789","x":1}"#, "/x"), ("", ""),
    ])
    func whatIsNoRequestIsRefusedAndNamed(body: String, pointer: String) async throws {
        try await AccountScene.with { scene throws in
            let answer = try scene.send(.createAccount, body)
            #expect(answer.status == 400 && answer.code == "invalid-request")
            let pointers = (0..<answer.count("errors")).map { answer["errors/\($0)/pointer"] }
            #expect(pointers == [pointer], "\(answer.text)")
            #expect(scene.signedUp.withLock { $0.isEmpty })
        }
    }

    @Test func boundsAreTaken() async throws {
        try await AccountScene.with { scene throws in
            for (name, password) in [
                ("A", String(repeating: "x", count: 10)),
                (String(repeating: "N", count: 200), String(repeating: "x", count: 256)),
            ] {
                #expect(try scene.signUp(name, password: password).status == 201)
                #expect(try scene.signUp(name + String(repeating: "N", count: 200), password: password).status == 400)
                #expect(try scene.signUp(name, password: password + String(repeating: "x", count: 247)).status == 400)
            }
        }
    }

    @Test func whileTheDatabaseIsAwayNobodyIsTaken() async throws {
        try await AccountScene.with { scene throws in
            scene.proxy.refuse()
            for key in [nil, "k"] {
                let answer = try scene.signUp(idempotencyKey: key)
                #expect(answer.status == 503 && answer.code == "unavailable")
            }
            #expect(scene.signedUp.withLock { $0.isEmpty })
        }
    }
}

@Suite struct SubDomainNameTests {
    private let id = CommandId(high: 1, low: 0x0123_4567_89AB_CDEF)

    private func made(_ name: String, _ id: CommandId? = nil) -> String {
        SubDomain(naming: name, id ?? self.id).text
    }

    @Test(arguments: [
        ("Acme", "acme"), ("ACME  Corp.", "acme-corp"), ("Müller & Söhne", "muller-sohne"), ("--a--", "a"),
        ("株式会社", "desk"), ("", "desk"), ("!!!", "desk"), ("a.b_c/d", "a-b-c-d"), ("Œuvre 7", "uvre-7"),
        ("xn--bcher-kva", "xn-bcher-kva"),
    ])
    func itIsWhatDNSCanSayOfTheName(name: String, slug: String) {
        #expect(made(name).hasPrefix(slug + "-") && made(name).utf8.count == slug.utf8.count + 9)
    }

    @Test func itFollowsFromTheNameAndTheIdAlone() {
        #expect(made("Acme") == made("Acme"))
        let others = (0..<1_000).map { made("Acme", CommandId(high: 1, low: UInt64($0))) }
        #expect(Set(others).count == 1_000)
    }

    @Test(arguments: 0..<300)
    func whateverTheNameItIsALabel(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let name = String(
            String.UnicodeScalarView(
                (0..<Int.random(in: 0...200, using: &random)).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 0...0x3FF, using: &random))
                }))
        let text = made(name, CommandId(high: random.next(), low: random.next()))
        #expect(SubDomain(text) != nil && text.utf8.count <= 50 && !text.contains("--"))
    }
}
