internal import Sealing
internal import Ticketing
internal import Wire

// What each kind of entry must have come to.
extension Replay {
    /// - Returns: where it stopped, if it has to wait for another partition.
    func run(_ position: Position) -> Position? {
        var position = position
        while position.next < position.rows.count {
            let row = position.rows[position.next]
            if doubted.contains(row.event) {
                skip(row, &position)
                continue
            }
            switch row.kind {
            case .movedIn:
                guard moving[row.event] != nil else { return position }
                movedIn(row, &position)
            case .movedOut: movedOut(row, &position)
            case .parked: parked(row, &position)
            case .decided: if isHere(row, &position) { decided(row, &position) }
            case .fellDue: if isHere(row, &position) { fellDue(row, &position) }
            }
        }
        return nil
    }

    private func skip(_ row: JournalRow, _ position: inout Position) {
        tally.skipped += 1
        position.next += 1
        guard row.kind == .fellDue else { return }
        position.fallen += 1
        position.budget -= 1
    }

    private func isHere(_ row: JournalRow, _ position: inout Position) -> Bool {
        if let home = homes[row.event], home != row.partition {
            findings.add(Finding(.partition, row, "is decided, but partition \(home) has the event"))
            position.next += 1
            doubt(row.event)
            return false
        }
        guard let state = states[row.event], state.time > position.batch.at else { return true }
        findings.add(Finding(.time, row, "is decided before the event's last decision, of \(state.time.text)"))
        position.next += 1
        doubt(row.event)
        return false
    }

    private func decided(_ row: JournalRow, _ position: inout Position) {
        position.next += 1
        let content: Content
        do throws(Malformed) {
            content = try read(row)
        } catch {
            differ(.form, row, "the payload cannot be read: \(error.problems.first?.message ?? "")")
            return
        }
        if case .moveOut = content.order {
            differ(.order, row, "is journaled as decided, but asks for a move")
            return
        }
        if states[row.event]?.isBehind(at: position.batch.at) == true {
            differ(.order, row, "is decided before what was due")
            return
        }
        var arrears = Arrears(seed: row.id, rulesVersion: position.batch.rulesVersion, atMost: position.budget)
        let decision = Book.decide(
            content, id: row.id, tenant: row.tenant, at: position.batch.at, state: &states[row.event],
            arrears: &arrears)
        guard let decision else {
            differ(.order, row, "is decided before what was due")
            return
        }
        if states[row.event] != nil { homes[row.event] = row.partition }
        compare(.decided(decision), row, position)
    }

    private func read(_ row: JournalRow) throws(Malformed) -> Content {
        let result: Result<Content, Malformed> = row.payload.withUnsafeBytes { payload in
            do throws(Malformed) {
                return .success(try decoder.decode(payload: payload, event: row.event))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func fellDue(_ row: JournalRow, _ position: inout Position) {
        let seed = Book.arrearsSeed(partition: row.partition, batch: position.batch.number)
        var arrears = Arrears(
            seed: CommandId(high: seed.high, low: seed.low &+ position.fallen),
            rulesVersion: position.batch.rulesVersion, atMost: position.budget)
        states[row.event]?.fallDue(through: position.batch.at, arrears: &arrears)
        position.budget = arrears.budget
        guard !arrears.decisions.isEmpty else {
            position.next += 1
            position.fallen += 1
            differ(.order, row, "fell due, but nothing was due")
            return
        }
        for decision in arrears.decisions {
            guard position.next < position.rows.count, position.rows[position.next].kind == .fellDue,
                position.rows[position.next].event == row.event
            else {
                let place = position.rows[min(position.next, position.rows.count - 1)]
                findings.add(Finding(.order, place, "something else fell due here for event \(row.event.text)"))
                doubt(row.event)
                return
            }
            let fallen = position.rows[position.next]
            position.next += 1
            position.fallen += 1
            compare(.fellDue(decision), fallen, position)
            // The rest are told apart from the rows of others, but not compared any more.
            if doubted.contains(row.event) { return }
        }
    }

    private func movedOut(_ row: JournalRow, _ position: inout Position) {
        guard isHere(row, &position) else { return }
        position.next += 1
        guard let content = try? read(row), case .moveOut(let target, _) = content.order else {
            differ(.form, row, "moved out, but nothing had asked for that")
            return
        }
        let state = states.removeValue(forKey: row.event)
        homes[row.event] = nil
        let digest = state?.digest ?? .zero
        if let state {
            moving[row.event] = Moving(state: state, digest: digest, from: row.partition, to: target)
        }
        compare(.movedOut(to: target, digest), row, position)
    }

    private func movedIn(_ row: JournalRow, _ position: inout Position) {
        position.next += 1
        guard let moved = moving.removeValue(forKey: row.event) else { return }
        guard moved.to == row.partition else {
            differ(.move, row, "moved in, but it was on its way to partition \(moved.to)")
            return
        }
        states[row.event] = moved.state
        homes[row.event] = row.partition
        compare(.movedIn(from: moved.from, moved.digest), row, position)
    }

    /// Nothing was decided, so there is nothing but the answer to compare.
    private func parked(_ row: JournalRow, _ position: inout Position) {
        position.next += 1
        for code in ParkReason.Code.allCases where isAnswer(.parked(ParkReason(code, "")), row, position) {
            tally.compared += 1
            return
        }
        findings.add(Finding(.reply, row, "is no answer about something parked"))
    }

    private func isAnswer(_ verdict: Verdict, _ row: JournalRow, _ position: Position) -> Bool {
        answer(verdict, row, position)
        return answer.reply == row.reply && answer.status == row.status && answer.writes == row.writes
    }

    private func answer(_ verdict: Verdict, _ row: JournalRow, _ position: Position) {
        answer.answer(
            verdict,
            DecisionStamp(
                event: row.event, currency: states[row.event]?.currency, partition: row.partition,
                sequence: row.sequence, decidedAt: position.batch.at))
    }

    private func compare(_ verdict: Verdict, _ row: JournalRow, _ position: Position) {
        tally.compared += 1
        answer(verdict, row, position)
        if let decision = verdict.decision, decision.id != row.id {
            differ(.order, row, "has the id \(row.id.hex), by the rules \(decision.id.hex)")
        } else if verdict.kind == .fellDue, !row.payload.isEmpty || row.tenant != states[row.event]?.tenant {
            differ(.order, row, "fell due, but with a payload or with another tenant than the event's")
        } else if answer.status != row.status {
            differ(.status, row, "answered \(row.status), by the rules \(answer.status)")
        } else if answer.reply != row.reply {
            differ(.reply, row, "answered \(excerpt(row.reply)), by the rules \(excerpt(answer.reply))")
        } else if answer.writes != row.writes {
            differ(.writes, row, "wrote something else than the rules give")
        }
    }

    private func differ(_ code: Finding.Code, _ row: JournalRow, _ text: String) {
        findings.add(Finding(code, row, text))
        doubt(row.event)
    }

    private func excerpt(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(600), as: UTF8.self) + (bytes.count > 600 ? "…" : "")
    }
}
