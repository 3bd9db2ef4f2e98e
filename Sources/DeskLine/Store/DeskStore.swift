public import Pipeline

/// What the desk line needs of the control database: one session, used by one thread at a time. What a frozen owner
/// still asks for after its successor has claimed is `fenced`.
public protocol ControlStore: PoolStore where Claimed == DeskClaim {
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
