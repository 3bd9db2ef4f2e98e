internal import Ticketing

// What an event and its shows are made of. Names of which two must differ, sums, and orders of times are for the rule
// book: it checks them whoever sends the command.
extension Form {
    mutating func createEvent(_ event: EventId, _ body: inout Object) -> CreateEvent? {
        let details = details(&body)
        let currency = required("currency", in: &body) { $0.currency($1) }
        let settings = settings(&body)
        let policy = optional("refundPolicy", in: &body) { $0.policy($1) }
        let tiers = required("tiers", in: &body) { $0.tiers($1, currency) }
        let shows = required("shows", in: &body) { form, node in
            form.array(node, 0...Bounds.shows) { form, node -> ShowSpec? in
                guard var show = form.object(node) else { return nil }
                let spec = form.show(&show)
                form.finish(show)
                return spec
            }
        }
        guard let details, let currency, let tiers, let shows else { return nil }
        return CreateEvent(
            event: event, details: details, currency: currency, settings: settings, refundPolicy: policy, tiers: tiers,
            shows: shows)
    }

    private static let describing: [StaticString] = [
        "name", "description", "category", "language", "durationMinutes", "venue", "performers",
    ]
    private static let lasting: [StaticString] = [
        "currency", "maxTicketsPerBuyer", "holdSeconds", "paymentSeconds", "offerSeconds", "maxPassOvers",
    ]

    /// What describes the event is replaced as a whole: whoever gives a part of it gives its name and venue, too.
    mutating func changeEvent(_ body: inout Object) -> Content? {
        var probe = body
        let isDescribed = Self.describing.contains { find($0, in: &probe) != nil }
        let details = isDescribed ? details(&body, absent: Self.incomplete) : nil
        let policy = optional("refundPolicy", in: &body) { $0.policy($1) }
        var currency: Currency?
        let prices = optional("tiers", in: &body) { form, node in
            currency = form.statedCurrency(node)
            return form.tiers(node, currency)
        }
        refuse(Self.lasting, in: &body, "cannot be changed: it is as it was when the event was created")
        refuse(
            ["shows"], in: &body,
            "cannot be changed here: POST /v1/events/{id}/shows adds a show, DELETE /v1/shows/{id} cancels one")
        // Journals have changes that change nothing.
        if source == .request, problems.isEmpty, details == nil, prices == nil, policy == nil {
            problem(body.node, "has nothing to change: send tiers, refundPolicy, or what describes the event")
        }
        let change = ChangeEvent(details: details, prices: prices, refundPolicy: policy)
        return Content(.existing(.changeEvent(change)), currency: currency)
    }

    private static let incomplete =
        "is missing: what describes the event is replaced as a whole, so that name and venue come together, "
        + "with whatever is to stay of description, category, language, durationMinutes and performers"

    /// The currency of the first price that names one.
    private func statedCurrency(_ tiers: Int) -> Currency? {
        var silent = self
        guard nodes[tiers].kind == .array else { return nil }
        var tier = tiers + 1
        while tier < Int(nodes[tiers].next) {
            if nodes[tier].kind == .object, var object = silent.object(tier),
                let price = silent.find("price", in: &object), nodes[price].kind == .object,
                var money = silent.object(price), let code = silent.find("currency", in: &money)
            {
                return silent.currency(code)
            }
            tier = Int(nodes[tier].next)
        }
        return nil
    }

    /// - Parameter absent: what is said where the name or the venue is missing.
    private mutating func details(_ body: inout Object, absent: String = "is missing") -> EventDetails? {
        let name = required("name", in: &body, absent: absent) { $0.name($1) }
        let description = optional("description", in: &body) { $0.words($1, atMost: 65_536) }
        let category = optional("category", in: &body) { $0.words($1) }
        let language = optional("language", in: &body) { $0.words($1) }
        let minutes = optional("durationMinutes", in: &body) { $0.count($1, 1...1_000_000) }
        let venue = required("venue", in: &body, absent: absent) { $0.venue($1) }
        let performers = optional("performers", in: &body) { $0.array($1, 0...Bounds.performers) { $0.name($1) } }
        guard let name, let venue else { return nil }
        return EventDetails(
            name: name, description: description ?? "", category: category ?? "", language: language ?? "",
            durationMinutes: minutes, venue: venue.name, city: venue.city, country: venue.country,
            latitude: venue.location?.latitude, longitude: venue.location?.longitude, performers: performers ?? [])
    }

    private struct Venue {
        let name: Label
        let city: Label
        let country: Label
        let location: Location?
    }

    private struct Location {
        let latitude: Int32
        let longitude: Int32
    }

    private mutating func venue(_ node: Int) -> Venue? {
        guard var object = object(node) else { return nil }
        let name = required("name", in: &object) { $0.words($1) }
        let city = required("city", in: &object) { $0.words($1) }
        let country = required("country", in: &object) { $0.words($1) }
        let location = optional("location", in: &object) { $0.location($1) }
        finish(object)
        guard let name, let city, let country else { return nil }
        return Venue(name: name, city: city, country: country, location: location)
    }

