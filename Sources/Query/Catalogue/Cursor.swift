internal import Desk
internal import Sealing
internal import Ticketing

/// Where a page of a list ends, as its reader hands it back: opaque, and good only for the list that it came from.
enum Cursor: Hashable, Sendable {
    /// Behind this rank, and among those of the same rank behind this id.
    case events(rank: Int64, EventId)
    case bookings(bookedAt: Int64, EventId, BookingId)
    case locations(country: String, city: String)
    case deskTickets(createdAt: Int64, DeskTicketId)

    private static let longest = 1_000

    var text: String {
        var bytes: [UInt8] = []
        switch self {
        case .events(let rank, let event):
            bytes = [1]
            Self.append(UInt64(bitPattern: rank), to: &bytes)
            Self.append(event.high, to: &bytes)
            Self.append(event.low, to: &bytes)
        case .bookings(let bookedAt, let event, let booking):
            bytes = [2]
            for number in [
                UInt64(bitPattern: bookedAt), event.high, event.low, booking.command.high, booking.command.low,
                UInt64(booking.index),
            ] { Self.append(number, to: &bytes) }
        case .deskTickets(let createdAt, let ticket):
            bytes = [4]
            for number in [
                UInt64(bitPattern: createdAt), ticket.command.high, ticket.command.low, UInt64(ticket.index),
            ] { Self.append(number, to: &bytes) }
        case .locations(let country, let city): bytes = [3] + Array(country.utf8) + [0] + Array(city.utf8)
        }
        return Base64.encode(bytes + Self.check(bytes))
    }

    /// nil for what was made up: what says what no page ends with, such as a time that the database does not know.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest, let all = Base64.decode(text), all.count > 5,
            Array(all.suffix(4)) == Self.check(Array(all.dropLast(4)))
        else { return nil }
        let bytes = all.dropLast(4)
        switch bytes[0] {
        case 1:
            guard let numbers = Self.numbers(bytes.dropFirst(), 3) else { return nil }
            self = .events(rank: Int64(bitPattern: numbers[0]), EventId(high: numbers[1], low: numbers[2]))
        case 2:
            guard let numbers = Self.numbers(bytes.dropFirst(), 6), let index = UInt32(exactly: numbers[5]),
                let bookedAt = Int64(exactly: numbers[0]), bookedAt <= Bounds.latest.microseconds
            else { return nil }
            self = .bookings(
                bookedAt: bookedAt, EventId(high: numbers[1], low: numbers[2]),
                BookingId(command: CommandId(high: numbers[3], low: numbers[4]), index: index))
        case 3:
            let parts = bytes.dropFirst().split(separator: 0, omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.count <= Bounds.nameBytes }),
                let country = String(validating: parts[0], as: UTF8.self),
                let city = String(validating: parts[1], as: UTF8.self)
            else { return nil }
            self = .locations(country: country, city: city)
        case 4:
            guard let numbers = Self.numbers(bytes.dropFirst(), 4), let index = UInt32(exactly: numbers[3]),
                let createdAt = Int64(exactly: numbers[0]), createdAt <= DeskBounds.latest.microseconds
            else { return nil }
            self = .deskTickets(
                createdAt: createdAt,
                DeskTicketId(command: DeskCommandId(high: numbers[1], low: numbers[2]), index: index))
        default: return nil
        }
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
    }

    private static func numbers(_ bytes: ArraySlice<UInt8>, _ count: Int) -> [UInt64]? {
        guard bytes.count == count * 8 else { return nil }
        return (0..<count).map { index in
            bytes.dropFirst(index * 8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    /// It keeps slips of the pen out, not people: a cursor says nothing that its reader may not know.
    private static func check(_ bytes: [UInt8]) -> [UInt8] {
        var hash: UInt32 = 0x811C_9DC5
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: hash >> $0) }
    }
}
