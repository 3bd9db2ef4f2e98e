/// What a tenant promises, and whom it has to keep it.
public struct DeskSettings: Hashable, Sendable {
    /// A kind of ticket: the work on it ends so many minutes after its creation at the latest.
    public struct Class: Hashable, Sendable {
        public var name: DeskName
        public var minutes: Int

        public init(name: DeskName, minutes: Int) {
            self.name = name
            self.minutes = minutes
        }
    }

    /// In the order in which the tenant named them.
    public var classes: [Class]
    /// How long an agent works on a ticket, without a break.
    public var minutesPerTicket: Int
    /// How many tickets are worked on at once.
    public var agents: Int
    public var placement: DeskPlacement
    /// How long a slot is kept for whoever asked for it.
    public var softAssignSeconds: Int

    public init(
        classes: [Class] = [
            Class(name: "GOLD", minutes: 120), Class(name: "SILVER", minutes: 240), Class(name: "BRONZE", minutes: 480),
        ], minutesPerTicket: Int = 1, agents: Int = 1, placement: DeskPlacement = .earliest, softAssignSeconds: Int = 30
    ) {
        self.classes = classes
        self.minutesPerTicket = minutesPerTicket
        self.agents = agents
        self.placement = placement
        self.softAssignSeconds = softAssignSeconds
    }

    func limit(of name: DeskName) -> Int? { classes.first { $0.name == name }?.minutes }

    /// What cannot be; nil if it can.
    public var problem: DeskInvalid? {
        guard (1...DeskBounds.minutesPerTicket).contains(minutesPerTicket) else { return .minutesPerTicket }
        guard (1...DeskBounds.agents).contains(agents) else { return .agents }
        guard (1...DeskBounds.softAssignSeconds).contains(softAssignSeconds) else { return .softAssignSeconds }
        guard (1...DeskBounds.classes).contains(classes.count) else { return .classes }
        for (index, kind) in classes.enumerated() {
            guard (1...DeskBounds.nameBytes).contains(kind.name.text.utf8.count),
                !classes[..<index].contains(where: { $0.name == kind.name })
            else { return .className }
            // A minute that has begun takes nothing more, so a limit without a minute to spare could never be kept.
            guard kind.minutes > minutesPerTicket, kind.minutes <= DeskBounds.limitMinutes else { return .limit }
        }
        guard mostOpenTickets <= DeskBounds.openTickets else { return .agents }
        return nil
    }

    /// What the agents can do within the longest limit, where each number is within its own bounds.
    public var mostOpenTickets: Int { classes.reduce(0) { max($0, $1.minutes) } * agents / minutesPerTicket }
}

/// Which minutes a ticket gets.
public enum DeskPlacement: UInt8, Hashable, Sendable {
    /// The first that are free, and it keeps them.
    case earliest = 0
    /// Whichever keep all promises: agents take the ticket whose limit ends first. A slot may move until it begins.
    case deadline = 1
}
