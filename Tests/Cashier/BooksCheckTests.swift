internal import Postgres
internal import Testing

/// Each kind of difference between the books and the tables is found, and said to be what it is.
@Suite struct BooksCheckTests {
    private static let forSomething = "every amount that was taken is a booking's, to be given back, or an incident"
    private static let taken = "the books have what was taken, and nothing else"
    private static let refunds = "the books have every refund, and whether it arrived"
    private static let disputes = "the books have every dispute, and how it was settled"
    private static let sales = "what counts as sales is a booking's"
    private static let givenBack = "nothing is to be given back that was not taken"

    /// A sale of which a part was given back, another is on its way, and a third is disputed.
    private func withSale(_ body: @escaping @Sendable (LedgerScene) throws -> Void) async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            try scene.book()
            try scene.refund(1, 500, status: 2)
            try scene.refund(2, 300)
            try scene.dispute("d", 400)
            #expect(try scene.broken() == [])
            try body(scene)
        }
    }

    /// What no program of ours does.
    private func breakWith(_ statement: SQL, _ expected: [String]) async throws {
        try await withSale { scene in
            try scene.session.run(script: statement)
            #expect(try scene.broken() == expected)
        }
    }

    @Test func moneyForNothingIsFound() async throws {
        try await LedgerScene.with { scene in
            try scene.checkOut(captured: 2_000)
            #expect(try scene.broken() == [Self.forSomething])
            try scene.book()
            #expect(try scene.broken() == [])
        }
    }

    @Test func whatWasTakenAndIsNotInTheBooksIsFound() async throws {
        try await breakWith("UPDATE payment SET captured = 2500", [Self.taken])
    }

    @Test func whatIsInTheBooksAndWasNotTakenIsFound() async throws {
        try await breakWith(
            """
            INSERT INTO ledger (event, payment, payment_index, what, source, target, amount, currency)
            SELECT event, gen_random_uuid(), 0, 'captured', 'provider', 'owed', 100, 'EUR' FROM payment
            """, [Self.forSomething, Self.taken])
    }

    @Test func aRefundThatTheBooksDoNotHaveIsFound() async throws {
        try await breakWith(
            """
            ALTER TABLE refund DISABLE TRIGGER USER;
            INSERT INTO refund (event, id, id_index, payment, payment_index, amount, reason, status)
            SELECT event, id, 3, id, 0, 100, 0, 0 FROM payment
            """, [Self.refunds])
    }

    @Test func aRefundWhoseArrivalTheBooksDoNotHaveIsFound() async throws {
        try await breakWith(
            "ALTER TABLE refund DISABLE TRIGGER USER; UPDATE refund SET status = 2 WHERE id_index = 2", [Self.refunds])
    }

    @Test func aDisputeThatTheBooksDoNotHaveIsFound() async throws {
        try await breakWith(
            "ALTER TABLE dispute DISABLE TRIGGER USER; UPDATE dispute SET status = 2", [Self.disputes])
    }

    @Test func aDisputeThatIsNotThereIsFound() async throws {
        try await breakWith("DELETE FROM dispute", [Self.disputes])
    }

    @Test func salesOfNoBookingAreFound() async throws {
        try await breakWith("DELETE FROM booking", [Self.sales])
    }

    @Test func moreGivenBackThanWasTakenIsFound() async throws {
        try await breakWith(
            """
            INSERT INTO ledger (event, payment, payment_index, what, source, target, amount, currency)
            SELECT event, id, 0, 'refunded', 'refunds', 'provider', 301, 'EUR' FROM payment
            """, [Self.refunds, Self.givenBack])
    }
}
