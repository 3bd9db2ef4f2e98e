internal import Desk
internal import Pipeline
internal import Postgres
internal import Runtime
internal import Ticketing
internal import Wire

/// Rows of a tenant's database as the rule book has them.
enum DeskRows {
    static func desk(_ row: PostgresRow) throws -> DeskRow {
        let (tenant, subDomain, status, store, classes, minutes, agents, placement, softAssign, notBefore) =
            try row.decode(
                (PostgresUUID, String, Int16, String?, PostgresJSON, Int, Int, Int16, Int, Timestamp).self)
        guard let status = UInt8(exactly: status).flatMap(AccountStatus.init(rawValue:)),
            let placement = UInt8(exactly: placement).flatMap(DeskPlacement.init(rawValue:)),
            let classes = Self.classes(classes.bytes)
        else { throw BrokenDesk(description: "the desk's own row has values that no decision writes") }
        return DeskRow(
            tenant: DeskTenantId(TenantId(tenant)), subDomain: DeskName(subDomain), status: status,
            store: store.map { DeskName($0) },
            settings: DeskSettings(
                classes: classes, minutesPerTicket: minutes, agents: agents, placement: placement,
                softAssignSeconds: softAssign),
            notBefore: DeskTime(notBefore))
    }

    static func ticket(_ row: PostgresRow) throws -> TicketRow {
        let (id, index, kind, status, createdAt, resolveBy, openedAt, startsAt, agent, endsAt) = try row.decode(
            (
                PostgresUUID, Int32, String, Int16, Timestamp, Timestamp, Timestamp?, Timestamp, Int?, Timestamp?
            ).self)
        guard let status = UInt8(exactly: status).flatMap(TicketStatus.init(rawValue:)) else {
            throw BrokenDesk(description: "a ticket has the unknown status \(status)")
        }
        return TicketRow(
            id: DeskTicketId(command: DeskCommandId(CommandId(id)), index: UInt32(bitPattern: index)),
            kind: DeskName(kind), status: status, createdAt: DeskTime(createdAt), resolveBy: DeskTime(resolveBy),
            openedAt: openedAt.map { DeskTime($0) }, startsAt: DeskTime(startsAt), agent: agent,
            endsAt: endsAt.map { DeskTime($0) })
    }

    static func json(_ classes: [DeskSettings.Class]) -> PostgresJSON {
        var writer = JSONWriter()
        writer.beginArray()
        for kind in classes {
            writer.element()
            writer.beginObject()
            writer.key("name")
            writer.string(kind.name.text)
            writer.field("minutes", kind.minutes)
            writer.endObject()
        }
        writer.endArray()
        return PostgresJSON(bytes: writer.bytes)
    }

    private static func classes(_ bytes: [UInt8]) -> [DeskSettings.Class]? {
        var tape = JSONTape()
        return bytes.withUnsafeBytes { bytes in
            guard (try? tape.parse(bytes)) != nil else { return nil }
            var form = Form(bytes, tape)
            return form.array(0, 1...DeskBounds.classes) { form, node in
                guard var object = form.object(node),
                    let name = form.required("name", in: &object, { $0.text($1, 1...DeskBounds.nameBytes) }),
                    let minutes = form.required("minutes", in: &object, { $0.count($1, 1...DeskBounds.limitMinutes) })
                else { return nil }
                return DeskSettings.Class(name: DeskName(name), minutes: minutes)
            }
        }
    }
}

extension DeskTime {
    init(_ time: Timestamp) { self.init(microseconds: time.microseconds) }
    var timestamp: Timestamp { Timestamp(microseconds: microseconds) }
}

extension DeskTicketId {
    var uuid: PostgresUUID { PostgresUUID(high: command.high, low: command.low) }
    var number: Int32 { Int32(bitPattern: index) }
}
