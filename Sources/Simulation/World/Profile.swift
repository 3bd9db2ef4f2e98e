internal import Ticketing

/// What one history is like; all of it follows from the seed.
struct Profile {
    var partitions: Int
    var spares: Int
    var workers: Int
    var producers: Int
    var events: Int
    var commands: Int
    /// Everything happens at multiples of this, in nanoseconds. A coarse one brings many things to the same time.
    var quantum: Int64
    /// Of 1,000 calls of the database, how many go wrong.
    var callFaults: Int
    /// Of 1,000 messages, confirms and replies, how many are lost.
    var losses: Int
    /// Kills, freezes, outages and the like.
    var incidents: Int
    var hasPoison: Bool
    var movesEvents: Bool
    /// When the database's clock starts.
    var start: Time
    /// How long a producer waits between two messages, in microseconds.
    var pause: ClosedRange<Int>
    var prefetch: Int
    var batchBound: Int
    var groupBound: Int
    var filterBound: Int
    var idleEviction: Int
    var memoryBound: Int

    init(_ random: inout Seeded, commands: Int?) {
        partitions = random.number(1...5)
        spares = random.number(1...2)
        workers = random.number(1...4)
        producers = random.number(2...5)
        events = random.number(2...7)
        self.commands = commands ?? random.number(200...450)
        quantum = random.one(of: [1_000, 1_000, 1_000_000, 100_000_000])
        let mood = random.number(0...9)
        callFaults = mood < 3 ? 0 : mood < 8 ? random.number(1...10) : random.number(20...60)
        losses = mood < 2 ? 0 : random.number(1...60)
        incidents = mood < 2 ? 0 : mood < 8 ? random.number(1...5) : random.number(5...12)
        hasPoison = random.chance(25)
        movesEvents = random.chance(40)
        // A Monday's midnight, or a little before: the journal's week ends within the history.
        let monday: Int64 = 1_780_272_000_000_000
        start = Time(
            microseconds: random.chance(30)
                ? monday - Int64(random.number(1...20)) * 1_000_000 : monday + 43_200_000_000)
        pause = random.one(of: [0...2_000, 1_000...100_000, 10_000...1_000_000])
        prefetch = random.one(of: [1, 5, 50, 1_000])
        batchBound = random.one(of: [1, 5, 50, 500])
        groupBound = random.one(of: [2, 20, 1_000])
        filterBound = random.one(of: [50, 20_000_000])
        idleEviction = random.one(of: [1, 5, 900])
        memoryBound = random.one(of: [1, 512 << 20])
    }
}
