import Desk
import Testing
import Ticketing
import Wire

@Suite struct DeskCommandTests {
    /// What travels and what is kept, to the byte: other processes, and journals of years ago, have to agree with it.
    static let golden: [(order: DeskOrder, kind: String, target: String, body: String)] = {
        let settings = """
            {"classes":[{"name":"Gold \\"é\\" \\\\","minutes":10},{"name":"b","minutes":10080}],\
            "minutesPerTicket":9,"agents":4,"placement":"deadline","softAssignSeconds":300}
            """
        let ticket = #","target":"\#(DeskSamples.dtk)""#
        let slot = #","target":"\#(DeskSamples.slt)""#
        return [
            (.request(RequestAccount(subDomain: "acme")), "request-account", "", #"{"subDomain":"acme"}"#),
            (.existing(.accountReady(store: "main")), "account-ready", "", #"{"store":"main"}"#),
            (.existing(.setSettings(DeskSamples.settings)), "set-desk-settings", "", settings),
            (.existing(.createTicket(class: "GOLD")), "create-desk-ticket", "", #"{"ticketType":"GOLD"}"#),
            (.existing(.validateEta(class: "GOLD")), "validate-eta", "", #"{"ticketType":"GOLD"}"#),
            (
                .existing(.allocateSlot(DeskSamples.slot, class: "GOLD")), "allocate-slot", slot,
                #"{"ticketType":"GOLD"}"#
            ),
            (.existing(.cancel(DeskSamples.ticket)), "cancel-desk-ticket", ticket, "{}"),
            (.existing(.resolve(DeskSamples.ticket)), "resolve-desk-ticket", ticket, "{}"),
        ]
    }()

    @Test func everyKindLooksAsItIsDocumented() throws {
        #expect(Self.golden.map { $0.order.kind } == DeskCommandKind.allCases)
        for (order, kind, target, body) in Self.golden {
            let command = DeskWireCommand(
                id: Samples.id, tenant: DeskSamples.tenant, order: order, replyTo: "ingress-1")
            let line = DeskSamples.line(command)
            #expect(
                Samples.text(line) == """
                    {"v":1,"id":"0123456789abcdeffedcba9876543210","tenant":"\(DeskSamples.client)",\
                    "key":"\(DeskSamples.client)","kind":"\(kind)"\(target),"replyTo":"ingress-1","body":\(body)}\n
                    """)
            let payload = try #require(DeskSamples.payload(of: line))
            #expect(Samples.text(payload) == #"{"v":1,"kind":"\#(kind)"\#(target),"body":\#(body)}"#)
            #expect(Samples.text(command.publicBody) == body)
            #expect(command.kind.rawValue == kind)
        }
    }

    @Test func everyKindSurvivesTheWayThroughBytes() throws {
        for command in DeskSamples.commands {
            let bytes = DeskSamples.line(command)
            let (refusal, lines) = DeskSamples.decode(bytes)
            #expect(refusal == nil)
            try #require(lines.count == 1, "\(Samples.text(bytes))")
            #expect(lines[0].command == command, "\(Samples.text(bytes)) \(lines[0].problems)")
            #expect(lines[0].id == Samples.id && lines[0].replyTo == "ingress-1")
            #expect(bytes.count { $0 == 0x0A } == 1)
            #expect(lines[0].line == 0..<bytes.count - 1)
            #expect(Array(bytes[lines[0].body]) == command.publicBody)
        }
        #expect(Set(DeskSamples.commands.map(\.kind)) == Set(DeskCommandKind.allCases))
    }

    @Test func aJournaledPayloadGivesTheSameOrder() throws {
        for command in DeskSamples.commands {
            let payload = try #require(DeskSamples.payload(of: DeskSamples.line(command)))
            #expect(DeskSamples.replay(payload) == .success(command.order))
        }
        let payload = try #require(
            DeskSamples.payload(of: DeskSamples.line(.existing(.cancel(DeskSamples.ticket)))))
        #expect(
            DeskSamples.replay(payload, of: DeskSamples.other).problems == ["/target: belongs to another account"])
        #expect(DeskSamples.replay(Array(#"{"v":1,"kind":"x","body":{}}"#.utf8)).problems.count == 1)
        #expect(
            DeskSamples.replay(Array(#"{"v":1,"kind":"create-desk-ticket"}"#.utf8)).problems
                == ["/body: is missing"])
    }

    @Test func theSendersBytesAreKeptButForSpace() throws {
        let body = "{ \"clientId\": \"\(DeskSamples.client)\",\r\n\t\"ticketType\" : \"\\u0047OLD  1\" }"
        let order = DeskOrder.existing(.validateEta(class: "GOLD  1"))
        let command = DeskWireCommand(id: Samples.id, tenant: DeskSamples.tenant, order: order)
        var bytes: [UInt8] = []
        Array(body.utf8).withUnsafeBytes { command.appendLine(body: $0, to: &bytes) }
        let line = try #require(DeskSamples.decode(bytes).lines.first)
        #expect(line.command == command, "\(line.problems)")
        let kept = #"{"clientId":"\#(DeskSamples.client)","ticketType":"\u0047OLD  1"}"#
        #expect(Samples.text(bytes[line.body]) == kept)
        let payload = try #require(DeskSamples.payload(of: bytes))
        #expect(Samples.text(payload) == #"{"v":1,"kind":"validate-eta","body":\#(kept)}"#)
        #expect(DeskSamples.replay(payload) == .success(order))
    }

    @Test func aTraceIsCarriedAndABodyThatSaysNothingMayBeAbsent() throws {
        for (kind, order) in [
            ("cancel-desk-ticket", DeskOrder.existing(.cancel(DeskSamples.ticket))),
            ("resolve-desk-ticket", .existing(.resolve(DeskSamples.ticket))),
        ] {
            let text = """
                {"v":1,"id":"\(Samples.id.hex)","tenant":"\(DeskSamples.client)","key":"\(DeskSamples.client)",\
                "kind":"\(kind)","target":"\(DeskSamples.dtk)",\
                "trace":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
                """
            let line = try #require(DeskSamples.decode(Array(text.utf8)).lines.first)
            let command = try #require(line.command)
            #expect(command.order == order && command.replyTo == nil && line.body.isEmpty)
            #expect(Samples.text(DeskSamples.line(command)).contains(#""trace":"00-4bf92f3577b34da6a3ce929d0e0e4736-"#))
            var payload: [UInt8] = []
            command.appendPayload(body: [], to: &payload)
            #expect(Samples.text(payload).hasSuffix(#","body":{}}"#))
        }
    }

    @Test func idsContainTheTenants() {
        let ticket = DeskScopedId(DeskSamples.tenant, DeskSamples.ticket)
        #expect(ticket.text == DeskSamples.dtk)
        #expect(DeskScopedId(DeskSamples.tenant, DeskSamples.slot).text == DeskSamples.slt)
        #expect(DeskScopedId<DeskKinds.Ticket>(text: DeskSamples.dtk) == ticket)
        #expect(DeskScopedId<DeskKinds.Slot>(text: DeskSamples.dtk) == nil)
        #expect(DeskScopedId<DeskKinds.Ticket>(text: DeskSamples.dtk + "0") == nil)
        let digits = DeskSamples.dtk.dropLast(6)
        // 4,294,967,295 is the last index.
        #expect(DeskScopedId<DeskKinds.Ticket>(text: digits + "4gfFC3")?.id.index == .max)
        #expect(DeskScopedId<DeskKinds.Ticket>(text: digits + "4gfFC4") == nil)
    }

    @Test func idsAndTimesOfBothRuleBooksAreTheSame() {
        #expect(CommandId(DeskCommandId(Samples.id)) == Samples.id)
        #expect(TenantId(DeskTenantId(DeskSamples.tenant)) == DeskSamples.tenant)
        #expect(Time(DeskTime(Samples.time)) == Samples.time)
        let tenant = TenantId(ofAccountRequestedBy: Samples.id)
        #expect(tenant.high == Samples.id.high && tenant.low == Samples.id.low)
    }

    /// An account that was requested years ago is decided again with the settings that it began with.
    @Test func whatIsNotGivenStandsForEver() {
        let settings = DeskSettings(
            classes: [
                DeskSettings.Class(name: "GOLD", minutes: 120), DeskSettings.Class(name: "SILVER", minutes: 240),
                DeskSettings.Class(name: "BRONZE", minutes: 480),
            ], minutesPerTicket: 1, agents: 1, placement: .earliest, softAssignSeconds: 30)
        #expect(
            DeskSamples.decode(#"{"subDomain":"acme"}"#, .requestAccount, from: .line)
                == .success(.request(RequestAccount(subDomain: "acme", settings: settings))))
        let body = #"{"placement":"earliest","agents":1,"minutesPerTicket":1,"classes":[{"minutes":2,"name":"A"}]}"#
        guard case .success(.existing(.setSettings(let read))) = DeskSamples.decode(body, .setSettings) else {
            Issue.record("refused")
            return
        }
        #expect(read.softAssignSeconds == 30)
    }
}
