public import Runtime
internal import Ticketing

extension RequestSeal {
    /// The id of a request that was refused before it was anybody's: it names no command and no tenant, and is there
    /// for telling log lines apart.
    public func stranger(at time: Timestamp) -> String {
        // A UUIDv7's time first, so that such ids are in the order of their requests.
        let milliseconds = UInt64(clamping: time.microseconds / 1_000)
        let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0xFFF)
        let low = UInt64.random(in: 0..<1 << 62) | 0b10 << 62
        return text(
            RequestId(
                .refused, CommandId(high: high, low: low), partition: 0, seconds: time.microseconds / 1_000_000),
            of: TenantId(high: 0, low: 0))
    }
}
