import Sealing
import Testing
import Ticketing

@testable import Query

@Suite struct CursorTests {
    private static let all: [Cursor] = [
        .events(rank: 0, EventId(high: 1, low: 2)), .events(rank: .max, EventId(high: .max, low: 0)),
        .events(rank: -5, EventId(high: 0, low: .max)),
        .bookings(
            bookedAt: 1_790_000_000_000_000, EventId(high: 1, low: 2),
            BookingId(command: CommandId(high: 3, low: 4), index: .max)),
        .locations(country: "DE", city: "Köln"), .locations(country: "", city: ""),
    ]

    @Test(arguments: all)
    func isReadAsItWasWritten(_ cursor: Cursor) {
        #expect(Cursor(cursor.text) == cursor)
    }

    @Test(arguments: all)
    func oneThatWasMadeUpIsNone(_ cursor: Cursor) throws {
        let bytes = try #require(Base64.decode(cursor.text))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            #expect(Cursor(Base64.encode(other)) == nil, "byte \(index)")
        }
        #expect(Cursor(cursor.text + "A") == nil)
        #expect(Cursor(String(cursor.text.dropLast())) == nil)
    }

    /// Well-formed all the same: the database would refuse the whole question.
    @Test(arguments: [Int64.max, Bounds.latest.microseconds + 1, -1, .min])
    func aTimeThatCannotBeIsNone(_ bookedAt: Int64) {
        let booking = BookingId(command: CommandId(high: 3, low: 4), index: 0)
        #expect(Cursor(Cursor.bookings(bookedAt: bookedAt, EventId(high: 1, low: 2), booking).text) == nil)
        let latest = Cursor.bookings(bookedAt: Bounds.latest.microseconds, EventId(high: 1, low: 2), booking)
        #expect(Cursor(latest.text) == latest)
    }

    @Test func aNameThatCannotBeIsNone() {
        let name = String(repeating: "n", count: Bounds.nameBytes)
        #expect(Cursor(Cursor.locations(country: name, city: name).text) != nil)
        #expect(Cursor(Cursor.locations(country: name, city: name + "n").text) == nil)
    }

    @Test(arguments: ["", "x", "AAAAAAAA", String(repeating: "A", count: 2_000), "ä", "=", " "])
    func whatIsNoneIsNone(_ text: String) {
        #expect(Cursor(text) == nil)
    }
}
