internal import Pipeline
internal import Ticketing

extension FakeDatabase {
    func beat(_ beat: WorkerBeat, _ session: FakeSession) -> Neighbourhood {
        let shouldDrain = workers[beat.worker]?.shouldDrain ?? false
        workers[beat.worker] = WorkerRow(
            session: session, heartbeatAt: now(), isDraining: beat.isDraining, shouldDrain: shouldDrain)
        for held in beat.healthy where partitions[held.number].epoch == held.epoch {
            partitions[held.number].crashes = 0
        }
        let living = workers.keys.sorted().filter(isAlive)
        return Neighbourhood(
            now: now(), members: living.filter { workers[$0]?.isDraining == false },
            partitions: partitions.indices.map { number in
                let row = partitions[number]
                return Ownership(
                    number: number, owner: row.owner, isOwnerAlive: row.owner.map(isAlive) ?? false, epoch: row.epoch,
                    isPaused: row.isPaused)
            },
            arrivals: routes.filter { $0.value.state == .out }.map {
                EventRoute(event: $0.key, partition: $0.value.partition, version: $0.value.version)
            }.sorted { $0.event < $1.event },
            shouldDrain: shouldDrain)
    }

    func leave(_ worker: WorkerId) {
        for number in partitions.indices where partitions[number].owner == worker {
            partitions[number].owner = nil
            partitions[number].crashes = 0
        }
        workers[worker] = nil
    }

    func claim(_ wanted: [ClaimRequest], for worker: WorkerId, _ session: FakeSession) -> [Claim] {
        var claims: [Claim] = []
        for request in wanted.sorted(by: { $0.number < $1.number }) {
            let number = request.number
            let seen = partitions[number]
            guard seen.epoch == request.epoch else { continue }
            if let owner = seen.owner, owner != worker {
                guard owner == request.deadOwner else { continue }
                // Even if it has come to life since it was looked at.
                endSessions(of: owner, but: session)
            }
            guard !isLocked(number, for: session) else { continue }
            partitions[number].owner = worker
            partitions[number].epoch += 1
            partitions[number].crashes += 1
            claims.append(claim(number))
            if let owner = seen.owner, owner != worker {
                takenOver(Array(claims[claims.count - 1].attempts.keys), owner)
            }
        }
        return claims
    }

    private func claim(_ number: Int) -> Claim {
        let row = partitions[number]
        let due = dues.filter { $0.key.partition == number }
            .map { DueChange(event: $0.key.id, at: $0.value) }.sorted { $0.event < $1.event }
        let tried = attempts.filter { $0.key.partition == number }
        return Claim(
            number: number, epoch: row.epoch, batchNumber: row.batchNumber, batchAt: row.batchAt,
            nextSequence: row.nextSequence, chain: row.chain, crashes: row.crashes, now: now(), dues: due,
            attempts: Dictionary(uniqueKeysWithValues: tried.map { ($0.key.id, $0.value) }),
            hasMovedEvents: routes.values.contains {
                $0.partition == number || $0.previous == number && $0.state == .moving
            })
    }

    func release(_ held: [HeldPartition], by worker: WorkerId) {
        for partition in held {
            let row = partitions[partition.number]
            guard row.owner == worker, row.epoch == partition.epoch else { continue }
            partitions[partition.number].owner = nil
            partitions[partition.number].crashes = 0
        }
    }

    func recordAttempt(_ id: CommandId, partition: Int, epoch: UInt64) -> Int? {
        guard partitions[partition].epoch == epoch else { return nil }
        let key = PartitionKey(partition: partition, id: id)
        attempts[key, default: 0] += 1
        return attempts[key]
    }
}
