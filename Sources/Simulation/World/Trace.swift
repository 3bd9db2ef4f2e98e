internal import Runtime
internal import Ticketing

/// Everything that happens in a world, in order: as a hash that two runs of one seed have to agree on, and as lines for
/// whoever wants to read them.
final class Trace {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private let print: ((String) -> Void)?
    var now: () -> MonotonicTime = { MonotonicTime(nanoseconds: 0) }

    init(print: ((String) -> Void)?) { self.print = print }

    func note(_ what: StaticString, _ first: UInt64 = 0, _ second: UInt64 = 0, _ text: @autoclosure () -> String = "") {
        let time = now().nanoseconds
        mix(UInt64(bitPattern: time))
        mix(UInt64(what.utf8CodeUnitCount) << 8 | UInt64(what.utf8Start.pointee))
        mix(first)
        mix(second)
        if let print {
            let micros = time / 1_000
            let seconds = "\(micros / 1_000_000).\(String(1_000_000 + micros % 1_000_000).dropFirst())"
            print("\(seconds) \(what) \(text())")
        }
    }

    func mix(_ bytes: [UInt8]) {
        var local = hash
        for byte in bytes { local = (local ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = local
    }

    private func mix(_ word: UInt64) {
        hash = (hash ^ word) &* 0x100_0000_01B3
        hash ^= hash >> 29
    }
}
