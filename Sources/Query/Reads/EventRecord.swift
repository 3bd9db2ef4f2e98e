internal import Ticketing
internal import Wire

/// An event as it is described and sold now.
struct EventRecord: Sendable {
    struct Show: Sendable {
        let id: ShowId
        let startsAt: Time
        let endsAt: Time?
        let salesStart: Time?
        let salesEnd: Time?
        let status: SaleStatus
    }

    let row: EventRow
    let terms: TermsRow
    /// By number.
    let shows: [Show]

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("eventId", row.event)
        writer.details(row.details)
        writer.key("currency")
        writer.currency(row.currency)
        writer.status(row.status.word)
        writer.field("maxTicketsPerBuyer", row.settings.maxTicketsPerBuyer)
        writer.field("holdSeconds", row.settings.hold.count)
        writer.field("paymentSeconds", row.settings.payment.count)
        writer.field("offerSeconds", row.settings.offer.count)
        writer.field("maxPassOvers", row.settings.maxPassOvers)
        writer.policy(terms.policy)
        writer.tiers(terms.tiers, row.currency)
        writer.array("shows", shows) { writer, show in
            writer.beginObject()
            writer.field("showId", show.id)
            writer.times(show.startsAt, show.endsAt, show.salesStart, show.salesEnd)
            writer.status(show.status.word)
            writer.endObject()
        }
        writer.endObject()
    }
}

/// A show with what its event says of it.
struct ShowRecord: Sendable {
    let facts: ShowFacts
    let event: EventRow
    let terms: TermsRow
    let status: SaleStatus
    let version: UInt64

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("showId", facts.id)
        writer.field("eventId", facts.id.event)
        writer.object("event") {
            $0.field("eventId", facts.id.event)
            $0.details(event.details)
        }
        writer.times(facts.startsAt, facts.endsAt, facts.salesStart, facts.salesEnd)
        writer.status(event.status == .cancelled ? event.status.word : status.word)
        writer.key("version")
        writer.number(version)
        writer.key("currency")
        writer.currency(facts.currency)
        writer.tiers(terms.tiers, facts.currency)
        writer.array("sections", facts.layout.sections) { writer, section in
            writer.beginObject()
            writer.field("name", section.name)
            writer.field("tier", facts.tiers[section.tier])
            if section.isGeneral {
                writer.field("capacity", section.places.count)
            } else {
                writer.array("rows", facts.layout.rows[section.rows]) { writer, row in
                    writer.beginObject()
                    writer.field("name", row.name)
                    writer.field("seats", row.places.count)
                    writer.endObject()
                }
            }
            writer.endObject()
        }
        writer.endObject()
    }
}

extension SaleStatus {
    var word: StaticString {
        switch self {
        case .active: "active"
        case .cancelled: "cancelled"
        }
    }
}

extension JSONWriter {
    mutating func times(_ startsAt: Time, _ endsAt: Time?, _ salesStart: Time?, _ salesEnd: Time?) {
        field("startsAt", startsAt)
        field("endsAt", endsAt)
        field("salesStart", salesStart)
        field("salesEnd", salesEnd)
    }
}
