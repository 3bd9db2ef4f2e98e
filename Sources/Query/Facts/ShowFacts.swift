internal import Ticketing
internal import Wire

/// What never changes about a show, so that it is known for good once it was looked up.
final class ShowFacts: Sendable {
    let id: ShowId
    let tenant: TenantId
    let currency: Currency
    let tiers: [Label]
    let layout: ShowLayout
    let startsAt: Time
    let endsAt: Time?
    let salesStart: Time?
    let salesEnd: Time?

    init(
        id: ShowId, tenant: TenantId, currency: Currency, tiers: [Label], layout: ShowLayout, startsAt: Time,
        endsAt: Time? = nil, salesStart: Time? = nil, salesEnd: Time? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.currency = currency
        self.tiers = tiers
        self.layout = layout
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.salesStart = salesStart
        self.salesEnd = salesEnd
    }
}
