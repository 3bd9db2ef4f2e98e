package import Runtime

/// A worker without threads, servers or clocks: what happens goes in, what has to be done comes out.
package protocol DecidingCore: AnyObject {
    associatedtype Input: WorkerInput
    associatedtype Output

    /// When it wants to be woken at the latest, whatever else happens.
    var nextWake: MonotonicTime { get }
    /// There is nothing more to do.
    var hasLeft: Bool { get }
    /// What keeps it from its work, in words for `/readyz`; empty where nothing does.
    var complaints: [String] { get }

    /// - Returns: what has to be done, in this order.
    func step(_ input: Input, at now: MonotonicTime) -> [Output]
}

/// Those that do what a core wants done. Nothing here makes the deciding thread wait.
package protocol WorkerHands: Sendable {
    associatedtype Core: DecidingCore

    func perform(_ output: Core.Output)
    /// The core has taken something in.
    func note(_ input: Core.Input, by core: Core)
    /// What keeps the worker from its work, in words for `/readyz`; empty where nothing does.
    var complaints: [String] { get }
    /// Ends them all, what is under way included.
    func stop()
}

/// The thread that decides: it steps a core through what comes into its inbox, and hands on what comes of it.
package final class Decider<Hands: WorkerHands>: Sendable {
    private let inbox: Inbox<Hands.Core.Input>
    private let hands: Hands
    private let ended = Latch()
    private let thread: OwnedThread

    /// Starts at once.
    ///
    /// - Parameter makeCore: called on the thread that decides.
    package init(
        inbox: Inbox<Hands.Core.Input>, hands: Hands, core makeCore: @escaping @Sendable () -> Hands.Core
    ) throws(ThreadError) {
        self.inbox = inbox
        self.hands = hands
        do {
            let ended = ended
            // Deciding recurses nowhere deep, but a stranger's document may have 16 levels.
            thread = try OwnedThread(name: "decider", stackBytes: 8 << 20) {
                Self.decide(makeCore(), inbox, hands)
                hands.stop()
                ended.open()
            }
        } catch {
            hands.stop()
            throw error
        }
    }

    /// Finishes what is begun, gives everything back and ends. Returns at once.
    package func drain() { inbox.put(.drain) }

    package func wait() { ended.wait() }

    /// - Returns: whether it has ended within the time.
    package func wait(for duration: Duration) -> Bool { ended.wait(for: duration) }

    package var complaints: [String] { hands.complaints }

    private static func decide(_ core: Hands.Core, _ inbox: Inbox<Hands.Core.Input>, _ hands: Hands) {
        let time = SystemTime()
        var inputs: [Hands.Core.Input] = []
        while !core.hasLeft {
            inbox.take(into: &inputs, within: core.nextWake - time.monotonic)
            for input in inputs {
                for output in core.step(input, at: time.monotonic) { hands.perform(output) }
                hands.note(input, by: core)
                if core.hasLeft { return }
            }
            inputs.removeAll(keepingCapacity: true)
            let now = time.monotonic
            guard core.nextWake <= now else { continue }
            for output in core.step(.woken, at: now) { hands.perform(output) }
        }
    }
}
