import Desk
import TestSupport
import Testing
import Ticketing
import Wire

@testable import API

/// What a desk's rule book decides is answered as it is described, by the operation that asks for it.
@Suite struct DeskAnswerTests {
    private let tenant = TenantId(high: 5, low: 6)

    /// A desk in which commands are decided, a second apart.
    private struct Story {
        let tenant: TenantId
        private var state: DeskState?
        private var number: UInt64 = 0

        init(_ tenant: TenantId) { self.tenant = tenant }

        private mutating func context() -> DeskContext {
            number += 1
            return DeskContext(
                commandId: DeskCommandId(high: 1, low: number), tenant: DeskTenantId(tenant),
                now: DeskTime(microseconds: 1_780_315_200_000_001 + Int64(number) * 1_000_000))
        }

        mutating func request(_ request: RequestAccount) -> DeskDecision {
            let (state, decision) = DeskState.create(request, context: context())
            if let state { self.state = state }
            return decision
        }

        mutating func decide(_ command: DeskCommand) -> DeskDecision {
            let context = context()
            var arrears = DeskArrears(seed: DeskCommandId(high: 2, low: number))
            return state?.decide(command, context: context, arrears: &arrears)
                ?? .refused(.noSuchAccount, id: context.commandId)
        }
    }

    private func check(_ operation: API.Operation, _ decision: DeskDecision, status: Int, _ code: String? = nil) {
        var body: [UInt8] = []
        let stamp = DeskStamp(
            tenant: tenant, partition: 3, sequence: 345, decidedAt: Time(microseconds: 1_780_315_200_000_001))
        decision.appendReply(stamp, to: &body)
        let type = status < 400 ? "application/json" : "application/problem+json"
        let found = Conformance.problems(
            operation, status: decision.status, headers: [("Content-Type", type), ("Request-Id", "req_1")], body: body)
        #expect(found == [], "\(operation.name)")
        #expect(decision.status == status)
        let told = try? JSONValue(parsing: body)
        #expect(told?["code"]?.text == code, "\(String(decoding: body, as: UTF8.self))")
    }

    @Test func whatIsDecidedIsAsDescribed() throws {
        var story = Story(tenant)
        check(.createDeskTicket, story.decide(.createTicket(class: "GOLD")), status: 404, "no-such-account")
        check(.createAccount, story.request(RequestAccount(subDomain: "x y")), status: 422, "invalid-request")
        check(.createAccount, story.request(RequestAccount(subDomain: "example")), status: 201)
        check(.createDeskTicket, story.decide(.createTicket(class: "GOLD")), status: 409, "account-not-ready")
        _ = story.decide(.accountReady(store: "main"))
        var settings = DeskSettings(classes: [.init(name: "GOLD \"é\"", minutes: 3)])
        check(.changeDeskSettings, story.decide(.setSettings(settings)), status: 200)
        check(.createDeskTicket, story.decide(.createTicket(class: "IRON")), status: 422, "no-such-class")
        let created = story.decide(.createTicket(class: "GOLD \"é\""))
        check(.createDeskTicket, created, status: 201)
        let ticket = DeskTicketId(command: created.id, index: 0)
        let held = story.decide(.validateEta(class: "GOLD \"é\""))
        check(.validateEta, held, status: 200)
        check(.validateEta, story.decide(.validateEta(class: "GOLD \"é\"")), status: 409, "sla-cannot-be-met")
        check(.createDeskTicket, story.decide(.createTicket(class: "GOLD \"é\"")), status: 409, "sla-cannot-be-met")
        settings.minutesPerTicket = 2
        check(.changeDeskSettings, story.decide(.setSettings(settings)), status: 409, "promises-outstanding")
        let slot = DeskSlotId(command: held.id, index: 0)
        check(.allocateSlot, story.decide(.allocateSlot(slot, class: "IRON")), status: 422, "invalid-request")
        check(.allocateSlot, story.decide(.allocateSlot(slot, class: "GOLD \"é\"")), status: 201)
        check(.cancelDeskTicket, story.decide(.cancel(ticket)), status: 200)
        check(.resolveDeskTicket, story.decide(.resolve(ticket)), status: 409, "already-cancelled")
        check(.resolveDeskTicket, story.decide(.resolve(DeskTicketId(slot))), status: 200)
        check(.cancelDeskTicket, story.decide(.cancel(DeskTicketId(slot))), status: 409, "already-resolved")
        let none = DeskTicketId(command: DeskCommandId(high: 9, low: 9), index: 0)
        check(.cancelDeskTicket, story.decide(.cancel(none)), status: 404, "no-such-ticket")
        check(.resolveDeskTicket, story.decide(.resolve(none)), status: 404, "no-such-ticket")
        check(
            .allocateSlot, story.decide(.allocateSlot(DeskSlotId(none), class: "GOLD \"é\"")), status: 409,
            "slot-lapsed")
    }

    private static let refusals: [(API.Operation, [DeskRefusal.Kind])] = [
        (.createAccount, [.invalid, .accountExists, .noSuchAccount, .accountNotReady]),
        (.createDeskTicket, [.noSuchClass, .invalid, .slaCannotBeMet, .noSuchAccount, .accountNotReady]),
        (.cancelDeskTicket, [.noSuchTicket, .alreadyResolved, .noSuchAccount, .accountNotReady]),
        (.resolveDeskTicket, [.noSuchTicket, .alreadyCancelled, .noSuchAccount, .accountNotReady]),
        (.changeDeskSettings, [.invalid, .promisesOutstanding, .noSuchAccount, .accountNotReady]),
        (.validateEta, [.noSuchClass, .invalid, .slaCannotBeMet, .noSuchAccount, .accountNotReady]),
        (.allocateSlot, [.invalid, .slotLapsed, .noSuchAccount, .accountNotReady]),
    ]

    @Test(arguments: refusals)
    func whatCanBeRefusedIsSaid(_ operation: API.Operation, _ kinds: [DeskRefusal.Kind]) throws {
        let said = try #require(operation.guide).problems.compactMap { code in
            if case .desk(let kind) = code { kind } else { nil as DeskRefusal.Kind? }
        }
        #expect(Set(said) == Set(kinds) && said.count == kinds.count)
    }
}
