internal import Postgres
internal import TestSupport
internal import Testing

/// The books are kept by the tables: what each change moves, in whatever order the changes come.
@Suite struct LedgerTests {
    @Test func aSaleMovesThroughTheAccountsAndBack() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut()
            #expect(try scene.balances() == [:])
            try scene.capture(2_000)
            #expect(try scene.balances() == ["provider": -2_000, "owed": 2_000])
            try scene.book()
            #expect(try scene.balances() == ["provider": -2_000, "sales": 2_000])
            try scene.refund(1, 500)
            #expect(try scene.balances() == ["provider": -2_000, "sales": 1_500, "refunds": 500])
            try scene.settleRefund(1, status: 2)
            #expect(try scene.balances() == ["provider": -1_500, "sales": 1_500])
            #expect(try scene.broken() == [])
        }
    }

    @Test func whatIsWrittenAgainIsPostedOnce() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            try scene.book()
            try scene.refund(1, 2_000, status: 2)
            try scene.dispute("d", 100, status: 1)
            let entries = try scene.entries()
            try scene.capture(2_000)
            try scene.settleRefund(1, status: 2)
            try scene.settleDispute("d", status: 1)
            try scene.session.execute("UPDATE booking SET status = 1")
            #expect(try scene.entries() == entries)
            #expect(try scene.broken() == [])
        }
    }

    @Test func nothingIsPostedForNothing() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 0)
            try scene.book()
            #expect(try scene.entries() == 0)
            #expect(try scene.broken() == [])
        }
    }

    /// Told of before the money is: it counts once that is.
    @Test func aRefundThatWasReportedBeforeTheCaptureCountsFromThenOn() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut()
            try scene.refund(255, 700, status: 2, reported: ("re_1", "EUR"))
            // Of another currency than will be taken: no sum can have it.
            try scene.refund(254, 300, status: 2, reported: ("re_2", "USD"))
            #expect(try scene.entries() == 0)
            try scene.capture(2_000)
            #expect(try scene.balances() == ["provider": -1_300, "owed": 1_300])
            try scene.refund(1, 1_300)
            try scene.settleRefund(1, status: 2)
            #expect(try scene.balances() == [:])
            #expect(try scene.broken() == [])
        }
    }

    @Test func whatIsGivenBackIsNeverMoreThanWasTaken() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            try scene.book()
            try scene.refund(255, 1_500, status: 2, reported: ("re_1", "EUR"))
            try scene.refund(254, 1_500, status: 2, reported: ("re_2", "EUR"))
            #expect(try scene.balances() == [:])
            #expect(try scene.broken() == [])
        }
    }

    /// Ours failed, and a person gave the same money back on the provider's page.
    @Test func aFailedRefundThatIsMadeByHandHasArrived() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            try scene.book()
            try scene.refund(1, 2_000)
            try scene.settleRefund(1, status: 1)
            #expect(try scene.balances() == ["provider": -2_000, "refunds": 2_000])
            try scene.refund(255, 2_000, status: 2, reported: ("re_1", "EUR"))
            #expect(try scene.balances() == [:])
            #expect(try scene.broken() == [])
            // The failed one was done after all: gone twice, and an incident.
            try scene.settleRefund(1, status: 2)
            #expect(try scene.balances() == [:])
            #expect(try scene.broken() == [])
        }
    }

    @Test func aRefundThatIsToldToBeLargerIsMore() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            try scene.book()
            try scene.refund(255, 500, status: 2, reported: ("re_1", "EUR"))
            try scene.session.execute("UPDATE refund SET amount = 900")
            #expect(try scene.balances() == ["provider": -1_100, "sales": 1_100])
            #expect(try scene.broken() == [])
        }
    }

    @Test(arguments: [false, true])
    func aDisputeIsGoneUntilItIsWon(isBefore: Bool) async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: isBefore ? nil : 2_000)
            try scene.dispute("d", 2_000)
            if isBefore { try scene.capture(2_000) }
            try scene.book()
            #expect(try scene.balances() == ["sales": 2_000, "disputed": -2_000])
            #expect(try scene.broken() == [])
            try scene.settleDispute("d", status: 1)
            #expect(try scene.balances() == ["provider": -2_000, "sales": 2_000])
            #expect(try scene.broken() == [])
            // The bank has thought again.
            try scene.settleDispute("d", status: 2)
            #expect(try scene.balances() == [:])
            #expect(try scene.broken() == [])
        }
    }

    @Test func aLostDisputeTakesWhatIsForNothingThenTheBookingsThenOurs() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            try scene.book()
            try scene.dispute("d1", 500)
            try scene.settleDispute("d1", status: 2)
            #expect(try scene.balances() == ["provider": -1_500, "sales": 1_500])
            try scene.refund(1, 1_000, status: 2)
            #expect(try scene.balances() == ["provider": -500, "sales": 500])
            // Of which 1,000 were given back before.
            try scene.dispute("d2", 1_500, status: 2)
            #expect(try scene.balances() == ["provider": 1_000, "lost": -1_000])
            #expect(try scene.broken() == [])
            // Nothing is left to give back.
            try scene.refund(255, 300, status: 2, reported: ("re_1", "EUR"))
            #expect(try scene.balances() == ["provider": 1_000, "lost": -1_000])
            #expect(try scene.broken() == [])
        }
    }

    @Test func aDisputeThatIsToldToBeLargerIsMore() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            try scene.book()
            try scene.dispute("d", 500)
            try scene.settleDispute("d", status: 0, amount: 800)
            #expect(try scene.balances() == ["provider": -1_200, "sales": 2_000, "disputed": -800])
            try scene.settleDispute("d", status: 2, amount: 1_000)
            #expect(try scene.balances() == ["provider": -1_000, "sales": 1_000])
            try scene.settleDispute("d", status: 2, amount: 1_200)
            #expect(try scene.balances() == ["provider": -800, "sales": 800])
            #expect(try scene.broken() == [])
        }
    }

    @Test func aDisputeInAnotherCurrencyIsInNoSum() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            try scene.book()
            try scene.dispute("d", 2_000, status: 2, "USD")
            #expect(try scene.balances() == ["provider": -2_000, "sales": 2_000])
            #expect(try scene.broken() == [])
        }
    }

    @Test func moneyForNothingIsAnIncident() async throws {
        try await LedgerScene.with { scene in
            try scene.session.execute(
                """
                INSERT INTO incident (event, payment, payment_index, amount, currency, at)
                VALUES ($1, $2, 0, 2000, 'EUR', now())
                """, LedgerScene.event, LedgerScene.payment)
            #expect(try scene.balances() == ["provider": -2_000, "incidents": 2_000])
            #expect(try scene.broken() == [])
        }
    }
}
