/// Which statements a connection has prepared on its server, and which one makes room for another. Pure: the
/// connection does the talking.
struct StatementCache {
    /// A literal is known by its address; the types of its parameters are part of what was prepared.
    typealias Key = UInt

    enum Action: Equatable {
        case use(name: String)
        case prepare(name: String)
    }

    private struct Entry {
        var name: String
        var types: [UInt32]
        var lastUse: UInt64
        var isReady = false
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names = 0
    /// Names that mean nothing to us any more, but still take memory on the server. Bounded: beyond it they stay there
    /// until the session ends.
    private(set) var discarded: [String] = []
    private static let maximumDiscarded = 1024

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { entries.count }

    /// What to do to run the statement. After `.prepare` comes `prepared` or `forget`.
    mutating func action(for key: Key, types: some Collection<UInt32>) -> Action {
        uses += 1
        if let entry = entries[key] {
            if entry.types.elementsEqual(types) {
                entries[key]?.lastUse = uses
                // Not ready: a pipeline has it in flight before this use, so it will be there in time.
                return .use(name: entry.name)
            }
            forget(key, isOnServer: true)
        }
        if entries.count >= capacity { evict() }
        names += 1
        let name = "s\(names)"
        entries[key] = Entry(name: name, types: Array(types), lastUse: uses)
        return .prepare(name: name)
    }

    mutating func prepared(_ key: Key) {
        entries[key]?.isReady = true
    }

    /// The server refused it, or does not know it any more.
    mutating func forget(_ key: Key, isOnServer: Bool) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        if isOnServer { discard(entry.name) }
    }

    mutating func takeDiscarded() -> [String] {
        defer { discarded = [] }
        return discarded
    }

    private mutating func evict() {
        // Those in flight stay: their turn comes when they are ready.
        guard let oldest = entries.filter({ $0.value.isReady }).min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return
        }
        forget(oldest.key, isOnServer: true)
    }

    private mutating func discard(_ name: String) {
        if discarded.count < Self.maximumDiscarded { discarded.append(name) }
    }
}

extension SQL {
    /// Nil for what is put together at run time and so not worth preparing.
    var preparationKey: StatementCache.Key? {
        guard case .literal(let literal) = source, literal.hasPointerRepresentation else { return nil }
        return UInt(bitPattern: literal.utf8Start)
    }
}
