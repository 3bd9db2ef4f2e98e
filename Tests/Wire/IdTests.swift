import Testing
import Ticketing
import Wire

@Suite struct IdTests {
    @Test func idsHaveOneTextOfFixedWidth() {
        #expect(EventId(high: 0, low: 0).text == "evt_0000000000000000000000")
        #expect(EventId(high: .max, low: .max).text == "evt_LygHa16AHYFLygHa16AHYF")
        #expect(EventId(high: 0, low: 61).text == "evt_000000000000000000000z")
        #expect(ShowId(EventId(high: 0, low: 0), 1).text == "shw_0000000000000000000000001")
        let reservation = ScopedId(Samples.event, MintedId<Kinds.Reservation>(command: Samples.id, index: .max))
        #expect(reservation.text.hasPrefix("rsv_" + Samples.event.text.dropFirst(4)))
        #expect(reservation.text.utf8.count == ScopedId<Kinds.Reservation>.textLength)
    }

    @Test func everyKindReadsItsOwnTextAndNoOther() {
        func check<ID: TextId>(_ id: ID, _ prefix: String) {
            #expect(id.text.hasPrefix(prefix))
            #expect(ID(text: id.text) == id)
            #expect(ID(text: "xxx_" + id.text.dropFirst(4)) == nil)
        }
        check(Samples.event, "evt_")
        check(Samples.tenant, "tnt_")
        check(ShowId(Samples.event, 238_327), "shw_")
        check(ScopedId(Samples.event, Samples.minted(3) as ReservationId), "rsv_")
        check(ScopedId(Samples.event, Samples.minted(.max) as BookingId), "bkg_")
        check(ScopedId(Samples.event, Samples.minted() as TicketId), "tkt_")
        check(ScopedId(Samples.event, Samples.minted() as EntryId), "wtl_")
        check(ScopedId(Samples.event, Samples.minted() as PaymentId), "pay_")
        check(ScopedId(Samples.event, Samples.minted() as RefundId), "rfd_")
    }

    @Test(arguments: [
        "", "evt_", "evt_000000000000000000000", "evt_00000000000000000000000", "EVT_0000000000000000000000",
        "evt-0000000000000000000000", "evt_000000000000000000000-", "evt_000000000000000000000é",
        // One more than the largest of each half.
        "evt_LygHa16AHYG00000000000", "evt_00000000000LygHa16AHYG", "evt_zzzzzzzzzzzzzzzzzzzzzz",
    ])
    func anotherTextIsNoId(_ text: String) { #expect(EventId(text: text) == nil) }

    @Test func numbersBeyondTheirRangeAreNoId() {
        #expect(ShowId(text: "shw_0000000000000000000000000") == nil)
        let digits = String(repeating: "0", count: 44)
        // 4,294,967,295 is the last index.
        #expect(ScopedId<Kinds.Ticket>(text: "tkt_" + digits + "4gfFC3")?.id.index == .max)
        #expect(ScopedId<Kinds.Ticket>(text: "tkt_" + digits + "4gfFC4") == nil)
    }

    @Test func commandIdsAreLowerCaseHexadecimal() {
        func read(_ text: String) -> CommandId? { Array(text.utf8).withUnsafeBytes { CommandId(hex: $0) } }
        #expect(Samples.id.hex == "0123456789abcdeffedcba9876543210")
        #expect(read(Samples.id.hex) == Samples.id)
        for bad in ["", "0123456789abcdeffedcba987654321", "0123456789ABCDEFfedcba9876543210", Samples.id.hex + "0"] {
            #expect(read(bad) == nil)
        }
    }
}
