/// A family of partitions with one rule book.
public enum Line: UInt8, CaseIterable, Hashable, Sendable {
    /// Events' places; the key of a command is an event.
    case seats = 0
    /// Tenants' tickets; the key is a tenant.
    case desk = 1
}
