import Testing

/// What the pipeline relies on a broker for, asked of the fake one and of the real one alike.
protocol QueueWorld: AnyObject {
    /// Into the one queue, in this order.
    func publish(_ bodies: [String]) throws
    func consume(prefetch: Int) throws -> any QueueReader
}

protocol QueueReader: AnyObject {
    /// The next deliveries, once there are so many.
    func next(_ count: Int) throws -> [Delivered]
    /// What has come that nobody has asked for, once the broker has nothing more under way.
    func rest() throws -> [Delivered]
    func acknowledge(through tag: UInt64) throws
    /// The channel ends.
    func close() throws
}

struct Delivered: Hashable {
    let body: String
    let tag: UInt64
    let isRedelivered: Bool
}

enum BrokerConformance {
    struct Check: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (any QueueWorld) throws -> Void

        init(_ description: String, _ run: @escaping @Sendable (any QueueWorld) throws -> Void) {
            testDescription = description
            self.run = run
        }
    }

    private static func bodies(_ range: ClosedRange<Int>) -> [String] { range.map { "m\($0)" } }

    static let all: [Check] = [
        Check("Messages come in order, with tags that count up, and are not marked") { world in
            try world.publish(bodies(1...20))
            let reader = try world.consume(prefetch: 100)
            let found = try reader.next(20)
            #expect(found.map(\.body) == bodies(1...20))
            #expect(found.map(\.tag) == Array(1...20))
            #expect(found.allSatisfy { !$0.isRedelivered })
        },
        Check("So many are unacknowledged at most; an acknowledgement is for all before it") { world in
            try world.publish(bodies(1...20))
            let reader = try world.consume(prefetch: 5)
            #expect(try reader.next(5).map(\.body) == bodies(1...5))
            #expect(try reader.rest().isEmpty)
            try reader.acknowledge(through: 3)
            #expect(try reader.next(3).map(\.body) == bodies(6...8))
            #expect(try reader.rest().isEmpty)
            try reader.acknowledge(through: 8)
            #expect(try reader.next(5).map(\.body) == bodies(9...13))
        },
        Check("What an ended channel has not acknowledged goes back to its place, marked") { world in
            try world.publish(bodies(1...10))
            let first = try world.consume(prefetch: 6)
            #expect(try first.next(6).map(\.body) == bodies(1...6))
            try first.acknowledge(through: 2)
            #expect(try first.next(2).map(\.body) == bodies(7...8))
            try first.close()
            let second = try world.consume(prefetch: 100)
            let found = try second.next(8)
            #expect(found.map(\.body) == bodies(3...10))
            #expect(found.map(\.isRedelivered) == Array(repeating: true, count: 6) + [false, false])
            #expect(found.map(\.tag) == Array(1...8), "tags begin anew")
        },
        Check("One consumer at a time, in the order of their coming; the next takes over when a channel ends") {
            world in
            let first = try world.consume(prefetch: 100)
            let second = try world.consume(prefetch: 100)
            let third = try world.consume(prefetch: 100)
            try world.publish(bodies(1...6))
            #expect(try first.next(6).map(\.body) == bodies(1...6))
            #expect(try second.rest().isEmpty && third.rest().isEmpty)
            try first.acknowledge(through: 4)
            try first.close()
            let found = try second.next(2)
            #expect(found.map(\.body) == bodies(5...6) && found.allSatisfy(\.isRedelivered))
            try world.publish(bodies(7...7))
            #expect(try second.next(1).map(\.body) == bodies(7...7))
            #expect(try third.rest().isEmpty)
            try second.close()
            #expect(try third.next(3).map(\.body) == bodies(5...7))
        },
        Check("A full prefetch keeps its turn: nobody overtakes") { world in
            let first = try world.consume(prefetch: 2)
            let second = try world.consume(prefetch: 2)
            try world.publish(bodies(1...6))
            #expect(try first.next(2).map(\.body) == bodies(1...2))
            #expect(try second.rest().isEmpty)
            try first.close()
            #expect(try second.next(2).map(\.body) == bodies(1...2))
            try second.acknowledge(through: 2)
            #expect(try second.next(2).map(\.body) == bodies(3...4))
        },
        Check("What is acknowledged does not come again, whoever consumes") { world in
            try world.publish(bodies(1...4))
            let first = try world.consume(prefetch: 100)
            _ = try first.next(4)
            try first.acknowledge(through: 4)
            try first.close()
            let second = try world.consume(prefetch: 100)
            try world.publish(["last"])
            let found = try second.next(1)
            #expect(found.map(\.body) == ["last"] && found.allSatisfy { !$0.isRedelivered })
        },
    ]
}
