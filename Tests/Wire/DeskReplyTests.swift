import Testing
import Ticketing
import Wire

@testable import Desk

@Suite struct DeskReplyTests {
    static let stamp = DeskStamp(
        tenant: DeskSamples.tenant, partition: 12, sequence: 345, decidedAt: Samples.time)
    static let time = DeskTime(Samples.time)
    static let promised = Promised(
        slot: DeskSamples.slot, kind: "Gold \"é\"", startsAt: DeskTime(minute: 29_671_921),
        resolveBy: DeskTime(Samples.time).adding(minutes: 120))
    static let settings = """
        "classes":[{"name":"Gold \\"é\\" \\\\","minutes":10},{"name":"b","minutes":10080}],\
        "minutesPerTicket":9,"agents":4,"placement":"deadline","softAssignSeconds":300
        """
    static let ticket = """
        "ticketId":"\(DeskSamples.dtk)","ticketType":"Gold \\"é\\"",\
        "slot":{"slotId":"\(DeskSamples.slt)","startsAt":"2026-06-01T12:01:00.000000Z"},\
        "resolveBy":"2026-06-01T14:00:00.000001Z"
        """

    static func reply(_ outcome: DeskOutcome, writes: [DeskWrite] = []) -> (status: Int, body: String) {
        let decision = DeskDecision(id: DeskCommandId(Samples.id), outcome: outcome, writes: writes)
        var bytes: [UInt8] = []
        decision.appendReply(stamp, to: &bytes)
        return (decision.status, Samples.text(bytes))
    }

    /// The answer, and that a line can carry it.
    private func check(
        _ outcome: DeskOutcome, writes: [DeskWrite] = [], _ status: Int, _ front: String,
        _ place: SourceLocation = #_sourceLocation
    ) {
        let reply = Self.reply(outcome, writes: writes)
        #expect(reply.status == status, sourceLocation: place)
        #expect(reply.body == "{\(front),\(ReplyTests.tail)", sourceLocation: place)
        let line = ReplyLine(id: Samples.id, status: status, body: Array(reply.body.utf8))
        var bytes: [UInt8] = []
        line.append(to: &bytes)
        #expect(ReplyTests.decode(bytes) == [line], sourceLocation: place)
    }

