import Testing
import Ticketing
import Wire

/// What a request is held to before it is a command, and told where it is wrong.
@Suite struct RequestFormTests {
    private static func decode(
        _ body: String, _ kind: CommandKind, _ target: Target, _ source: BodySource
    ) -> Result<Content, Malformed> {
        var decoder = CommandDecoder()
        return Array(body.utf8).withUnsafeBytes { bytes in
            do throws(Malformed) {
                return .success(
                    try decoder.decode(body: bytes, of: kind, about: target, event: Samples.event, from: source))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Everything that an ingress would refuse.
    private static func problems(
        _ body: String, _ kind: CommandKind, _ target: Target, from source: BodySource = .request
    ) -> [String] {
        switch decode(body, kind, target, source) {
        case .success(let content):
            source == .request ? content.contradictions.map { "\($0.pointer): \($0.message)" } : []
        case .failure(let malformed): malformed.problems.map { "\($0.pointer): \($0.message)" }
        }
    }

    private static let reservation = Target.reservation(Samples.minted())

    // MARK: who takes the money, and who is written to

    @Test func aProviderIsOneThatThereCanBe() {
        for name in Checkout.providers {
            #expect(Self.problems(#"{"provider":"\#(name)"}"#, .checkout, Self.reservation) == [])
        }
        for name in ["bitcoin", "Stripe", "", "stripe "] {
            #expect(
                Self.problems(#"{"provider":"\#(name)"}"#, .checkout, Self.reservation)
                    == ["/provider: must be one of sandbox, stripe, paypal"])
        }
    }

    /// What stands in a journal is read for ever.
    @Test func aLineIsNotHeldToWhatARequestIs() {
        #expect(Self.problems(#"{"provider":"bitcoin"}"#, .checkout, Self.reservation, from: .line) == [])
        #expect(Self.problems("{}", .changeEvent, .event, from: .line) == [])
        #expect(Self.problems(Self.event(currency: "XYZ"), .createEvent, .event, from: .line) == [])
    }

    @Test(arguments: ["k@x", "kim@example.com", "a@b@c", "ü@ö.example"])
    func anAddressIsTaken(_ address: String) {
        #expect(Self.problems(#"{"provider":"stripe","email":"\#(address)"}"#, .checkout, Self.reservation) == [])
    }

    @Test(arguments: ["kim", "@example.com", "kim@", "@@", "kim @example.com", "kim@example.com\\n", "kim@a\\tb"])
    func whatIsNoAddressIsRefused(_ address: String) {
        let found = Self.problems(#"{"provider":"stripe","email":"\#(address)"}"#, .checkout, Self.reservation)
        #expect(found.count == 1 && found.first?.hasPrefix("/email: must ") == true, "\(found)")
    }

    // MARK: currencies

    private static func event(currency: String, tier: String = #"{"name":"A","price":1}"#, more: String = "") -> String
    {
        #"{"name":"E","venue":{"name":"H","city":"B","country":"DE"},"currency":"\#(currency)",\#(more)"#
            + #""tiers":[\#(tier)],"shows":[]}"#
    }

    @Test(arguments: ["EUR", "USD", "JPY", "KWD", "XOF", "ZWG", "AED"])
    func aCurrencyThatIsInUseIsTaken(_ code: String) {
        #expect(Self.problems(Self.event(currency: code), .createEvent, .event) == [])
    }

    @Test(arguments: ["XYZ", "XXX", "XTS", "XAU", "DEM", "AAA", "ZZZ", "eur", "EU"])
    func anyOtherIsRefused(_ code: String) {
        #expect(
            Self.problems(Self.event(currency: code), .createEvent, .event)
                == ["/currency: must be a code of ISO 4217 such as EUR"])
        let price = #"{"tiers":[{"name":"A","price":{"amount":1,"currency":"\#(code)"}}]}"#
        let found = Self.problems(price, .changeEvent, .event)
        #expect(found.contains("/tiers/0/price/currency: must be a code of ISO 4217 such as EUR"), "\(found)")
    }

    // MARK: what cannot stand together, and what cannot be changed

    @Test func membersThatAreKnownAreNotCalledUnknown() {
        let ticket = ScopedId<Kinds.Ticket>(Samples.event, Samples.minted()).text
        #expect(
            Self.problems(
                #"{"reason":"r","tickets":["\#(ticket)"],"amount":1}"#, .refund, .booking(Samples.minted()))
                == ["/amount: cannot stand together with tickets: send either tickets or an amount"])
        #expect(
            Self.problems(#"{"buyer":"b","seats":["F/1"],"together":true}"#, .reserve, .show(1))
                == ["/together: cannot stand together with seats: send either seats, or tier and quantity"])
        let section = #"{"name":"F","tier":"A","rows":[{"name":"1","seats":1}],"capacity":1}"#
        #expect(
            Self.problems(#"{"startsAt":"2035-03-01T19:00:00Z","sections":[\#(section)]}"#, .addShow, .event)
                == ["/sections/0/capacity: cannot stand together with rows: a section has either"])
    }

    @Test(arguments: [
        "currency", "maxTicketsPerBuyer", "holdSeconds", "paymentSeconds", "offerSeconds", "maxPassOvers", "shows",
    ])
    func whatIsSetForGoodCannotBeChanged(_ member: String) {
        let found = Self.problems(
            #"{"tiers":[{"name":"A","price":1}],"\#(member)":1}"#, .changeEvent, .event)
        #expect(found.count == 1 && found.first?.hasPrefix("/\(member): cannot be changed") == true, "\(found)")
    }

    @Test func aChangeChangesSomething() {
        let nothing = ": has nothing to change: send tiers, refundPolicy, or what describes the event"
        #expect(Self.problems("{}", .changeEvent, .event) == [nothing])
        #expect(Self.problems(#"{"refundPolicy":[]}"#, .changeEvent, .event) == [])
    }

    @Test func whatDescribesAnEventIsReplacedAsAWhole() {
        let found = Self.problems(#"{"description":"New"}"#, .changeEvent, .event)
        #expect(found.count == 2)
        for (problem, pointer) in zip(found, ["/name", "/venue"]) {
            #expect(
                problem.hasPrefix("\(pointer): is missing: what describes the event is replaced as a whole"),
                "\(problem)")
        }
        // Whoever creates one has nothing to replace.
        #expect(
            Self.problems(#"{"currency":"EUR","tiers":[{"name":"A","price":1}],"shows":[]}"#, .createEvent, .event)
                == ["/name: is missing", "/venue: is missing"])
    }

    // MARK: what contradicts itself

    @Test func whatIsNamedTwiceIsPointedAt() {
        let seats = #"["F/A/1","F/A/2","F/A/1","F/A/2"]"#
        let twice = [
            "/seats/2: is the same as /seats/0: each may be there once",
            "/seats/3: is the same as /seats/1: each may be there once",
        ]
        #expect(Self.problems(#"{"buyer":"b","seats":\#(seats)}"#, .reserve, .show(1)) == twice)
        #expect(Self.problems(#"{"seats":\#(seats)}"#, .block, .show(1)) == twice)
        #expect(Self.problems(#"{"seats":\#(seats)}"#, .unblock, .show(1)) == twice)
        let ticket = ScopedId<Kinds.Ticket>(Samples.event, Samples.minted()).text
        #expect(
            Self.problems(
                #"{"reason":"r","tickets":["\#(ticket)","\#(ticket)"]}"#, .refund, .booking(Samples.minted()))
                == ["/tickets/1: is the same as /tickets/0: each may be there once"])
        let policy = #""refundPolicy":[{"hoursBefore":1,"percent":1},{"hoursBefore":1,"percent":2}]"#
        let hours = "/refundPolicy/1/hoursBefore: is the same as /refundPolicy/0/hoursBefore: each may be there once"
        #expect(Self.problems("{\(policy)}", .changeEvent, .event) == [hours])
        let tiers = #"{"name":"A","price":1},{"name":"A","price":2}"#
        #expect(
            Self.problems(Self.event(currency: "EUR", tier: tiers, more: policy + ","), .createEvent, .event)
                == [hours, "/tiers/1/name: is the same as /tiers/0/name: each may be there once"])
    }

    private static func show(_ times: String, _ sections: String = #"{"name":"F","tier":"A","capacity":1}"#) -> String {
        #"{"startsAt":"2035-03-01T19:00:00Z",\#(times)"sections":[\#(sections)]}"#
    }

    @Test(arguments: [
        (#""endsAt":"2035-03-01T19:00:01Z","#, []),
        (#""endsAt":"2035-03-01T19:00:00Z","#, ["/endsAt: must be after startsAt"]),
        (#""salesStart":"2035-03-01T18:59:59Z","#, []),
        (
            #""salesStart":"2035-03-01T19:00:00Z","#,
            ["/salesStart: must be before startsAt, when sales end unless there is a salesEnd"]
        ),
        (#""salesStart":"2035-03-01T19:00:00Z","salesEnd":"2035-03-01T20:00:00Z","#, []),
        (
            #""salesStart":"2035-03-01T10:00:00Z","salesEnd":"2035-03-01T10:00:00Z","#,
            ["/salesStart: must be before salesEnd"]
        ),
    ])
    func timesAreInOrder(_ times: String, _ problems: [String]) {
        #expect(Self.problems(Self.show(times), .addShow, .event) == problems)
    }

    @Test func sectionsAndRowsAreToldApart() {
        let section = #"{"name":"F","tier":"A","rows":[{"name":"1","seats":1},{"name":"1","seats":2}]}"#
        let sections = "\(section),\(#"{"name":"F","tier":"B","capacity":1}"#)"
        let found = [
            "/sections/1/name: is the same as /sections/0/name: each may be there once",
            "/sections/0/rows/1/name: is the same as /sections/0/rows/0/name: each may be there once",
        ]
        #expect(Self.problems(Self.show("", sections), .addShow, .event) == found)
        // An event that is being created has no other tiers than these.
        let show = Self.show("", sections)
        let event = Self.event(currency: "EUR").replacing(#""shows":[]"#, with: #""shows":[\#(show)]"#)
        #expect(
            Self.problems(event, .createEvent, .event)
                == found.map { $0.replacing("/sections", with: "/shows/0/sections") }
                + ["/shows/0/sections/1/tier: must be one of the event's tiers"])
    }

    @Test func placesAreCounted() {
        let most = Bounds.placesPerShow
        func hall(_ capacities: Int...) -> String {
            let sections = capacities.enumerated().map { #"{"name":"\#($0)","tier":"A","capacity":\#($1)}"# }
            return Self.show("", sections.joined(separator: ","))
        }
        #expect(Self.problems(hall(most - 1, 1), .addShow, .event) == [])
        #expect(
            Self.problems(hall(most, 1), .addShow, .event)
                == ["/sections: have \(most + 1) places together: a show has at most \(most)"])
        let shows = Array(repeating: hall(most), count: Bounds.placesPerEvent / most + 1).joined(separator: ",")
        let event = Self.event(currency: "EUR").replacing(#""shows":[]"#, with: #""shows":[\#(shows)]"#)
        let found = Self.problems(event, .createEvent, .event)
        #expect(found.count == 1 && found.first?.hasPrefix("/shows: have ") == true, "\(found)")
    }

    @Test func contradictionsAreCollectedUpToABound() {
        let seats = Array(repeating: #""F/A/1""#, count: 100).joined(separator: ",")
        #expect(Self.problems(#"{"seats":[\#(seats)]}"#, .block, .show(1)).count == Malformed.most)
    }
}
