internal import Pipeline
internal import Runtime

/// The threads that ask tenants' databases: as many as the worker has hands, each with a box of its own. The worker
/// sends no more visits at a time, so there is always one that is free.
final class Visitors: Sendable {
    private let boxes: [Mailbox<Visit>]
    private let threads: [OwnedThread]
    private let free: Lock<[Int]>
    private let sessions: DeskSessions

    init(_ parts: DeskLoop.Parts, inbox: Inbox<DeskInput>) throws(ThreadError) {
        let boxes = (0..<parts.options.hands).map { _ in Mailbox<Visit>() }
        let free = Lock(Array(boxes.indices))
        let sessions = DeskSessions(metrics: parts.metrics, open: parts.openDesk)
        self.boxes = boxes
        self.free = free
        self.sessions = sessions
        var threads: [OwnedThread] = []
        do {
            for (number, box) in boxes.enumerated() {
                threads.append(
                    try OwnedThread(name: "hand-\(number + 1)", stackBytes: 2 << 20) {
                        box.workOff { visit in
                            let began = SystemTime().monotonic
                            let outcome = sessions.run(visit)
                            parts.metrics.note(visit, outcome, took: SystemTime().monotonic - began)
                            free.withLock { $0.append(number) }
                            inbox.put(.visited(visit, outcome))
                        }
                    })
            }
        } catch {
            for box in boxes { box.close() }
            for thread in threads { thread.join() }
            throw error
        }
        self.threads = threads
    }

    func send(_ visit: Visit) {
        guard let number = free.withLock({ $0.popLast() }) else {
            preconditionFailure("there are no more visits than hands")
        }
        boxes[number].put(visit)
    }

    /// Ends what is under way, and closes all sessions.
    func stop() {
        for box in boxes { box.close() }
        for thread in threads { thread.join() }
        sessions.closeAll()
    }
}
