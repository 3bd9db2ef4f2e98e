import API
import Glibc
import Runtime
import Sealing
import Tenancy
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Ingress

@Suite struct LoginTests {
    @Test func aPasswordOpensTheDeskUntilLogout() async throws {
        try await AccountScene.with { scene throws in
            let tenant = try scene.makeTenant(1).tenant
            let before = SystemTime().wall
            let login = try scene.logIn(tenant)
            #expect(login.status == 200 && login["subDomain"] == "tenant-1")
            #expect(login[header: "Cache-Control"] == "no-store")
            let token = try #require(login["token"])
            let expiry = try #require(login["expiresAt"].flatMap { Timestamp(rfc3339: $0) })
            #expect(expiry - before > .seconds(43_190) && expiry - before < .seconds(43_260), "twelve hours")
            #expect(try scene.send(AccountScene.probe, token: token)["tenant"] == tenant.text)

            let other = try #require(try scene.logIn(tenant)["token"])
            let logout = try scene.send(.logout, token: token)
            #expect(logout.status == 204 && logout.text.isEmpty)
            for operation in [AccountScene.probe, .logout] {
                let refused = try scene.send(operation, token: token)
                #expect(refused.status == 401 && refused.code == "unauthorized", "at once, at this ingress")
            }
            #expect(try scene.send(AccountScene.probe, token: other).status == 200, "other sessions go on")
        }
    }

    @Test func anotherProcessLearnsOfALogoutByItself() async throws {
        try await AccountScene.with { scene throws in
            let tenant = try scene.makeTenant(1).tenant
            let token = try #require(try scene.logIn(tenant)["token"])
            let session = try #require(scene.seal.read(token, at: SystemTime().wall))
            // As another ingress does it.
            try scene.connected { try SessionStore($0).end(session) }
            while try scene.send(AccountScene.probe, token: token).status == 200 { usleep(5_000) }
            #expect(try scene.send(AccountScene.probe, token: token).status == 401)
        }
    }

    @Test func whoIsNotLetInIsToldTheSameWhateverTheReason() async throws {
        try await AccountScene.with { scene throws in
            let (mine, other) = (try scene.makeTenant(1), try scene.makeTenant(2))
            let answers = [
                try scene.logIn(mine.tenant, "wrong password"), try scene.logIn(TenantId(high: 1, low: 1)),
                try scene.logIn(other.tenant, at: mine.subDomain), try scene.logIn(nil, at: "nobody"),
                try scene.logIn(mine.tenant, at: "nobody"), try scene.logIn(nil, "wrong password", at: mine.subDomain),
            ]
            for answer in answers {
                #expect(answer.status == 401 && answer.code == "login-failed" && answer.text == answers[0].text)
                #expect(answer[header: "WWW-Authenticate"] == "Bearer")
            }
            #expect(scene.metric("turnstile_logins_total{outcome=\"failed\"}") == 6)
        }
    }

    @Test func atAnAccountsHostTheClientIdMayBeLeftOutAndOnlyItsTokensAreTaken() async throws {
        try await AccountScene.with { scene throws in
            let (mine, other) = (try scene.makeTenant(1), try scene.makeTenant(2))
            for tenant in [nil, mine.tenant] {
                let token = try #require(try scene.logIn(tenant, at: mine.subDomain)["token"])
                for host in [nil, mine.subDomain] {
                    #expect(try scene.send(AccountScene.probe, token: token, at: host).status == 200)
                }
                for host in [other.subDomain, "nobody"] {
                    let refused = try scene.send(AccountScene.probe, token: token, at: host)
                    #expect(refused.status == 401 && refused.code == "unauthorized")
                }
            }
            scene.directory.loaded.withLock { $0 = false }
            let token = try #require(try scene.logIn(mine.tenant)["token"])
            #expect(try scene.send(AccountScene.probe, token: token, at: "nobody").status == 503, "nobody can say")
            #expect(try scene.logIn(nil, at: "nobody").status == 503)
        }
    }

