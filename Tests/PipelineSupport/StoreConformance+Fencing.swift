internal import Pipeline
internal import Ticketing

extension StoreConformance {
    static var fencing: [Check] {
        [
            Check("a claim finds where the last owner left the partition") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create(hall)
                try clerk.reserve("b")
                try owner.commit(clerk.takeEntries(), to: store)
                let claim = try store.claim([request(0, 1)], for: "one")[0]
                try require(claim.batchNumber, is: 1, "batch")
                try require(claim.nextSequence, is: 3, "sequence")
                try require(claim.chain, is: owner.claim.chain, "chain")
                try require(claim.batchAt, is: owner.claim.batchAt, "time")
            },
            Check("who lost a partition writes nothing more, nor do its neighbours in the group") { world in
                let (store, first) = try world.owner(of: 0)
                let (_, second) = try world.owner(of: 1)
                var mine = try world.clerk(of: 0)
                var other = try world.clerk(of: 1)
                mine.create(hall)
                other.create(hall)
                let group = [first.sealed(mine.takeEntries()), second.sealed(other.takeEntries())]
                _ = try world.session(of: "two").claim([request(1, 1, dead: "one")], for: "two")
                // The session of a worker that is taken for dead may have been ended.
                let session = try world.session(of: "one")
                let failure = try failure { try session.commit(group) }
                try require(failure, is: .fenced([1]), "failure")
                guard case .missing = try session.load(mine.event, for: 0, at: mine.now) else {
                    throw Mismatch("a part of the group was written")
                }
                try session.commit([group[0]])
                _ = store
            },
            Check("a batch that continues another one than the newest is refused") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                var refused = owner
                refused.committed(owner.sealed([], at: owner.claim.now))
                clerk.create(hall)
                try owner.commit(clerk.takeEntries(), to: store)
                try require(
                    try failure { try store.commit([refused.sealed([])]) }, is: .fenced([0]),
                    "what was decided on top of a batch that came to nothing")
                try store.commit([owner.sealed([])])
            },
            Check("a batch is written once") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create(hall)
                let first = owner.sealed(clerk.takeEntries())
                try store.commit([first])
                try require(try failure { try store.commit([first]) }, is: .fenced([0]), "the same batch again")
                owner.committed(first)
                owner.committed(owner.sealed([]))
                try require(
                    try failure { try store.commit([owner.sealed([])]) }, is: .fenced([0]), "a batch left out")
            },
            Check("a claim taken twice, and one in other hands, are refused") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create(hall)
                try owner.commit(clerk.takeEntries(), to: store)
                // The same event decided twice from the same state: the rule book does not notice, the database does.
                var twin = clerk
                let mine = try clerk.reserve("one")
                try owner.commit(clerk.takeEntries(), to: store)
                _ = twin.nextId()
                let theirs = try twin.reserve("two")
                try requireRejected("a place taken twice") { try store.commit([owner.sealed(twin.takeEntries())]) }
                try twin.send(.release(theirs))
                try requireRejected("a place of others given back") {
                    try store.commit([owner.sealed(twin.takeEntries())])
                }
                try clerk.book(mine)
                try owner.commit(clerk.takeEntries(), to: store)
                try requireEqual(clerk, in: store)
            },
            Check("a decision that is already in the journal is refused") { world in
                var (store, owner) = try world.owner()
                var clerk = try world.clerk()
                clerk.create(hall)
                try clerk.send(.release(ReservationId(command: CommandId(high: 0, low: 0), index: 0)))
                let entries = clerk.takeEntries()
                try owner.commit(entries, to: store)
                try requireRejected("the same id") { try store.commit([owner.sealed([entries[1]])]) }
            },
            Check("a group of several partitions is written as one") { world in
                var (store, first) = try world.owner(of: 0)
                var (_, second) = try world.owner(of: 2)
                var mine = try world.clerk(of: 0)
                var other = try world.clerk(of: 2)
                mine.create(hall)
                other.create(hall)
                try mine.reserve("a", 2)
                try other.reserve("b", 3)
                let group = [first.sealed(mine.takeEntries()), second.sealed(other.takeEntries())]
                try store.commit(group)
                first.committed(group[0])
                second.committed(group[1])
                try requireEqual(mine, in: store, partition: 0)
                try requireEqual(other, in: store, partition: 2)
                try first.commit([], to: store)
                try second.commit([], to: store)
            },
        ]
    }
}
