/// What becomes of one call of a database. Times are in nanoseconds.
enum Fate {
    /// It gets there, with or without a fault, and the answer gets back.
    case fine(there: Int64, back: Int64, FakeStore.Fault?, holdsLocks: Bool)
    /// The connection breaks, which the caller is told of; the server does it later, or finds that it may not.
    case late(told: Int64, executed: Int64, holdsLocks: Bool)
    /// It is done, and some layer in between sends it a second time.
    case twice(there: Int64, back: Int64, again: Int64)
}