    @Test func eachOutcomeIsAnsweredAsTheContractSays() {
        let (client, dtk, slt) = (DeskSamples.client, DeskSamples.dtk, DeskSamples.slt)
        check(
            .accountRequested(subDomain: "acme"), 201,
            #""clientId":"\#(client)","subDomain":"acme","status":"active""#)
        check(.accountReady(store: "main"), 200, #""clientId":"\#(client)","store":"main","status":"active""#)
        check(.created(Self.promised), 201, #"\#(Self.ticket),"status":"open""#)
        check(
            .softAssigned(Self.promised, heldUntil: Self.time.adding(seconds: 30)), 200,
            #""slotId":"\#(slt)","startsAt":"2026-06-01T12:01:00.000000Z","#
                + #""heldUntil":"2026-06-01T12:00:30.000001Z""#)
        check(.allocated(Self.promised), 201, Self.ticket)
        check(.cancelled(DeskSamples.ticket), 200, #""ticketId":"\#(dtk)","status":"cancelled""#)
        check(.resolved(DeskSamples.ticket), 200, #""ticketId":"\#(dtk)","status":"resolved""#)
    }

    @Test func settingsAreAnsweredAsTheyAreNow() throws {
        let row = DeskRow(
            tenant: DeskTenantId(DeskSamples.tenant), subDomain: "acme", status: .active,
            settings: DeskSamples.settings, notBefore: Self.time)
        let ticket = TicketRow(
            id: DeskSamples.ticket, kind: "b", status: .open, createdAt: Self.time, resolveBy: Self.time,
            startsAt: Self.time)
        check(.settingsChanged, writes: [.updateDesk(row), .updateTicket(ticket)], 200, Self.settings)
        // And the rule book does write that row.
        let context = DeskContext(
            commandId: DeskCommandId(Samples.id), tenant: DeskTenantId(DeskSamples.tenant), now: Self.time)
        var state = try #require(DeskState.create(RequestAccount(subDomain: "acme"), context: context).0)
        var arrears = DeskArrears(seed: DeskCommandId(high: 0, low: 0))
        _ = state.decide(.accountReady(store: "main"), context: context, arrears: &arrears)
        let decision = try #require(
            state.decide(.setSettings(DeskSamples.settings), context: context, arrears: &arrears))
        var bytes: [UInt8] = []
        decision.appendReply(Self.stamp, to: &bytes)
        #expect(Samples.text(bytes) == "{\(Self.settings),\(ReplyTests.tail)")
    }

    @Test func whatFellDueHasAFormToo() {
        let (dtk, slt) = (DeskSamples.dtk, DeskSamples.slt)
        check(
            .slotsLapsed([DeskSamples.slot, DeskSamples.slot]), 200,
            #""fell":"slots-lapsed","slots":["\#(slt)","\#(slt)"]"#)
        check(
            .minuteBegan(
                MinuteBegan(
                    at: Self.time, resolved: [DeskSamples.ticket],
                    began: [MinuteBegan.Work(ticket: DeskSamples.ticket, agent: 3)])), 200,
            #""fell":"minute-began","at":"2026-06-01T12:00:00.000001Z","resolved":["\#(dtk)"],"#
                + #""began":[{"ticketId":"\#(dtk)","agent":3}]"#)
        check(
            .minuteBegan(MinuteBegan(at: Self.time, resolved: [], began: [])), 200,
            #""fell":"minute-began","at":"2026-06-01T12:00:00.000001Z","resolved":[],"began":[]"#)
    }

    @Test func everyRefusalIsAProblemWithItsData() {
        let refusals: [(DeskRefusal, Int, String)] =
            [
                (.noSuchAccount, 404, ""), (.noSuchTicket, 404, ""), (.noSuchClass, 422, ""),
                (.accountExists, 409, ""), (.accountNotReady, 409, ""),
                (.slaCannotBeMet(earliest: Self.time), 409, #","earliest":"2026-06-01T12:00:00.000001Z""#),
                (.slotLapsed, 409, ""), (.promisesOutstanding, 409, ""), (.alreadyResolved, 409, ""),
                (.alreadyCancelled, 409, ""),
            ] + DeskInvalid.allCases.map { (.invalid($0), 422, #","reason":"\#($0.rawValue)""#) }
        #expect(DeskRefusal.invalid(.ticketType).detail.description.contains("another class"))
        #expect(Set(refusals.map { $0.0.kind }) == Set(DeskRefusal.Kind.allCases))
        for (refusal, status, data) in refusals {
            let kind = refusal.kind
            #expect(refusal.status == status && kind.status == status)
            check(
                .refused(refusal), status,
                #""type":"/problems/\#(refusal.code)","title":"\#(kind.title)","status":\#(status),"#
                    + #""detail":"\#(refusal.detail)","code":"\#(refusal.code)"\#(data)"#)
        }
    }

    /// Titles and details are written as they are.
    @Test func noWordNeedsAnEscape() {
        for kind in DeskRefusal.Kind.allCases {
            let text = "\(kind.title)\(kind.detail)"
            #expect(!text.contains { $0 == "\"" || $0 == "\\" || $0.isNewline }, "\(kind)")
        }
    }

    @Test func anAnswerOfNoRuleBookEndsInTheSameWay() {
        var bytes: [UInt8] = []
        Self.stamp.appendReply(members: #""code":"parked""#.utf8, to: &bytes)
        #expect(Samples.text(bytes) == #"{"code":"parked",\#(ReplyTests.tail)"#)
        let decision = DeskDecision.refused(.slotLapsed, id: DeskCommandId(Samples.id))
        bytes = [0x20]
        decision.appendReply(Self.stamp, to: &bytes)
        #expect(Samples.text(bytes).hasPrefix(#" {"type":"/problems/slot-lapsed","#))
    }
}
