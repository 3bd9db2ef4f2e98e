internal import Postgres
internal import Ticketing

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
}
