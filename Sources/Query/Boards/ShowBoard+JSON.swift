internal import Ticketing
internal import Wire

extension ShowBoard {
    /// `GET /v1/shows/{id}/availability`
    func availability(_ facts: ShowFacts, _ prices: Prices) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        head(facts, &writer)
        writer.array("tiers", layout.placesByTier.indices) { writer, tier in
            let counts = counts(ofTier: tier)
            writer.beginObject()
            writer.field("tier", facts.tiers[tier])
            writer.field("price", Money(prices.amounts[tier], prices.currency))
            writer.field("total", counts.total)
            writer.field("free", counts.free)
            writer.field("held", counts.held)
            writer.field("sold", counts.sold)
            writer.field("blocked", counts.blocked)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    /// `GET /v1/shows/{id}/seats`
    func seatMap(_ facts: ShowFacts) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(layout.placeCount + layout.rows.count * 32 + layout.sections.count * 64 + 200)
        var writer = JSONWriter(appendingTo: bytes)
        writer.beginObject()
        head(facts, &writer)
        writer.array("sections", layout.sections) { writer, section in
            writer.beginObject()
            writer.field("name", section.name)
            writer.field("tier", facts.tiers[section.tier])
            if section.isGeneral {
                let free = letters(section.places, tier: section.tier).count { $0 == PlaceStatus.free.rawValue }
                writer.field("capacity", section.places.count)
                writer.field("free", free)
            } else {
                writer.array("rows", layout.rows[section.rows]) { writer, row in
                    writer.beginObject()
                    writer.field("name", row.name)
                    writer.key("seats")
                    writer.raw("\"")
                    writer.raw(letters(row.places, tier: section.tier))
                    writer.raw("\"")
                    writer.endObject()
                }
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    private func head(_ facts: ShowFacts, _ writer: inout JSONWriter) {
        writer.field("showId", facts.id)
        writer.key("version")
        writer.number(version)
        writer.status(isCancelled ? "cancelled" : "active")
    }
}
