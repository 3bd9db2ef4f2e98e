internal import Ticketing
internal import Wire

// Parts of rows that are stored as JSON: what has lists of lists, and is read as a whole.

extension ShowRow {
    /// Sections as the command has them: see `WireFormat`.
    var layoutText: [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for section in spec.sections {
            writer.element()
            writer.beginObject()
            writer.key("name")
            writer.label(section.name)
            writer.key("tier")
            writer.label(section.tier)
            switch section.seating {
            case .general(let capacity):
                writer.key("capacity")
                writer.integer(capacity)
            case .rows(let rows):
                writer.array("rows", rows) { writer, row in
                    writer.beginObject()
                    writer.key("name")
                    writer.label(row.name)
                    writer.key("seats")
                    writer.integer(row.seats)
                    writer.endObject()
                }
            }
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}

extension TermsRow {
    var tiersText: [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for tier in tiers {
            writer.element()
            writer.beginObject()
            writer.key("name")
            writer.label(tier.name)
            writer.key("price")
            writer.integer(tier.price)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    var policyText: [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for step in policy {
            writer.element()
            writer.beginObject()
            writer.key("hoursBefore")
            writer.integer(step.hoursBefore)
            writer.key("percent")
            writer.integer(step.percent)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}

extension EventDetails {
    var performersText: [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for performer in performers {
            writer.element()
            writer.label(performer)
        }
        writer.endArray()
        return writer.bytes
    }
}
