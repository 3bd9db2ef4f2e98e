import Testing
import Wire

@testable import Ticketing

@Suite struct ReplyTests {
    static let stamp = DecisionStamp(
        event: Samples.event, currency: Samples.euro, partition: 12, sequence: 345, decidedAt: Samples.time)
    static let tail = #""decision":{"partition":12,"sequence":345,"decidedAt":"2026-06-01T12:00:00.000001Z"}}"#

    static func decode(_ bytes: [UInt8]) -> [ReplyLine] {
        var decoder = ReplyDecoder()
        var lines: [ReplyLine] = []
        bytes.withUnsafeBytes { message in
            decoder.decode(message: message) { result in
                guard let found = try? result.get() else { return }
                lines.append(
                    ReplyLine(
                        id: found.id, status: found.status, isReplayed: found.isReplayed, body: Array(found.body)))
            }
        }
        return lines
    }

    static func reply(_ outcome: Outcome) -> (status: Int, body: String) {
        let decision = Decision(id: Samples.id, outcome: outcome)
        var bytes: [UInt8] = []
        decision.appendReply(stamp, to: &bytes)
        return (decision.status, Samples.text(bytes))
    }

    /// A show of two rows, and a decision that reserves in it.
    static func reserved() throws -> Decision {
        let command = CreateEvent(
            event: Samples.event, details: EventDetails(name: "E"), currency: Samples.euro,
            tiers: [TierSpec(name: "A", price: 5_000)],
            shows: [
                ShowSpec(
                    startsAt: Samples.time + 86_400,
                    sections: [SectionSpec(name: "Floor", tier: "A", rows: [RowSpec(name: "A", seats: 12)])])
            ])
        let context = Context(commandId: Samples.id, tenant: Samples.tenant, now: Samples.time)
        var state = try #require(EventState.create(command, context: context).0)
        var arrears = Arrears(seed: CommandId(high: 0, low: 0))
        let reserve = Reserve(show: 1, buyer: "buyer-1", tier: "A", quantity: 2)
        return try #require(state.decide(.reserve(reserve), context: context, arrears: &arrears))
    }

    static func rsv() -> String { ScopedId(Samples.event, Samples.minted() as ReservationId).text }

