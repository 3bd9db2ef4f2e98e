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
                statement, columns.uuid { $0.row.event.uuid }, columns.uuid { $0.row.tenant.uuid },
                columns.text { $0.row.details.name.text },
                columns.text { $0.row.details.description.text },
                columns.text { $0.row.details.category.text },
                columns.text { $0.row.details.language.text },
                columns.bigintOrNull { $0.row.details.durationMinutes.map { Int64($0) } },
                columns.text { $0.row.details.venue.text }, columns.text { $0.row.details.city.text },
                columns.text { $0.row.details.country.text },
                columns.integerOrNull { $0.row.details.latitude }, columns.integerOrNull { $0.row.details.longitude },
                columns.json { $0.row.details.performersText },
                columns.text { $0.row.currency.description },
                columns.integer { Int32(clamping: $0.row.settings.maxTicketsPerBuyer) },
                columns.bigint { $0.row.settings.hold.count },
                columns.bigint { $0.row.settings.payment.count },
                columns.bigint { $0.row.settings.offer.count },
                columns.integer { Int32(clamping: $0.row.settings.maxPassOvers) },
                columns.smallint { Int16($0.row.status.rawValue) }, Int64(rows.count))
        }
    }

    private func addTerms(_ rows: [RowTable<Int, TermsRow>.Item]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            InventorySQL.insertTerms, columns.uuid { $0.key.event.uuid },
            columns.integer { Int32(clamping: $0.row.number) },
            columns.json { $0.row.tiersText },
            columns.json { $0.row.policyText })
    }

    /// Without their versions, which follow.
    private func addShows(_ table: RowTable<ShowNumber, ShowRow>) {
        let inserted = table.inserted
        if !inserted.isEmpty {
            let columns = Columns(inserted)
            add(
                InventorySQL.insertShows, columns.uuid { $0.key.event.uuid },
                columns.integer { Int32(clamping: $0.row.show) },
                columns.time { $0.row.spec.startsAt.timestamp },
                columns.timeOrNull { $0.row.spec.endsAt?.timestamp },
                columns.timeOrNull { $0.row.spec.salesStart?.timestamp },
                columns.timeOrNull { $0.row.spec.salesEnd?.timestamp },
                columns.smallint { Int16($0.row.status.rawValue) },
                columns.bigintOrNull { $0.row.unwindFrom.map(Int64.init) },
                columns.json { $0.row.layoutText })
        }
        let updated = table.updated
        if !updated.isEmpty {
            let columns = Columns(updated)
            add(
                InventorySQL.updateShows, columns.uuid { $0.key.event.uuid },
                columns.integer { Int32(clamping: $0.row.show) },
                columns.time { $0.row.spec.startsAt.timestamp },
                columns.timeOrNull { $0.row.spec.endsAt?.timestamp },
                columns.timeOrNull { $0.row.spec.salesStart?.timestamp },
                columns.timeOrNull { $0.row.spec.salesEnd?.timestamp },
                columns.smallint { Int16($0.row.status.rawValue) },
                columns.bigintOrNull { $0.row.unwindFrom.map(Int64.init) }, Int64(updated.count))
        }
    }

    private func addChanges(_ rows: [ChangeTable.Item]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        let lines = Columns(rows.map(\.line))
        add(
            InventorySQL.insertChanges, columns.uuid { $0.key.event.uuid },
            columns.integer { Int32(clamping: $0.key.id) }, columns.bigint { Int64(bitPattern: $0.first) },
            columns.bigint { Int64(bitPattern: $0.last) }, lines.bytes { $0 }, Int64(rows.count))
    }

    /// Those that go come first, so that no place is in two hands in between.
    private func addClaims(_ net: ClaimTable.Net) {
        let deletes = net.deletes
        if !deletes.isEmpty {
            let columns = Columns(deletes)
            add(
                InventorySQL.deleteClaims, columns.uuid { $0.key.event.uuid },
                columns.integer { $0.key.show }, columns.integer { Int32(bitPattern: $0.key.place) },
                columns.uuidOrNull { $0.before?.holder?.uuid }, columns.integerOrNull { $0.before?.holder?.number },
                columns.smallint { Int16($0.before?.kind.rawValue ?? 0) }, Int64(deletes.count))
        }
        let changes = net.changes
        if !changes.isEmpty {
            let columns = Columns(changes)
            add(
                InventorySQL.changeClaims, columns.uuid { $0.key.event.uuid },
                columns.integer { $0.key.show }, columns.integer { Int32(bitPattern: $0.key.place) },
                columns.uuidOrNull { $0.before?.holder?.uuid }, columns.integerOrNull { $0.before?.holder?.number },
                columns.smallint { Int16($0.before?.kind.rawValue ?? 0) },
                columns.uuidOrNull { $0.after?.holder?.uuid }, columns.integerOrNull { $0.after?.holder?.number },
                columns.smallint { Int16($0.after?.kind.rawValue ?? 0) }, Int64(changes.count))
        }
        let inserts = net.inserts
        if !inserts.isEmpty {
            let columns = Columns(inserts)
            add(
                InventorySQL.insertClaims, columns.uuid { $0.key.event.uuid },
                columns.integer { $0.key.show }, columns.integer { Int32(bitPattern: $0.key.place) },
                columns.uuidOrNull { $0.after?.holder?.uuid }, columns.integerOrNull { $0.after?.holder?.number },
                columns.smallint { Int16($0.after?.kind.rawValue ?? 0) })
        }
    }

    private func addReservations(_ table: RowTable<ReservationId, ReservationRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertReservations), (table.updated, InventorySQL.updateReservations),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { $0.key.event.uuid }, columns.uuid { $0.row.id.uuid },
                columns.integer { $0.row.id.number }, columns.integer { Int32(clamping: $0.row.show) },
                columns.text { $0.row.buyer.text }, columns.text { $0.row.places.arrayText },
                columns.bigint { $0.row.total }, columns.integer { Int32(clamping: $0.row.terms) },
                columns.smallint { Int16($0.row.status.rawValue) }, columns.boolean { $0.row.isOffer },
                columns.time { $0.row.createdAt.timestamp }, columns.time { $0.row.endsAt.timestamp },
                Int64(rows.count))
        }
    }

    private func addPayments(_ table: RowTable<PaymentId, PaymentRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertPayments), (table.updated, InventorySQL.updatePayments),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { $0.key.event.uuid }, columns.uuid { $0.row.id.uuid },
                columns.integer { $0.row.id.number }, columns.uuid { $0.row.reservation.uuid },
                columns.integer { $0.row.reservation.number },
                columns.integer { Int32(clamping: $0.row.attempt) },
                columns.text { $0.row.provider.text }, columns.textOrNull { $0.row.reference?.text },
                columns.bigint { $0.row.amount }, columns.boolean { $0.row.acceptEquivalent },
                columns.smallint { Int16($0.row.status.rawValue) }, columns.bigintOrNull { $0.row.captured?.amount },
                columns.textOrNull { $0.row.captured?.currency.description },
                columns.textOrNull { $0.row.reason?.text }, Int64(rows.count))
        }
    }

    private func addRefunds(_ table: RowTable<RefundId, RefundRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertRefunds), (table.updated, InventorySQL.updateRefunds),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { $0.key.event.uuid }, columns.uuid { $0.row.id.uuid },
                columns.integer { $0.row.id.number }, columns.uuid { $0.row.payment.uuid },
                columns.integer { $0.row.payment.number }, columns.bigint { $0.row.amount },
                columns.smallint { Int16($0.row.reason.rawValue) },
                columns.smallint { Int16($0.row.status.rawValue) },
                columns.textOrNull { $0.row.origin?.reference.text },
                columns.textOrNull { $0.row.origin?.currency.description }, Int64(rows.count))
        }
    }

    private func addDisputes(_ table: RowTable<GroupWrites.DisputeId, DisputeRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertDisputes), (table.updated, InventorySQL.updateDisputes),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { $0.key.event.uuid }, columns.uuid { $0.row.payment.uuid },
                columns.integer { $0.row.payment.number }, columns.text { $0.row.reference.text },
                columns.bigint { $0.row.money.amount }, columns.text { $0.row.money.currency.description },
                columns.smallint { Int16($0.row.status.rawValue) }, Int64(rows.count))
        }
    }

    private func addBookings(_ table: RowTable<BookingId, BookingRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertBookings), (table.updated, InventorySQL.updateBookings),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { $0.key.event.uuid }, columns.uuid { $0.row.id.uuid },
                columns.integer { $0.row.id.number }, columns.integer { Int32(clamping: $0.row.show) },
                columns.text { $0.row.buyer.text }, columns.uuid { $0.row.payment.uuid },
                columns.integer { $0.row.payment.number }, columns.integer { Int32(clamping: $0.row.terms) },
                columns.time { $0.row.bookedAt.timestamp }, columns.boolean { $0.row.isMoved },
                columns.smallint { Int16($0.row.status.rawValue) }, Int64(rows.count))
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
                InventorySQL.endTickets, columns.uuid { $0.key.event.uuid },
                columns.uuid { $0.row.ticket.id.uuid }, columns.integer { $0.row.ticket.id.number },
                columns.timeOrNull { $0.row.endedAt?.timestamp }, Int64(ended.count))
        }
        if !renewed.isEmpty {
            let columns = Columns(renewed)
            add(
                InventorySQL.renewTickets, columns.uuid { $0.key.event.uuid },
                columns.uuid { $0.row.ticket.id.uuid }, columns.integer { $0.row.ticket.id.number },
                Int64(renewed.count))
        }
        let rows = table.inserted
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            InventorySQL.insertTickets, columns.uuid { $0.key.event.uuid },
            columns.uuid { $0.row.ticket.id.uuid }, columns.integer { $0.row.ticket.id.number },
            columns.uuid { $0.row.booking.uuid }, columns.integer { $0.row.booking.number },
            columns.integer { Int32(clamping: $0.row.show) },
            columns.integer { Int32(bitPattern: $0.row.ticket.place) },
            columns.bigint { $0.row.ticket.price }, columns.timeOrNull { $0.row.endedAt?.timestamp })
    }

    private func addEntries(_ table: RowTable<EntryId, EntryRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertEntries), (table.updated, InventorySQL.updateEntries),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { $0.key.event.uuid }, columns.uuid { $0.row.id.uuid },
                columns.integer { $0.row.id.number }, columns.integer { Int32(clamping: $0.row.show) },
                columns.integer { Int32(clamping: $0.row.tier) }, columns.text { $0.row.buyer.text },
                columns.integer { Int32(clamping: $0.row.quantity) },
                columns.bigint { Int64(bitPattern: $0.row.order) },
                columns.smallint { Int16($0.row.status.rawValue) },
                columns.integer { Int32(clamping: $0.row.passOvers) },
                columns.timeOrNull { $0.row.gatherUntil?.timestamp },
                columns.uuidOrNull { $0.row.reservation?.uuid }, columns.integerOrNull { $0.row.reservation?.number },
                columns.timeOrNull { $0.row.endedAt?.timestamp }, Int64(rows.count))
        }
    }

    private func addCheckIns(_ rows: [RowTable<TicketId, CheckInRow>.Item]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            InventorySQL.insertCheckIns, columns.uuid { $0.key.event.uuid },
            columns.uuid { $0.row.ticket.uuid }, columns.integer { $0.row.ticket.number },
            columns.text { $0.row.gate.text }, columns.text { $0.row.nonce.text },
            columns.time { $0.row.at.timestamp })
    }

    private func addIncidents(_ table: RowTable<PaymentId, IncidentRow>) {
        for (rows, statement) in [
            (table.inserted, InventorySQL.insertIncidents), (table.updated, InventorySQL.updateIncidents),
        ] where !rows.isEmpty {
            let columns = Columns(rows)
            add(
                statement, columns.uuid { $0.key.event.uuid }, columns.uuid { $0.row.payment.uuid },
                columns.integer { $0.row.payment.number }, columns.bigintOrNull { $0.row.result?.amount },
                columns.textOrNull { $0.row.result?.currency.description }, columns.time { $0.row.at.timestamp },
                Int64(rows.count))
        }
    }

    private func addEffects(_ rows: [EffectRow]) {
        guard !rows.isEmpty else { return }
        let columns = Columns(rows)
        add(
            InventorySQL.insertEffects, columns.uuid { PostgresUUID(high: $0.id.high, low: $0.id.low) },
            columns.text { $0.kind.rawValue }, columns.uuid { $0.event.uuid },
            columns.uuid { $0.tenant.uuid }, columns.integer { Int32($0.partition) },
            columns.uuid { $0.command.uuid }, columns.textOrNull { $0.trace }, columns.json { $0.body },
            columns.time { $0.at.timestamp })
    }
}
