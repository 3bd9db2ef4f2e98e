internal import Runtime
internal import Sealing

/// What goes wrong with payments and messages, drawn by the settings' shares. Whatever has the same name has the same
/// fate under the same seed: also when it is asked for again after a crash.
struct Fates: Sendable {
    var seed: Int
    var late = 0.0
    var lateBy = Duration.zero
    var duplicated = 0.0
    var reordered = 0.0
    var reorderedBy = Duration.seconds(2)
    var lost = 0.0
    var wrongAmount = 0.0
    var failingRefunds = 0.0

    init(seed: Int) { self.seed = seed }

    init(_ section: SandboxSection) {
        seed = section.seed
        late = section.late
        lateBy = section.lateBy
        duplicated = section.duplicated
        reordered = section.reordered
        reorderedBy = section.reorderedBy
        lost = section.lost
        wrongAmount = section.wrongAmount
        failingRefunds = section.failingRefunds
    }

    /// A number from 0 on and below 1: the same for the same name, and another for each use of it.
    private func draw(_ use: StaticString, _ name: String) -> Double {
        let digest = SHA256.hash { hash in
            hash.update(Array("\(seed) \(use) \(name)".utf8))
        }
        let bits = digest.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        return Double(bits >> 11) / Double(1 << 53)
    }

    /// - Parameter name: of the payment or refund, with what is told of it.
    func message(_ name: String) -> Fate {
        var fate = Fate()
        if draw("late", name) < late {
            fate.delay = .microseconds(Int64(Double(lateBy.microseconds) * draw("late by", name)))
        }
        if draw("duplicated", name) < duplicated { fate.copies = 2 }
        if draw("reordered", name) < reordered { fate.hold = reorderedBy }
        fate.isLost = draw("lost", name) < lost
        return fate
    }

    /// What a buyer who was asked for an amount pays.
    func captured(_ amount: Int64, of name: String) -> Int64 {
        guard draw("wrong amount", name) < wrongAmount else { return amount }
        let difference = max(amount / 10, 1)
        let isLess = amount > difference && draw("less", name) < 0.5
        return isLess ? amount - difference : amount + difference
    }

    func failsRefund(_ name: String) -> Bool { draw("failing refund", name) < failingRefunds }
}
