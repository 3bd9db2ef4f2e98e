internal import Ticketing
internal import Wire

extension Frame {
    /// What a stream or a long poll is told: `{version, places: [{section, row, seat, from, to}]}`. A place of a
    /// section without rows has no `row`.
    func json(_ layout: ShowLayout) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("version")
        writer.number(version)
        if isCancellation { writer.status("cancelled") }
        writer.array("places", places) { writer, place in
            guard let name = layout.name(ofNumber: place.number) else { return }
            writer.beginObject()
            writer.field("section", name.section)
            if let row = name.row { writer.field("row", row) }
            writer.field("seat", name.number)
            writer.key("from")
            writer.letter(place.from)
            writer.key("to")
            writer.letter(place.to)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func letter(_ letter: UInt8) {
        raw([UInt8(ascii: "\""), letter, UInt8(ascii: "\"")])
    }
}
