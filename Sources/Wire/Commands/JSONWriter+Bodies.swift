package import Ticketing

// Bodies as `Form` reads them. What has a default and is at it is left out.
extension JSONWriter {
    mutating func body(_ content: Content, event: EventId) {
        beginObject()
        switch content.order {
        case .create(let create): createEvent(create)
        case .moveOut(let partition, let version):
            field("partition", partition)
            key("version")
            number(version)
        case .existing(let command): body(command, content, event: event)
        }
        endObject()
    }

    private mutating func body(_ command: Command, _ content: Content, event: EventId) {
        switch command {
        case .cancelEvent, .cancelShow, .release, .leaveWaitlist, .cancelBooking: break
        case .changeEvent(let change):
            if let details = change.details { self.details(details) }
            if let prices = change.prices { tiers(prices, content.currency) }
            if let policy = change.refundPolicy { self.policy(policy) }
        case .addShow(let spec): show(spec)
        case .block(_, let seats), .unblock(_, let seats): self.seats(seats)
        case .reserve(let reserve):
            field("buyer", reserve.buyer)
            switch reserve.choice {
            case .seats(let seats): self.seats(seats)
            case .best(let tier, let quantity, let together):
                field("tier", tier)
                field("quantity", quantity)
                if !together { field("together", false) }
            }
        case .extend(_, let seconds): field("seconds", seconds.count)
        case .joinWaitlist(let join):
            field("buyer", join.buyer)
            field("tier", join.tier)
            field("quantity", join.quantity)
        case .checkout(let checkout):
            field("provider", checkout.provider)
            if checkout.acceptEquivalent { field("acceptEquivalent", true) }
            if let digest = content.emailDigest {
                key("emailDigest")
                string(digest)
            }
        case .paymentCreated(_, let reference): if let reference { field("reference", reference) }
        case .paymentResult(_, let result): self.result(result)
        case .paymentDispute(_, let news):
            field("reference", news.reference)
            field("money", news.money)
            status(news.status.word)
        case .refundReported(_, let refund):
            field("reference", refund.reference)
            field("money", refund.money)
        case .refundBooking(_, let request): refund(request, content, event: event)
        case .refundResult(_, .succeeded): status("succeeded")
        case .refundResult(_, .failed(let reason)):
            status("failed")
            field("reason", reason)
        case .checkIn(let checkIn):
            field("gate", checkIn.gate)
            field("nonce", checkIn.nonce)
            field("at", checkIn.at)
        }
    }

    package mutating func field(_ name: StaticString, _ label: Label) {
        key(name)
        self.label(label)
    }

    package mutating func field(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    package mutating func field(_ name: StaticString, _ flag: Bool) {
        key(name)
        self.flag(flag)
    }

    package mutating func field(_ name: StaticString, _ time: Time?) {
        guard let time else { return }
        key(name)
        self.time(time)
    }

    package mutating func field(_ name: StaticString, _ money: Money) {
        key(name)
        self.money(money)
    }

    package mutating func status(_ word: StaticString) {
        key("status")
        self.word(word)
    }

    private mutating func seats(_ seats: [SeatName]) { array("seats", seats) { $0.seat($1) } }

    private mutating func result(_ result: PaymentResult) {
        switch result {
        case .succeeded(let money):
            status("succeeded")
            field("money", money)
        case .failed(let reason):
            status("failed")
            field("reason", reason)
        case .cancelled: status("cancelled")
        }
    }

    private mutating func refund(_ request: RefundRequest, _ content: Content, event: EventId) {
        if let reason = content.reason { field("reason", reason) }
        switch request {
        case .tickets(let tickets): array("tickets", tickets) { $0.id(ScopedId(event, $1)) }
        case .amount(let amount): self.amount("amount", amount, content.currency)
        }
    }

    private mutating func amount(_ name: StaticString, _ amount: Int64, _ currency: Currency?) {
        if let currency { field(name, Money(amount, currency)) } else { field(name, amount) }
    }

    private mutating func createEvent(_ create: CreateEvent) {
        details(create.details)
        key("currency")
        currency(create.currency)
        let settings = create.settings
        field("maxTicketsPerBuyer", settings.maxTicketsPerBuyer)
        field("holdSeconds", settings.hold.count)
        field("paymentSeconds", settings.payment.count)
        field("offerSeconds", settings.offer.count)
        field("maxPassOvers", settings.maxPassOvers)
        if let policy = create.refundPolicy { self.policy(policy) }
        tiers(create.tiers, create.currency)
        array("shows", create.shows) { writer, spec in
            writer.beginObject()
            writer.show(spec)
            writer.endObject()
        }
    }

    package mutating func details(_ details: EventDetails) {
        field("name", details.name)
        if !details.description.isEmpty { field("description", details.description) }
        if !details.category.isEmpty { field("category", details.category) }
        if !details.language.isEmpty { field("language", details.language) }
        if let minutes = details.durationMinutes { field("durationMinutes", minutes) }
        object("venue") { writer in
            writer.field("name", details.venue)
            writer.field("city", details.city)
            writer.field("country", details.country)
            if let latitude = details.latitude, let longitude = details.longitude {
                writer.object("location") {
                    $0.key("lat")
                    $0.degrees(latitude)
                    $0.key("lon")
                    $0.degrees(longitude)
                }
            }
        }
        if !details.performers.isEmpty { array("performers", details.performers) { $0.label($1) } }
    }

    package mutating func policy(_ policy: [PolicyStep]) {
        array("refundPolicy", policy) { writer, step in
            writer.beginObject()
            writer.field("hoursBefore", step.hoursBefore)
            writer.field("percent", step.percent)
            writer.endObject()
        }
    }

    package mutating func tiers(_ tiers: [TierSpec], _ currency: Currency?) {
        array("tiers", tiers) { writer, tier in
            writer.beginObject()
            writer.field("name", tier.name)
            writer.amount("price", tier.price, currency)
            writer.endObject()
        }
    }

    private mutating func show(_ show: ShowSpec) {
        field("startsAt", show.startsAt)
        field("endsAt", show.endsAt)
        field("salesStart", show.salesStart)
        field("salesEnd", show.salesEnd)
        array("sections", show.sections) { writer, section in
            writer.beginObject()
            writer.field("name", section.name)
            writer.field("tier", section.tier)
            switch section.seating {
            case .general(let capacity): writer.field("capacity", capacity)
            case .rows(let rows):
                writer.array("rows", rows) { writer, row in
                    writer.beginObject()
                    writer.field("name", row.name)
                    writer.field("seats", row.seats)
                    writer.endObject()
                }
            }
            writer.endObject()
        }
    }
}
