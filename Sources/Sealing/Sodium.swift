internal import CSodium

/// The choke point to libsodium: its one-time start, and the meaning of what it returns.
enum Sodium {
    private static let started: Bool = sodium_init() >= 0

    /// For calls with no bytes at all.
    // because: nobody reads or writes what is there, and it is never freed
    nonisolated(unsafe) static let nowhere = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

    /// Starts the library on the first call. It fails only where the system has no random numbers, and then nothing is
    /// safe.
    static func start() {
        precondition(started, "libsodium cannot start: the system gives no random numbers")
    }

    /// For calls that fail only when they are misused.
    static func check(_ result: Int32, _ call: StaticString = #function) {
        precondition(result == 0, "libsodium refused \(call)")
    }
}

extension UnsafeRawBufferPointer {
    /// As C takes bytes. Where there are none it is an address that nobody reads, since C asks for one.
    var octets: UnsafePointer<UInt8> {
        assumingMemoryBound(to: UInt8.self).baseAddress ?? UnsafePointer(Sodium.nowhere)
    }
}

extension UnsafeMutableRawBufferPointer {
    var octets: UnsafeMutablePointer<UInt8> {
        assumingMemoryBound(to: UInt8.self).baseAddress ?? Sodium.nowhere
    }
}
