import Testing
import Wire

@testable import Ticketing

/// Answers to providers' messages, and to nobody.
@Suite struct OutcomeTests {
    let event = Samples.event
    let pay = ScopedId(Samples.event, Samples.minted() as PaymentId).text
    let bkg = ScopedId(Samples.event, Samples.minted() as BookingId).text
    let rfd = ScopedId(Samples.event, Samples.minted() as RefundId).text
    let wtl = ScopedId(Samples.event, Samples.minted() as EntryId).text
    let rsv = ScopedId(Samples.event, Samples.minted() as ReservationId).text
    let shw = ShowId(Samples.event, 1).text
    let money = Money(1_999, Samples.euro)
    let time = "2026-06-01T12:00:00.000001Z"

    func check(_ outcome: Outcome, _ front: String, _ place: SourceLocation = #_sourceLocation) {
        let reply = ReplyTests.reply(outcome)
        #expect(reply.status == 200, sourceLocation: place)
        #expect(reply.body == "{\(front),\(ReplyTests.tail)", sourceLocation: place)
        // What is answered is an object that a line can carry.
        let line = ReplyLine(id: Samples.id, status: 200, body: Array(reply.body.utf8))
        var bytes: [UInt8] = []
        line.append(to: &bytes)
        #expect(ReplyTests.decode(bytes) == [line], sourceLocation: place)
    }

    func reserved() throws -> Reserved {
        guard case .reserved(let reserved) = try ReplyTests.reserved().outcome else { throw NotReserved() }
        return reserved
    }

    struct NotReserved: Error {}

    @Test func aProvidersMessageIsAnsweredByWhatItChanged() throws {
        func paid(_ step: PaymentStep, _ front: String, _ place: SourceLocation = #_sourceLocation) {
            check(.paid(Samples.minted(), step), #""paymentId":"\#(pay)",\#(front)"#, place)
        }
        let seats = """
            "seats":[{"seat":"Floor/A/1","tier":"A","price":{"amount":5000,"currency":"EUR"}},\
            {"seat":"Floor/A/2","tier":"A","price":{"amount":5000,"currency":"EUR"}}]
            """
        paid(.pending, #""status":"pending""#)
        paid(
            .booked(Samples.minted(), seats: try reserved().seats, late: nil),
            #""status":"succeeded","bookingId":"\#(bkg)",\#(seats)"#)
        paid(
            .booked(Samples.minted(), seats: try reserved().seats, late: .equivalentPlaces),
            #""status":"succeeded","bookingId":"\#(bkg)",\#(seats),"late":"equivalent-places""#)
        paid(.failed(reason: "a \"b\"\n"), #""status":"failed","reason":"a \"b\"\n""#)
        paid(.cancelled, #""status":"cancelled""#)
        paid(
            .replaced(Samples.minted(), Samples.minted()),
            #""status":"succeeded","replacedPaymentId":"\#(pay)","refundId":"\#(rfd)""#)
        paid(.unchanged(.refundPending), #""status":"refund-pending","unchanged":true"#)
        paid(.refunded(nil, .tooLate), #""status":"refund-pending","reason":"too-late""#)
        paid(.replaced(Samples.minted(), nil), #""status":"succeeded","replacedPaymentId":"\#(pay)""#)
        // What the provider had told besides says what the payment is.
        paid(
            .told(.disputed, ended: nil, .disputed(.opened)), #""status":"disputed","dispute":"opened""#)
        paid(
            .told(.disputed, ended: Samples.minted(), .disputed(.lost)),
            #""status":"disputed","dispute":"lost","endedBookingId":"\#(bkg)""#)
        paid(.told(.succeeded, ended: nil, .disputed(.won)), #""status":"succeeded","dispute":"won""#)
        paid(
            .told(.refunded, ended: Samples.minted(), .refundReported(Samples.minted())),
            #""status":"refunded","refundId":"\#(rfd)","endedBookingId":"\#(bkg)""#)
        paid(
            .told(
                .disputed, ended: Samples.minted(),
                .booked(Samples.minted(), seats: try reserved().seats, late: .samePlaces)),
            #""status":"disputed","bookingId":"\#(bkg)",\#(seats),"late":"same-places","endedBookingId":"\#(bkg)""#)
    }

    @Test func whatFellDueHasAFormToo() throws {
        check(
            .holdEnded(Samples.minted(), entry: Samples.minted()),
            #""fell":"hold-ended","reservationId":"\#(rsv)","entryId":"\#(wtl)""#)
        check(.holdEnded(Samples.minted(), entry: nil), #""fell":"hold-ended","reservationId":"\#(rsv)""#)
        check(.gatheringEnded(Samples.minted()), #""fell":"gathering-ended","entryId":"\#(wtl)""#)
        check(
            .entryEnded(Samples.minted(), .lapsed, .salesEnded),
            #""fell":"entry-ended","entryId":"\#(wtl)","status":"lapsed","reason":"sales-ended""#)
        check(
            .unwound(
                Unwound(
                    show: 1, entries: [], holds: [Samples.minted()], bookings: [Samples.minted(), Samples.minted()],
                    refunded: money, isLast: true)),
            #""fell":"unwound","showId":"\#(shw)","entries":[],"holds":["\#(rsv)"],"bookings":["\#(bkg)","\#(bkg)"],"#
                + #""refunded":{"amount":1999,"currency":"EUR"},"isLast":true"#)
        let passOvers = [
            PassOver(entry: Samples.minted(), quantity: 4, free: 2, count: 1, gatherUntil: nil),
            PassOver(entry: Samples.minted(), quantity: 3, free: 2, count: 3, gatherUntil: Samples.time),
        ]
        let offer = ReplyTests.reply(
            .offered(Offer(entry: Samples.minted(), reserved: try reserved(), passedOver: passOvers)))
        #expect(offer.body.hasPrefix(#"{"fell":"offered","entryId":"\#(wtl)","reservationId":"\#(rsv)","showId":"#))
        #expect(
            offer.body.hasSuffix(
                #""passedOver":[{"entryId":"\#(wtl)","quantity":4,"free":2,"count":1},"#
                    + #"{"entryId":"\#(wtl)","quantity":3,"free":2,"count":3,"gatherUntil":"\#(time)"}],"#
                    + ReplyTests.tail))
    }

    @Test func cancelledShowsAndEmptyRefundsAreAnswered() {
        check(
            .showCancelled(1, Cancellation(bookings: 0, refunds: money)),
            #""showId":"\#(shw)","status":"cancelled","bookings":0,"refunds":{"amount":1999,"currency":"EUR"}"#)
        check(.unblocked(1, PlaceList(from: 3, count: 0)), #""showId":"\#(shw)","unblocked":0"#)
        check(
            .bookingCancelled(Samples.minted(), refund: nil, Money(0, Samples.euro)),
            #""bookingId":"\#(bkg)","refund":{"amount":0,"currency":"EUR"},"status":"cancelled""#)
    }

    @Test func aTimeThatNeverComesIsAnsweredWithoutATrap() {
        let reply = ReplyTests.reply(.extended(Samples.minted(), endsAt: .never))
        #expect(reply.body.contains(#""expiresAt":"9999-12-31T23:59:59.999999Z","expiresInSeconds":"#))
    }
}
