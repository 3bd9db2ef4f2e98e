internal import Pipeline
internal import Runtime
internal import Ticketing

extension DeskWorld {
    /// One thing after another goes wrong while producers are at work.
    func planIncident(_ left: Int) {
        guard left > 0 else { return }
        // Some while accounts are made, the others whenever.
        scheduler.after(delay(100_000...(random.chance(50) ? 8_000_000 : 60_000_000))) { [self] in
            guard !isHealed else { return }
            incident()
            planIncident(left - 1)
        }
    }

    private func incident() {
        switch profile.isIsolated ? 10 : random.number(0...14) {
        case 0, 1: if let worker = pick() { died(worker, of: "a kill") }
        case 2, 3: if let worker = pick() { freeze(worker) }
        case 4: if let worker = pick() { drain(worker) }
        case 5:
            disturb(seconds: 3)
            if workers.count < 5 { addWorker() }
        case 6: loseControl()
        case 7: loseBroker()
        case 8:
            guard let worker = pick() else { return }
            disturb(seconds: 8)
            trace.note("cut", UInt64(worker.number), 0, "\(worker.id) from the control database")
            control.database.endSessions(of: worker.id)
        case 9:
            guard let worker = pick() else { return }
            disturb(seconds: 3)
            trace.note("unplug", UInt64(worker.number), 0, "\(worker.id) from the broker")
            worker.loseBroker("the connection broke")
        case 10, 11: loseDesks(databases.values.count > 1 && random.chance(20) ? nil : 1)
        case 12: part()
        case 13: pause()
        default: jump()
        }
    }

    private func pick() -> SimulatedDeskWorker? {
        let running = running
        return running.isEmpty ? nil : random.one(of: running)
    }

    private func freeze(_ worker: SimulatedDeskWorker) {
        let span = delay(500_000...(random.chance(30) ? 26_000_000 : 9_000_000))
        disturb(seconds: Double(span) / 1e9 + 22)
        trace.note("freeze", UInt64(worker.number), UInt64(span), "\(worker.id) for \(span / 1_000_000) ms")
        worker.freeze()
        // The broker misses its heartbeats.
        scheduler.after(delay(10_000_000...15_000_000)) { [self] in
            if worker.condition == .frozen, !isHealed { worker.loseBroker("no heartbeat") }
        }
        scheduler.after(span) { [self] in
            guard worker.condition == .frozen else { return }
            trace.note("thaw", UInt64(worker.number), 0, "\(worker.id)")
            worker.thaw()
        }
    }

    private func drain(_ worker: SimulatedDeskWorker) {
        trace.note("drain", UInt64(worker.number), 0, "\(worker.id)")
        disturb(seconds: 6)
        worker.drain()
        scheduler.after(delay(0...1_000_000)) { [self] in
            if !isHealed || running.isEmpty { addWorker() }
        }
    }

    private func loseControl() {
        guard !control.database.isAway else { return }
        let span = random.chance(8) ? delay(61_000_000...70_000_000) : delay(50_000...6_000_000)
        disturb(seconds: Double(span) / 1e9 + 10)
        trace.note("control away", UInt64(span), 0, "for \(span / 1_000_000) ms")
        control.database.goAway()
        scheduler.after(span) { [self] in
            trace.note("control back")
            control.database.isAway = false
        }
    }

    private func loseBroker() {
        guard !broker.isAway else { return }
        let span = delay(50_000...4_000_000)
        disturb(seconds: Double(span) / 1e9 + 5)
        trace.note("broker away", UInt64(span), 0, "for \(span / 1_000_000) ms")
        broker.goAway()
        scheduler.after(span) { [self] in
            trace.note("broker back")
            broker.comeBack()
        }
    }

    /// A tenant's database, or a whole server of them.
    private func loseDesks(_ count: Int?) {
        let all = databases.keys.sorted().compactMap { databases[$0] }
        guard !all.isEmpty else { return }
        let first = random.one(of: all)
        let lost = count == nil ? all.filter { $0.store == first.store } : [first]
        let span = delay(profile.isIsolated || random.chance(30) ? 20_000_000...60_000_000 : 50_000...9_000_000)
        disturb(lost.map(\.tenant), seconds: Double(span) / 1e9 + 12)
        trace.note(
            "desks away", UInt64(span), UInt64(lost.count), "\(lost.map(\.name)) for \(span / 1_000_000) ms")
        for desk in lost { desk.isAway = true }
        scheduler.after(span) { [self] in
            trace.note("desks back", UInt64(lost.count), 0, "\(lost.map(\.name))")
            for desk in lost { desk.isAway = false }
        }
    }

    /// One worker and one tenant's database do not reach each other any more.
    private func part() {
        guard let worker = pick(), let tenant = databases.keys.sorted().randomElement(using: &random) else { return }
        let span = delay(50_000...15_000_000)
        disturb([tenant], seconds: Double(span) / 1e9 + 12)
        trace.note(
            "parted", UInt64(worker.number), tenant.low,
            "\(worker.id) from \(Describe.short(tenant)) for \(span / 1_000_000) ms")
        worker.unreachable.insert(tenant)
        scheduler.after(span) { worker.unreachable.remove(tenant) }
    }

    /// An operator stops a partition, and lets it go on.
    private func pause() {
        let number = random.number(0...profile.partitions - 1)
        guard !control.database.partitions[number].isPaused else { return }
        let span = delay(100_000...20_000_000)
        disturb(seconds: Double(span) / 1e9 + 3)
        trace.note("pause", UInt64(number), UInt64(span), "partition \(number) for \(span / 1_000_000) ms")
        control.database.partitions[number].isPaused = true
        scheduler.after(span) { [self] in control.database.partitions[number].isPaused = false }
    }

    /// The databases' wall clock is set; if by much, it is set right again soon.
    private func jump() {
        let distance = random.number(1...(random.chance(60) ? 8_000_000 : 400_000)) * (random.chance(50) ? 1 : -1)
        let quantum = Int(profile.quantum / 1_000)
        let rounded = Int64(distance / quantum * quantum)
        disturb(seconds: 12)
        trace.note("clock jumps", UInt64(bitPattern: rounded), 0, "by \(rounded) µs")
        clock.jump(microseconds: rounded)
        scheduler.after(delay(200_000...4_000_000)) { [self] in
            trace.note("clock is set right")
            clock.jump(microseconds: -rounded)
            disturb(seconds: 12)
        }
    }

    /// Nothing goes wrong any more.
    func heal() {
        isHealed = true
        disturb(seconds: 30)
        trace.note("healed")
        control.database.isAway = false
        broker.comeBack()
        for number in control.database.partitions.indices { control.database.partitions[number].isPaused = false }
        for desk in databases.values { desk.isAway = false }
        for worker in workers {
            worker.unreachable = []
            worker.thaw()
        }
        if running.isEmpty { addWorker() }
    }
}
