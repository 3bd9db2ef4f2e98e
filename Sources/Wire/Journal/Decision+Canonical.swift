public import Ticketing

extension Decision {
    /// Appends everything that was decided: the reply, the rows, the effects and the changes. Two processes that decide
    /// the same write the same bytes, so a replay compares them, and a hash of them stands for the decision.
    public func appendCanonical(_ stamp: DecisionStamp, to bytes: inout [UInt8]) {
        var reply: [UInt8] = []
        appendReply(stamp, to: &reply)
        appendCanonical(reply: reply, to: &bytes)
    }

    /// The same with the reply that `appendReply` gave.
    public func appendCanonical(reply: [UInt8], to bytes: inout [UInt8]) {
        var writer = CanonicalWriter(appendingTo: bytes)
        bytes = []
        writer.put(CanonicalWriter.version)
        writer.put(id)
        writer.put(status)
        writer.put(reply)
        writer.put(writes) { $0.put($1) }
        writer.put(effects) { $0.put($1) }
        writer.put(changes) { $0.put($1) }
        bytes = writer.bytes
    }
}

/// Values as bytes: numbers in eight, little end first; lists and texts behind their lengths; what may be missing, and
/// which case it is, behind a number. No two decisions have the same bytes.
struct CanonicalWriter {
    static let version = 1

    private(set) var bytes: [UInt8]

    init(appendingTo bytes: consuming [UInt8]) { self.bytes = bytes }

    mutating func put(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ number: Int) { put(UInt64(bitPattern: Int64(number))) }
    mutating func put(_ number: Int64) { put(UInt64(bitPattern: number)) }
    mutating func put(_ flag: Bool) { put(flag ? 1 : 0 as UInt64) }
    mutating func put(_ time: Time) { put(time.microseconds) }
    mutating func put(_ value: some RawRepresentable<UInt8>) { put(UInt64(value.rawValue)) }

    mutating func put(_ text: some Collection<UInt8>) {
        put(text.count)
        bytes.append(contentsOf: text)
    }

    mutating func put(_ label: Label) { put(label.text.utf8) }
    mutating func put(_ currency: Currency) { put(currency.description.utf8) }

    mutating func put<Kind>(_ id: Id<Kind>) {
        put(id.high)
        put(id.low)
    }

    mutating func put<Kind>(_ id: MintedId<Kind>) {
        put(id.command)
        put(UInt64(id.index))
    }

    mutating func put(_ money: Money) {
        put(money.amount)
        put(money.currency)
    }

    mutating func put(_ places: PlaceList) { put(places) { $0.put(UInt64($1)) } }

    mutating func put<Value>(_ value: Value?, _ body: (inout CanonicalWriter, Value) -> Void) {
        put(value != nil)
        if let value { body(&self, value) }
    }

    mutating func put<Value>(_ values: some Collection<Value>, _ body: (inout CanonicalWriter, Value) -> Void) {
        put(values.count)
        for value in values { body(&self, value) }
    }
}

extension CanonicalWriter {
    mutating func put(_ effect: Effect) {
        switch effect {
        case .createPayment(let id, let reservation, let provider, let money):
            put(0)
            put(id)
            put(reservation)
            put(provider)
            put(money)
        case .cancelPayment(let id, let provider, let reference):
            put(1)
            put(id)
            put(provider)
            put(reference) { $0.put($1) }
        case .refund(let id, let payment, let provider, let reference, let money):
            put(2)
            put(id)
            put(payment)
            put(provider)
            put(reference) { $0.put($1) }
            put(money)
        case .reportIncident(let id, let money):
            put(3)
            put(id)
            put(money) { $0.put($1) }
        }
    }

    mutating func put(_ change: ShowChange) {
        put(change.show)
        put(change.version)
        switch change.kind {
        case .places(let places, let from, let to):
            put(0)
            put(places)
            put(from)
            put(to)
        case .line(let tier, let waiting):
            put(1)
            put(tier)
            put(waiting)
        case .added: put(2)
        case .cancelled: put(3)
        }
    }
}
