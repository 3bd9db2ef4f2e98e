public import Ticketing

/// A show as callers name it: the event's id and the show's number, so that the partition follows from the id alone.
public struct ShowId: TextId {
    public let event: EventId
    public let number: ShowNumber

    public static var prefix: StaticString { "shw_" }
    public static var digits: Int { EventId.digitCount + numberDigits }
    private static let numberDigits = 3

    /// The number is at least 1 and at most what three digits hold, which is far beyond what an event may have.
    public init(_ event: EventId, _ number: ShowNumber) {
        precondition(number >= 1 && number < 238_328, "a show's number")
        self.event = event
        self.number = number
    }

    public init?(digits bytes: Slice<UnsafeRawBufferPointer>) {
        guard let event = EventId(base62: bytes.prefix(EventId.digitCount)),
            let number = Base62.value(bytes.dropFirst(EventId.digitCount)), number >= 1
        else { return nil }
        self.init(event, Int(number))
    }

    public func appendDigits(to bytes: inout [UInt8]) {
        event.appendBase62(to: &bytes)
        Base62.append(UInt64(number), width: Self.numberDigits, to: &bytes)
    }
}

/// An id that a decision minted, as callers name it: it contains the event's.
public struct ScopedId<Kind: NamedKind>: TextId {
    public let event: EventId
    public let id: MintedId<Kind>

    public static var prefix: StaticString { Kind.prefix }
    public static var digits: Int { ScopedDigits.count }

    @inlinable
    public init(_ event: EventId, _ id: MintedId<Kind>) {
        self.event = event
        self.id = id
    }

    public init?(digits bytes: Slice<UnsafeRawBufferPointer>) {
        guard let (event, command, index) = ScopedDigits.read(bytes, owner: EventId.self) else { return nil }
        self.init(event, MintedId(command: command, index: index))
    }

    public func appendDigits(to bytes: inout [UInt8]) {
        ScopedDigits.append(event, command: id.command, index: id.index, to: &bytes)
    }
}

/// An id that a command minted, with the id of what it belongs to: the partition follows from the digits alone.
enum ScopedDigits {
    static let count = CommandId.digitCount + CommandId.digitCount + Base62.narrow

    static func read<Kind>(
        _ bytes: Slice<UnsafeRawBufferPointer>, owner: Id<Kind>.Type
    ) -> (owner: Id<Kind>, command: CommandId, index: UInt32)? {
        let rest = bytes.dropFirst(CommandId.digitCount)
        guard let owner = Id<Kind>(base62: bytes.prefix(CommandId.digitCount)),
            let command = CommandId(base62: rest.prefix(CommandId.digitCount)),
            let number = Base62.value(rest.dropFirst(CommandId.digitCount)), let index = UInt32(exactly: number)
        else { return nil }
        return (owner, command, index)
    }

    static func append(_ owner: Id<some Any>, command: CommandId, index: UInt32, to bytes: inout [UInt8]) {
        owner.appendBase62(to: &bytes)
        command.appendBase62(to: &bytes)
        Base62.append(UInt64(index), width: Base62.narrow, to: &bytes)
    }
}
