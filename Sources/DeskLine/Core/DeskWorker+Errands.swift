internal import Desk
internal import Pipeline
internal import Runtime
internal import Ticketing
internal import Wire

// What is done in the control database: accounts, and commands of those whose own databases are away.
extension DeskWorker {
    /// - Returns: the errand's number.
    @discardableResult
    func run(_ wish: Errand.Wish, for tenant: TenantId, _ partition: DeskPartition) -> UInt64 {
        visitNumber += 1
        errands[partition.number, default: 0] += 1
        outputs.append(
            .errand(
                Errand(
                    number: visitNumber, tenant: tenant, partition: partition.number, epoch: partition.epoch,
                    wish: wish)))
        return visitNumber
    }

    func errandFailed(_ errand: Errand, _ error: StoreError, at now: MonotonicTime) {
        databaseFailed(error, at: now)
        guard let partition = partition(errand.partition, errand.epoch) else { return }
        guard error.code == .rejected else { return retries.append((now + .milliseconds(100), errand)) }
        // The database is there, and says no: for a moment, or until a person has changed something.
        var errand = errand
        errand.refusals += 1
        let lane = partition.tenants[errand.tenant]
        if partition.phase == .leaving, errand.refusals >= Self.mostRefusals {
            // It holds up nobody's leaving. Commands are not settled yet and come to the next owner; that an account is
            // ready he finds out by himself.
            ended(errand, partition)
            if errand.wish.isOfSpill { lane?.isSpilling = false }
            return
        }
        // What comes behind it meanwhile is kept, so that it is in nobody's way.
        if let lane, errand.wish.isOfSpill { miss(lane, partition, at: now) }
        retries.append((now + .milliseconds(100 << min(errand.refusals, 6)), errand))
    }

    /// Over ten seconds or so.
    private static let mostRefusals = 7

    private func ended(_ errand: Errand, _ partition: DeskPartition) {
        errands[partition.number, default: 1] -= 1
        if case .park = errand.wish { partition.tenants[errand.tenant]?.parking -= 1 }
    }

    func retryErrands(at now: MonotonicTime) {
        guard retries.contains(where: { $0.at <= now }) else { return }
        let late = retries.filter { $0.at <= now }
        retries.removeAll { $0.at <= now }
        for (_, errand) in late where partition(errand.partition, errand.epoch) != nil {
            outputs.append(.errand(errand))
        }
    }

    func ran(_ errand: Errand, _ outcome: ErrandOutcome, at now: MonotonicTime) {
        guard let partition = partition(errand.partition, errand.epoch) else { return }
        ended(errand, partition)
        if case .fenced = outcome { return lose(partition, "another worker has the partition") }
        let lane = partition.tenants[errand.tenant]
        switch (errand.wish, outcome) {
        case (.request, .requested(let account, let line)): requested(account, line, partition, at: now)
        case (.request, .taken):
            for item in partition.requests.removeValue(forKey: errand.tenant) ?? [] {
                guard let command = item.command else { continue }
                settle(item, partition, DeskAnswers.refused(.accountExists, of: command))
            }
        case (.park, _):
            if let lane, lane.hasWork { queue(lane, partition) }
            guard let (item, reason) = partition.parking.removeValue(forKey: errand.number) else { return }
            settle(item, partition, DeskAnswers.problem(of: reason))
        case (.activate, .activated(let line)):
            if let lane { activated(lane, line) }
        case (.spill(let lines), _):
            if let lane { spilled(lines.count, lane, partition) }
        case (.readSpill, .spillRead(let lines)):
            if let lane { read(lines, lane, partition) }
        case (.removeSpill, .spillRemoved(let left)):
            guard let lane else { return }
            lane.isSpilling = false
            lane.readThrough = nil
            lane.spilled = left
            if lane.hasWork { queue(lane, partition) }
        case (.recordAttempt(let id), .attempt(let count)):
            if let lane { attempted(id, count, lane, partition) }
        default: break
        }
    }

    // MARK: - Accounts

    /// A wish for an account: kept first, and answered when the account's database knows it.
    func admit(
        _ request: RequestAccount, _ command: DeskWireCommand, _ item: DeskItem, _ partition: DeskPartition,
        at now: MonotonicTime
    ) {
        if let lane = partition.tenants[command.tenant] {
            guard lane.account.command == command.id else {
                settle(item, partition, DeskAnswers.refused(.accountExists, of: command))
                return
            }
            greet(item, lane, partition, at: now)
            return
        }
        let context = DeskContext(
            commandId: DeskCommandId(command.id), tenant: DeskTenantId(command.tenant),
            now: DeskTime(partition.time(at: now)))
        if case .refused(let refusal) = DeskState.create(request, context: context).1.outcome {
            settle(item, partition, DeskAnswers.refused(refusal, of: command))
            return
        }
        partition.requests[command.tenant, default: []].append(item)
        guard partition.requests[command.tenant]?.count == 1 else { return }
        run(
            .request(
                id: command.id, subDomain: request.subDomain.text, payload: item.payload, replyTo: command.replyTo),
            for: command.tenant, partition)
    }

