package import Runtime

/// What keeps a worker from its work: what its core says of itself, and how long its database has not answered.
package final class Readiness: Sendable {
    private struct State {
        var lastBeat: MonotonicTime?
        var complaints: [String] = []
    }

    /// What the database is called in complaints.
    private let database: String
    private let state = Lock(State())

    package init(database: String) { self.database = database }

    /// The database has answered a beat, and this is what the core says since.
    package func note(_ complaints: [String], at now: MonotonicTime) {
        state.withLock { state in
            state.lastBeat = now
            state.complaints = complaints
        }
    }

    package func complaints(isConnected: Bool, at now: MonotonicTime) -> [String] {
        let (last, own) = state.withLock { ($0.lastBeat, $0.complaints) }
        var all = own
        if !isConnected { all.append("there is no connection to the broker") }
        guard let last else { return all + ["\(database) has not answered yet"] }
        let silence = now - last
        if silence > .seconds(3) { all.append("\(database) has not answered for \(silence)") }
        return all
    }
}
