internal import Ticketing

/// The rules once more, written apart from the rule book and as plainly as can be: arrays, and walks through all of
/// them. Slow and obvious on purpose. Answers are lines of text: see `answer`.
final class Model {
    enum Place: Equatable {
        case free
        case blocked
        case taken(by: Int)
    }

    struct Row {
        let tier: String
        let isGeneral: Bool
        let places: ClosedRange<Int>
    }

    struct Show {
        let spec: ShowSpec
        var rows: [Row] = []
        var names: [String] = [""]
        /// Place 0 does not exist.
        var places: [Place] = [.blocked]
        var isCancelled = false
        var unwindFrom: Int?
    }

    struct Reservation {
        let id: UInt64
        let show: Int
        let buyer: String
        var places: [Int]
        let prices: [Int64]
        let created: Int64
        var ends: Int64
        var status = ReservationStatus.held
        var entry: Int?
        var payments: [Int] = []
        var paidBy: Int?
        var policy: [PolicyStep] = []
        var isMoved = false
        var total: Int64 { prices.reduce(0, +) }
    }

    struct Entry {
        let id: UInt64
        let show: Int
        let tier: String
        let buyer: String
        let quantity: Int
        var status = EntryStatus.waiting
        var passes = 0
        var gather: Int64?
        var endedAt: Int64?
        var reservation: Int?
    }

    struct Payment {
        let id: UInt64
        let reservation: Int
        let attempt: Int
        let accept: Bool
        var status = PaymentStatus.creating
        var captured: Int64?
        var refunds: [Int64] = []
        var settled: [RefundStatus] = []
        var disputes: [Dispute] = []
        /// Refunds that the provider made itself.
        var reported: [(name: String, money: Money)] = []
        /// Gone by lost disputes and by the provider's own refunds.
        var gone: Int64 = 0
        var left: Int64 { max(0, (captured ?? 0) - refunds.reduce(0, +) - gone) }
        var isOpen: Bool { disputes.contains { $0.status == .opened } }
        var isLost: Bool { disputes.contains { $0.status == .lost } }
    }

    struct Dispute {
        let name: String
        var money: Money
        var status: DisputeStatus
    }

    let settings: Settings
    let currency: Currency
    let tiers: [String]
    var prices: [Int64]
    var policy: [PolicyStep]
    var shows: [Show] = []
    var isCancelled = false
    var reservations: [Reservation] = []
    var entries: [Entry] = []
    var payments: [Payment] = []
    var admitted: [TicketId: (at: Int64, gate: String, nonce: String)] = [:]
    var incidents: Set<UInt64> = []
    var now: Int64 = 0

    let tenant: TenantId

    init(_ event: CreateEvent, tenant: TenantId = TenantId(high: 0, low: 0)) {
        self.tenant = tenant
        settings = event.settings
        currency = event.currency
        tiers = event.tiers.map(\.name.text)
        prices = event.tiers.map(\.price)
        policy = event.refundPolicy ?? [PolicyStep(hoursBefore: 24, percent: 100)]
        for show in event.shows { add(show) }
    }

    func add(_ spec: ShowSpec) {
        var show = Show(spec: spec)
        for section in spec.sections {
            switch section.seating {
            case .general(let capacity):
                let first = show.places.count
                for number in 1...capacity { show.names.append("\(section.name)/\(number)") }
                show.places += [Place](repeating: .free, count: capacity)
                show.rows.append(
                    Row(tier: section.tier.text, isGeneral: true, places: first...show.places.count - 1))
            case .rows(let rows):
                for row in rows {
                    let first = show.places.count
                    for number in 1...row.seats { show.names.append("\(section.name)/\(row.name)/\(number)") }
                    show.places += [Place](repeating: .free, count: row.seats)
                    show.rows.append(
                        Row(tier: section.tier.text, isGeneral: false, places: first...show.places.count - 1))
                }
            }
        }
        shows.append(show)
    }

