internal import Payments
internal import Postgres
internal import Runtime
internal import TestSupport
internal import Testing
internal import Wire

@testable import Sandbox

/// What the sandbox tells, and how it gets there.
@Suite struct TellingTests {
    @Test func whatIsNotTakenIsToldAgainWithTheSameBytes() async throws {
        try await SandboxScene.with { scene in
            let answers = Lock([204, 302, 404, 503])
            scene.receiver.answer { _ in answers.withLock { $0.popLast() ?? 500 } }
            let reference = try scene.paid("a")
            try scene.waitUntil("it is taken") {
                try scene.count("SELECT count(*) FROM sandbox.webhook WHERE next_at IS NULL") == 1
            }
            let told = scene.receiver.told(reference)
            #expect(told.count == 4)
            #expect(Set(told.map(\.body)).count == 1 && Set(told.map(\.id)).count == 1)
        }
    }

    @Test func whatNobodyTakesForLongIsGivenUp() async throws {
        try await SandboxScene.with(["RETRY_FOR": "1s"]) { scene in
            scene.receiver.answer { _ in 500 }
            let reference = try scene.paid("a")
            try scene.waitUntil("it is given up") {
                try scene.count("SELECT count(*) FROM sandbox.webhook WHERE next_at IS NULL") == 1
            }
            #expect(scene.receiver.told(reference).count >= 2)
            #expect(try scene.count("SELECT count(*) FROM sandbox.webhook WHERE delivered_at IS NULL") == 1)
            #expect(try scene.status(of: reference) == "succeeded")
        }
    }

    @Test func everythingIsSignedWithEachSecret() async throws {
        let secrets = ["new-secret", "old-secret"]
        try await SandboxScene.with(["WEBHOOK_SECRETS": secrets.joined(separator: ",")]) { scene in
            _ = try scene.paid("a")
            try scene.waitUntil("it is told") { !scene.receiver.told.isEmpty }
            let told = try #require(scene.receiver.told.first)
            #expect(told.signature.split(separator: ",").filter { $0.hasPrefix("v1=") }.count == 2)
            for secret in secrets {
                let signature = try #require(try SandboxSignature([Secret(secret)]))
                try signature.check(told.signature, of: told.body, at: told.at)
            }
            let stranger = try #require(try SandboxSignature([Secret("other")]))
            #expect(throws: WebhookRefusal.self) { try stranger.check(told.signature, of: told.body, at: told.at) }
        }
    }

    @Test func whoeverDoesNotAnswerIsToldAgain() async throws {
        try await SandboxScene.with(["DELIVERY_TIMEOUT": "100ms"]) { scene in
            scene.receiver.hold()
            let reference = try scene.paid("a")
            try scene.waitUntil("it came again") { scene.receiver.told(reference).count > 1 }
            scene.receiver.release()
            try scene.waitUntil("it is taken") {
                try scene.count("SELECT count(*) FROM sandbox.webhook WHERE next_at IS NULL") == 1
            }
        }
    }

    // MARK: switches

    @Test func switchedDuplicatesComeTwice() async throws {
        try await SandboxScene.with(["DUPLICATED": "1"]) { scene in
            let reference = try scene.paid("a")
            try scene.waitUntil("it came twice") { scene.receiver.told(reference).count == 2 }
            #expect(Set(scene.receiver.told.map(\.id)).count == 1)
            try scene.waitUntil("that is all") {
                try scene.count("SELECT count(*) FROM sandbox.webhook WHERE next_at IS NULL AND copies = 0") == 1
            }
        }
    }

    @Test func switchedLossIsFoundByWhoeverAsks() async throws {
        try await SandboxScene.with(["LOST": "1"]) { scene in
            let reference = try scene.paid("a")
            #expect(try scene.status(of: reference) == "succeeded")
            #expect(try scene.count("SELECT count(*) FROM sandbox.webhook WHERE is_lost AND next_at IS NULL") == 1)
            // A script may want to hear of it all the same.
            let other = try scene.paid("b", #","lose":false"#)
            try scene.waitUntil("it is told") { !scene.receiver.told(other).isEmpty }
            #expect(scene.receiver.told(reference).isEmpty)
        }
    }

    @Test func switchedLatenessLeavesThePaymentInTime() async throws {
        try await SandboxScene.with(["LATE": "1", "LATE_BY": "1h", "SEED": "3"]) { scene in
            let reference = try scene.paid("a")
            #expect(try scene.status(of: reference) == "succeeded")
            let prompt = try scene.paid("b", #","lateSeconds":0"#)
            try scene.waitUntil("the other one is told") { !scene.receiver.told(prompt).isEmpty }
            #expect(scene.receiver.told(reference).isEmpty)
            let waits: SQL = """
                SELECT count(*) FROM sandbox.webhook
                WHERE next_at BETWEEN now() + interval '1 second' AND now() + interval '1 hour'
                """
            #expect(try scene.count(waits) == 1)
        }
    }

    @Test func switchedWrongAmountsAreWhatWasPaid() async throws {
        try await SandboxScene.with(["WRONG_AMOUNT": "1"]) { scene in
            let reference = try scene.paid("a", amount: 1_000)
            let captured = try scene.json("GET", "/payments/\(reference)").body["captured"]
            #expect(captured == 900 || captured == 1_100)
            try scene.waitUntil("it is told") { !scene.receiver.told.isEmpty }
            #expect(scene.receiver.told.first?.message["payment"]?["captured"] == captured)
            let asked = try scene.paid("b", amount: 1_000, #","amount":1000"#)
            #expect(try scene.json("GET", "/payments/\(asked)").body["captured"] == 1_000)
        }
    }

    @Test func aReorderedMessageWaitsForALaterOneOfItsPayment() async throws {
        try await SandboxScene.with(["REORDERED_BY": "1h"]) { scene in
            let reference = try scene.paid("a", amount: 1_000, #","reorder":true"#)
            let other = try scene.paid("b", amount: 1_000)
            try scene.waitUntil("the other one is told") { !scene.receiver.told(other).isEmpty }
            #expect(try scene.refund(reference, "r", 1_000).status == 201)
            try scene.waitUntil("both are told") { scene.receiver.told(reference).count == 2 }
            #expect(scene.receiver.told(reference).map(\.type) == ["refund.succeeded", "payment.succeeded"])
        }
    }

    @Test func aReorderedMessageThatNoneFollowsComesInTheEnd() async throws {
        try await SandboxScene.with(["REORDERED": "1", "REORDERED_BY": "500ms"]) { scene in
            let reference = try scene.paid("a")
            try scene.waitUntil("it is told") { scene.receiver.told(reference).count == 1 }
        }
    }

    @Test func aScriptMayHaveManyCopies() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.paid("a", #","copies":5"#)
            try scene.waitUntil("all of them came") { scene.receiver.told(reference).count == 5 }
        }
    }
}