    @Test(arguments: [
        (#"{"password":"x"}"#, "/clientId"), (#"{"clientId":"tnt_1","password":"x"}"#, "/clientId"),
        (#"{"clientId":5,"password":"x"}"#, "/clientId"), (#"{"password":""}"#, "/password"), ("{}", "/password"),
        (#"{"password":"x","more":1}"#, "/more"), ("[]", ""), ("{", ""),
    ])
    func whatIsNoLoginIsRefusedAndNamed(body: String, pointer: String) async throws {
        try await AccountScene.with { scene throws in
            let answer = try scene.send(.login, body)
            #expect(answer.status == 400 && answer.code == "invalid-request")
            let pointers = (0..<answer.count("errors")).map { answer["errors/\($0)/pointer"] }
            #expect(pointers.contains(pointer), "\(answer.text)")
        }
    }

    @Test func whoGuessesIsSlowed() async throws {
        try await AccountScene.with(["FREE_FAILURES": "2", "FAILURE_PAUSE": "100s"]) { scene throws in
            let tenant = try scene.makeTenant(1).tenant
            for number in 1...3 { #expect(try scene.logIn(tenant, "wrong", from: "192.0.2.\(number)").status == 401) }
            // Even the right password has to wait, from where nobody has ever come in.
            let slowed = try scene.logIn(tenant, from: "192.0.2.9")
            #expect(slowed.status == 429 && slowed.code == "rate-limited")
            let wait = try #require(slowed[header: "Retry-After"].flatMap { Int($0) })
            #expect((90...100).contains(wait))
            #expect(scene.metric("turnstile_logins_total{outcome=\"slowed\"}") == 1)
        }
    }

    @Test func anAddressIsSlowedAndNobodyElseIs() async throws {
        try await AccountScene.with(["FREE_FAILURES_PER_ADDRESS": "3", "FAILURE_PAUSE": "100s"]) { scene throws in
            let tenant = try scene.makeTenant(1).tenant
            for number in 0..<4 as Range<UInt64> {
                #expect(try scene.logIn(TenantId(high: 1, low: number), "wrong").status == 401)
            }
            #expect(try scene.logIn(tenant).status == 429)
            #expect(try scene.logIn(tenant, from: "198.51.100.7").status == 200)
        }
    }

    @Test func aPasswordAtAnotherCostIsHashedAnew() async throws {
        try await AccountScene.with { scene throws in
            let costly = Password.Cost(passes: 2, memoryBytes: 16 << 10)
            let tenant = try scene.makeTenant(1, cost: costly).tenant
            func stored() throws -> String {
                try #require(try scene.connected { try CredentialStore($0).credential(of: tenant) }).passwordHash
            }
            let before = try stored()
            #expect(try scene.logIn(tenant, "wrong").status == 401 && stored() == before)
            #expect(try scene.logIn(tenant).status == 200)
            #expect(try stored() != before && !Password.needsNewHash(try stored(), cost: .lowest))
            #expect(try scene.logIn(tenant).status == 200)
        }
    }

    @Test func whileTheDatabaseIsAwayNobodyComesInOrLeavesAndTokensAreGood() async throws {
        try await AccountScene.with(["FREE_FAILURES": "1"]) { scene throws in
            let tenant = try scene.makeTenant(1).tenant
            let token = try #require(try scene.logIn(tenant)["token"])
            scene.proxy.refuse()
            for _ in 0..<4 {
                let login = try scene.logIn(tenant)
                #expect(login.status == 503 && login.code == "unavailable", "and it counts as no failure")
                #expect(login[header: "Retry-After"] != nil)
            }
            #expect(try scene.send(.logout, token: token).status == 503)
            #expect(try scene.send(AccountScene.probe, token: token).status == 200)
            scene.proxy.forward()
            while try scene.logIn(tenant).status == 503 { usleep(20_000) }
            #expect(try scene.send(.logout, token: token).status == 204)
        }
    }

    @Test func morePasswordsThanCanBeCheckedSoonAreSentAway() async throws {
        try await AccountScene.with(["PASSWORDS_WAITING": "2", "FREE_FAILURES": "1"], startsErrands: false) {
            scene throws in
            let tenant = try scene.makeTenant(1).tenant
            let clients = try (0..<2).map { number in
                let client = try scene.client()
                let body = "{\"clientId\":\"\(TenantId(high: 1, low: UInt64(number)).text)\",\"password\":\"x\"}"
                try client.request(
                    "POST", "/v1/accounts/login", headers: ["Content-Type: application/json"], body: body)
                return client
            }
            while scene.errands.waitingCount < 2 { usleep(2_000) }
            for _ in 0..<4 {
                let answer = try scene.logIn(tenant)
                #expect(answer.status == 503 && answer.code == "overloaded" && answer[header: "Retry-After"] == "2")
            }
            try scene.errands.start()
            for client in clients { #expect(try client.response().status == 401) }
            #expect(try scene.logIn(tenant).status == 200, "who was sent away has failed at nothing")
        }
    }

    @Test func aKeyIsNoTokenAndATokenIsNoKey() async throws {
        try await AccountScene.with { scene throws in
            let place = try scene.makeTenant(1)
            let key = try scene.connected { connection in
                let store = TenantStore(connection)
                return try store.createKey(
                    named: "k", of: try store.createTenant(named: "shop"), scopes: [.read, .produce, .manage]
                ).text
            }
            let refused = try scene.send(AccountScene.probe, token: key)
            #expect(
                refused.status == 403 && refused.code == "forbidden" && refused["detail"]?.contains("login") == true)
            let expired = Session(of: place.tenant, at: SystemTime().wall, lasting: .seconds(-5))
            for wrong in [scene.seal.text(expired), "tds_", "tds_nonsense"] {
                let answer = try scene.send(AccountScene.probe, token: wrong)
                #expect(answer.status == 401 && answer["detail"]?.contains("tds_") == true)
            }
            #expect(try scene.send(AccountScene.probe).status == 401)
        }
    }
}

@Suite struct PasswordsTests {
    /// What the calling thread has worked: what others do meanwhile counts for nothing.
    private func work(_ body: () throws -> Void) throws -> Duration {
        func now() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        let start = now()
        try body()
        return now() - start
    }

    /// Whether there is an account does not show in how long it takes.
    @Test func whereThereIsNoAccountAPasswordIsCheckedAllTheSame() async throws {
        try await onThread {
            let settings = try Runtime.Settings.load(file: nil, environment: [:], sections: [AccountsSection.self])
            let passwords = try Passwords(settings[AccountsSection.self])
            let stored = try passwords.hash("right")
            #expect(passwords.cost == .interactive)
            var (known, unknown): (Duration, Duration) = (.zero, .zero)
            for _ in 0..<2 {
                known += try work { () throws in #expect(try !passwords.isRight("wrong", for: stored)) }
                unknown += try work { () throws in #expect(try !passwords.isRight("wrong", for: nil)) }
            }
            #expect(unknown * 2 > known && known * 2 > unknown, "\(known) and \(unknown)")
            #expect(try passwords.isRight("right", for: stored) && !passwords.isOutdated(stored))
        }
    }
}