    func price(_ tier: String) -> Int64 { prices[tiers.firstIndex(of: tier) ?? 0] }
    func tier(_ show: Int, _ place: Int) -> String { shows[show].rows.first { $0.places.contains(place) }?.tier ?? "" }
    func free(_ show: Int, _ tier: String) -> [Int] {
        shows[show].rows.filter { $0.tier == tier }.flatMap { Array($0.places) }.filter { isFree(show, $0) }
    }
    func isFree(_ show: Int, _ place: Int) -> Bool { shows[show].places[place] == .free }
    func has(_ show: Int, _ buyer: String) -> Int {
        shows[show].places.count { place in
            if case .taken(let slot) = place { reservations[slot].buyer == buyer } else { false }
        }
    }
    func waiting(_ show: Int, _ tier: String) -> [Int] {
        entries.indices.filter {
            entries[$0].show == show && entries[$0].tier == tier && entries[$0].status == .waiting
        }
    }
    func lastSale(_ show: Int) -> Int64 { (shows[show].spec.salesEnd ?? shows[show].spec.startsAt).microseconds }

    func saleRefusal(_ show: Int) -> String? {
        if isCancelled { return "refused event-cancelled" }
        if shows[show].isCancelled { return "refused show-cancelled" }
        if let start = shows[show].spec.salesStart?.microseconds, now < start { return "refused show-not-on-sale" }
        return now < lastSale(show) ? nil : "refused show-not-on-sale"
    }

    func limitRefusal(_ show: Int, _ buyer: String, _ quantity: Int) -> String? {
        let has = has(show, buyer)
        return has + quantity > settings.maxTicketsPerBuyer
            ? "refused buyer-limit-exceeded \(settings.maxTicketsPerBuyer) \(has)" : nil
    }

    /// All runs of free places of a row.
    private func runs(_ show: Int, _ places: [Int]) -> [[Int]] {
        var runs: [[Int]] = []
        for place in places where isFree(show, place) {
            if let last = runs.last?.last, last == place - 1 {
                runs[runs.count - 1].append(place)
            } else {
                runs.append([place])
            }
        }
        return runs
    }

    /// How bad it is to seat so many in a run: an exact fit is best, a single seat left over is worst.
    private func badness(_ run: [Int], _ quantity: Int) -> Int {
        run.count == quantity ? 0 : run.count == quantity + 1 ? 2 : 1
    }

    func together(_ show: Int, _ tier: String, _ quantity: Int) -> [Int]? {
        for row in shows[show].rows where row.tier == tier {
            if row.isGeneral {
                let free = row.places.filter { isFree(show, $0) }
                if free.count >= quantity { return Array(free.prefix(quantity)) }
            } else if let run = bestRun(runs(show, Array(row.places)), quantity) {
                return Array(run.prefix(quantity))
            }
        }
        return nil
    }

    private func bestRun(_ runs: [[Int]], _ quantity: Int) -> [Int]? {
        let fitting = runs.filter { $0.count >= quantity }
        for level in 0...2 {
            if let run = fitting.first(where: { badness($0, quantity) == level }) { return run }
        }
        return nil
    }

    func apart(_ show: Int, _ tier: String, _ quantity: Int) -> [Int]? {
        guard free(show, tier).count >= quantity else { return nil }
        var found: [Int] = []
        for row in shows[show].rows where row.tier == tier && found.count < quantity {
            let free = row.places.filter { isFree(show, $0) }
            let missing = quantity - found.count
            if free.count <= missing || row.isGeneral {
                found += free.prefix(missing)
                continue
            }
            var rest = runs(show, Array(row.places))
            while let run = rest.first, run.count <= quantity - found.count {
                found += run
                rest.removeFirst()
            }
            let left = quantity - found.count
            if left > 0, let run = bestRun(rest, left) { found += run.prefix(left) }
        }
        return found.sorted()
    }
}
