internal import API
internal import HTTPServer
internal import Runtime
internal import Ticketing
internal import Wire

extension QueryService {
    func addRoutes(to door: inout Door) {
        door.on(.availability) { try self.view(.availability, $0) }
        door.on(.seatMap) { try self.view(.seatMap, $0) }
        door.on(.changes) { try self.changes($0) }
        door.on(.event) { try self.record($0) { .event(try $0.requireId()) } }
        door.on(.show) { try self.record($0) { .show(try $0.requireId()) } }
        door.on(.reservation) { try self.record($0) { .reservation(try $0.requireId()) } }
        door.on(.booking) { try self.record($0) { .booking(try $0.requireId()) } }
        door.on(.payment) { try self.payment($0) }
        door.on(.waitlistEntry) { try self.entry($0) }
        door.on(.ticketSVG) { try self.ticket($0, .svg) }
        door.on(.ticketPNG) { try self.ticket($0, .png) }
        door.on(.keys) { try self.keys($0) }
        door.on(.listEvents) { try self.listEvents($0) }
        door.on(.listLocations) { try self.listLocations($0) }
        door.on(.listBookings) { try self.listBookings($0) }
        door.on(.listDeskTickets) { try self.listDeskTickets($0) }
        door.on(.deskTicket) { try self.deskTicket($0) }
        door.on(.deskSettings) { try self.deskSettings($0) }
    }

    func refuse(_ call: Call, _ fault: Fault) { call.refuse(fault, requestId: strangers()) }

    private func view(_ view: LiveShow.View, _ call: Call) throws {
        try call.allowOnly([])
        boards.find(try call.requireId(), of: call.tenant) { result in
            switch result {
            case .success(let show):
                call.answer(Response(.ok, .json, .prepared(show.body(view, SystemTime()))))
            case .failure(let fault): self.refuse(call, fault)
            }
        }
    }

    private func record(_ call: Call, _ lookup: (Call) throws -> Lookup) throws {
        try call.allowOnly([])
        records.find(try lookup(call), of: call.tenant) { result in
            switch result {
            case .success(let record): call.answer { self.write(record, to: &$0) }
            case .failure(let fault): self.refuse(call, fault)
            }
        }
    }

    func write(_ record: Record, to writer: inout JSONWriter) {
        switch record {
        case .event(let record): record.write(to: &writer)
        case .show(let record): record.write(to: &writer)
        case .reservation(let record): record.write(to: &writer)
        case .booking(let record):
            record.write(to: &writer, seal, at: Time(microseconds: time.wall.microseconds))
        case .payment(let record): record.write(accessSeal, to: &writer)
        case .entry(let record): record.write(to: &writer)
        case .ticket: break
        }
    }
}
