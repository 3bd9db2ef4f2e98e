import Testing

@testable import Postgres

@Suite struct StatementTests {
    @Test func `names are quoted so that any text is only a name`() {
        #expect(PostgresIdentifier("Floor \"A\"; DROP TABLE x").quoted == "\"Floor \"\"A\"\"; DROP TABLE x\"")
        let statement: SQL = "CREATE DATABASE \(PostgresIdentifier("a\"b"))"
        #expect(statement.text == "CREATE DATABASE \"a\"\"b\"")
        let columns: [PostgresIdentifier] = ["a", "b"]
        let list: SQL = "SELECT \(columns) FROM t"
        #expect(list.text == "SELECT \"a\", \"b\" FROM t")
    }

    @Test func `what cannot be a name is refused`() {
        #expect(PostgresIdentifier(checking: "") == nil)
        #expect(PostgresIdentifier(checking: "a\0b") == nil)
        #expect(PostgresIdentifier(checking: String(repeating: "x", count: 64)) == nil)
        #expect(PostgresIdentifier(checking: String(repeating: "ü", count: 32)) == nil)
        #expect(PostgresIdentifier(checking: String(repeating: "x", count: 63)) != nil)
    }

    @Test func `only literals are prepared`() {
        let literal: SQL = "SELECT 1"
        let composed: SQL = "SELECT \(PostgresIdentifier("a"))"
        #expect(literal.preparationKey != nil)
        #expect(composed.preparationKey == nil)
        #expect(SQL(trustedScript: "SELECT 1").preparationKey == nil)
    }

    @Test func `a statement is prepared once and then used`() {
        var cache = StatementCache(capacity: 2)
        #expect(cache.action(for: 1, types: [20]) == .prepare(name: "s1"))
        cache.prepared(1)
        #expect(cache.action(for: 1, types: [20]) == .use(name: "s1"))
        #expect(cache.discarded.isEmpty)
    }

    @Test func `other parameter types make another statement`() {
        var cache = StatementCache(capacity: 2)
        _ = cache.action(for: 1, types: [20])
        cache.prepared(1)
        #expect(cache.action(for: 1, types: [23]) == .prepare(name: "s2"))
        #expect(cache.takeDiscarded() == ["s1"])
    }

    @Test func `the statement not used for longest makes room`() {
        var cache = StatementCache(capacity: 2)
        for key: UInt in [1, 2] {
            _ = cache.action(for: key, types: [])
            cache.prepared(key)
        }
        _ = cache.action(for: 1, types: [])
        #expect(cache.action(for: 3, types: []) == .prepare(name: "s3"))
        #expect(cache.takeDiscarded() == ["s2"])
        #expect(cache.count == 2)
        #expect(cache.takeDiscarded().isEmpty)
    }

    @Test func `a statement in flight is never thrown out`() {
        var cache = StatementCache(capacity: 1)
        _ = cache.action(for: 1, types: [])
        _ = cache.action(for: 2, types: [])
        #expect(cache.count == 2)
        #expect(cache.discarded.isEmpty)
    }

    @Test func `a refused statement leaves nothing behind on the server`() {
        var cache = StatementCache(capacity: 1)
        _ = cache.action(for: 1, types: [])
        cache.forget(1, isOnServer: false)
        #expect(cache.discarded.isEmpty)
        #expect(cache.action(for: 1, types: []) == .prepare(name: "s2"))
    }

    @Test func `notifications beyond the bound push out the oldest and are counted`() {
        var queue = NotificationQueue(capacity: 3)
        for number in 1...5 {
            queue.append(PostgresNotification(channel: "c", payload: "\(number)", process: 1))
        }
        #expect(queue.count == 3)
        #expect([queue.take(), queue.take(), queue.take(), queue.take()].map { $0?.payload } == ["3", "4", "5", nil])
        #expect(queue.takeDropped() == 2)
        #expect(queue.takeDropped() == 0)
    }
}
