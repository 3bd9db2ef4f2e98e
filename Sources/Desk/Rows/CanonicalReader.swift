/// Reads what `CanonicalBytes` wrote. It believes nothing: bytes that cannot be are an error, never a trap.
struct CanonicalReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    private var broken: DeskLoadError { DeskLoadError(.impossible, in: "snapshot") }

    mutating func number() throws(DeskLoadError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw broken }
            // The tenth byte has one bit of the number.
            guard shift < 63 || byte < 2 else { throw broken }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw broken
    }

    mutating func integer() throws(DeskLoadError) -> Int { Int(Int64(bitPattern: try number())) }

    mutating func time() throws(DeskLoadError) -> DeskTime { DeskTime(microseconds: Int64(try integer())) }

    mutating func word<Word: RawRepresentable<UInt8>>() throws(DeskLoadError) -> Word {
        guard let byte = UInt8(exactly: try number()), let word = Word(rawValue: byte) else { throw broken }
        return word
    }

    mutating func name() throws(DeskLoadError) -> DeskName {
        let count = try integer()
        guard count >= 0, count <= rest.count, let text = String(validating: rest.prefix(count), as: UTF8.self) else {
            throw broken
        }
        rest = rest.dropFirst(count)
        return DeskName(text)
    }

    mutating func id<Kind>() throws(DeskLoadError) -> DeskId<Kind> {
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<16 {
            guard let byte = rest.popFirst() else { throw broken }
            if index < 8 { halves.0 = halves.0 << 8 | UInt64(byte) } else { halves.1 = halves.1 << 8 | UInt64(byte) }
        }
        return DeskId(high: halves.0, low: halves.1)
    }

    mutating func minted<Kind>() throws(DeskLoadError) -> DeskMintedId<Kind> {
        let command: DeskCommandId = try id()
        guard let index = UInt32(exactly: try number()) else { throw broken }
        return DeskMintedId(command: command, index: index)
    }

    mutating func optional<Value>(
        _ read: (inout CanonicalReader) throws(DeskLoadError) -> Value
    ) throws(DeskLoadError) -> Value? {
        switch try number() {
        case 0: return nil
        case 1: return try read(&self)
        default: throw broken
        }
    }

    mutating func row() throws(DeskLoadError) -> DeskStoredRow {
        switch try number() {
        case 0: .desk(try desk())
        case 1: .ticket(try ticket())
        default: throw broken
        }
    }

    private mutating func desk() throws(DeskLoadError) -> DeskRow {
        let (tenant, subDomain): (DeskTenantId, DeskName) = (try id(), try name())
        let status: AccountStatus = try word()
        let store = try optional { (reader) throws(DeskLoadError) in try reader.name() }
        var settings = DeskSettings(classes: [])
        let count = try integer()
        // Each class has a byte at least.
        guard count >= 0, count <= rest.count else { throw broken }
        for _ in 0..<count {
            settings.classes.append(DeskSettings.Class(name: try name(), minutes: try integer()))
        }
        settings.minutesPerTicket = try integer()
        settings.agents = try integer()
        settings.placement = try word()
        settings.softAssignSeconds = try integer()
        return DeskRow(
            tenant: tenant, subDomain: subDomain, status: status, store: store, settings: settings,
            notBefore: try time())
    }

    private mutating func ticket() throws(DeskLoadError) -> TicketRow {
        TicketRow(
            id: try minted(), kind: try name(), status: try word(), createdAt: try time(), resolveBy: try time(),
            openedAt: try optional { (reader) throws(DeskLoadError) in try reader.time() }, startsAt: try time(),
            agent: try optional { (reader) throws(DeskLoadError) in try reader.integer() },
            endsAt: try optional { (reader) throws(DeskLoadError) in try reader.time() })
    }
}
