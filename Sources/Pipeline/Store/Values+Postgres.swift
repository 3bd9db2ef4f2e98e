internal import Postgres
internal import Runtime
internal import Sealing
internal import Ticketing

// How the pipeline's values stand in columns.

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

extension Salt {
    var uuid: PostgresUUID { PostgresUUID(high: high, low: low) }
}

extension Time {
    var timestamp: Timestamp { Timestamp(microseconds: microseconds) }

    init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }
}

extension PostgresWriter {
    mutating func append(_ digest: Digest) { digest.withUnsafeBytes { append(bytes: $0) } }
}

extension PlaceList {
    /// As an array's text: the server makes the array of it, since arrays of arrays cannot be sent.
    var arrayText: String {
        var text = "{"
        for place in self {
            if text.utf8.count > 1 { text += "," }
            text += String(place)
        }
        return text + "}"
    }
}
