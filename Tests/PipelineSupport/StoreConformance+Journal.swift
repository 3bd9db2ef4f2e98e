internal import Pipeline
internal import Ticketing

extension StoreConformance {
    static var journal: [Check] {
        [
            Check("decisions of this week and the last are found by their ids") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create(hall)
                let entries = clerk.takeEntries()
                try owner.commit(entries, to: store)
                let week = 7 * 86_400_000_000 as Int64
                let next = Time(microseconds: clerk.now.microseconds + week)
                let later = Time(microseconds: next.microseconds + week)
                clerk.now = next
                try clerk.send(.cancelShow(1))
                let more = clerk.takeEntries()
                let sealed = owner.sealed(more, at: next)
                try store.commit([sealed])
                let ids = (entries + more).map(\.id)
                let now = try store.lookUp(ids + [CommandId(high: 9, low: 9)], partition: 0, at: next)
                try require(Set(now.map(\.id)), is: Set(ids), "in both weeks")
                try require(now.allSatisfy { $0.tenant == Clerk.tenant }, "tenant")
                let known = now.first { $0.id == more.last?.id }
                try require(known?.payload, is: more.last?.payload, "payload")
                try require(known?.event, is: more.last?.event, "event")
                try require(known?.reply, is: sealed.records.last?.reply, "reply")
                try require(known?.status, is: 200, "status")
                try require(
                    Set(try store.lookUp(ids, partition: 0, at: later).map(\.id)), is: Set(more.map(\.id)),
                    "a week later")
            },
            Check("ids of the journal come in order, page by page") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create(hall)
                for number in 1...6 { try clerk.send(.cancelShow(number + 1)) }
                let entries = clerk.takeEntries()
                try owner.commit(Array(entries[0..<4]), to: store)
                try owner.commit(
                    Array(entries[4...]), at: Time(microseconds: clerk.now.microseconds + 7 * 86_400_000_000), to: store
                )
                let now = owner.claim.batchAt
                var ids: [CommandId] = []
                var next: UInt64? = 1
                while let from = next {
                    let page = try store.journalIds(partition: 0, from: from, limit: 3, at: now)
                    try require(page.ids.count <= 3, "a page of \(page.ids.count)")
                    ids += page.ids
                    next = page.next
                }
                try require(ids, is: entries.map(\.id), "ids")
                try require(try store.journalIds(partition: 1, from: 1, limit: 3, at: now).ids, is: [], "others' ids")
            },
            Check("due times are kept by event, and told with the claim") { world in
                var (store, owner) = try world.owner()
                let events = (1...3).map { EventId(high: 5, low: $0) }
                let times = (1...3).map { Time(microseconds: owner.claim.now.microseconds + $0 * 1_000_000) }
                var batch = owner.batch([])
                batch.dues = [
                    DueChange(event: events[0], at: times[0]), DueChange(event: events[1], at: times[1]),
                    DueChange(event: events[2], at: times[2]),
                ]
                try owner.commit(batch, to: store)
                batch = owner.batch([])
                batch.dues = [DueChange(event: events[0], at: times[2]), DueChange(event: events[1], at: nil)]
                try owner.commit(batch, to: store)
                let claim = try store.claim([request(0, 1), request(1, 0)], for: "one")
                try require(
                    Set(claim[0].dues),
                    is: [DueChange(event: events[0], at: times[2]), DueChange(event: events[2], at: times[2])], "dues")
                try require(claim[1].dues, is: [], "another's dues")
            },
            Check("attempts are counted until the command is decided, by the owner alone") { world in
                var (store, owner) = try world.owner()
                let (bad, good) = (CommandId(high: 1, low: 1), CommandId(high: 1, low: 2))
                try require(try store.recordAttempt(bad, partition: 0, epoch: 1), is: 1, "first")
                try require(try store.recordAttempt(bad, partition: 0, epoch: 1), is: 2, "second")
                try require(try store.recordAttempt(good, partition: 0, epoch: 1), is: 1, "another's")
                try require(try store.recordAttempt(bad, partition: 0, epoch: 0), is: nil, "of an old epoch")
                owner = Owner(try store.claim([request(0, 1)], for: "one")[0])
                try require(owner.claim.attempts, is: [bad: 2, good: 1], "attempts")
                try require(try store.recordAttempt(bad, partition: 0, epoch: 1), is: nil, "of an old epoch")
                var batch = owner.batch([])
                batch.settledAttempts = [bad]
                try owner.commit(batch, to: store)
                let claim = try store.claim([request(0, 2)], for: "one")[0]
                try require(claim.attempts, is: [good: 1], "attempts afterwards")
            },
            Check("what is parked may be parked again") { world in
                var (store, owner) = try world.owner()
                let record = ParkedRecord(
                    id: CommandId(high: 1, low: 1), reason: ParkReason(.poison, "it failed"), replyTo: "i", user: nil,
                    line: [1, 2, 0xFF])
                var batch = owner.batch([])
                batch.parked = [
                    record, record,
                    ParkedRecord(
                        id: nil, reason: ParkReason(.malformed, "no line"), replyTo: nil, user: "u", line: []),
                ]
                try owner.commit(batch, to: store)
                batch = owner.batch([])
                batch.parked = [record]
                try owner.commit(batch, to: store)
            },
        ]
    }
}
