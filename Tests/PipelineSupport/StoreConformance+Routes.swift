internal import Pipeline
internal import Sealing
internal import Ticketing

extension StoreConformance {
    static var routes: [Check] {
        [
            Check("an event that nobody made is missing, and another partition's is elsewhere") { world in
                let store = try world.session(of: "one")
                let clerk = try world.clerk(of: 2)
                try require(try store.load(clerk.event, for: 2, at: clerk.now).name, is: "missing", "its own")
                try require(try store.load(clerk.event, for: 0, at: clerk.now).name, is: "elsewhere 2", "another's")
            },
            Check("a move is let go of, arrives, and is done") { world in
                var (store, old) = try world.owner(of: 0)
                var (_, new) = try world.owner(of: 4)
                var clerk = try world.clerk(of: 0)
                clerk.create(hall)
                try clerk.reserve("b", 2)
                try old.commit(clerk.takeEntries(), to: store)
                let route = EventRoute(event: clerk.event, partition: 4, version: 3)
                func place(_ partition: Int) throws -> String {
                    try store.load(clerk.event, for: partition, at: clerk.now).name
                }
                try world.beginMove(route, from: 0)
                try require(try [place(0), place(4), place(1)], is: ["event", "arriving", "elsewhere 0"], "moving")
                try require(try store.beat(WorkerBeat(worker: "one")).arrivals, is: [], "arrivals")

                let digest = SHA256.hash(clerk.state?.bytes ?? [])
                var batch = old.batch([])
                batch.moves = [
                    MoveChange(event: clerk.event, version: 2, step: .out, digest: digest, at: clerk.now)
                ]
                try requireRejected("an old version") { try store.commit([Owner.seal(batch)]) }
                batch.moves = [
                    MoveChange(event: clerk.event, version: 3, step: .out, digest: digest, at: clerk.now)
                ]
                var arrival = new.batch([])
                arrival.moves = [
                    MoveChange(event: clerk.event, version: 3, step: .arrived, digest: digest, at: clerk.now)
                ]
                try requireRejected("it has not been let go of") { try store.commit([Owner.seal(arrival)]) }
                try old.commit(batch, to: store)
                try require(try [place(0), place(1)], is: ["elsewhere 4", "elsewhere 4"], "out")
                guard
                    case .arrived(let state, 3, from: 0, digest, at: clerk.now) = try store.load(
                        clerk.event, for: 4, at: new.claim.now)
                else { throw Mismatch("not arrived: \(try place(4))") }
                try require(state.bytes == clerk.state?.bytes, "another state arrived")
                try require(try store.beat(WorkerBeat(worker: "one")).arrivals, is: [route], "arrivals")

                try new.commit(arrival, to: store)
                try require(try [place(0), place(4)], is: ["elsewhere 4", "event"], "here")
                try require(try store.beat(WorkerBeat(worker: "one")).arrivals, is: [], "arrivals")
            },
        ]
    }
}
