internal import Ticketing

/// A batch while it is being decided and until it is committed, with everybody who waits for it.
final class OpenBatch {
    var batch: Batch
    var arrears: Arrears
    /// The items that its entries answer.
    var answers: [(item: Item, entry: Int)] = []
    /// The items that it only keeps a record of.
    var parkedAnswers: [(item: Item, reason: ParkReason)] = []
    /// Of what was asked.
    var bytes = 0
    /// The events that it changes, each once.
    var touched: [Resident] = []

    init(_ batch: Batch, arrears: Arrears) {
        self.batch = batch
        self.arrears = arrears
    }

    var isEmpty: Bool {
        batch.entries.isEmpty && batch.parked.isEmpty && batch.dues.isEmpty
    }

    var count: Int { batch.entries.count + parkedAnswers.count }
    var answered: Int { answers.count + parkedAnswers.count }

    var items: [Item] { answers.map(\.item) + parkedAnswers.map(\.item) }

    /// Takes no more before the group ahead of it is through.
    func isFull(_ options: WorkerOptions) -> Bool {
        answered >= options.batchBound || bytes >= options.batchBytes
    }

    func touch(_ resident: Resident) {
        guard resident.touchedIn != batch.number else { return }
        resident.touchedIn = batch.number
        touched.append(resident)
        resident.pendingBatches += 1
    }
}
