internal import Pipeline

/// One connection to the fake database, as the server sees it.
final class FakeSession {
    let worker: WorkerId?
    private(set) var isOpen = true
    /// Rows of partitions that a transaction under way has locked.
    var locks: [Int] = []

    init(worker: WorkerId?) { self.worker = worker }

    /// Whatever it was doing is undone.
    func end() {
        isOpen = false
        locks = []
    }
}
