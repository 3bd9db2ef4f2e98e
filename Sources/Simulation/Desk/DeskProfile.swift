internal import Ticketing

/// What one history of desks is like; all of it follows from the seed.
struct DeskProfile {
    var partitions: Int
    var workers: Int
    var producers: Int
    var desks: Int
    var stores: Int
    var commands: Int
    /// Everything happens at multiples of this, in nanoseconds. A coarse one brings many things to the same time.
    var quantum: Int64
    /// Of 1,000 calls of a database, how many go wrong.
    var callFaults: Int
    /// Of 1,000 messages, confirms and replies, how many are lost.
    var losses: Int
    /// Kills, freezes, outages and the like.
    var incidents: Int
    /// Nothing goes wrong but tenants' own databases, for long: whoever waits for another's is seen.
    var isIsolated: Bool
    var hasPoison: Bool
    /// When the databases' clock starts.
    var start: Time
    /// How long a producer waits between two messages, in microseconds.
    var pause: ClosedRange<Int>
    var prefetch: Int
    var batchBound: Int
    var hands: Int
    var connections: Int
    var spillBound: Int
    var idleEviction: Int
    var memoryBound: Int

    init(_ random: inout Seeded, commands: Int?) {
        partitions = random.number(1...3)
        workers = random.number(1...3)
        producers = random.number(2...4)
        desks = random.number(2...6)
        stores = random.number(1...2)
        self.commands = commands ?? random.number(150...350)
        quantum = random.one(of: [1_000, 1_000, 1_000_000, 100_000_000])
        isIsolated = random.chance(15)
        let mood = random.number(0...9)
        callFaults = isIsolated || mood < 3 ? 0 : mood < 8 ? random.number(1...10) : random.number(20...60)
        losses = mood < 2 ? 0 : random.number(1...60)
        incidents =
            isIsolated ? random.number(2...6) : mood < 2 ? 0 : random.number(mood < 8 ? 2...8 : 8...20)
        hasPoison = !isIsolated && random.chance(25)
        // A Monday's midnight, or a little before: the journal's week ends within the history.
        let monday: Int64 = 1_780_272_000_000_000
        start = Time(
            microseconds: random.chance(30)
                ? monday - Int64(random.number(1...200)) * 1_000_000 : monday + 43_200_000_000)
        // Work takes minutes: a history that is to see some has to last as long.
        pause = random.one(of: [0...20_000, 10_000...1_000_000, 200_000...5_000_000])
        prefetch = random.one(of: [1, 5, 50, 1_000])
        batchBound = random.one(of: [1, 4, 200])
        // One hand alone is held by each silent database in its turn.
        hands = random.number(isIsolated ? 2...5 : 1...4)
        connections = random.one(of: [1, 3, 200])
        spillBound = random.one(of: [3, 10_000])
        idleEviction = random.one(of: [1, 5, 900])
        memoryBound = random.one(of: [1, 256 << 20])
    }
}