    private mutating func location(_ node: Int) -> Location? {
        guard var object = object(node) else { return nil }
        let latitude = required("lat", in: &object) { $0.degrees($1, 90) }
        let longitude = required("lon", in: &object) { $0.degrees($1, 180) }
        finish(object)
        guard let latitude, let longitude else { return nil }
        return Location(latitude: latitude, longitude: longitude)
    }

    private mutating func settings(_ body: inout Object) -> Settings {
        let seconds = 1...Bounds.seconds.count
        var settings = Settings()
        if let most = optional("maxTicketsPerBuyer", in: &body, { $0.count($1, 1...Bounds.placesPerReservation) }) {
            settings.maxTicketsPerBuyer = most
        }
        if let hold = optional("holdSeconds", in: &body, { $0.integer($1, seconds) }) { settings.hold = Seconds(hold) }
        if let payment = optional("paymentSeconds", in: &body, { $0.integer($1, seconds) }) {
            settings.payment = Seconds(payment)
        }
        if let offer = optional("offerSeconds", in: &body, { $0.integer($1, seconds) }) {
            settings.offer = Seconds(offer)
        }
        if let most = optional("maxPassOvers", in: &body, { $0.count($1, 0...Bounds.passOvers) }) {
            settings.maxPassOvers = most
        }
        return settings
    }

    private mutating func policy(_ node: Int) -> [PolicyStep]? {
        array(node, 0...Bounds.policySteps) { form, node in
            guard var step = form.object(node) else { return nil }
            let hours = form.required("hoursBefore", in: &step) { $0.count($1, 0...100_000) }
            let percent = form.required("percent", in: &step) { $0.count($1, 0...100) }
            form.finish(step)
            guard let hours, let percent else { return nil }
            return PolicyStep(hoursBefore: hours, percent: percent)
        }
    }

    /// A price is in the event's currency, whether it names it or not.
    private mutating func tiers(_ node: Int, _ currency: Currency?) -> [TierSpec]? {
        array(node, 1...Bounds.tiers) { form, node in
            guard var tier = form.object(node) else { return nil }
            let name = form.required("name", in: &tier) { $0.name($1) }
            let price = form.required("price", in: &tier) { form, node -> Int64? in
                guard let price = form.amount(node, 0...Bounds.price) else { return nil }
                if let stated = price.currency, let currency, stated != currency {
                    form.problem(node, "must be in the event's currency, \(currency)")
                    return nil
                }
                return price.amount
            }
            form.finish(tier)
            guard let name, let price else { return nil }
            return TierSpec(name: name, price: price)
        }
    }

    mutating func show(_ show: inout Object) -> ShowSpec? {
        let startsAt = required("startsAt", in: &show) { $0.time($1) }
        let endsAt = optional("endsAt", in: &show) { $0.time($1) }
        let salesStart = optional("salesStart", in: &show) { $0.time($1) }
        let salesEnd = optional("salesEnd", in: &show) { $0.time($1) }
        let sections = required("sections", in: &show) { form, node in
            form.array(node, 1...Bounds.sectionsPerShow) { $0.section($1) }
        }
        guard let startsAt, let sections else { return nil }
        return ShowSpec(
            startsAt: startsAt, endsAt: endsAt, salesStart: salesStart, salesEnd: salesEnd, sections: sections)
    }

    private mutating func section(_ node: Int) -> SectionSpec? {
        guard var section = object(node) else { return nil }
        let name = required("name", in: &section) { $0.seatPart($1) }
        let tier = required("tier", in: &section) { $0.name($1) }
        var seating: SectionSpec.Seating?
        if let rows = find("rows", in: &section) {
            refuse(["capacity"], in: &section, "cannot stand together with rows: a section has either")
            seating = array(rows, 1...Bounds.placesPerShow) { $0.row($1) }.map { .rows($0) }
        } else if let capacity = find("capacity", in: &section) {
            seating = count(capacity, 1...Bounds.placesPerShow).map { .general(capacity: $0) }
        } else {
            problem(node, "rows or a capacity is missing")
        }
        finish(section)
        guard let name, let tier, let seating else { return nil }
        return SectionSpec(name: name, tier: tier, seating: seating)
    }

    private mutating func row(_ node: Int) -> RowSpec? {
        guard var row = object(node) else { return nil }
        let name = required("name", in: &row) { $0.seatPart($1) }
        let seats = required("seats", in: &row) { $0.count($1, 1...Bounds.placesPerShow) }
        finish(row)
        guard let name, let seats else { return nil }
        return RowSpec(name: name, seats: seats)
    }

    /// A part of a seat's name, which slashes join.
    private mutating func seatPart(_ node: Int) -> Label? {
        guard let name = name(node) else { return nil }
        guard !name.text.utf8.contains(UInt8(ascii: "/")) else {
            problem(node, "must have no slash")
            return nil
        }
        return name
    }
}
