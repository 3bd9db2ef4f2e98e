extension Layout {
    /// What is wrong with a show's sections; nil if nothing is.
    static func check(_ specs: [SectionSpec], tiers: [Label]) -> Invalid? {
        guard !specs.isEmpty, specs.count <= Bounds.sectionsPerShow else { return .sections }
        var names: Set<Label> = []
        var total = 0
        for spec in specs {
            guard Self.isName(spec.name), names.insert(spec.name).inserted else { return .sectionName }
            guard tiers.contains(spec.tier) else { return .sectionTier }
            switch spec.seating {
            case .general(let capacity):
                guard capacity >= 1, capacity <= Bounds.placesPerShow else { return .places }
                total += capacity
            case .rows(let rows):
                guard !rows.isEmpty, rows.count <= Bounds.placesPerShow else { return .rows }
                var rowNames: Set<Label> = []
                for row in rows {
                    guard Self.isName(row.name), rowNames.insert(row.name).inserted else { return .rowName }
                    guard row.seats >= 1, row.seats <= Bounds.placesPerShow else { return .places }
                    total += row.seats
                    guard total <= Bounds.placesPerShow else { return .places }
                }
            }
            guard total <= Bounds.placesPerShow else { return .places }
        }
        return nil
    }

    /// A part of a seat's name: not empty, not endless, and without the slash that joins the parts.
    private static func isName(_ label: Label) -> Bool {
        !label.isEmpty && label.text.utf8.count <= Bounds.nameBytes && !label.text.utf8.contains(UInt8(ascii: "/"))
    }
}