    @Test func aReservationIsAnsweredAsTheContractSays() throws {
        let decision = try Self.reserved()
        var bytes: [UInt8] = []
        decision.appendReply(Self.stamp, to: &bytes)
        #expect(decision.status == 201)
        #expect(
            Samples.text(bytes) == """
                {"reservationId":"\(Self.rsv())","showId":"\(ShowId(Samples.event, 1).text)","buyer":"buyer-1",\
                "seats":[{"seat":"Floor/A/1","tier":"A","price":{"amount":5000,"currency":"EUR"}},\
                {"seat":"Floor/A/2","tier":"A","price":{"amount":5000,"currency":"EUR"}}],\
                "total":{"amount":10000,"currency":"EUR"},"status":"held",\
                "expiresAt":"2026-06-01T12:10:00.000001Z","expiresInSeconds":600,\(Self.tail)
                """)
        let lines = ChangeLine.lines(of: decision, event: Samples.event)
        #expect(lines.map(\.show) == [ShowId(Samples.event, 1)])
    }

    @Test func otherAnswersHaveTheWordsOfTheContract() {
        func check(_ outcome: Outcome, _ status: Int, _ front: String) {
            let reply = Self.reply(outcome)
            #expect(reply.status == status)
            #expect(reply.body == "{\(front),\(Self.tail)")
        }
        let event = Samples.event
        let booking = ScopedId(event, Samples.minted() as BookingId).text
        let payment = ScopedId(event, Samples.minted() as PaymentId).text
        let refund = ScopedId(event, Samples.minted() as RefundId).text
        let entry = ScopedId(event, Samples.minted() as EntryId).text
        let ticket = ScopedId(event, Samples.minted() as TicketId).text
        let (first, second) = (ShowId(event, 1).text, ShowId(event, 2).text)
        let money = Money(1_999, Samples.euro)
        let euros = #"{"amount":1999,"currency":"EUR"}"#
        check(
            .eventCreated(event, shows: 2), 201,
            #""eventId":"\#(event.text)","shows":[{"showId":"\#(first)"},{"showId":"\#(second)"}],"status":"active""#)
        check(.eventCreated(event, shows: 0), 201, #""eventId":"\#(event.text)","shows":[],"status":"active""#)
        check(.eventChanged, 200, #""eventId":"\#(event.text)","status":"active""#)
        check(
            .eventCancelled(Cancellation(bookings: 3, refunds: money)), 200,
            #""eventId":"\#(event.text)","status":"cancelled","bookings":3,"refunds":\#(euros)"#)
        check(.showAdded(2), 201, #""showId":"\#(second)","status":"active""#)
        check(.blocked(1, PlaceList(from: 1, count: 4)), 200, #""showId":"\#(first)","blocked":4"#)
        check(
            .extended(Samples.minted(), endsAt: Samples.time + 30), 200,
            #""reservationId":"\#(Self.rsv())","status":"held","#
                + #""expiresAt":"2026-06-01T12:00:30.000001Z","expiresInSeconds":30"#)
        check(.released(Samples.minted(), .expired), 200, #""reservationId":"\#(Self.rsv())","status":"expired""#)
        check(.joined(Samples.minted(), position: 4), 201, #""entryId":"\#(entry)","position":4,"status":"waiting""#)
        check(.left(Samples.minted(), .lapsed), 200, #""entryId":"\#(entry)","status":"lapsed""#)
        check(
            .checkedOut(
                CheckedOut(
                    payment: Samples.minted(), status: .creating, provider: "sandbox", total: money,
                    endsAt: Samples.time, booking: nil)), 201,
            #""paymentId":"\#(payment)","status":"creating","provider":"sandbox","total":\#(euros),"#
                + #""expiresAt":"2026-06-01T12:00:00.000001Z","expiresInSeconds":0"#)
        check(.paid(Samples.minted(), .incident), 200, #""paymentId":"\#(payment)","status":"incident""#)
        check(
            .paid(Samples.minted(), .refunded(Samples.minted(), .wrongAmount)), 200,
            #""paymentId":"\#(payment)","status":"refund-pending","refundId":"\#(refund)","reason":"wrong-amount""#)
        check(
            .bookingCancelled(Samples.minted(), refund: Samples.minted(), money), 200,
            #""bookingId":"\#(booking)","refundId":"\#(refund)","refund":\#(euros),"status":"refund-pending""#)
        check(
            .refunded(Samples.minted(), Samples.minted(), money), 201,
            #""bookingId":"\#(booking)","refundId":"\#(refund)","refund":\#(euros),"status":"pending""#)
        check(.refundSettled(Samples.minted(), .succeeded), 200, #""refundId":"\#(refund)","status":"succeeded""#)
        check(
            .admitted(Samples.minted(), at: Samples.time, gate: "N"), 200,
            #""ticketId":"\#(ticket)","status":"admitted","at":"2026-06-01T12:00:00.000001Z","gate":"N""#)
        check(
            .entryEnded(Samples.minted(), .left, .buyerLimit(limit: 10, has: 9)), 200,
            #""fell":"entry-ended","entryId":"\#(entry)","status":"left","reason":"buyer-limit","limit":10,"has":9"#)
    }

    @Test func everyRefusalIsAProblemWithItsData() {
        let seat = SeatName(section: "F", row: "A", number: 1)
        let bkg = ScopedId(Samples.event, Samples.minted() as BookingId).text
        let wtl = ScopedId(Samples.event, Samples.minted() as EntryId).text
        let refusals: [(Refusal, Int, String)] = [
            (.noSuchEvent, 404, ""), (.noSuchShow, 404, ""), (.noSuchTier, 404, ""),
            (.noSuchSeat(seat), 404, #","seat":"F/A/1""#), (.noSuchReservation, 404, ""), (.noSuchBooking, 404, ""),
            (.noSuchEntry, 404, ""), (.noSuchRefund, 404, ""),
            (.invalid(.seatTwice), 422, #","reason":"seatTwice""#), (.eventCancelled, 409, ""),
            (.showCancelled, 409, ""), (.showNotOnSale(salesStart: nil, salesEnd: nil), 409, ""),
            (
                .showNotOnSale(salesStart: Samples.time, salesEnd: nil), 409,
                #","salesStart":"2026-06-01T12:00:00.000001Z""#
            ),
            (.eventExists, 409, ""), (.seatsUnavailable([seat, seat]), 409, #","unavailable":["F/A/1","F/A/1"]"#),
            (.soldOut, 409, ""),
            (.noAdjacentSeats, 409, ""), (.buyerLimitExceeded(limit: 10, has: 9), 409, #","limit":10,"has":9"#),
            (.waitlistFirst, 409, ""), (.holdExpired, 409, ""), (.holdLimitReached, 409, ""),
            (.alreadyBooked(Samples.minted()), 409, #","bookingId":"\#(bkg)""#),
            (.alreadyWaiting(Samples.minted()), 409, #","entryId":"\#(wtl)""#), (.placesAvailable, 409, ""),
            (.alreadyTaken(Samples.minted()), 409, #","reservationId":"\#(Self.rsv())""#), (.notRefundable, 409, ""),
            (
                .alreadyAdmitted(at: Samples.time, gate: "N"), 409,
                #","at":"2026-06-01T12:00:00.000001Z","gate":"N""#
            ),
            (.notValid, 409, ""),
        ]
        for (refusal, status, data) in refusals {
            let reply = Self.reply(.refused(refusal))
            #expect(reply.status == status)
            #expect(reply.body.hasPrefix(#"{"type":"/problems/\#(refusal.code)","title":""#))
            #expect(reply.body.contains(#"","status":\#(status),"detail":""#))
            #expect(reply.body.hasSuffix(#","code":"\#(refusal.code)"\#(data),\#(Self.tail)"#), "\(reply.body)")
        }
    }

    @Test func aReplyMessageComesBackByteForByte() throws {
        var body: [UInt8] = []
        try Self.reserved().appendReply(Self.stamp, to: &body)
        let lines = [
            ReplyLine(id: Samples.id, status: 201, body: body),
            ReplyLine(id: CommandId(high: 0, low: 1), status: 409, isReplayed: true, body: Array("{}".utf8)),
        ]
        var bytes: [UInt8] = []
        for line in lines { line.append(to: &bytes) }
        #expect(Self.decode(bytes) == lines)
        #expect(Samples.text(bytes).hasSuffix(#"00001","status":409,"replayed":true,"body":{}}"# + "\n"))
    }
}
