internal import Desk
package import Pipeline
package import Ticketing
internal import Wire

/// Proves from what was asked and answered, without the rule book, what a tenant was promised: no agent has two things
/// to do in one minute, no more agents work than there are, all work ends within its ticket's limit; and that the
/// tables say of each ticket what was told of it.
package struct DeskPromises: ~Copyable {
    /// Decisions about tickets, slots and minutes.
    package private(set) var followed = 0

    /// What was told of a ticket, or of a slot that may become one.
    fileprivate struct Ticket {
        var status: TicketStatus
        let createdAt: Time
        var resolveBy: Time?
        /// When work on it began, and which agent does it.
        var work: (agent: Int, from: Time, until: Time)?
    }

    private let tenant: TenantId
    private var tickets: [DeskTicketId: Ticket] = [:]
    /// By agent, until when it has something to do.
    private var busyUntil: [Int: Time] = [:]
    private var settings: DeskTold.Settings?
    private var reader = DeskAnswerReader()
    private var decoder = DeskDecoder()

    package init(of tenant: TenantId) { self.tenant = tenant }

    private struct Violation: Error {
        let code: Finding.Code
        let text: String

        init(_ code: Finding.Code, _ text: String) {
            self.code = code
            self.text = text
        }
    }

    /// Takes the next batch.
    package mutating func add(_ batch: BatchRow, _ rows: [JournalRow], _ found: inout Findings) {
        for row in rows where row.status < 300 {
            do throws(Violation) {
                switch row.kind {
                case .decided: try decided(row, at: batch.at)
                case .fellDue: try fellDue(row, at: batch.at)
                case .parked, .movedOut, .movedIn: break
                }
            } catch {
                found.add(Finding(error.code, row, error.text))
            }
        }
    }

    // MARK: - What was decided

    private mutating func decided(_ row: JournalRow, at time: Time) throws(Violation) {
        let order = row.payload.withUnsafeBytes { try? decoder.decode(payload: $0, tenant: tenant) }
        guard let order else { throw Violation(.form, "the payload cannot be read") }
        switch order {
        case .request(let request):
            settings = DeskTold.Settings(
                minutesPerTicket: request.settings.minutesPerTicket, agents: request.settings.agents)
        case .existing(.accountReady): break
        case .existing(.setSettings):
            guard let told = reader.settings(row.reply) else { throw unreadable }
            settings = told
        case .existing(.createTicket): try created(row, at: time)
        case .existing(.validateEta): try kept(row, at: time)
        case .existing(.allocateSlot): try allocated(row, at: time)
        case .existing(.cancel(let id)): try ended(id, as: .cancelled, row, at: time)
        case .existing(.resolve(let id)): try ended(id, as: .resolved, row, at: time)
        }
    }

    private var unreadable: Violation { Violation(.form, "the answer cannot be read") }

    private mutating func created(_ row: JournalRow, at time: Time) throws(Violation) {
        guard let told = reader.ticket(row.reply, of: tenant) else { throw unreadable }
        followed += 1
        let ticket = Ticket(status: .open, createdAt: time, resolveBy: told.until)
        guard tickets.updateValue(ticket, forKey: told.ticket) == nil else {
            throw Violation(.twice, "a ticket is made twice")
        }
        try check(told, after: time)
    }

    private mutating func kept(_ row: JournalRow, at time: Time) throws(Violation) {
        guard let told = reader.kept(row.reply, of: tenant) else { throw unreadable }
        followed += 1
        guard tickets.updateValue(Ticket(status: .held, createdAt: time), forKey: told.ticket) == nil else {
            throw Violation(.twice, "a slot is kept twice")
        }
        if told.startsAt <= time || told.startsAt < told.until {
            throw Violation(.slot, "a slot begins before whoever it is kept for has to say so")
        }
    }

    /// Whoever takes a slot again is told the same ticket, whatever has become of it.
    private mutating func allocated(_ row: JournalRow, at time: Time) throws(Violation) {
        guard let told = reader.ticket(row.reply, of: tenant) else { throw unreadable }
        followed += 1
        guard let ticket = tickets[told.ticket], ticket.status != .lapsed, ticket.status != .cancelled else {
            throw Violation(.ticket, "a slot is taken that nobody was given, or that has lapsed")
        }
        if let resolveBy = ticket.resolveBy, resolveBy != told.until {
            throw Violation(.limit, "a ticket has another limit than it had")
        }
        guard ticket.status == .held else { return }
        tickets[told.ticket]?.status = .open
        tickets[told.ticket]?.resolveBy = told.until
        // By other settings than those that it was kept under its place may be another by now.
        if told.startsAt <= time || told.startsAt >= told.until {
            throw Violation(.limit, "the slot that is taken does not lie within the limit")
        }
    }

    private func check(_ told: DeskTold.Slot, after time: Time) throws(Violation) {
        guard told.startsAt > time, told.startsAt.adding(minutes: settings?.minutesPerTicket ?? 0) <= told.until else {
            throw Violation(.limit, "the promised slot does not lie within the limit")
        }
    }

    private mutating func ended(
        _ id: DeskTicketId, as status: TicketStatus, _ row: JournalRow, at time: Time
    ) throws(Violation) {
        guard reader.ended(row.reply, of: tenant) == id else { throw unreadable }
        followed += 1
        guard let ticket = tickets[id], ticket.status != .held, ticket.status != .lapsed else {
            throw Violation(.ticket, "a ticket has ended that was never told")
        }
        // Whoever says it again is told so again.
        if ticket.status == status { return }
        guard ticket.status == .open || ticket.status == .working else {
            throw Violation(.ticket, "a ticket ends that has ended otherwise")
        }
        if let work = ticket.work, ticket.status == .working {
            // The minute that has begun is the agent's; those after it are free again.
            busyUntil[work.agent] = min(work.until, time.nextMinute)
        }
        tickets[id]?.status = status
    }

    // MARK: - What fell due

    private mutating func fellDue(_ row: JournalRow, at time: Time) throws(Violation) {
        guard let told = reader.fallen(row.reply, of: tenant) else { throw unreadable }
        followed += 1
        switch told {
        case .lapsed(let slots):
            for slot in slots {
                guard tickets[slot]?.status == .held else {
                    throw Violation(.ticket, "a slot lapses that nobody has kept")
                }
                tickets[slot]?.status = .lapsed
            }
        case .minute(let at, let resolved, let began):
            if at > time { throw Violation(.time, "a minute has begun before its time") }
            for id in resolved {
                guard let work = tickets[id]?.work, tickets[id]?.status == .working, work.until <= at else {
                    throw Violation(.ticket, "a ticket is resolved that nobody worked on for long enough")
                }
                tickets[id]?.status = .resolved
            }
            for work in began { try begin(work, at: at) }
        }
    }

    private mutating func begin(_ work: DeskTold.Work, at minute: Time) throws(Violation) {
        guard let settings, let ticket = tickets[work.ticket], ticket.status == .open else {
            throw Violation(.ticket, "work begins on what is no open ticket")
        }
        let end = minute.adding(minutes: settings.minutesPerTicket)
        tickets[work.ticket]?.status = .working
        tickets[work.ticket]?.work = (work.agent, minute, end)
        let free = busyUntil[work.agent]
        busyUntil[work.agent] = max(end, free ?? end)
        if let free, free > minute {
            throw Violation(.slot, "agent \(work.agent) begins something, and has something else to do")
        }
        if work.agent >= settings.agents { throw Violation(.slot, "agent \(work.agent) is beyond the last") }
        if let resolveBy = ticket.resolveBy, end > resolveBy {
            throw Violation(.limit, "the work on a ticket ends after its limit")
        }
    }

    // MARK: - The tables

    /// Each ticket that was told has its row, each row was told, and both say the same of it.
    package func finish(_ stored: StoredDesk, _ found: inout Findings) {
        for id in stored.tickets.keys.sorted() where tickets[id] == nil {
            found.add(Finding(.ticket, "the tables have \(text(id)), of which nobody was told"))
        }
        for id in tickets.keys.sorted() {
            guard let told = tickets[id] else { continue }
            guard let row = stored.tickets[id] else {
                found.add(Finding(.ticket, "somebody was told of \(text(id)), which the tables do not have"))
                continue
            }
            if let difference = told.difference(from: row) {
                found.add(Finding(.ticket, "\(text(id)): \(difference)"))
            }
        }
    }

    private func text(_ id: DeskTicketId) -> String { DeskScopedId(tenant, id).text }
}

extension DeskPromises.Ticket {
    fileprivate func difference(from row: TicketRow) -> String? {
        if row.status != status { return "was told to be \(status.word), and its row says \(row.status.word)" }
        if Time(row.createdAt) != createdAt { return "its row has another time of its making" }
        if let resolveBy, Time(row.resolveBy) != resolveBy { return "its row has another limit" }
        if let work {
            if row.agent != work.agent || Time(row.startsAt) != work.from { return "its row has other work on it" }
            if status == .working, row.endsAt.map({ Time($0) }) != work.until { return "its row has other work on it" }
        } else if row.agent != nil {
            return "its row has an agent that never began"
        }
        return nil
    }
}

extension Time {
    func adding(minutes: Int) -> Time { Time(microseconds: microseconds + Int64(minutes) * 60_000_000) }

    /// When the minute after the one that it lies in begins.
    fileprivate var nextMinute: Time { Time(microseconds: (microseconds / 60_000_000 + 1) * 60_000_000) }
}