    /// Of an account that is there, or on its way: the first answer is in its journal, or will be.
    private func greet(_ item: DeskItem, _ lane: TenantLane, _ partition: DeskPartition, at now: MonotonicTime) {
        if item.payload != lane.account.payload {
            settle(item, partition, DeskAnswers.reused)
        } else if lane.account.isActive {
            enqueue(item, lane, partition, at: now)
        } else {
            settled(item, partition)
        }
    }

    private func requested(
        _ account: Account, _ line: [UInt8], _ partition: DeskPartition, at now: MonotonicTime
    ) {
        let lane = partition.tenants[account.tenant] ?? TenantLane(account, at: now)
        partition.tenants[account.tenant] = lane
        letters.tell(directory: line)
        if !account.isActive { letters.wakeAccounts() }
        for item in partition.requests.removeValue(forKey: account.tenant) ?? [] {
            greet(item, lane, partition, at: now)
        }
    }

    func activate(_ lane: TenantLane, _ partition: DeskPartition, _ answer: DeskAnswer?) {
        lane.activation = answer ?? lane.activation
        guard !lane.isActivating else { return }
        lane.isActivating = true
        run(.activate, for: lane.tenant, partition)
    }

    private func activated(_ lane: TenantLane, _ line: [UInt8]) {
        lane.isActivating = false
        lane.account.isActive = true
        letters.tell(directory: line)
        guard let answer = lane.activation else { return }
        lane.activation = nil
        letters.reply(id: lane.account.command, to: lane.account.replyTo, answer, isReplayed: false)
    }

    func answerNotReady(_ lane: TenantLane, _ partition: DeskPartition) {
        while let item = lane.foremost, let command = item.command {
            // The one that says that it is ready knows better: the database is looked for again.
            if item.isAccountReady { return }
            lane.removeNext()
            settle(item, partition, DeskAnswers.refused(.accountNotReady, of: command))
        }
    }

    // MARK: - Commands of those who are away

    /// Keeps what waits for a database that has been away for long, so that the queue goes on without it.
    func spill(_ lane: TenantLane, _ partition: DeskPartition) {
        guard !lane.isSpilling, lane.visit == nil || lane.flight == nil, lane.waiting.first != nil else { return }
        var lines: [SpilledLine] = []
        while let item = lane.waiting.first, lines.count < 500 {
            lane.waiting.removeFirst()
            // Without the word that it is ready the account would never be.
            if lane.spilled + lines.count < options.spillBound || item.isAccountReady {
                lane.spilling.append(item)
                lines.append(item.spilled)
            } else {
                statistics.refusedSpills += 1
                settle(item, partition, DeskAnswers.spillFull)
            }
        }
        guard !lines.isEmpty else { return }
        lane.isSpilling = true
        run(.spill(lines), for: lane.tenant, partition)
    }

    private func spilled(_ count: Int, _ lane: TenantLane, _ partition: DeskPartition) {
        statistics.spilled += UInt64(count)
        lane.isSpilling = false
        lane.spilled += count
        // Who waits is answered when they are decided.
        for item in lane.spilling { settled(item, partition) }
        lane.spilling = []
        queue(lane, partition)
    }

    /// Once its database is back, what was kept comes first.
    func lookAfterSpill(of lane: TenantLane, _ partition: DeskPartition) {
        guard lane.spilled > 0, !lane.isSpilling, lane.readBack.first == nil, lane.flight == nil, lane.parking == 0
        else { return }
        lane.isSpilling = true
        if let through = lane.readThrough {
            run(.removeSpill(through: through), for: lane.tenant, partition)
        } else {
            run(.readSpill(limit: options.batchBound), for: lane.tenant, partition)
        }
    }

    private func read(_ lines: [SpilledLine], _ lane: TenantLane, _ partition: DeskPartition) {
        lane.isSpilling = false
        guard let last = lines.last?.number else {
            lane.spilled = 0
            if lane.hasWork { queue(lane, partition) }
            return
        }
        lane.readThrough = last
        var firsts: [CommandId: DeskItem] = [:]
        for line in lines {
            let item = makeItem(kept: line, partition)
            guard let id = item.id, item.command != nil else {
                // It was fine when it was kept: by another program's rules, or others that were trusted.
                if case .refused(let reason, _, _) = item.content {
                    lane.parking += 1
                    park(item, reason, partition, of: lane.tenant)
                }
                continue
            }
            // It may have been sent twice, or kept twice because nobody knew of the first time.
            if let first = firsts[id] {
                if first.payload == item.payload {
                    first.echoes.append(item)
                } else {
                    settle(item, partition, DeskAnswers.reused)
                }
                continue
            }
            firsts[id] = item
            if lane.mayBeKnown(id) { item.progress = .unsure }
            lane.readBack.append(item)
        }
        queue(lane, partition)
    }
}

extension Errand.Wish {
    /// Whether a lane that has something kept waits for it.
    fileprivate var isOfSpill: Bool {
        switch self {
        case .spill, .readSpill, .removeSpill, .park: true
        default: false
        }
    }
}
