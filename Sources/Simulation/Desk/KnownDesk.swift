internal import Desk
internal import Ticketing
internal import Wire

/// A tenant's desk as producers know it, and what they may ask of it: few agents, short limits.
final class KnownDesk {
    /// Also the id of the request for it.
    let request: CommandId
    let subDomain: DeskName
    let partition: Int
    private(set) var settings: DeskSettings
    /// Somebody has asked for it.
    var isRequested = false
    /// Whoever asked for it was told that it is ready.
    var isReady = false
    private var random: Seeded
    private var tickets: [Promised] = []
    private var slots: [Promised] = []

    init(request: CommandId, number: Int, partition: Int, seed: UInt64) {
        self.request = request
        self.partition = partition
        subDomain = DeskName("desk-\(number)")
        random = Seeded(seed)
        settings = Self.settings(&random)
    }

    var tenant: TenantId { TenantId(ofAccountRequestedBy: request) }

    private static func settings(_ random: inout Seeded) -> DeskSettings {
        let length = random.number(1...2)
        return DeskSettings(
            classes: ["A", "B", "C"].map { name in
                DeskSettings.Class(name: name, minutes: length + random.number(1...7))
            }, minutesPerTicket: length, agents: random.number(1...3),
            placement: random.chance(50) ? .earliest : .deadline,
            softAssignSeconds: random.one(of: [1, 10, 30, 60, 100]))
    }

    func command() -> DeskCommand {
        let kind = DeskName(random.one(of: ["A", "A", "B", "B", "C", "C", "Z"]))
        switch random.number(1...100) {
        case ...50: break
        case ...64: return .validateEta(class: kind)
        case ...76:
            guard let slot = slots.last else { break }
            return .allocateSlot(slot.slot, class: slot.kind)
        case ...85: if !tickets.isEmpty { return .cancel(recent.ticket) }
        case ...94: if !tickets.isEmpty { return .resolve(recent.ticket) }
        default: return .setSettings(Self.settings(&random))
        }
        return .createTicket(class: kind)
    }

    private var recent: Promised { tickets[random.number(max(0, tickets.count - 6)...tickets.count - 1)] }

    /// What was decided can be asked about from now on.
    func learn(_ decision: DeskDecision) {
        switch decision.outcome {
        case .created(let promised), .allocated(let promised): tickets.append(promised)
        case .softAssigned(let promised, _): slots.append(promised)
        default: break
        }
    }
}
