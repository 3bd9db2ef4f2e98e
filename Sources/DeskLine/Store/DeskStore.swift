public import Pipeline

/// What the desk line needs of the control database: one session, used by one thread at a time. What a frozen owner
/// still asks for after its successor has claimed is `fenced`.
public protocol ControlStore: AnyObject {
    func beat(_ beat: WorkerBeat) throws(StoreError) -> Neighbourhood
    func leave(_ worker: WorkerId) throws(StoreError)
    func claim(_ wanted: [ClaimRequest], for worker: WorkerId) throws(StoreError) -> [DeskClaim]
    func release(_ held: [HeldPartition], by worker: WorkerId) throws(StoreError)
    func run(_ errand: Errand) throws(StoreError) -> ErrandOutcome
}

/// What it needs of a tenant's: one session, used by one thread at a time.
public protocol DeskStore: AnyObject {
    func run(_ visit: Visit) -> VisitOutcome
    /// Whether it can be used again.
    var isAlive: Bool { get }
    /// Its thread is done with it: whichever uses it next owns it.
    func handOver()
    func close()
}
