/// A group on its way to the database.
struct Flight {
    let group: UInt64
    let parts: [Part]

    /// One lane's batch. It is still the lane's as long as the lane has it among its own: what was rolled back, lost or
    /// claimed anew meanwhile knows nothing of it.
    struct Part {
        let lane: Lane
        let batch: OpenBatch

        var isLive: Bool { lane.inFlight.contains { $0 === batch } }
    }
}
