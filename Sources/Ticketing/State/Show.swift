/// One show of an event: when it can be bought, who has what, and who waits.
struct Show: Sendable {
    let number: ShowNumber
    let startsAt: Time
    let endsAt: Time?
    let salesStart: Time?
    let salesEnd: Time?
    var status = SaleStatus.active
    /// Rises by one with each decision that changes what readers of the show see.
    var version: UInt64 = 0
    var places: PlaceMap
    var buyers = Buyers()
    /// By tier; none at all until somebody waits.
    var lines: [Line] = []
    var bookings = 0
    /// What its bookings have paid and not been given back.
    var refundable: Int64 = 0
    /// While a cancelled show is unwound: the first place that is not done yet.
    var unwindFrom: UInt32?

    init(number: ShowNumber, spec: ShowSpec, layout: Layout, largestParty: Int) {
        self.number = number
        startsAt = spec.startsAt
        endsAt = spec.endsAt
        salesStart = spec.salesStart
        salesEnd = spec.salesEnd
        places = PlaceMap(layout, largestParty: largestParty)
    }

    var layout: Layout { places.layout }
    var lastSale: Time { salesEnd ?? startsAt }

    func isOnSale(at now: Time) -> Bool {
        if let salesStart, now < salesStart { return false }
        return now < lastSale
    }

    func waiting(tier: Int) -> Int { lines.isEmpty ? 0 : lines[tier].count }

    var row: ShowRow {
        ShowRow(
            show: number,
            spec: ShowSpec(
                startsAt: startsAt, endsAt: endsAt, salesStart: salesStart, salesEnd: salesEnd, sections: layout.specs),
            status: status, unwindFrom: unwindFrom)
    }
}
