import Desk
import Testing
import Ticketing
import Wire

/// What a command to a desk is refused for before a desk has seen it, and where it is told to be wrong.
@Suite struct DeskFormTests {
    // MARK: what surrounds a body

    static func line(_ changes: [String: String] = [:]) -> [String] {
        var members = [
            ("v", "1"), ("id", "\"\(Samples.id.hex)\""), ("tenant", "\"\(DeskSamples.client)\""),
            ("key", "\"\(DeskSamples.client)\""), ("kind", "\"allocate-slot\""),
            ("target", "\"\(DeskSamples.slt)\""), ("replyTo", "\"ingress-1\""), ("body", #"{"ticketType":"A"}"#),
        ]
        for index in members.indices.reversed() {
            guard let change = changes[members[index].0] else { continue }
            if change.isEmpty { members.remove(at: index) } else { members[index].1 = change }
        }
        let text = "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
        return DeskSamples.decode(Array(text.utf8)).lines.flatMap(\.problems)
    }

    @Test func theLineThatTheOthersDifferFromIsGood() { #expect(Self.line() == []) }

    @Test(arguments: [
        ("v", "2", ": version 2 is not known"), ("id", "\"12\"", "/id: must be 32 digits of lower-case hexadecimal"),
        ("tenant", "", "/tenant: is missing"), ("key", "", "/key: is missing"),
        ("key", "\"tnt_0000000000700000000008\"", "/key: must be the tenant's id"),
        ("key", "\"evt_00000000007LygHa16AHYF\"", "/key: must be an id that begins with tnt_"),
        ("kind", "\"reserve\"", "/kind: is a kind of command that is not known"),
        ("kind", "\"validate-eta\"", "/target: is not known"), ("target", "", "/target: is missing"),
        ("target", "\"\(DeskSamples.dtk)\"", "/target: must be an id that begins with slt_"),
        (
            "target", "\"slt_0000000000700000000008063UfDVRKBzLscmunaixMG000000\"",
            "/target: belongs to another account"
        ),
        ("replyTo", "\"a b\"", "/replyTo: must have 1 to 128 visible characters of ASCII"),
        ("body", "", ": a body is missing"), ("body", "[]", "/body: must be an object"),
        ("body", #"{"ticketType":"A","email":"kim@example.com"}"#, "/body/email: is not known"),
    ])
    func anEnvelopeIsRefused(_ member: String, _ value: String, _ problem: String) {
        #expect(Self.line([member: value]) == [problem])
    }

    @Test func aBadLineDoesNotSpoilItsNeighbours() throws {
        let good = Samples.text(DeskSamples.line(.existing(.createTicket(class: "A"))).dropLast())
        let message = [good, String(good.dropLast(9)), "", "{}", good].joined(separator: "\n")
        let (refusal, lines) = DeskSamples.decode(Array(message.utf8))
        #expect(refusal == nil)
        try #require(lines.count == 5)
        #expect(lines.map { $0.command != nil } == [true, false, false, false, true])
        #expect(lines[1].id == Samples.id && lines[1].replyTo == "ingress-1")
        #expect(lines[3].id == nil && lines[3].replyTo == nil)
        let many = String(repeating: good + "\n", count: WireFormat.mostLines + 1)
        #expect(DeskSamples.decode(Array(many.utf8)).refusal == .tooManyLines)
        #expect(DeskSamples.decode([]).refusal == .empty)
    }

    /// The seats line's decoder takes none of the desk line's commands, and the other way round.
    @Test func noLineIsTakenForAnothers() {
        for command in DeskSamples.commands {
            #expect(Samples.decode(DeskSamples.line(command)).lines.allSatisfy { $0.command == nil })
        }
        for command in Samples.commands {
            #expect(DeskSamples.decode(Samples.line(command)).lines.allSatisfy { $0.command == nil })
        }
    }

    // MARK: tickets

    @Test(arguments: [DeskCommandKind.createTicket, .validateEta, .allocateSlot])
    func aTicketTypeIsTheNameOfAClass(_ kind: DeskCommandKind) {
        let target: DeskTarget = kind == .allocateSlot ? .slot(DeskSamples.slot) : .desk
        let (most, more) = (String(repeating: "é", count: 32), String(repeating: "x", count: 65))
        for name in ["GOLD", "x", "platinum plus", most] {
            let order = DeskSamples.decode(#"{"ticketType":"\#(name)"}"#, kind, target)
            switch order {
            case .success(.existing(.createTicket(let read))), .success(.existing(.validateEta(let read))),
                .success(.existing(.allocateSlot(_, let read))):
                #expect(read == DeskName(name))
            default: Issue.record("\(order)")
            }
        }
        for name in ["", more] {
            #expect(
                DeskSamples.problems(#"{"ticketType":"\#(name)"}"#, kind, target)
                    == ["/ticketType: must have 1 to 64 bytes"])
        }
        #expect(DeskSamples.problems("{}", kind, target) == ["/ticketType: is missing"])
        #expect(DeskSamples.problems("", kind, target) == ["/ticketType: is missing"])
        #expect(DeskSamples.problems(#"{"ticketType":7}"#, kind, target) == ["/ticketType: must be a string"])
        #expect(DeskSamples.problems("[]", kind, target) == [": must be an object"])
        #expect(DeskSamples.problems("{", kind, target).count == 1)
        #expect(
            DeskSamples.problems(#"{"ticketType":"A","ticketType":"A","x":1}"#, kind, target)
                == ["/ticketType: is there twice", "/x: is not known"])
    }

    @Test(arguments: [DeskCommandKind.cancelTicket, .resolveTicket])
    func whatItsPathSaysAllOfHasNoBody(_ kind: DeskCommandKind) {
        let target = DeskTarget.ticket(DeskSamples.ticket)
        let isCancel = kind == .cancelTicket
        let order = DeskOrder.existing(isCancel ? .cancel(DeskSamples.ticket) : .resolve(DeskSamples.ticket))
        #expect(DeskSamples.decode("", kind, target) == .success(order))
        #expect(DeskSamples.decode(" {} ", kind, target) == .success(order))
        #expect(DeskSamples.problems(#"{"reason":"r"}"#, kind, target) == ["/reason: is not known"])
        #expect(DeskSamples.problems("null", kind, target) == [": must be an object"])
    }

    @Test func aBodyBelongsToWhatItsCommandIsAbout() {
        for kind in DeskCommandKind.allCases {
            let isAboutTicket = kind == .cancelTicket || kind == .resolveTicket
            let target = isAboutTicket ? DeskTarget.desk : .ticket(DeskSamples.ticket)
            #expect(DeskSamples.problems("{}", kind, target).first == ": belongs to a command about something else")
        }
    }

    // MARK: the internal listener

    private func internally(
        _ body: String, _ kind: InternalDeskRequest
    ) -> Result<DeskWireCommand, Malformed> {
        var decoder = DeskDecoder()
        return Array(body.utf8).withUnsafeBytes { bytes in
            Result { () throws(Malformed) in
                let request = try decoder.decode(internalBody: bytes, of: kind)
                return DeskWireCommand(id: Samples.id, tenant: request.tenant, order: request.order)
            }
        }
    }

    @Test func anInternalRequestSaysWhomItIsAboutAndALineTakesItAsItIs() throws {
        for (kind, body) in [
            (InternalDeskRequest.validateEta, #"{"clientId":"\#(DeskSamples.client)","ticketType":"A"}"#),
            (
                .allocateSlot,
                #"{"slotId":"\#(DeskSamples.slt)","clientId":"\#(DeskSamples.client)","ticketType":"A"}"#
            ),
        ] {
            let command = try internally(body, kind).get()
            #expect(command.tenant == DeskSamples.tenant)
            #expect(command.kind == (kind == .validateEta ? .validateEta : .allocateSlot))
            var bytes: [UInt8] = []
            Array(body.utf8).withUnsafeBytes { command.appendLine(body: $0, to: &bytes) }
            let line = try #require(DeskSamples.decode(bytes).lines.first)
            #expect(line.command == command, "\(line.problems)")
            #expect(Samples.text(bytes[line.body]) == body)
        }
    }

    @Test func anInternalRequestIsToldWhatIsWrong() {
        let (client, slt) = (DeskSamples.client, DeskSamples.slt)
        #expect(internally("", .validateEta).problems == ["/clientId: is missing", "/ticketType: is missing"])
        #expect(
            internally("{}", .allocateSlot).problems
                == ["/clientId: is missing", "/ticketType: is missing", "/slotId: is missing"])
        #expect(
            internally(#"{"clientId":"acme","ticketType":"A"}"#, .validateEta).problems
                == ["/clientId: must be an id that begins with tnt_"])
        #expect(
            internally(#"{"clientId":"\#(client)","ticketType":"A","slotId":"\#(slt)"}"#, .validateEta).problems
                == ["/slotId: is not known"])
        #expect(
            internally(
                #"{"clientId":"\#(DeskSamples.other.text)","ticketType":"A","slotId":"\#(slt)"}"#, .allocateSlot
            ).problems == ["/slotId: belongs to another account"])
        #expect(internally("[]", .validateEta).problems == [": must be an object"])
        #expect(internally("}", .validateEta).problems.count == 1)
    }

    @Test func aLineDoesNotContradictItself() {
        let slot = DeskTarget.slot(DeskSamples.slot)
        let ofAnother = #"{"ticketType":"A","clientId":"\#(DeskSamples.other.text)"}"#
        #expect(DeskSamples.problems(ofAnother, .validateEta) == ["/clientId: must be the tenant's id"])
        #expect(DeskSamples.problems(ofAnother, .allocateSlot, slot) == ["/clientId: must be the tenant's id"])
        let second = DeskScopedId(DeskSamples.tenant, DeskSlotId(command: DeskSamples.slot.command, index: 1)).text
        #expect(
            DeskSamples.problems(#"{"ticketType":"A","slotId":"\#(second)"}"#, .allocateSlot, slot)
                == ["/slotId: must be the target"])
        #expect(
            DeskSamples.problems(#"{"ticketType":"A","slotId":"\#(DeskSamples.dtk)"}"#, .allocateSlot, slot)
                == ["/slotId: must be an id that begins with slt_"])
        // A client with a token has nothing to say about it.
        #expect(
            DeskSamples.problems(#"{"ticketType":"A","clientId":"\#(DeskSamples.client)"}"#, .createTicket)
                == ["/clientId: is not known"])
    }

    // MARK: accounts

    @Test func anAccountsNameIsALabelOfADomain() {
        for name in ["a", "acme", "0-0", String(repeating: "x", count: 63)] {
            #expect(DeskSamples.problems(#"{"subDomain":"\#(name)"}"#, .requestAccount) == [])
        }
        for name in ["", String(repeating: "x", count: 64)] {
            let body = #"{"subDomain":"\#(name)"}"#
            #expect(DeskSamples.problems(body, .requestAccount) == ["/subDomain: must have 1 to 63 bytes"])
        }
        for name in ["Acme", "-a", "a-", "a.b", "a_b", "é", " "] {
            let body = #"{"subDomain":"\#(name)"}"#
            let found = DeskSamples.problems(body, .requestAccount)
            #expect(found.count == 1 && found.first?.hasPrefix("/subDomain: must be a label") == true, "\(found)")
            // Of a line it is for the rule book to say.
            #expect(DeskSamples.problems(body, .requestAccount, from: .line) == [])
        }
    }

    @Test(arguments: ["clientName", "officialEmail", "password", "email", "name"])
    func nothingPersonalTravels(_ member: String) {
        for source in [BodySource.request, .line] {
            #expect(
                DeskSamples.problems(#"{"subDomain":"acme","\#(member)":"x"}"#, .requestAccount, from: source)
                    == ["/\(member): is not known"])
        }
    }

    @Test func noRequestMakesAnAccountReady() {
        #expect(DeskSamples.problems(#"{"store":"main"}"#, .accountReady) == [": no request makes an account ready"])
        #expect(DeskSamples.problems(#"{"store":"main"}"#, .accountReady, from: .line) == [])
        #expect(
            DeskSamples.problems(#"{"store":""}"#, .accountReady, from: .line)
                == ["/store: must have 1 to 64 bytes"])
    }
}
