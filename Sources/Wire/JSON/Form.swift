internal import Runtime
internal import Ticketing

/// Reads what a tape holds as what it should be, and collects what is wrong instead of stopping at the first.
///
///     guard var body = form.object(node) else { return nil }
///     let buyer = form.required("buyer", in: &body) { $0.name($1) }
///     let seconds = form.optional("seconds", in: &body) { $0.integer($1, 1...86_400) }
///     form.finish(body)
///
/// A name that nobody asked for by the time of `finish` is unknown, or there twice: both are problems.
package struct Form {
    let bytes: UnsafeRawBufferPointer
    let nodes: [JSONNode]
    package private(set) var problems: [Problem] = []
    /// A request is held to more than a line: what was taken once stands in journals, and has to be read for ever.
    var source = BodySource.line

    package init(_ bytes: UnsafeRawBufferPointer, _ tape: JSONTape) {
        self.bytes = bytes
        nodes = tape.nodes
    }

    /// An object, and which of its members have been asked for. Only the first 64 are known: none needs more.
    package struct Object {
        let node: Int
        fileprivate var seen: UInt64 = 0
        /// Where the search begins: members mostly come in the order in which they are asked for.
        fileprivate var hint: (node: Int, member: Int)
    }

    package mutating func problem(_ node: Int, _ message: String, _ kind: Problem.Kind = .form) {
        guard problems.count < Malformed.most else { return }
        problems.append(
            Problem(pointer: JSONPointer(bytes: bytes, nodes: nodes).text(of: node), message: message, kind: kind))
    }

    /// A problem with something that is not there.
    mutating func missing(_ name: StaticString, in node: Int, _ message: String = "is missing") {
        guard problems.count < Malformed.most else { return }
        let pointer = JSONPointer(bytes: bytes, nodes: nodes).text(of: node)
        problems.append(Problem(pointer: "\(pointer)/\(name)", message: message))
    }

    package mutating func object(_ node: Int) -> Object? {
        guard nodes[node].kind == .object else {
            problem(node, "must be an object")
            return nil
        }
        return Object(node: node, hint: (node + 1, 0))
    }

    /// The bytes of a value as they were sent; a string's quotes are left out.
    package func raw(_ node: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(nodes[node].start)..<Int(nodes[node].end)])
    }

    private func isName(_ node: Int, _ name: StaticString) -> Bool {
        let length = name.utf8CodeUnitCount
        let start = Int(nodes[node].start)
        guard Int(nodes[node].end) - start == length, !nodes[node].hasEscapes else { return false }
        for index in 0..<length where bytes[start + index] != name.utf8Start[index] { return false }
        return true
    }

    /// The value of a member, which counts as asked for. Names with escapes are unknown: nothing needs them.
    func find(_ name: StaticString, in object: inout Object) -> Int? {
        let end = Int(nodes[object.node].next)
        let first = object.node + 1
        guard first < end else { return nil }
        var (node, member) = object.hint
        if node >= end || member > 63 { (node, member) = (first, 0) }
        let start = node
        repeat {
            let value = node + 1
            if isName(node, name), object.seen & 1 << UInt64(member) == 0 {
                object.seen |= 1 << UInt64(member)
                object.hint = (Int(nodes[value].next), member + 1)
                return value
            }
            (node, member) = (Int(nodes[value].next), member + 1)
            if node >= end || member > 63 { (node, member) = (first, 0) }
        } while node != start
        return nil
    }

    package mutating func finish(_ object: Object) {
        let end = Int(nodes[object.node].next)
        var node = object.node + 1
        var member = 0
        while node < end, problems.count < Malformed.most {
            if member > 63 || object.seen & 1 << UInt64(member) == 0 {
                problem(node, isRepeated(node, in: object) ? "is there twice" : "is not known")
            }
            node = Int(nodes[node + 1].next)
            member += 1
        }
    }

    /// Members that are known and cannot be here: one is told why, and not that it is unknown.
    mutating func refuse(_ names: [StaticString], in object: inout Object, _ message: String) {
        for name in names {
            if let node = find(name, in: &object) { problem(node, message) }
        }
    }

    private func isRepeated(_ name: Int, in object: Object) -> Bool {
        var node = object.node + 1
        while node < name {
            if raw(node).elementsEqual(raw(name)) { return true }
            node = Int(nodes[node + 1].next)
        }
        return false
    }

    package mutating func required<Value>(
        _ name: StaticString, in object: inout Object, absent: String = "is missing",
        _ read: (inout Form, Int) -> Value?
    ) -> Value? {
        guard let node = find(name, in: &object) else {
            missing(name, in: object.node, absent)
            return nil
        }
        return read(&self, node)
    }

    package mutating func optional<Value>(
        _ name: StaticString, in object: inout Object, _ read: (inout Form, Int) -> Value?
    ) -> Value? {
        find(name, in: &object).flatMap { read(&self, $0) }
    }

    /// All elements, or nil when one of them is wrong.
    package mutating func array<Value>(
        _ node: Int, _ counts: ClosedRange<Int>, _ read: (inout Form, Int) -> Value?
    ) -> [Value]? {
        guard nodes[node].kind == .array else {
            problem(node, "must be an array")
            return nil
        }
        var values: [Value] = []
        var element = node + 1
        let end = Int(nodes[node].next)
        var count = 0
        while element < end {
            count += 1
            if count > counts.upperBound || problems.count == Malformed.most { break }
            if let value = read(&self, element) { values.append(value) }
            element = Int(nodes[element].next)
        }
        guard counts.contains(count) else {
            problem(node, "must have \(counts.lowerBound) to \(counts.upperBound) elements")
            return nil
        }
        return values.count == count ? values : nil
    }
}
