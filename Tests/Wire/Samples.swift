import Ticketing
import Wire

/// Commands of every kind, and what surrounds them.
enum Samples {
    static let event = EventId(high: 0x0198_F3C2_A7D4_7C2E, low: 0x9F0B_6D1E_5A4C_3B2A)
    static let tenant = TenantId(high: 7, low: .max)
    static let id = CommandId(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    static let time = Time(microseconds: 1_780_315_200_000_001)

    static var euro: Currency {
        guard let euro = Currency("EUR") else { preconditionFailure("EUR is a currency") }
        return euro
    }

    static func minted<Kind>(_ index: UInt32 = 0) -> MintedId<Kind> { MintedId(command: id, index: index) }

    static var show: ShowSpec {
        ShowSpec(
            startsAt: time, endsAt: time + 7_200, salesStart: Time(microseconds: 0), salesEnd: time,
            sections: [
                SectionSpec(name: "Floor \"é\"", tier: "A", rows: [RowSpec(name: "A", seats: 12)]),
                SectionSpec(name: "Standing", tier: "B", capacity: 712),
            ])
    }

    static var details: EventDetails {
        EventDetails(
            name: "Konzert\n\u{1}\\ 🎟", description: "Long", category: "music", language: "de", durationMinutes: 120,
            venue: "Hall", city: "Köln", country: "DE", latitude: -50_941_270, longitude: 6_000_001,
            performers: ["x", "y"])
    }

    static var create: CreateEvent {
        var settings = Settings()
        settings.maxTicketsPerBuyer = 4
        settings.hold = 60
        settings.payment = 61
        settings.offer = 62
        settings.maxPassOvers = 0
        return CreateEvent(
            event: event, details: details, currency: euro, settings: settings,
            refundPolicy: [PolicyStep(hoursBefore: 24, percent: 50)],
            tiers: [TierSpec(name: "A", price: 5_000), TierSpec(name: "B", price: 0)], shows: [show])
    }

    static var seats: [SeatName] {
        [SeatName(section: "Floor", row: "A", number: 12), SeatName(section: "Standing", row: nil, number: 712)]
    }

    static var contents: [Content] {
        let bare = CreateEvent(
            event: event, details: EventDetails(name: "E"), currency: euro, tiers: [TierSpec(name: "A", price: 1)],
            shows: [])
        let prices = [TierSpec(name: "A", price: 1)]
        return [
            Content(.create(create)), Content(.create(bare)), Content(.moveOut(to: 65, version: 3)),
            Content(.changeEvent(ChangeEvent())),
            Content(.changeEvent(ChangeEvent(details: details, prices: prices, refundPolicy: []))),
            Content(.existing(.changeEvent(ChangeEvent(prices: prices))), currency: euro),
            Content(.cancelEvent), Content(.addShow(show)), Content(.cancelShow(2)),
            Content(.block(show: 1, seats: seats)), Content(.unblock(show: 200, seats: seats)),
            Content(.reserve(Reserve(show: 1, buyer: "buyer-1", seats: seats))),
            Content(.reserve(Reserve(show: 1, buyer: "b\u{7F}", tier: "A", quantity: 100))),
            Content(.reserve(Reserve(show: 1, buyer: "b", tier: "A", quantity: 1, together: false))),
            Content(.extend(minted(), by: 86_400)), Content(.release(minted(.max))),
            Content(.joinWaitlist(JoinWaitlist(show: 3, buyer: "b", tier: "A", quantity: 2))),
            Content(.leaveWaitlist(minted())),
            Content(.checkout(Checkout(reservation: minted(), provider: "sandbox"))),
            Content(.checkout(Checkout(reservation: minted(), provider: "stripe", acceptEquivalent: true))),
            Content(
                .existing(.checkout(Checkout(reservation: minted(), provider: "stripe"))), emailDigest: "b\"1_-"),
            Content(.paymentCreated(minted(), reference: nil)), Content(.paymentCreated(minted(), reference: "pi_1")),
            Content(.paymentResult(minted(), .succeeded(Money(1_999, euro)))),
            Content(.paymentResult(minted(), .failed(reason: "card_declined"))),
            Content(.paymentResult(minted(), .cancelled)), Content(.cancelBooking(minted())),
            Content(
                .paymentDispute(
                    minted(), DisputeNews(reference: "dp \"1\"", money: Money(1_999, euro), status: .opened))),
            Content(
                .paymentDispute(minted(), DisputeNews(reference: "d", money: Money(1, euro), status: .won))),
            Content(
                .paymentDispute(minted(), DisputeNews(reference: "d", money: Money(1, euro), status: .lost))),
            Content(.refundReported(minted(), ReportedRefund(reference: "re_1", money: Money(5, euro)))),
            Content(.existing(.refundBooking(minted(), .tickets([minted(1), minted(2)]))), reason: "rain"),
            Content(.existing(.refundBooking(minted(), .amount(5))), reason: "rain"),
            Content(.existing(.refundBooking(minted(), .amount(5))), currency: euro, reason: "rain"),
            Content(.refundResult(minted(), .succeeded)), Content(.refundResult(minted(), .failed(reason: ""))),
            Content(.checkIn(CheckIn(ticket: minted(), gate: "North", nonce: "n"))),
            Content(.checkIn(CheckIn(ticket: minted(), gate: "North", nonce: "n", at: time))),
        ]
    }

    static var commands: [WireCommand] {
        contents.map { WireCommand(id: id, tenant: tenant, event: event, content: $0, replyTo: "ingress-1") }
    }

    static func line(_ command: WireCommand) -> [UInt8] {
        var bytes: [UInt8] = []
        command.appendLine(to: &bytes)
        return bytes
    }

    /// What the lines of a message come to.
    static func decode(_ bytes: [UInt8]) -> (refusal: MessageRefusal?, lines: [DecodedLine]) {
        var decoder = CommandDecoder()
        var lines: [DecodedLine] = []
        let refusal = bytes.withUnsafeBytes { message in
            decoder.decode(message: message) { lines.append(copy $0) }
        }
        return (refusal, lines)
    }

    static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension DecodedLine {
    var command: WireCommand? { try? result.get() }

    /// Each problem as `pointer: message`.
    var problems: [String] {
        guard case .failure(let malformed) = result else { return [] }
        return malformed.problems.map { "\($0.pointer): \($0.message)" }
    }
}
