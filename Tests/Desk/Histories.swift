@testable import Desk

/// Generated histories of one desk: what is asked, when, and what became of it.
struct Histories {
    var random: Seeded
    var tickets: [Promised] = []
    var slots: [Promised] = []

    init(seed: UInt64) { random = Seeded(seed) }

    mutating func settings(placement: DeskPlacement? = nil, minutes: Int? = nil) -> DeskSettings {
        let length = minutes ?? random.number(1...3)
        return DeskSettings(
            classes: ["A", "B", "C"].map { name in
                DeskSettings.Class(name: name, minutes: length + random.number(1...9))
            }, minutesPerTicket: length, agents: random.number(1...3),
            placement: placement ?? (random.chance(50) ? .earliest : .deadline),
            softAssignSeconds: [1, 30, 60, 100, 200][random.number(0...4)])
    }

    mutating func command() -> DeskCommand {
        let kind: DeskName = ["A", "B", "C"][random.number(0...2)]
        switch random.number(1...100) {
        case ...45: return .createTicket(class: kind)
        case ...62: return .validateEta(class: kind)
        case ...76:
            guard let slot = slots.last else { return .createTicket(class: kind) }
            return .allocateSlot(slot.slot, class: slot.kind)
        case ...86:
            guard !tickets.isEmpty else { return .createTicket(class: kind) }
            return .cancel(tickets[random.number(max(0, tickets.count - 6)...tickets.count - 1)].ticket)
        case ...95:
            guard !tickets.isEmpty else { return .createTicket(class: kind) }
            return .resolve(tickets[random.number(max(0, tickets.count - 6)...tickets.count - 1)].ticket)
        default: return .setSettings(settings())
        }
    }

    mutating func seconds() -> Int { random.chance(60) ? random.number(0...9) : random.number(0...150) }

    mutating func learn(_ decision: DeskDecision) {
        switch decision.outcome {
        case .created(let promised), .allocated(let promised): tickets.append(promised)
        case .softAssigned(let promised, _): slots.append(promised)
        default: break
        }
    }
}

/// What the database would hold.
struct StoredDesk {
    private(set) var desk: DeskRow?
    private(set) var tickets: [DeskTicketId: TicketRow] = [:]

    struct Wrong: Error {
        let write: DeskWrite
    }

    mutating func apply(_ decision: DeskDecision) throws {
        guard decision.rowCount <= DeskBounds.rowsPerDecision else { throw Wrong(write: decision.writes[0]) }
        for write in decision.writes {
            switch write {
            case .insertDesk(let row): desk = row
            case .updateDesk(let row): desk = row
            case .insertTicket(let row):
                guard tickets.updateValue(row, forKey: row.id) == nil else { throw Wrong(write: write) }
            case .updateTicket(let row):
                guard tickets.updateValue(row, forKey: row.id) != nil else { throw Wrong(write: write) }
            }
        }
    }

    func load(at time: DeskTime) throws -> DeskState? {
        guard let desk else { return nil }
        var loader = try DeskLoader(desk, at: time)
        for row in tickets.values { try loader.add(row) }
        return try loader.finish()
    }
}

extension StoredDesk {
    /// Where the tables alone tell other starts than the state; nil where they do not.
    func misforecast(_ state: DeskState, at now: DeskTime) -> String? {
        guard state.settings.placement == .deadline else { return nil }
        var forecast = DeskForecast(state.settings, at: now)
        for row in tickets.values {
            if row.status == .held || row.status == .open { forecast.wait(1, for: row.resolveBy) }
            if row.status == .working, let end = row.endsAt { forecast.work(until: end) }
        }
        for row in tickets.values where row.status == .open {
            let (told, expected) = (forecast.start(for: row.resolveBy), state.forecast(row.id))
            if told != expected { return "forecast \(told), not \(String(describing: expected))" }
        }
        return nil
    }
}

/// Looks only at what was decided: who worked on what when, and whether that is what was promised.
struct Watcher {
    private var promises: [DeskTicketId: Promised] = [:]
    private var works: [DeskTicketId: (agent: Int, from: Int, until: Int)] = [:]
    /// Who had which minute of which agent.
    private var minutes: [[Int]: DeskTicketId] = [:]
    private(set) var found: [String] = []
    private(set) var begun = 0

    mutating func see(_ decision: DeskDecision, _ settings: DeskSettings, at now: DeskTime) {
        for case .notify(.limitInDanger, _) in decision.effects { found.append("a limit in danger") }
        for case .updateTicket(let row) in decision.writes {
            if row.status == .cancelled || row.status == .resolved, let work = works[row.id], row.endsAt == now {
                // What had not begun was free again.
                for minute in work.from..<work.until where minute > now.minute { minutes[[work.agent, minute]] = nil }
            }
            if settings.placement == .earliest, let promised = promises[row.id], row.status == .open {
                promises[row.id] = Promised(
                    slot: promised.slot, kind: promised.kind, startsAt: row.startsAt, resolveBy: row.resolveBy)
            }
        }
        switch decision.outcome {
        case .created(let promised), .allocated(let promised), .softAssigned(let promised, _):
            promises[promised.ticket] = promised
        case .minuteBegan(let minute):
            for work in minute.began { begin(work, minute.at.minute, settings) }
        default: break
        }
    }

    private mutating func begin(_ work: MinuteBegan.Work, _ minute: Int, _ settings: DeskSettings) {
        begun += 1
        guard let promised = promises[work.ticket] else {
            found.append("work on something unknown")
            return
        }
        let end = minute + settings.minutesPerTicket
        if DeskTime(minute: end) > promised.resolveBy { found.append("work ended after its limit") }
        if settings.placement == .earliest, promised.startsAt.minute != minute { found.append("a fixed slot moved") }
        if works[work.ticket] != nil { found.append("work begun twice") }
        works[work.ticket] = (work.agent, minute, end)
        for taken in minute..<end {
            if minutes.updateValue(work.ticket, forKey: [work.agent, taken]) != nil { found.append("a slot twice") }
        }
    }
}
