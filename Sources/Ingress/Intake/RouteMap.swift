internal import Pipeline
internal import Ticketing

/// Which partition decides an event: the one that its id says, unless a route sends it elsewhere.
struct RouteMap: Hashable, Sendable {
    /// Rises with every route that is written.
    var version: Int64
    /// Partitions that ids are hashed to.
    var hashed: Int
    /// With the spares.
    var partitions: Int
    var routes: [EventId: Int]

    func partition(of event: EventId) -> Int {
        routes.isEmpty ? Keys.partition(of: event, among: hashed) : routed(event)
    }

    private func routed(_ event: EventId) -> Int {
        routes[event] ?? Keys.partition(of: event, among: hashed)
    }

    /// The partitions from which this map takes events that `other` has there.
    func abandoned(from other: RouteMap) -> Set<Int> {
        var partitions: Set<Int> = []
        for event in Set(routes.keys).union(other.routes.keys) {
            let before = other.partition(of: event)
            if partition(of: event) != before { partitions.insert(before) }
        }
        return partitions
    }
}
