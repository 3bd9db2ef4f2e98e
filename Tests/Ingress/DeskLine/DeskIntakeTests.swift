import API
import Desk
import Pipeline
import Runtime
import Testing
import Ticketing
import Wire

@testable import Ingress

/// What is different for the desk line: keys do not move, and each tenant has numbers of its own.
@Suite struct DeskIntakeTests {
    private var intake = Intake<String>(name: "ingress-1-desk", line: .desk, bounds: Intake.Bounds())
    private let tenant = TenantId(high: 1, low: 2)
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private let wall = Timestamp(microseconds: 1_800_000_000_000_000)

    init() {
        intake.brokerCameUp()
        intake.adopt(RouteMap(version: 1, hashed: 4, partitions: 4, routes: [:]), since: start)
    }

    private var partition: Int { Keys.partition(of: tenant.key, among: 4) }

    private func arrival(_ id: UInt64, body: String? = nil, isFirstToGo: Bool = true) -> Intake<String>.Arrival {
        let commandId = CommandId(high: 0, low: id)
        let command = DeskWireCommand(id: commandId, tenant: tenant, order: .existing(.createTicket(class: "GOLD")))
        return Intake.Arrival(
            id: commandId, key: tenant.key, isFirstToGo: isFirstToGo, line: Array("line \(id)\n".utf8),
            keyed: body.map { Entry<String>.Keyed(command: .desk(command), body: Array($0.utf8)) }, waiter: "a",
            wait: 5)
    }

    @Test mutating func itsPartitionsAreKnownForGood() throws {
        // An hour after the database was last asked.
        let departure = try intake.take(arrival(1), at: start + .seconds(3_600), wall: wall)
        #expect(departure?.partition == partition)
        #expect(intake.isMapFresh(at: start + .seconds(3_600)))
    }

    @Test mutating func beforeThereAreAnyNothingIsTaken() throws {
        intake = Intake(name: "ingress-1-desk", line: .desk, bounds: Intake.Bounds())
        intake.brokerCameUp()
        let error = #expect(throws: IntakeFailure.self) {
            try self.intake.take(self.arrival(1), at: self.start, wall: self.wall)
        }
        guard case .unavailable(let text) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("partitions are not known"))
    }

    /// Another tenant's numbers are no measure: the clocks alone are, as far as they may differ.
    @Test mutating func aNumberSaysNothingOfOthers() throws {
        intake.loads.note(1_000, of: partition)
        func isReplayed(_ id: UInt64, sequence: Int, decidedAt: Timestamp) throws -> Bool? {
            let command = arrival(id, body: #"{"ticketType":"GOLD"}"#)
            _ = try intake.take(command, at: start, wall: wall)
            let payload = command.keyed?.payload ?? []
            let reply =
                #"{"decision":{"partition":\#(partition),"sequence":\#(sequence),"decidedAt":"\#(decidedAt.rfc3339)"}}"#
            let answers = intake.decided(
                command.id, .init(status: 201, body: Array(reply.utf8)), isReplayed: false, journaled: payload)
            guard answers.count == 1, case .decided(_, let isReplayed) = answers[0].result else { return nil }
            return isReplayed
        }
        // Nothing is known of the tenant: what was decided before this request by any clock is old.
        #expect(try isReplayed(1, sequence: 7, decidedAt: wall) == false)
        #expect(try isReplayed(2, sequence: 7, decidedAt: wall) == true, "the tenant had come so far")
        #expect(try isReplayed(3, sequence: 8, decidedAt: wall + .milliseconds(-900)) == false)
        #expect(try isReplayed(4, sequence: 9, decidedAt: wall + .seconds(-2)) == true)
        #expect(try isReplayed(5, sequence: 8, decidedAt: wall) == true)
    }

    @Test mutating func aPlaceInTheLineIsNotGuessed() throws {
        _ = try intake.take(arrival(1), at: start, wall: wall)
        intake.loads.hear(
            .owner(
                OwnerLoad(
                    partition: partition, epoch: 1, sequence: 10, rate: 10, headAgeMilliseconds: 0,
                    at: Time(microseconds: wall.microseconds))))
        _ = intake.confirmed(ParcelTag(partition: partition, serial: 1), at: start, wall: wall + .seconds(1))
        let answers = intake.expire(at: start + .seconds(5), wall: wall + .seconds(1))
        guard case .pending(let pending) = answers.first?.result else {
            Issue.record("\(answers)")
            return
        }
        #expect(pending.expected == 0 && pending.position == nil && pending.etaSeconds == nil)
    }

    @Test mutating func whoIsAskedForSaysWhose() throws {
        _ = try intake.take(arrival(1), at: start, wall: wall)
        #expect(intake.key(of: CommandId(high: 0, low: 1))?.tenant == tenant)
        #expect(intake.key(of: CommandId(high: 0, low: 2)) == nil)
    }

    @Test func newPromisesAreTurnedAwayBeforeOthers() {
        let first = DeskCommandKind.allCases.filter(\.isFirstToGo)
        #expect(first == [.requestAccount, .createTicket, .validateEta])
    }
}
