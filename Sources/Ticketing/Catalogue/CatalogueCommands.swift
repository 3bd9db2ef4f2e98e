/// What an event's buyers may expect, fixed when it is made.
public struct Settings: Hashable, Sendable {
    public var maxTicketsPerBuyer = 10
    /// How long a hold lasts.
    public var hold: Seconds = 600
    /// The least that a checkout leaves to pay.
    public var payment: Seconds = 300
    /// How long an offer from the waitlist lasts.
    public var offer: Seconds = 600
    /// How often somebody whose party does not fit may be passed over.
    public var maxPassOvers = 3

    public init() {}
}

/// Up to `hoursBefore` the show, `percent` of the price are given back.
public struct PolicyStep: Hashable, Sendable {
    public var hoursBefore: Int
    public var percent: Int

    public init(hoursBefore: Int, percent: Int) {
        self.hoursBefore = hoursBefore
        self.percent = percent
    }
}

/// What the rule book keeps of an event for others to read and never looks at.
public struct EventDetails: Hashable, Sendable {
    public var name: Label
    public var description: Label
    public var category: Label
    public var language: Label
    public var durationMinutes: Int?
    public var venue: Label
    public var city: Label
    public var country: Label
    /// Millionths of a degree.
    public var latitude: Int32?
    public var longitude: Int32?
    public var performers: [Label]

    public init(
        name: Label, description: Label = "", category: Label = "", language: Label = "", durationMinutes: Int? = nil,
        venue: Label = "", city: Label = "", country: Label = "", latitude: Int32? = nil, longitude: Int32? = nil,
        performers: [Label] = []
    ) {
        self.name = name
        self.description = description
        self.category = category
        self.language = language
        self.durationMinutes = durationMinutes
        self.venue = venue
        self.city = city
        self.country = country
        self.latitude = latitude
        self.longitude = longitude
        self.performers = performers
    }
}

public struct TierSpec: Hashable, Sendable {
    public var name: Label
    public var price: Int64

    public init(name: Label, price: Int64) {
        self.name = name
        self.price = price
    }
}

public struct ShowSpec: Hashable, Sendable {
    public var startsAt: Time
    public var endsAt: Time?
    public var salesStart: Time?
    /// Without one, sales end when the show starts.
    public var salesEnd: Time?
    public var sections: [SectionSpec]

    public init(
        startsAt: Time, endsAt: Time? = nil, salesStart: Time? = nil, salesEnd: Time? = nil, sections: [SectionSpec]
    ) {
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.salesStart = salesStart
        self.salesEnd = salesEnd
        self.sections = sections
    }
}

public struct CreateEvent: Hashable, Sendable {
    /// Given from outside: the partition that decides follows from it.
    public var event: EventId
    public var details: EventDetails
    public var currency: Currency
    public var settings: Settings
    /// nil: all of it back until a day before the show.
    public var refundPolicy: [PolicyStep]?
    public var tiers: [TierSpec]
    public var shows: [ShowSpec]

    public init(
        event: EventId, details: EventDetails, currency: Currency, settings: Settings = Settings(),
        refundPolicy: [PolicyStep]? = nil, tiers: [TierSpec], shows: [ShowSpec]
    ) {
        self.event = event
        self.details = details
        self.currency = currency
        self.settings = settings
        self.refundPolicy = refundPolicy
        self.tiers = tiers
        self.shows = shows
    }
}

/// nil leaves a thing as it is. New prices and policies hold for what is reserved and bought from now on.
public struct ChangeEvent: Hashable, Sendable {
    public var details: EventDetails?
    public var prices: [TierSpec]?
    public var refundPolicy: [PolicyStep]?

    public init(details: EventDetails? = nil, prices: [TierSpec]? = nil, refundPolicy: [PolicyStep]? = nil) {
        self.details = details
        self.prices = prices
        self.refundPolicy = refundPolicy
    }
}
