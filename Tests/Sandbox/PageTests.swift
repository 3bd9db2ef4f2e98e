internal import TestSupport
internal import Testing

@testable import Sandbox

/// The page, as a browser has it.
@Suite struct PageTests {
    private static let form = "application/x-www-form-urlencoded"

    @Test func itAsksAndSaysWhatBecameOfIt() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.made("a", amount: 1_234_567)
            let page = try scene.ask("GET", "/pay/\(reference)", key: nil)
            #expect(page.status == 200 && page["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.text.contains("Pay 12,345.67 EUR"))
            #expect(page.text.contains(#"<form method="post">"#) && page.text.contains(#"value="decline""#))
            #expect(!page.text.contains("http-equiv") && !page.text.contains("<script"))
            // Nothing from elsewhere: no address in it at all.
            #expect(!page.text.contains("://") && !page.text.contains("src="))
            #expect(page["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
            #expect(page["Cache-Control"] == "no-store" && page["X-Content-Type-Options"] == "nosniff")
            // Looking changes nothing.
            #expect(try scene.status(of: reference) == "pending")
            let sent = try scene.ask("POST", "/pay/\(reference)", "outcome=succeed", key: nil, type: Self.form)
            #expect(sent.status == 303 && sent["Location"] == "/pay/\(reference)")
            let after = try scene.ask("GET", "/pay/\(reference)", key: nil).text
            #expect(after.contains("Paid") && !after.contains("<form") && after.contains(reference))
            try scene.waitUntil("it is told") { scene.receiver.told(reference).map(\.type) == ["payment.succeeded"] }
        }
    }

    @Test func aBuyerMayBeDeclinedAndMayPressTwice() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.made("a")
            for outcome in ["decline", "decline", "succeed"] {
                let sent = try scene.ask("POST", "/pay/\(reference)", "outcome=\(outcome)", key: nil, type: Self.form)
                #expect(sent.status == 303)
            }
            #expect(try scene.ask("GET", "/pay/\(reference)", key: nil).text.contains("Declined"))
            #expect(try scene.status(of: reference) == "failed")
            try scene.waitUntil("it is told") { !scene.receiver.told.isEmpty }
            #expect(scene.receiver.told.map(\.type) == ["payment.failed"])
        }
    }

    @Test func whatHappensToTheMoneyLaterIsSaid() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.made("a", amount: 2_000)
            func page() throws -> String { try scene.ask("GET", "/pay/\(reference)", key: nil).text }
            _ = try scene.ask("POST", "/pay/\(reference)", "outcome=succeed", key: nil, type: Self.form)
            #expect(try page().contains("You can close this page."))
            let body = #"{"amount":500,"currency":"EUR","key":"r"}"#
            #expect(try scene.ask("POST", "/payments/\(reference)/refunds", body).status < 300)
            #expect(try page().contains("5.00 EUR given back"))
            #expect(try scene.ask("POST", "/payments/\(reference)/disputes", #"{"status":"opened"}"#).status < 300)
            #expect(try page().contains("Disputed with the bank: opened"))
        }
    }

    @Test func whatIsCancelledOrUnknownIsSaid() async throws {
        try await SandboxScene.with { scene in
            let reference = try scene.made("a")
            _ = try scene.ask("POST", "/payments/\(reference)/cancel")
            #expect(try scene.ask("GET", "/pay/\(reference)", key: nil).text.contains("Cancelled"))
            let unknown = try scene.ask("GET", "/pay/%3Cscript%3E", key: nil)
            #expect(unknown.status == 404 && unknown.text.contains("There is no such payment."))
            #expect(!unknown.text.contains("<script"))
        }
    }

    @Test(arguments: [
        (0, "EUR", "0.00 EUR"), (5, "EUR", "0.05 EUR"), (1_999, "EUR", "19.99 EUR"), (99_900, "USD", "999.00 USD"),
        (100_000, "EUR", "1,000.00 EUR"), (123_456_789, "EUR", "1,234,567.89 EUR"), (1_999, "JPY", "1,999 JPY"),
        (7, "JPY", "7 JPY"), (1_999, "KWD", "1.999 KWD"), (5, "KWD", "0.005 KWD"),
    ])
    func amountsAreWrittenForPeople(amount: Int64, currency: String, text: String) {
        #expect(Amount.text(amount, currency) == text)
    }
}
