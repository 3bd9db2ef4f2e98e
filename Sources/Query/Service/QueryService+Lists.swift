internal import API
internal import HTTPServer
internal import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

extension QueryService {
    /// `GET /v1/events`
    func listEvents(_ call: Call) throws {
        try call.allowOnly(Page.parameters.union(EventFilter.parameters))
        let (page, filter, tenant) = (try Page(call), try EventFilter(call), call.tenant)
        if let after = page.after { guard case .events = after else { throw Page.badCursor } }
        list(call) { lists, records in
            let (ids, next) = try lists.events(of: tenant, filter, page)
            let found = try records.read(ids.map { .event($0) })
            return { writer in
                writer.page(ids, next) { writer, id in
                    guard case .event(let record) = found[.event(id)] else { return }
                    writer.element()
                    record.write(to: &writer)
                }
            }
        }
    }

    /// `GET /v1/locations`
    func listLocations(_ call: Call) throws {
        try call.allowOnly(Page.parameters)
        let (page, tenant) = (try Page(call), call.tenant)
        if let after = page.after { guard case .locations = after else { throw Page.badCursor } }
        list(call) { lists, _ in
            let (items, next) = try lists.locations(of: tenant, page)
            return { writer in
                writer.page(items, next) { writer, location in
                    writer.element()
                    writer.beginObject()
                    writer.key("city")
                    writer.string(location.city)
                    writer.key("country")
                    writer.string(location.country)
                    writer.field("events", location.events)
                    writer.endObject()
                }
            }
        }
    }

    /// `GET /v1/bookings`
    func listBookings(_ call: Call) throws {
        try call.allowOnly(Page.parameters.union(BookingFilter.parameters))
        let (page, filter, tenant) = (try Page(call), try BookingFilter(call), call.tenant)
        if let after = page.after { guard case .bookings = after else { throw Page.badCursor } }
        list(call) { lists, _ in
            let (items, next) = try lists.bookings(of: tenant, filter, page)
            return { writer in
                writer.page(items, next) { writer, booking in
                    writer.element()
                    writer.beginObject()
                    writer.field("bookingId", booking.id)
                    writer.field("eventId", booking.id.event)
                    writer.field("showId", booking.show)
                    writer.field("buyer", booking.buyer)
                    writer.field("bookedAt", Time(booking.bookedAt))
                    writer.field("total", booking.total)
                    writer.status(booking.status == .booked ? "booked" : "cancelled")
                    writer.field("tickets", booking.tickets)
                    writer.endObject()
                }
            }
        }
    }

    typealias Writing = (inout JSONWriter) -> Void

    private func list(
        _ call: Call, _ read: @escaping @Sendable (ListReader, RecordsReader) throws -> Writing
    ) {
        lists.post(
            ListJob(
                perform: { lists, records in
                    let write = try read(lists, records)
                    call.answer(write)
                }, refuse: { self.refuse(call, $0) }))
    }
}

/// A page that somebody asked for.
struct ListJob: Sendable {
    /// Reads all of it, and then answers.
    let perform: @Sendable (ListReader, RecordsReader) throws -> Void
    let refuse: @Sendable (Fault) -> Void
}

extension JSONWriter {
    /// `{"items": […], "next": …}`; each item begins with `element`, unless it is left out.
    mutating func page<Item>(
        _ items: some Sequence<Item>, _ next: Cursor?, _ write: (inout JSONWriter, Item) -> Void
    ) {
        beginObject()
        key("items")
        beginArray()
        for item in items { write(&self, item) }
        endArray()
        key("next")
        if let next { string(next.text) } else { raw("null".utf8) }
        endObject()
    }
}
