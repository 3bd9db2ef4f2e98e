internal import Postgres
internal import Runtime
internal import Ticketing

// A group's rows as statements: one for each table and kind of change, none where nothing is to be done. Updates check
// on the server that each of their rows was there.

extension PostgresPipeline {
    func add(_ writes: GroupWrites) {
        addEvents(writes.events)
        addTerms(writes.terms.inserted)
        addShows(writes.shows)
        addChanges(writes.changes.rows)
        addClaims(writes.claims.net)
        addReservations(writes.reservations)
        addPayments(writes.payments)
        addRefunds(writes.refunds)
        addDisputes(writes.disputes)
        addBookings(writes.bookings)
        addTickets(writes.tickets)
        addEntries(writes.entries)
        addCheckIns(writes.checkIns.inserted)
        addIncidents(writes.incidents)
        addEffects(writes.effects)
    }

    private func addEvents(_ table: RowTable<Int, EventRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertEvents), (table.updated, InventorySQL.updateEvents),
        ]
        where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { rows[$0].row.event.uuid }, columns.uuid { rows[$0].row.tenant.uuid },
                columns.text { rows[$0].row.details.name.text },
                columns.text { rows[$0].row.details.description.text },
                columns.text { rows[$0].row.details.category.text },
                columns.text { rows[$0].row.details.language.text },
                columns.bigintOrNull { rows[$0].row.details.durationMinutes.map { Int64($0) } },
                columns.text { rows[$0].row.details.venue.text }, columns.text { rows[$0].row.details.city.text },
                columns.text { rows[$0].row.details.country.text },
                columns.integerOrNull { rows[$0].row.details.latitude },
                columns.integerOrNull { rows[$0].row.details.longitude },
                columns.json { rows[$0].row.details.performersText },
                columns.text { rows[$0].row.currency.description },
                columns.integer { Int32(clamping: rows[$0].row.settings.maxTicketsPerBuyer) },
                columns.bigint { rows[$0].row.settings.hold.count },
                columns.bigint { rows[$0].row.settings.payment.count },
                columns.bigint { rows[$0].row.settings.offer.count },
                columns.integer { Int32(clamping: rows[$0].row.settings.maxPassOvers) },
                columns.smallint { Int16(rows[$0].row.status.rawValue) }, Int64(rows.count))
        }
    }

    private func addTerms(_ rows: [RowTable<Int, TermsRow>.Item]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            InventorySQL.insertTerms, columns.uuid { rows[$0].key.event.uuid },
            columns.integer { Int32(clamping: rows[$0].row.number) },
            columns.json { rows[$0].row.tiersText },
            columns.json { rows[$0].row.policyText })
    }

    /// Without their versions, which follow.
    private func addShows(_ table: RowTable<ShowNumber, ShowRow>) {
        let inserted = table.inserted
        if !inserted.isEmpty {
            let columns = Columns(inserted)
            add(
                InventorySQL.insertShows, columns.uuid { inserted[$0].key.event.uuid },
                columns.integer { Int32(clamping: inserted[$0].row.show) },
                columns.time { inserted[$0].row.spec.startsAt.timestamp },
                columns.timeOrNull { inserted[$0].row.spec.endsAt?.timestamp },
                columns.timeOrNull { inserted[$0].row.spec.salesStart?.timestamp },
                columns.timeOrNull { inserted[$0].row.spec.salesEnd?.timestamp },
                columns.smallint { Int16(inserted[$0].row.status.rawValue) },
                columns.bigintOrNull { inserted[$0].row.unwindFrom.map(Int64.init) },
                columns.json { inserted[$0].row.layoutText })
        }
        let updated = table.updated
        if !updated.isEmpty {
            let columns = Columns(updated)
            add(
                InventorySQL.updateShows, columns.uuid { updated[$0].key.event.uuid },
                columns.integer { Int32(clamping: updated[$0].row.show) },
                columns.time { updated[$0].row.spec.startsAt.timestamp },
                columns.timeOrNull { updated[$0].row.spec.endsAt?.timestamp },
                columns.timeOrNull { updated[$0].row.spec.salesStart?.timestamp },
                columns.timeOrNull { updated[$0].row.spec.salesEnd?.timestamp },
                columns.smallint { Int16(updated[$0].row.status.rawValue) },
                columns.bigintOrNull { updated[$0].row.unwindFrom.map(Int64.init) }, Int64(updated.count))
        }
    }

    private func addChanges(_ rows: [ChangeTable.Item]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        let lines = rows.map(\.line)
        add(
            InventorySQL.insertChanges, columns.uuid { rows[$0].key.event.uuid },
            columns.integer { Int32(clamping: rows[$0].key.id) }, columns.bigint { Int64(bitPattern: rows[$0].first) },
            columns.bigint { Int64(bitPattern: rows[$0].last) }, columns.bytes { lines[$0] }, Int64(rows.count))
    }

    /// Those that go come first, so that no place is in two hands in between.
    private func addClaims(_ net: ClaimTable.Net) {
        let deletes = net.deletes
        if !deletes.isEmpty {
            let columns = Columns(deletes)
            add(
                InventorySQL.deleteClaims, columns.uuid { deletes[$0].key.event.uuid },
                columns.integer { deletes[$0].key.show }, columns.integer { Int32(bitPattern: deletes[$0].key.place) },
                columns.uuidOrNull { deletes[$0].before?.holder?.uuid },
                columns.integerOrNull { deletes[$0].before?.holder?.number },
                columns.smallint { Int16(deletes[$0].before?.kind.rawValue ?? 0) }, Int64(deletes.count))
        }
        let changes = net.changes
        if !changes.isEmpty {
            let columns = Columns(changes)
            add(
                InventorySQL.changeClaims, columns.uuid { changes[$0].key.event.uuid },
                columns.integer { changes[$0].key.show }, columns.integer { Int32(bitPattern: changes[$0].key.place) },
                columns.uuidOrNull { changes[$0].before?.holder?.uuid },
                columns.integerOrNull { changes[$0].before?.holder?.number },
                columns.smallint { Int16(changes[$0].before?.kind.rawValue ?? 0) },
                columns.uuidOrNull { changes[$0].after?.holder?.uuid },
                columns.integerOrNull { changes[$0].after?.holder?.number },
                columns.smallint { Int16(changes[$0].after?.kind.rawValue ?? 0) }, Int64(changes.count))
        }
        let inserts = net.inserts
        if !inserts.isEmpty {
            let columns = Columns(inserts)
            add(
                InventorySQL.insertClaims, columns.uuid { inserts[$0].key.event.uuid },
                columns.integer { inserts[$0].key.show }, columns.integer { Int32(bitPattern: inserts[$0].key.place) },
                columns.uuidOrNull { inserts[$0].after?.holder?.uuid },
                columns.integerOrNull { inserts[$0].after?.holder?.number },
                columns.smallint { Int16(inserts[$0].after?.kind.rawValue ?? 0) })
        }
    }

    private func addReservations(_ table: RowTable<ReservationId, ReservationRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertReservations), (table.updated, InventorySQL.updateReservations),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { rows[$0].key.event.uuid }, columns.uuid { rows[$0].row.id.uuid },
                columns.integer { rows[$0].row.id.number }, columns.integer { Int32(clamping: rows[$0].row.show) },
                columns.text { rows[$0].row.buyer.text },
                columns.textWritten { rows[$0].row.places.writeArray(to: &$1) },
                columns.bigint { rows[$0].row.total }, columns.integer { Int32(clamping: rows[$0].row.terms) },
                columns.smallint { Int16(rows[$0].row.status.rawValue) }, columns.boolean { rows[$0].row.isOffer },
                columns.time { rows[$0].row.createdAt.timestamp }, columns.time { rows[$0].row.endsAt.timestamp },
                Int64(rows.count))
        }
    }

    private func addPayments(_ table: RowTable<PaymentId, PaymentRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertPayments), (table.updated, InventorySQL.updatePayments),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { rows[$0].key.event.uuid }, columns.uuid { rows[$0].row.id.uuid },
                columns.integer { rows[$0].row.id.number }, columns.uuid { rows[$0].row.reservation.uuid },
                columns.integer { rows[$0].row.reservation.number },
                columns.integer { Int32(clamping: rows[$0].row.attempt) },
                columns.text { rows[$0].row.provider.text }, columns.textOrNull { rows[$0].row.reference?.text },
                columns.bigint { rows[$0].row.amount }, columns.boolean { rows[$0].row.acceptEquivalent },
                columns.smallint { Int16(rows[$0].row.status.rawValue) },
                columns.bigintOrNull { rows[$0].row.captured?.amount },
                columns.textOrNull { rows[$0].row.captured?.currency.description },
                columns.textOrNull { rows[$0].row.reason?.text }, Int64(rows.count))
        }
    }

    private func addRefunds(_ table: RowTable<RefundId, RefundRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertRefunds), (table.updated, InventorySQL.updateRefunds),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { rows[$0].key.event.uuid }, columns.uuid { rows[$0].row.id.uuid },
                columns.integer { rows[$0].row.id.number }, columns.uuid { rows[$0].row.payment.uuid },
                columns.integer { rows[$0].row.payment.number }, columns.bigint { rows[$0].row.amount },
                columns.smallint { Int16(rows[$0].row.reason.rawValue) },
                columns.smallint { Int16(rows[$0].row.status.rawValue) },
                columns.textOrNull { rows[$0].row.origin?.reference.text },
                columns.textOrNull { rows[$0].row.origin?.currency.description }, Int64(rows.count))
        }
    }

    private func addDisputes(_ table: RowTable<GroupWrites.DisputeId, DisputeRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertDisputes), (table.updated, InventorySQL.updateDisputes),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { rows[$0].key.event.uuid }, columns.uuid { rows[$0].row.payment.uuid },
                columns.integer { rows[$0].row.payment.number }, columns.text { rows[$0].row.reference.text },
                columns.bigint { rows[$0].row.money.amount }, columns.text { rows[$0].row.money.currency.description },
                columns.smallint { Int16(rows[$0].row.status.rawValue) }, Int64(rows.count))
        }
    }

    private func addBookings(_ table: RowTable<BookingId, BookingRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertBookings), (table.updated, InventorySQL.updateBookings),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { rows[$0].key.event.uuid }, columns.uuid { rows[$0].row.id.uuid },
                columns.integer { rows[$0].row.id.number }, columns.integer { Int32(clamping: rows[$0].row.show) },
                columns.text { rows[$0].row.buyer.text }, columns.uuid { rows[$0].row.payment.uuid },
                columns.integer { rows[$0].row.payment.number },
                columns.integer { Int32(clamping: rows[$0].row.terms) },
                columns.time { rows[$0].row.bookedAt.timestamp }, columns.boolean { rows[$0].row.isMoved },
                columns.smallint { Int16(rows[$0].row.status.rawValue) }, Int64(rows.count))
        }
    }

    /// Those that end come first, so that no place has two valid ones in between.
    private func addTickets(_ table: RowTable<TicketId, GroupWrites.TicketRow>) {
        let changed = table.updated
        // What had ended, came back and ended again stays as it was.
        let ended = changed.filter { $0.row.endedAt != nil && !$0.row.wasEnded }
        let renewed = changed.filter { $0.row.endedAt == nil }
        if !ended.isEmpty {
            let columns = Columns(ended)
            add(
                InventorySQL.endTickets, columns.uuid { ended[$0].key.event.uuid },
                columns.uuid { ended[$0].row.ticket.id.uuid }, columns.integer { ended[$0].row.ticket.id.number },
                columns.timeOrNull { ended[$0].row.endedAt?.timestamp }, Int64(ended.count))
        }
        if !renewed.isEmpty {
            let columns = Columns(renewed)
            add(
                InventorySQL.renewTickets, columns.uuid { renewed[$0].key.event.uuid },
                columns.uuid { renewed[$0].row.ticket.id.uuid }, columns.integer { renewed[$0].row.ticket.id.number },
                Int64(renewed.count))
        }
        let rows = table.inserted
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            InventorySQL.insertTickets, columns.uuid { rows[$0].key.event.uuid },
            columns.uuid { rows[$0].row.ticket.id.uuid }, columns.integer { rows[$0].row.ticket.id.number },
            columns.uuid { rows[$0].row.booking.uuid }, columns.integer { rows[$0].row.booking.number },
            columns.integer { Int32(clamping: rows[$0].row.show) },
            columns.integer { Int32(bitPattern: rows[$0].row.ticket.place) },
            columns.bigint { rows[$0].row.ticket.price }, columns.timeOrNull { rows[$0].row.endedAt?.timestamp })
    }

    private func addEntries(_ table: RowTable<EntryId, EntryRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertEntries), (table.updated, InventorySQL.updateEntries),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { rows[$0].key.event.uuid }, columns.uuid { rows[$0].row.id.uuid },
                columns.integer { rows[$0].row.id.number }, columns.integer { Int32(clamping: rows[$0].row.show) },
                columns.integer { Int32(clamping: rows[$0].row.tier) }, columns.text { rows[$0].row.buyer.text },
                columns.integer { Int32(clamping: rows[$0].row.quantity) },
                columns.bigint { Int64(bitPattern: rows[$0].row.order) },
                columns.smallint { Int16(rows[$0].row.status.rawValue) },
                columns.integer { Int32(clamping: rows[$0].row.passOvers) },
                columns.timeOrNull { rows[$0].row.gatherUntil?.timestamp },
                columns.uuidOrNull { rows[$0].row.reservation?.uuid },
                columns.integerOrNull { rows[$0].row.reservation?.number },
                columns.timeOrNull { rows[$0].row.endedAt?.timestamp }, Int64(rows.count))
        }
    }

    private func addCheckIns(_ rows: [RowTable<TicketId, CheckInRow>.Item]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            InventorySQL.insertCheckIns, columns.uuid { rows[$0].key.event.uuid },
            columns.uuid { rows[$0].row.ticket.uuid }, columns.integer { rows[$0].row.ticket.number },
            columns.text { rows[$0].row.gate.text }, columns.text { rows[$0].row.nonce.text },
            columns.time { rows[$0].row.at.timestamp })
    }

    private func addIncidents(_ table: RowTable<PaymentId, IncidentRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertIncidents), (table.updated, InventorySQL.updateIncidents),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { rows[$0].key.event.uuid }, columns.uuid { rows[$0].row.payment.uuid },
                columns.integer { rows[$0].row.payment.number }, columns.bigintOrNull { rows[$0].row.result?.amount },
                columns.textOrNull { rows[$0].row.result?.currency.description },
                columns.time { rows[$0].row.at.timestamp },
                Int64(rows.count))
        }
    }

    private func addEffects(_ rows: [EffectRow]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            InventorySQL.insertEffects, columns.uuid { PostgresUUID(high: rows[$0].id.high, low: rows[$0].id.low) },
            columns.text { rows[$0].kind.rawValue }, columns.uuid { rows[$0].event.uuid },
            columns.uuid { rows[$0].tenant.uuid }, columns.integer { Int32(rows[$0].partition) },
            columns.uuid { rows[$0].command.uuid }, columns.textOrNull { rows[$0].trace },
            columns.json { rows[$0].body },
            columns.time { rows[$0].at.timestamp })
    }
}
