internal import Pipeline
internal import Ticketing

extension StoreConformance {
    static var inventory: [Check] {
        [
            Check("what was decided in batches of one is loaded as it was") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                try season(&clerk) { clerk in
                    for entry in clerk.takeEntries() {
                        try owner.commit([entry], at: clerk.now, to: store)
                    }
                    try requireEqual(clerk, in: store)
                }
            },
            Check("what was decided in one batch is loaded as it was") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                try season(&clerk) { _ in }
                try owner.commit(clerk.takeEntries(), at: clerk.now, to: store)
                try requireEqual(clerk, in: store)
            },
            Check("what was decided in some batches is loaded as it was") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                var steps = 0
                try season(&clerk) { clerk in
                    steps += 1
                    guard steps % 3 == 0 else { return }
                    try owner.commit(clerk.takeEntries(), at: clerk.now, to: store)
                    try requireEqual(clerk, in: store)
                }
                try owner.commit(clerk.takeEntries(), at: clerk.now, to: store)
                try requireEqual(clerk, in: store)
            },
            Check("a place that changes hands several times in a group is in the last") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create([SectionSpec(name: "Box", tier: "A", rows: [RowSpec(name: "A", seats: 1)])])
                // Free, held and free again; held.
                try clerk.send(.release(try clerk.reserve("a")))
                let second = try clerk.reserve("b")
                try owner.commit(clerk.takeEntries(), to: store)
                try requireEqual(clerk, in: store)
                // Released and held by another.
                try clerk.send(.release(second))
                let third = try clerk.reserve("c")
                try owner.commit(clerk.takeEntries(), to: store)
                try requireEqual(clerk, in: store)
                // Sold, given back, and held by another.
                try clerk.book(third)
                try clerk.send(.cancelBooking(BookingId(third)))
                let fourth = try clerk.reserve("d")
                try owner.commit(clerk.takeEntries(), to: store)
                try requireEqual(clerk, in: store)
                // Held and free in the end.
                try clerk.send(.release(fourth))
                try owner.commit(clerk.takeEntries(), to: store)
                try requireEqual(clerk, in: store)
                try clerk.send(.release(try clerk.reserve("e")))
                try owner.commit(clerk.takeEntries(), to: store)
                try requireEqual(clerk, in: store)
            },
            Check("what ended long ago is not loaded, but what money came of is") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                var settings = Settings()
                settings.hold = 60
                clerk.create(hall, settings: settings)
                try clerk.reserve("forgotten")
                let paying = try clerk.checkOut(try clerk.reserve("late payer"))
                try clerk.reserve("b", 10)
                let join = JoinWaitlist(show: 1, buyer: "waits", tier: "A", quantity: 1)
                if case .joined(let entry, _) = try clerk.send(.joinWaitlist(join)).outcome {
                    try clerk.send(.leaveWaitlist(entry))
                }
                clerk.now = clerk.now + 86_000
                clerk.fallDue()
                try owner.commit(clerk.takeEntries(), at: clerk.now, to: store)
                try requireEqual(clerk, in: store)
                clerk.now = clerk.now + 1_000
                try clerk.send(.paymentResult(paying.payment, .failed(reason: "late")))
                try owner.commit(clerk.takeEntries(), at: clerk.now, to: store)
                try requireEqual(clerk, in: store)
            },
            Check("an event of the largest party and of scattered seats is loaded as it was") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                var settings = Settings()
                settings.maxTicketsPerBuyer = 100
                clerk.create(
                    [SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 300)])], settings: settings)
                let seats = (0..<100).map { SeatName(section: "Floor", row: "A", number: 3 * $0 + 1) }
                let decision = try clerk.send(.reserve(Reserve(show: 1, buyer: "b", seats: seats)))
                try require(!decision.isRefused, "\(decision.outcome)")
                try owner.commit(clerk.takeEntries(), to: store)
                try requireEqual(clerk, in: store)
            },
        ]
    }

    /// A sale with everything in it that a decision can write. `pause` is between its acts.
    static func season(_ clerk: inout Clerk, pause: (inout Clerk) throws -> Void) throws {
        var settings = Settings()
        settings.hold = 100
        settings.payment = 100
        settings.offer = 100
        settings.maxPassOvers = 1
        clerk.create(hall, settings: settings)
        try pause(&clerk)
        try clerk.send(
            .addShow(ShowSpec(startsAt: clerk.now + 259_200, sections: [hall[0]])))
        try clerk.send(.block(show: 1, seats: [SeatName(section: "Floor", row: "B", number: 6)]))
        try clerk.send(
            .changeEvent(
                ChangeEvent(
                    details: EventDetails(name: "Renamed", performers: []), prices: [TierSpec(name: "A", price: 6_000)],
                    refundPolicy: [PolicyStep(hoursBefore: 1, percent: 50), PolicyStep(hoursBefore: 30, percent: 100)]))
        )
        try pause(&clerk)
        let first = try clerk.reserve("one", 3)
        let second = try clerk.reserve("two", 2)
        try clerk.send(.extend(second, by: 20))
        let third = try clerk.reserve("three", 2)
        try clerk.send(.release(third))
        try pause(&clerk)
        try clerk.book(first)
        let payment = try clerk.checkOut(second).payment
        try clerk.send(.paymentCreated(payment, reference: "ref-1"))
        try pause(&clerk)
        try clerk.send(.paymentResult(payment, .failed(reason: "declined")))
        try clerk.send(.checkIn(CheckIn(ticket: TicketId(BookingId(first), at: 0), gate: "G1", nonce: "n")))
        try clerk.send(.unblock(show: 1, seats: [SeatName(section: "Floor", row: "B", number: 6)]))
        try pause(&clerk)
        // Everything else of tier A is taken, so that others wait.
        let rest = try clerk.reserve("rest", 7)
        for (buyer, quantity) in [("w1", 3), ("w2", 1), ("w3", 2)] as [(Label, Int)] {
            try clerk.send(.joinWaitlist(JoinWaitlist(show: 1, buyer: buyer, tier: "A", quantity: quantity)))
        }
        try pause(&clerk)
        try clerk.send(.refundBooking(BookingId(first), .tickets([TicketId(BookingId(first), at: 2)])))
        try clerk.send(.refundBooking(BookingId(first), .amount(100)))
        clerk.fallDue()
        try pause(&clerk)
        let unknown = PaymentId(command: CommandId(high: 77, low: 77), index: 3)
        try clerk.send(.paymentResult(unknown, .succeeded(Money(5, Clerk.euro))))
        let late = try clerk.checkOut(rest)
        try pause(&clerk)
        clerk.now = clerk.now + 150
        clerk.fallDue()
        try pause(&clerk)
        // Money for places that others have by now: other places, or a refund.
        try clerk.send(.paymentResult(late.payment, .succeeded(late.total)))
        clerk.fallDue()
        try pause(&clerk)
        try clerk.send(.cancelBooking(BookingId(first)))
        clerk.fallDue()
        try pause(&clerk)
        try disputes(&clerk, pause: pause)
        clerk.now = clerk.now + 700
        clerk.fallDue()
        let last = try clerk.reserve("last", 1, tier: "B")
        try clerk.book(last)
        for entry in clerk.entries {
            for case .insertRefund(let refund) in entry.verdict.decision?.writes ?? [] {
                try clerk.send(.refundResult(refund.id, .succeeded))
            }
        }
        try pause(&clerk)
        try clerk.send(.cancelEvent)
        try pause(&clerk)
        clerk.fallDue()
        clerk.fallDue()
        try pause(&clerk)
    }

    /// What a provider tells besides, before and after the money; and a buyer who paid twice, of which the provider
    /// gives one back: the tickets end, and are valid again with the other.
    private static func disputes(_ clerk: inout Clerk, pause: (inout Clerk) throws -> Void) throws {
        func money(_ amount: Int64) -> Money { Money(amount, Clerk.euro) }
        let unknown = PaymentId(command: CommandId(high: 77, low: 77), index: 4)
        try clerk.send(.paymentCreated(unknown, reference: nil))
        let held = try clerk.reserve("disputes", 2, tier: "B")
        let early = try clerk.checkOut(held)
        let opened = DisputeNews(reference: "dp-1", money: early.total, status: .opened)
        try clerk.send(.paymentDispute(early.payment, opened))
        try clerk.send(.refundReported(early.payment, ReportedRefund(reference: "re-1", money: money(1))))
        try pause(&clerk)
        try clerk.send(.paymentResult(early.payment, .succeeded(early.total)))
        try clerk.send(.paymentResult(unknown, .succeeded(money(7))))
        try pause(&clerk)
        try clerk.send(.refundReported(early.payment, ReportedRefund(reference: "re-1", money: money(2))))
        try clerk.send(.paymentDispute(early.payment, DisputeNews(reference: "dp-1", money: money(1), status: .won)))
        try pause(&clerk)
        try clerk.send(.paymentDispute(early.payment, DisputeNews(reference: "dp-2", money: money(9), status: .lost)))
        try pause(&clerk)
        for isOneGroup in [true, false] {
            let twice = try clerk.reserve("twice", 1, tier: "B")
            let first = try clerk.checkOut(twice)
            try clerk.send(.paymentResult(first.payment, .failed(reason: "declined")))
            let second = try clerk.checkOut(twice)
            try clerk.send(.paymentResult(second.payment, .succeeded(second.total)))
            if !isOneGroup { try pause(&clerk) }
            let whole = ReportedRefund(reference: "re-2", money: second.total)
            try clerk.send(.refundReported(second.payment, whole))
            if !isOneGroup { try pause(&clerk) }
            try clerk.send(.paymentResult(first.payment, .succeeded(first.total)))
            try pause(&clerk)
            // Both again: what had ended comes back and ends within one group.
            try clerk.send(.refundReported(first.payment, whole))
            try pause(&clerk)
        }
    }
}
