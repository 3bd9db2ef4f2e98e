internal import Pipeline
internal import Ticketing

/// An event as producers know it, and what they may ask for about it.
final class KnownEvent: EventFacts {
    let id: EventId
    let tenant: TenantId
    let creation: CreateEvent
    private var histories: Histories
    private var shows: [[SeatName]] = []
    private let database: FakeDatabase

    init(id: EventId, tenant: TenantId, seed: UInt64, at start: Time, in database: FakeDatabase) {
        self.id = id
        self.tenant = tenant
        self.database = database
        histories = Histories(
            seed: seed,
            pace: Histories.Pace(hold: 1...15, payment: 1...10, offer: 1...10, start: 20...2_000, lateSales: 3))
        creation = histories.event(id, at: start)
        for show in creation.shows { add(show) }
    }

    private func add(_ show: ShowSpec) {
        var names: [SeatName] = []
        for section in show.sections {
            switch section.seating {
            case .general(let capacity):
                names += (1...capacity).map { SeatName(section: section.name, row: nil, number: $0) }
            case .rows(let rows):
                for row in rows {
                    names += (1...row.seats).map { SeatName(section: section.name, row: row.name, number: $0) }
                }
            }
        }
        shows.append(names)
    }

    var showCount: Int { shows.count }
    func placeCount(of show: ShowNumber) -> Int? { shows.indices.contains(show - 1) ? shows[show - 1].count : nil }
    func name(of place: Int, in show: ShowNumber) -> SeatName { shows[show - 1][place - 1] }
    func amount(of payment: PaymentId) -> Int64? { database.events[id]?.payments[payment]?.amount }

    func command() -> Command {
        if histories.random.chance(1) {
            return .addShow(histories.show(creation.shows.first?.startsAt ?? Time(microseconds: 0)))
        }
        return histories.corrected(histories.command(self), self)
    }

    /// What was decided can be asked about from now on.
    func learn(_ decision: Decision) {
        histories.learn(decision)
        for case .insertShow(let row) in decision.writes where row.show == shows.count + 1 { add(row.spec) }
    }
}
