internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

// How ids and times stand in columns, as the workers write them.

extension Id {
    var uuid: PostgresUUID { PostgresUUID(high: high, low: low) }

    init(_ uuid: PostgresUUID) { self.init(high: uuid.high, low: uuid.low) }
}

extension MintedId {
    var uuid: PostgresUUID { command.uuid }
    var number: Int32 { Int32(bitPattern: index) }

    init(_ uuid: PostgresUUID, _ number: Int32) {
        self.init(command: CommandId(uuid), index: UInt32(bitPattern: number))
    }

    init?(_ uuid: PostgresUUID?, _ number: Int32?) {
        guard let uuid, let number else { return nil }
        self.init(uuid, number)
    }
}

extension Time {
    var timestamp: Timestamp { Timestamp(microseconds: microseconds) }

    init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }
}

extension ShowId {
    init(_ event: PostgresUUID, _ number: Int32) throws(BrokenRow) {
        guard (1...Int32(Bounds.shows)).contains(number) else { throw BrokenRow("\(number) is no show's number") }
        self.init(EventId(event), Int(number))
    }
}

/// A row that cannot be one of ours.
struct BrokenRow: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A number as the case that it stands for.
func word<Word: RawRepresentable<UInt8>>(_ number: Int16, _: Word.Type = Word.self) throws -> Word {
    guard let raw = UInt8(exactly: number), let word = Word(rawValue: raw) else {
        throw BrokenRow("\(number) is no \(Word.self)")
    }
    return word
}
