internal import Runtime
internal import Testing

@testable import Sandbox

@Suite struct FatesTests {
    @Test func nothingGoesWrongUnlessItIsSwitchedOn() {
        let fates = Fates(seed: 1)
        for number in 0..<1_000 {
            #expect(fates.message("m-\(number)") == Fate())
            #expect(fates.captured(1_000, of: "p-\(number)") == 1_000)
            #expect(!fates.failsRefund("r-\(number)"))
        }
    }

    @Test func theSameNameHasTheSameFateAndSharesAreKept() {
        var fates = Fates(seed: 7)
        (fates.late, fates.duplicated, fates.reordered, fates.lost) = (0.2, 0.3, 0.4, 0.05)
        fates.lateBy = .seconds(10)
        let all = (0..<10_000).map { fates.message("m-\($0)") }
        #expect(all == (0..<10_000).map { fates.message("m-\($0)") })
        func share(_ isOne: (Fate) -> Bool) -> Double { Double(all.filter(isOne).count) / 10_000 }
        #expect(abs(share { $0.delay > .zero } - 0.2) < 0.02)
        #expect(abs(share { $0.copies == 2 } - 0.3) < 0.02)
        #expect(abs(share { $0.hold != nil } - 0.4) < 0.02)
        #expect(abs(share(\.isLost) - 0.05) < 0.01)
        #expect(all.allSatisfy { $0.delay <= .seconds(10) })
        // One switch says nothing of the other.
        #expect(abs(share { $0.hold != nil && $0.copies == 2 } - 0.12) < 0.02)
        fates.seed = 8
        #expect(all != (0..<10_000).map { fates.message("m-\($0)") })
    }

    @Test(arguments: [1, 2, 9, 10, 11, 1_000, 1_000_000_000_000] as [Int64])
    func aWrongAmountIsAnotherOneAndAboveNothing(amount: Int64) {
        var fates = Fates(seed: 1)
        fates.wrongAmount = 1
        for number in 0..<100 {
            let captured = fates.captured(amount, of: "p-\(number)")
            #expect(captured != amount && captured > 0)
        }
    }
}

@Suite struct OutboxBookTests {
    private func delivery(_ id: Int64) -> Delivery { Delivery(id: id, attempts: 0, body: "{}") }

    @Test func noMoreIsUnderWayThanThereIsRoomFor() {
        var book = OutboxBook(bound: 2)
        #expect(book.begin([delivery(1), delivery(2), delivery(3)]).map(\.id) == [1, 2])
        #expect(book.room == 0 && book.busy == [1, 2])
        #expect(book.begin([delivery(3)]).isEmpty)
    }

    @Test func whatIsNotWrittenDownIsNotSentAgain() {
        var book = OutboxBook(bound: 2)
        _ = book.begin([delivery(1)])
        #expect(book.begin([delivery(1)]).isEmpty)
        let result = DeliveryResult(id: 1, isDelivered: true, pause: .zero)
        book.ended(result)
        #expect(book.unwritten == [result] && book.busy == [1])
        #expect(book.begin([delivery(1)]).isEmpty, "the database still says that it is due")
        // One more ends while the first is written.
        _ = book.begin([delivery(2)])
        book.ended(DeliveryResult(id: 2, isDelivered: false, pause: .seconds(1)))
        book.wrote(1)
        #expect(book.unwritten.map(\.id) == [2] && book.busy == [2] && book.room == 1)
        #expect(book.begin([delivery(1)]).map(\.id) == [1])
    }

    @Test func pausesGrowUpToTheLongest() {
        let pace = RetryPace(first: .milliseconds(500), most: .seconds(5))
        #expect((1...6).map(pace.pause) == [0.5, 1, 2, 4, 5, 5].map { .milliseconds($0 * 1_000) })
        #expect(pace.pause(after: 1_000_000) == .seconds(5))
        #expect(pace.pause(after: 0) == .milliseconds(500))
    }
}

@Suite struct MailTests {
    @Test func itHasABoundAndAnEnd() {
        let mail = Mail<Int>(bound: 3)
        #expect((1...4).map(mail.put) == [true, true, true, false])
        #expect(mail.take() == 1)
        #expect(mail.put(5))
        #expect(mail.close() == [2, 3, 5])
        #expect(mail.take() == nil && !mail.put(6))
    }
}
