package import Desk
package import Pipeline
package import Sealing
package import Ticketing
internal import Wire

/// Decides one tenant's journal again with the rule book and compares everything that was journaled, byte for byte.
///
///     let replay = DeskReplay(of: tenant, keys: keys)
///     for (batch, rows) in journal { replay.add(batch, rows) }
///     replay.finish(tails)
///
/// It is pure: where the rows come from is the caller's affair.
package final class DeskReplay {
    package private(set) var findings = Findings()
    package private(set) var tally = Replay.Tally()
    /// As the journal has led to it; nil before the account was requested, and behind a difference.
    package private(set) var state: DeskState?
    /// What the tables have to hold, the tickets that ended long ago included.
    package private(set) var tickets: [DeskTicketId: TicketRow] = [:]
    /// What follows from a difference is none of its own.
    package private(set) var isDoubted = false
    /// When something is due next, as it is stored.
    package private(set) var due: DeskTime?

    private let tenant: TenantId
    private var check: JournalCheck
    private var decoder = DeskDecoder()

    package init(of tenant: TenantId, keys: Set<VerifyingKey>) {
        self.tenant = tenant
        check = JournalCheck(keys: keys)
    }

    /// Batches whose roots could not be computed, because salts were erased.
    package var unproved: Int { check.unproved }

    /// Takes the next batch.
    package func add(_ batch: BatchRow, _ rows: [JournalRow]) {
        tally.batches += 1
        tally.entries += rows.count
        check.add(batch, rows, &findings)
        guard DeskRules.known.contains(batch.rulesVersion) else {
            findings.add(Finding(.rules, batch, "version \(batch.rulesVersion) of the rules is not known"))
            isDoubted = true
            return
        }
        if let state, DeskTime(batch.at) < state.time {
            findings.add(Finding(.time, batch, "is decided before the desk's last decision"))
            isDoubted = true
        }
        guard !isDoubted else {
            tally.skipped += rows.count
            return
        }
        decide(batch, rows)
        if !isDoubted { due = state?.nextDue }
    }

    /// - Parameter tails: of the one partition, as its row has them.
    package func finish(_ tails: [PartitionHead]) { check.finish(tails, &findings) }

    private func decide(_ batch: BatchRow, _ rows: [JournalRow]) {
        var arrears = DeskBook.arrears(of: tenant, batch: batch.number, rulesVersion: batch.rulesVersion)
        if state?.isBehind(at: DeskTime(batch.at)) == true {
            state?.fallDue(through: DeskTime(batch.at), arrears: &arrears)
        }
        // What fell due stands before the command that found it due, or at the end.
        var fallen: [JournalRow] = []
        var compared = 0
        for (index, row) in rows.enumerated() {
            if isDoubted {
                tally.skipped += rows.count - index
                return
            }
            if row.kind == .fellDue {
                fallen.append(row)
                continue
            }
            let decision = row.kind == .decided ? decide(row, batch, &arrears) : nil
            guard !isDoubted else { continue }
            compare(fallen, with: Array(arrears.decisions[compared...]), batch, before: row)
            (fallen, compared) = ([], arrears.decisions.count)
            guard !isDoubted else { continue }
            switch row.kind {
            case .decided: if let decision { compare(.decided(decision), row, batch) }
            case .parked: compareParked(row, batch)
            case .fellDue: break
            case .movedOut, .movedIn: differ(.move, row, "no desk moves")
            }
        }
        if !isDoubted { compare(fallen, with: Array(arrears.decisions[compared...]), batch, before: nil) }
    }

    private func decide(_ row: JournalRow, _ batch: BatchRow, _ arrears: inout DeskArrears) -> DeskDecision? {
        let order: Result<DeskOrder, Malformed> = row.payload.withUnsafeBytes { payload in
            do throws(Malformed) {
                return .success(try decoder.decode(payload: payload, tenant: tenant))
            } catch {
                return .failure(error)
            }
        }
        switch order {
        case .failure(let error):
            differ(.form, row, "the payload cannot be read: \(error.problems.first?.message ?? "")")
            return nil
        case .success(let order):
            let decision = DeskBook.decide(
                order, id: row.id, tenant: tenant, at: batch.at, state: &state, arrears: &arrears)
            if decision == nil { differ(.order, row, "is decided before what was due") }
            return decision
        }
    }

    private func compare(
        _ rows: [JournalRow], with decisions: [DeskDecision], _ batch: BatchRow, before next: JournalRow?
    ) {
        for (row, decision) in zip(rows, decisions) where !isDoubted { compare(.fellDue(decision), row, batch) }
        guard !isDoubted, rows.count != decisions.count else { return }
        let what = "\(rows.count) things fell due before this, by the rules \(decisions.count)"
        if let row = rows.last ?? next {
            differ(.order, row, what)
        } else {
            findings.add(Finding(.order, batch, what))
            isDoubted = true
        }
    }

    private func compare(_ verdict: DeskVerdict, _ row: JournalRow, _ batch: BatchRow) {
        tally.compared += 1
        guard let decision = verdict.decision else { return }
        let answer = answered(verdict, row, batch)
        if CommandId(decision.id) != row.id {
            differ(.order, row, "has the id \(row.id.hex), by the rules \(CommandId(decision.id).hex)")
        } else if row.tenant != tenant || row.event != EventId(high: tenant.high, low: tenant.low) {
            differ(.order, row, "is about somebody else's desk")
        } else if row.kind == .fellDue, !row.payload.isEmpty {
            differ(.order, row, "fell due, but has a payload")
        } else if answer.status != row.status {
            differ(.status, row, "answered \(row.status), by the rules \(answer.status)")
        } else if answer.reply != row.reply {
            differ(.reply, row, "answered \(excerpt(row.reply)), by the rules \(excerpt(answer.reply))")
        } else if SHA256.hash(answer.writes) != row.writes {
            differ(.writes, row, "wrote something else than the rules give")
        } else {
            for write in decision.writes { keep(write) }
        }
    }

    private func keep(_ write: DeskWrite) {
        switch write {
        case .insertDesk, .updateDesk: break
        case .insertTicket(let row), .updateTicket(let row): tickets[row.id] = row
        }
    }

    /// Nothing was decided, so there is nothing but the answer to compare.
    private func compareParked(_ row: JournalRow, _ batch: BatchRow) {
        tally.compared += 1
        for code in ParkReason.Code.allCases {
            let answer = answered(.parked(ParkReason(code, "")), row, batch)
            if answer.reply == row.reply, answer.status == row.status, SHA256.hash(answer.writes) == row.writes {
                return
            }
        }
        findings.add(Finding(.reply, row, "is no answer about something parked"))
    }

    private func answered(_ verdict: DeskVerdict, _ row: JournalRow, _ batch: BatchRow) -> AnsweredEntry {
        DeskEntry(id: row.id, payload: row.payload, verdict: verdict, trace: nil).answered(
            DeskStamp(tenant: tenant, partition: row.partition, sequence: row.sequence, decidedAt: batch.at))
    }

    private func differ(_ code: Finding.Code, _ row: JournalRow, _ text: String) {
        findings.add(Finding(code, row, text))
        isDoubted = true
        state = nil
    }

    private func excerpt(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(600), as: UTF8.self) + (bytes.count > 600 ? "…" : "")
    }

    // MARK: - The tables

    /// Compares where the journal leads to with what the tables hold.
    package func compare(_ stored: StoredDesk) {
        guard !isDoubted else { return }
        if state?.row != stored.desk { differ("the tables hold another desk than the journal leads to") }
        if due != stored.due { differ("the tables say that something else is due than the journal leads to") }
        for (id, row) in stored.tickets where tickets[id] != row {
            return differ("the tables hold another ticket \(text(id)) than the journal leads to")
        }
        if let missing = tickets.keys.sorted().first(where: { stored.tickets[$0] == nil }) {
            differ("the tables do not have the ticket \(text(missing))")
        }
    }

    private func text(_ id: DeskTicketId) -> String { DeskScopedId(tenant, id).text }

    private func differ(_ text: String) { findings.add(Finding(.state, text)) }
}

/// A tenant's tables.
package struct StoredDesk: Sendable {
    package var desk: DeskRow?
    package var due: DeskTime?
    package var tickets: [DeskTicketId: TicketRow] = [:]

    package init(desk: DeskRow? = nil, due: DeskTime? = nil, tickets: [DeskTicketId: TicketRow] = [:]) {
        self.desk = desk
        self.due = due
        self.tickets = tickets
    }
}
