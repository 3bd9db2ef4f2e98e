internal import API
internal import Desk
internal import HTTPServer
internal import Postgres
internal import Tenancy
internal import Ticketing
internal import Wire

// Each tenant's desk, out of its own database: where that is away, nobody else notices.
extension QueryService {
    /// `GET /v1/desk/tickets`
    func listDeskTickets(_ call: Call) throws {
        try call.allowOnly(Page.parameters.union(DeskTicketFilter.parameters))
        let (page, filter, tenant) = (try Page(call), try DeskTicketFilter(call), call.tenant)
        if let after = page.after { guard case .deskTickets = after else { throw Page.badCursor } }
        try askDesk(call) { desk in
            let (tickets, next) = try desk.tickets(filter, page)
            return { writer in
                writer.page(tickets, next) { writer, ticket in
                    writer.element()
                    writer.deskTicket(ticket, of: tenant)
                }
            }
        }
    }

    /// `GET /v1/desk/tickets/{id}`. An id contains its tenant's.
    func deskTicket(_ call: Call) throws {
        try call.allowOnly([])
        let tenant = call.tenant
        let id: DeskScopedId<DeskKinds.Ticket> = try call.requireId()
        guard id.tenant == tenant else { throw Fault.notFound }
        try askDesk(call) { desk in
            try desk.ticket(id.id).map { ticket in { $0.deskTicket(ticket, of: tenant) } }
        }
    }

    /// `GET /v1/desk/settings`
    func deskSettings(_ call: Call) throws {
        try call.allowOnly([])
        // Every account that is active has some.
        try askDesk(call, otherwise: .broken) { desk in
            try desk.settings().map { settings in
                { writer in
                    writer.beginObject()
                    writer.settings(settings)
                    writer.endObject()
                }
            }
        }
    }

    /// - Parameters:
    ///   - fault: for what is not there.
    ///   - read: nil where it is not.
    private func askDesk(
        _ call: Call, otherwise fault: Fault = .notFound,
        _ read: @escaping @Sendable (DeskReader) throws -> Writing?
    ) throws(Fault) {
        // It has a token, so there is such an account; the directory may be told a moment later.
        guard let place = tenants.directory[call.tenant], place.isActive else {
            throw .unavailable("The account is not known here yet. Ask again.")
        }
        tenants.asker.post(
            TenantAsker.Job(
                perform: { connection in
                    if let write = try read(DeskReader(session: connection)) {
                        call.answer(write)
                    } else {
                        self.refuse(call, fault)
                    }
                }, refuse: { self.refuse(call, Fault($0)) }), at: place)
    }
}

extension JSONWriter {
    fileprivate mutating func deskTicket(_ row: TicketRow, of tenant: TenantId) {
        beginObject()
        field("ticketId", DeskScopedId(tenant, row.id))
        field("ticketType", row.kind)
        status(row.status.word)
        object("slot") { writer in
            writer.field("slotId", DeskScopedId(tenant, DeskSlotId(row.id)))
            writer.field("startsAt", row.startsAt)
        }
        field("createdAt", row.createdAt)
        field("resolveBy", row.resolveBy)
        if let agent = row.agent { field("agent", agent) }
        if let endsAt = row.endsAt { field("endsAt", endsAt) }
        endObject()
    }
}
