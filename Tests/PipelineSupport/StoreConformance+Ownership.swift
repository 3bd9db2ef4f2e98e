internal import Pipeline
internal import Ticketing

extension StoreConformance {
    static var ownership: [Check] {
        [
            Check("a claim raises the epoch and counts as a crash until the partition is given back") { world in
                let store = try world.session(of: "one")
                let first = try store.claim([request(1, 0)], for: "one")
                try require(first.map(\.number), is: [1], "claimed")
                try require(first.map(\.epoch), is: [1], "epoch")
                try require(first.map(\.crashes), is: [1], "crashes")
                try require(first.map(\.batchNumber), is: [0], "batch")
                try require(first.map(\.nextSequence), is: [1], "sequence")
                let second = try store.claim([request(1, 1)], for: "one")
                try require(second.map(\.crashes), is: [2], "crashes")
                try store.release([HeldPartition(number: 1, epoch: 2)], by: "one")
                let third = try store.claim([request(1, 2)], for: "one")
                try require(third.map(\.epoch), is: [3], "epoch")
                try require(third.map(\.crashes), is: [1], "crashes after a release")
            },
            Check("a claim of what has changed since it was seen gets nothing") { world in
                let store = try world.session(of: "one")
                _ = try store.claim([request(0, 0), request(1, 0)], for: "one")
                let again = try store.claim([request(0, 0), request(1, 0), request(2, 0)], for: "two")
                try require(again.map(\.number), is: [2], "claimed")
            },
            Check("a claim of what another has, without the word that it is dead, gets nothing") { world in
                _ = try world.owner(of: 0, as: "one")
                let claims = try world.session(of: "two").claim([request(0, 1)], for: "two")
                try require(claims.isEmpty, "a living owner was robbed")
            },
            Check("a release of what is another's by now changes nothing") { world in
                let (store, _) = try world.owner(of: 0, as: "one")
                _ = try store.claim([request(0, 1, dead: "one")], for: "two")
                try store.release([HeldPartition(number: 0, epoch: 1)], by: "one")
                let owner = try store.beat(WorkerBeat(worker: "two")).partitions[0]
                try require(owner.owner, is: "two", "owner")
            },
            Check("a beat tells of the members and of who owns what") { world in
                let one = try world.session(of: "one")
                let two = try world.session(of: "two")
                let three = try world.session(of: "three")
                _ = try two.beat(WorkerBeat(worker: "two"))
                _ = try three.beat(WorkerBeat(worker: "three", isDraining: true))
                _ = try two.claim([request(3, 0)], for: "two")
                _ = try three.claim([request(4, 0)], for: "three")
                let told = try one.beat(WorkerBeat(worker: "one"))
                try require(told.members, is: ["one", "two"], "members")
                try require(told.partitions.map(\.number), is: Array(0..<6), "partitions")
                try require(
                    told.partitions[3], is: Ownership(number: 3, owner: "two", isOwnerAlive: true, epoch: 1), "owned")
                try require(
                    told.partitions[4], is: Ownership(number: 4, owner: "three", isOwnerAlive: true, epoch: 1),
                    "owned by one that drains")
                try require(
                    told.partitions[5], is: Ownership(number: 5, owner: nil, isOwnerAlive: false, epoch: 0), "free")
            },
            Check("a worker whose sessions ended is dead, and its partitions can be had") { world in
                let one = try world.session(of: "one")
                let two = try world.session(of: "two")
                _ = try two.beat(WorkerBeat(worker: "two"))
                _ = try two.claim([request(0, 0)], for: "two")
                try world.kill("two")
                let told = try one.beat(WorkerBeat(worker: "one"))
                try require(told.members, is: ["one"], "members")
                try require(
                    told.partitions[0], is: Ownership(number: 0, owner: "two", isOwnerAlive: false, epoch: 1), "owned")
                let claims = try one.claim([request(0, 1, dead: "two")], for: "one")
                try require(claims.map(\.epoch), is: [2], "claimed")
                try require(claims.map(\.crashes), is: [2], "crashes")
            },
            Check("a worker that leaves gives everything back") { world in
                let one = try world.session(of: "one")
                let two = try world.session(of: "two")
                _ = try two.beat(WorkerBeat(worker: "two"))
                _ = try two.claim([request(0, 0), request(1, 0)], for: "two")
                try two.leave("two")
                let told = try one.beat(WorkerBeat(worker: "one"))
                try require(told.members, is: ["one"], "members")
                try require(told.partitions.allSatisfy { $0.owner == nil }, "something is still owned")
                let claims = try one.claim([request(0, 1)], for: "one")
                try require(claims.map(\.crashes), is: [1], "crashes")
            },
            Check("a batch that shows the partition healthy, or a beat that says so, ends the count of crashes") {
                world in
                var (store, owner) = try world.owner(of: 0)
                owner = Owner(try store.claim([request(0, 1)], for: "one")[0])
                try owner.commit([], to: store)
                owner = Owner(try store.claim([request(0, 2)], for: "one")[0])
                try require(owner.claim.crashes, is: 3, "a batch that says nothing")
                var batch = owner.batch([])
                batch.resetsCrashes = true
                try owner.commit(batch, to: store)
                owner = Owner(try store.claim([request(0, 3)], for: "one")[0])
                try require(owner.claim.crashes, is: 1, "after a batch")
                _ = try store.beat(WorkerBeat(worker: "one", healthy: [HeldPartition(number: 0, epoch: 3)]))
                owner = Owner(try store.claim([request(0, 4)], for: "one")[0])
                try require(owner.claim.crashes, is: 2, "after a beat with another epoch")
                _ = try store.beat(WorkerBeat(worker: "one", healthy: [HeldPartition(number: 0, epoch: 5)]))
                owner = Owner(try store.claim([request(0, 5)], for: "one")[0])
                try require(owner.claim.crashes, is: 1, "after a beat")
            },
        ]
    }

    static func request(_ number: Int, _ epoch: UInt64, dead: WorkerId? = nil) -> ClaimRequest {
        ClaimRequest(number: number, epoch: epoch, deadOwner: dead)
    }
}
