internal import API
internal import Runtime
internal import Ticketing

/// What became of a request, and the proof of it.
struct RequestRoutes: Sendable {
    let reception: Reception
    let journal: JournalClerk
    let seal: RequestSeal

    func add(to door: inout Door) {
        door.on(.request) { call in
            let id = try read(call)
            let wait = call.prefer.wait ?? 0
            if reception.wait(for: id.command, .inquirer(call, id), seconds: wait) { return }
            try journal.inquire(call, id, seconds: wait)
        }
        door.on(.receipt) { call in try journal.receipt(call, try read(call)) }
    }

    private func read(_ call: Call) throws(Fault) -> RequestId {
        try call.allowOnly([])
        guard let id = seal.read(call.id, of: call.tenant), id.kind != .refused else { throw .notFound }
        return id
    }
}
