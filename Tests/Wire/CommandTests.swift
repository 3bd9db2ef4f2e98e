import Testing
import Ticketing
import Wire

@Suite struct CommandTests {
    @Test func everyKindSurvivesTheWayThroughBytes() throws {
        for command in Samples.commands {
            let bytes = Samples.line(command)
            let (refusal, lines) = Samples.decode(bytes)
            #expect(refusal == nil)
            try #require(lines.count == 1, "\(Samples.text(bytes))")
            #expect(lines[0].command == command, "\(Samples.text(bytes)) \(lines[0].problems)")
            #expect(bytes.count { $0 == 0x0A } == 1)
            #expect(lines[0].line == 0..<bytes.count - 1)
        }
        #expect(Set(Samples.commands.map(\.kind)) == Set(CommandKind.allCases))
    }

    @Test func aLineLooksAsItIsDocumented() {
        let reserve = Reserve(show: 1, buyer: "buyer-1", tier: "A", quantity: 2)
        let command = WireCommand(
            id: Samples.id, tenant: Samples.tenant, event: Samples.event, content: Content(.reserve(reserve)),
            replyTo: "ingress-1")
        #expect(
            Samples.text(Samples.line(command)) == """
                {"v":1,"id":"0123456789abcdeffedcba9876543210","tenant":"\(Samples.tenant.text)",\
                "key":"\(Samples.event.text)","kind":"reserve","target":"\(ShowId(Samples.event, 1).text)",\
                "replyTo":"ingress-1","body":{"buyer":"buyer-1","tier":"A","quantity":2}}\n
                """)
    }

    @Test func theSendersBytesAreKeptButForSpace() throws {
        let body = "{ \"tier\" : \"A  \\\" \\u0041\",\r\n\t\"quantity\":1, \"buyer\":\"b\" }"
        let content = Content(.reserve(Reserve(show: 1, buyer: "b", tier: "A  \" A", quantity: 1)))
        let command = WireCommand(id: Samples.id, tenant: Samples.tenant, event: Samples.event, content: content)
        var bytes: [UInt8] = []
        Array(body.utf8).withUnsafeBytes { command.appendLine(body: $0, to: &bytes) }
        let lines = Samples.decode(bytes).lines
        try #require(lines.count == 1)
        #expect(lines[0].command == command)
        #expect(Samples.text(bytes[lines[0].body]) == #"{"tier":"A  \" \u0041","quantity":1,"buyer":"b"}"#)
    }

    @Test func aJournaledPayloadGivesTheSameContent() throws {
        for command in Samples.commands {
            let line = Samples.line(command)
            let decoded = try #require(Samples.decode(line).lines.first)
            var payload: [UInt8] = []
            command.appendPayload(body: line[decoded.body], to: &payload)
            var decoder = CommandDecoder()
            let content = try payload.withUnsafeBytes { bytes throws(Malformed) in
                try decoder.decode(payload: bytes, event: Samples.event)
            }
            #expect(content == command.content)
        }
    }

    @Test func eachLineIsAnsweredWhereItSays() throws {
        let texts = [
            #""ingress-1""#, #""ingress-1""#, #""ingress-2""#, #""ingress\u002D2""#, nil, #""ingress-2""#,
            // A backslash and an n; and what looks the same as that does, but is a new line.
            #""x\\n""#, #""x\n""#, #""ingress-1 ""#, #""ingress-1""#,
        ]
        let message = texts.map { text in
            """
            {"v":1,"id":"\(Samples.id.hex)","tenant":"\(Samples.tenant.text)","key":"\(Samples.event.text)",\
            "kind":"cancel-event"\(text.map { ",\"replyTo\":\($0)" } ?? "")}
            """
        }.joined(separator: "\n")
        let lines = Samples.decode(Array(message.utf8)).lines
        #expect(
            lines.map { $0.command?.replyTo ?? ($0.command == nil ? "refused" : "nobody") } == [
                "ingress-1", "ingress-1", "ingress-2", "ingress-2", "nobody", "ingress-2", #"x\n"#, "refused",
                "refused",
                "ingress-1",
            ])
    }

    @Test func aTraceIsCarriedAndABodyMayBeAbsent() throws {
        let text = """
            {"v":1,"id":"\(Samples.id.hex)","tenant":"\(Samples.tenant.text)","key":"\(Samples.event.text)",\
            "kind":"cancel-event","trace":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
            """
        let line = try #require(Samples.decode(Array(text.utf8)).lines.first)
        let command = try #require(line.command)
        let trace = #""trace":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01""#
        #expect(Samples.text(Samples.line(command)).contains(trace))
        #expect(command.content == Content(.cancelEvent))
        #expect(command.replyTo == nil)
        #expect(line.body.isEmpty)
        #expect(Samples.decode(Samples.line(command)).lines.first?.command == command)
    }

    @Test func anEmailIsReadFromARequestAndRefusedInALine() throws {
        let body = Array(#"{"provider":"stripe","email":"a@b.example"}"#.utf8)
        let target = Target.reservation(Samples.minted())
        var decoder = CommandDecoder()
        let content = try body.withUnsafeBytes { bytes throws(Malformed) in
            try decoder.decode(body: bytes, of: .checkout, about: target, event: Samples.event)
        }
        #expect(content.email == "a@b.example")
        let command = WireCommand(id: Samples.id, tenant: Samples.tenant, event: Samples.event, content: content)
        #expect(!Samples.text(Samples.line(command)).contains("example"))
        #expect(throws: Malformed([Problem(pointer: "/email", message: "no command carries personal data")])) {
            try body.withUnsafeBytes { bytes throws(Malformed) in
                try decoder.decode(body: bytes, of: .checkout, about: target, event: Samples.event, from: .line)
            }
        }
    }

    /// What addresses are compared by is for those who had them: a request has the address itself.
    @Test func anEmailsDigestIsReadFromALineAndRefusedInARequest() throws {
        let body = Array(#"{"provider":"stripe","emailDigest":"d1"}"#.utf8)
        let target = Target.reservation(Samples.minted())
        var decoder = CommandDecoder()
        let content = try body.withUnsafeBytes { bytes throws(Malformed) in
            try decoder.decode(body: bytes, of: .checkout, about: target, event: Samples.event, from: .line)
        }
        #expect(content.emailDigest == "d1")
        #expect(throws: Malformed.self) {
            try body.withUnsafeBytes { bytes throws(Malformed) in
                try decoder.decode(body: bytes, of: .checkout, about: target, event: Samples.event)
            }
        }
    }

    @Test func pricesMayBeMoneyOfTheEventsCurrency() throws {
        func decode(_ body: String, _ kind: CommandKind) throws -> Content {
            var decoder = CommandDecoder()
            let bytes = Array(body.utf8)
            return try bytes.withUnsafeBytes { bytes throws(Malformed) in
                try decoder.decode(body: bytes, of: kind, about: .event, event: Samples.event)
            }
        }
        let euros = #"{"tiers":[{"name":"A","price":7},{"name":"B","price":{"amount":8,"currency":"EUR"}}]}"#
        let content = try decode(euros, .changeEvent)
        #expect(content.currency == Samples.euro)
        let prices = [TierSpec(name: "A", price: 7), TierSpec(name: "B", price: 8)]
        #expect(content.order == .existing(.changeEvent(ChangeEvent(prices: prices))))
        let mixed = """
            {"name":"E","venue":{"name":"","city":"","country":""},"currency":"USD","shows":[],\
            "tiers":[{"name":"B","price":{"amount":8,"currency":"EUR"}}]}
            """
        #expect(
            throws: Malformed([
                Problem(pointer: "/tiers/0/price", message: "must be in the event's currency, USD")
            ])
        ) { try decode(mixed, .createEvent) }
    }
}
