internal import Pipeline
internal import Runtime

extension World {
    /// One thing after another goes wrong while producers are at work.
    func planIncident(_ left: Int) {
        guard left > 0 else { return }
        scheduler.after(delay(100_000...8_000_000)) { [self] in
            guard !isHealed else { return }
            incident()
            planIncident(left - 1)
        }
    }

    private func incident() {
        switch random.number(0...10) {
        case 0, 1: if let worker = pick() { died(worker, of: "a kill") }
        case 2, 3: if let worker = pick() { freeze(worker) }
        case 4: if let worker = pick() { drain(worker) }
        case 5:
            disturb(seconds: 1)
            if workers.count < 6 { addWorker() }
        case 6: loseDatabase()
        case 7: loseBroker()
        case 8:
            guard let worker = pick() else { return }
            disturb(seconds: 8)
            trace.note("cut", UInt64(worker.number), 0, "\(worker.id) from the database")
            worker.loseDatabase()
        case 9:
            guard let worker = pick() else { return }
            disturb(seconds: 3)
            trace.note("unplug", UInt64(worker.number), 0, "\(worker.id) from the broker")
            worker.loseBroker("the connection broke")
        default: jump()
        }
    }

    private func pick() -> SimulatedWorker? {
        let running = running
        return running.isEmpty ? nil : random.one(of: running)
    }

    private func freeze(_ worker: SimulatedWorker) {
        let span = delay(500_000...(random.chance(30) ? 26_000_000 : 9_000_000))
        disturb(seconds: Double(span) / 1e9 + 22)
        trace.note("freeze", UInt64(worker.number), UInt64(span), "\(worker.id) for \(span / 1_000_000) ms")
        let owned = database.partitions.indices.filter { database.partitions[$0].owner == worker.id }
        worker.freeze()
        if span > 20_000_000_000 { expectTakeover(of: owned, from: worker.id, within: 20_000_000_000, "was frozen") }
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

    private func drain(_ worker: SimulatedWorker) {
        let now = scheduler.now.nanoseconds
        trace.note("drain", UInt64(worker.number), 0, "\(worker.id)")
        let owned = database.partitions.indices.filter { database.partitions[$0].owner == worker.id }
        if running.count > 1, isCalm(since: now) {
            expectTakeover(of: owned, from: worker.id, within: 500_000_000, "was drained")
        }
        disturb(seconds: 4)
        worker.drain()
        scheduler.after(delay(0...1_000_000)) { [self] in
            if !isHealed || running.isEmpty { addWorker() }
        }
    }

    private func loseDatabase() {
        guard !database.isAway else { return }
        let span = random.chance(8) ? delay(61_000_000...70_000_000) : delay(50_000...6_000_000)
        disturb(seconds: Double(span) / 1e9 + 10)
        trace.note("database away", UInt64(span), 0, "for \(span / 1_000_000) ms")
        database.goAway()
        scheduler.after(span) { [self] in
            trace.note("database back")
            database.isAway = false
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

    /// The database's wall clock is set; if by much, it is set right again soon.
    private func jump() {
        let isFar = random.chance(60)
        let distance = random.number(1...(isFar ? 8_000_000 : 400_000)) * (random.chance(50) ? 1 : -1)
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

    /// Whoever watches over workers ends those that complain of their clocks.
    func watchOver() {
        scheduler.after(2_000_000_000) { [self] in
            for worker in workers where worker.hasDrifted { died(worker, of: "a clock that drifts") }
            if workers.isEmpty { addWorker() }
            watchOver()
        }
    }

    /// Somebody else has the partitions by then, unless something else goes wrong.
    func expectTakeover(of partitions: [Int], from worker: WorkerId, within span: Int64, _ why: String) {
        let start = scheduler.now.nanoseconds
        let others = running.filter { $0.id != worker }
        guard !others.isEmpty, isCalm(since: start - 5_000_000_000, exceptFrom: start) else { return }
        let epochs = partitions.map { database.partitions[$0].epoch }
        scheduler.after(span) { [self] in
            guard isCalm(since: start - 5_000_000_000, exceptFrom: start),
                others.allSatisfy({ $0.isRunning && !$0.hasDrifted })
            else { return }
            for (number, epoch) in zip(partitions, epochs) {
                if database.partitions[number].epoch == epoch {
                    fail("\(worker) \(why), and \(span / 1_000_000) ms later nobody else has had partition \(number)")
                }
            }
        }
    }

    /// Nothing goes wrong any more.
    func heal() {
        isHealed = true
        disturb(seconds: 30)
        trace.note("healed")
        database.isAway = false
        broker.comeBack()
        for worker in workers { worker.thaw() }
        if running.isEmpty { addWorker() }
    }
}
