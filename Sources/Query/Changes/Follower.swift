internal import API
internal import HTTPServer
internal import Runtime

/// Somebody who wants to be told what changes on a show.
struct Follower: Sendable {
    enum Kind: Sendable {
        /// A stream of events that stays open.
        case stream
        /// One answer, as soon as there is something to tell, or when its time is over.
        case poll(until: MonotonicTime)
    }

    let kind: Kind
    /// The version that is known already; nil: begin with the present.
    let version: UInt64?
    let call: Call
    let seat: Seat
    /// How often the stored state was looked at because the version is not known here.
    var looks = 0
}

/// A place among those who may follow at the same time; given back with the last reference.
final class Seat: Sendable {
    private let giveBack: @Sendable () -> Void

    init(_ giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }

    deinit { giveBack() }
}
