public import Pipeline
public import Ticketing
public import Wire

/// A database of a test's own with a line of 4 partitions and 2 spares, and workers that have sessions with it.
public protocol StoreWorld: AnyObject {
    /// One more session of the worker's.
    func session(of worker: WorkerId) throws -> any Store
    /// The worker's process ends without a word: its sessions are gone.
    func kill(_ worker: WorkerId) throws
    /// Somebody has decided that an event goes to another partition: `event_route` says `moving`.
    func beginMove(_ route: EventRoute, from partition: Int) throws
    /// What readers of a show were told after a version, as the database has kept it.
    func changes(of show: ShowId, after version: UInt64) throws -> [(first: UInt64, line: ChangeLine)]
    /// The database's clock.
    func now() throws -> Time
}

extension StoreWorld {
    public static var partitions: Int { 4 }
    public static var spares: Int { 2 }

    /// A session, and the partition claimed by it.
    public func owner(
        of partition: Int = 0, epoch: UInt64 = 0, as worker: WorkerId = "one"
    ) throws -> (store: any Store, owner: Owner) {
        let store = try session(of: worker)
        let claims = try store.claim([ClaimRequest(number: partition, epoch: epoch)], for: worker)
        guard let claim = claims.first else { throw Mismatch("partition \(partition) is not to be had") }
        return (store, Owner(claim))
    }

    /// The clerk of an event that belongs to the partition.
    public func clerk(of partition: Int = 0, low: UInt64 = 1) throws -> Clerk {
        Clerk(Clerk.event(of: partition, among: Self.partitions, from: low), at: try now())
    }
}

extension WorkerId: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text) }
}
