internal import Desk
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

// What a batch of decisions writes beside its journal: of each row its last word.
extension PostgresPipeline {
    func addWrites(of batch: DeskBatch) {
        var writes = DeskWrites()
        for entry in batch.entries {
            guard let decision = entry.verdict.decision else { continue }
            for write in decision.writes { writes.add(write) }
        }
        if let desk = writes.desk { add(desk.row, desk.isNew ? DeskSQL.insertDesk : DeskSQL.updateDesk) }
        // An agent does one thing at a time, at each moment: what ends comes before what begins.
        addUpdates(writes.changed.filter { $0.status != .working })
        addInserts(writes.new)
        addUpdates(writes.changed.filter { $0.status == .working })
        addEffects(of: batch)
    }

    private func add(_ row: DeskRow, _ statement: SQL) {
        add(
            statement, TenantId(row.tenant).uuid, row.subDomain.text, Int16(row.status.rawValue), row.store?.text,
            DeskRows.json(row.settings.classes), Int32(row.settings.minutesPerTicket), Int32(row.settings.agents),
            Int16(row.settings.placement.rawValue), Int32(row.settings.softAssignSeconds), row.notBefore.timestamp)
    }

    private func addInserts(_ rows: [TicketRow]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            DeskSQL.insertTickets, columns.uuid { rows[$0].id.uuid }, columns.integer { rows[$0].id.number },
            columns.text { rows[$0].kind.text }, columns.smallint { Int16(rows[$0].status.rawValue) },
            columns.time { rows[$0].createdAt.timestamp }, columns.time { rows[$0].resolveBy.timestamp },
            columns.timeOrNull { rows[$0].openedAt?.timestamp }, columns.time { rows[$0].startsAt.timestamp },
            columns.integerOrNull { rows[$0].agent.map { Int32($0) } },
            columns.timeOrNull { rows[$0].endsAt?.timestamp })
    }

    private func addUpdates(_ rows: [TicketRow]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            DeskSQL.updateTickets, columns.uuid { rows[$0].id.uuid }, columns.integer { rows[$0].id.number },
            columns.smallint { Int16(rows[$0].status.rawValue) }, columns.timeOrNull { rows[$0].openedAt?.timestamp },
            columns.time { rows[$0].startsAt.timestamp }, columns.integerOrNull { rows[$0].agent.map { Int32($0) } },
            columns.timeOrNull { rows[$0].endsAt?.timestamp }, Int64(rows.count))
    }

    /// Notices to the client. The account's own effect is stored with its request.
    private func addEffects(of batch: DeskBatch) {
        var rows: [(id: EffectId, command: CommandId, trace: String?, body: [UInt8])] = []
        for entry in batch.entries {
            for (index, effect) in (entry.verdict.decision?.effects ?? []).enumerated() {
                guard case .notify(let notice, let tickets) = effect else { continue }
                rows.append(
                    (
                        EffectId.of(entry.id, index: index), entry.id, entry.trace?.traceparent,
                        Self.body(of: notice, tickets, of: batch.tenant)
                    ))
            }
        }
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            DeskSQL.insertEffects, batch.tenant.uuid, Int32(batch.partition), batch.at.timestamp,
            columns.uuid { rows[$0].id.uuid }, columns.text { _ in "notices" },
            columns.uuid { rows[$0].command.uuid }, columns.textOrNull { rows[$0].trace },
            columns.json { rows[$0].body })
    }

    /// `{"do":"tell","notice":"began","tickets":["dsk_…"]}`
    private static func body(
        of notice: DeskEffect.Notice, _ tickets: [DeskTicketId], of tenant: TenantId
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("do")
        writer.word("tell")
        writer.key("notice")
        switch notice {
        case .began: writer.word("began")
        case .resolved: writer.word("resolved")
        case .limitInDanger: writer.word("limit-in-danger")
        }
        writer.array("tickets", tickets) { $0.id(DeskScopedId(tenant, $1)) }
        writer.endObject()
        return writer.bytes
    }
}
