internal import API
internal import Runtime
internal import Ticketing

/// What became of a request, and the proof of it.
struct RequestRoutes: Sendable {
    let reception: Reception
    let journal: JournalClerk
    let desk: Reception
    let deskJournals: DeskJournals
    let seal: RequestSeal

    func add(to door: inout Door) {
        door.on(.request) { call in
            let (id, tenant) = try read(call)
            let wait = call.prefer.wait ?? 0
            switch id.line {
            case .seats:
                if reception.wait(for: id.command, .inquirer(call, id), seconds: wait) { return }
                try journal.inquire(call, id, of: tenant, seconds: wait)
            case .desk:
                if desk.wait(for: id.command, .inquirer(call, id), seconds: wait) { return }
                try deskJournals.inquire(call, id, of: tenant, seconds: wait)
            }
        }
        door.on(.receipt) { call in
            let (id, tenant) = try read(call)
            switch id.line {
            case .seats: try journal.receipt(call, id)
            case .desk: try deskJournals.receipt(call, id, of: tenant)
            }
        }
    }

    /// Who asked for an account has no key yet: the id of that request is known to him alone, and enough.
    private func read(_ call: Call) throws(Fault) -> (RequestId, TenantId) {
        try call.allowOnly([])
        if let tenant = call.access?.tenant, let id = seal.read(call.id, of: tenant), id.kind != .refused {
            return (id, tenant)
        }
        if let (id, tenant) = seal.readOfAccount(call.id), id.kind != .refused { return (id, tenant) }
        guard call.access != nil else { throw .unauthorized }
        throw .notFound
    }
}
