/// Finds the way to a value. Only for messages, so it looks from the root on each time.
struct JSONPointer {
    let bytes: UnsafeRawBufferPointer
    let nodes: [JSONNode]

    /// Longer names are cut: they are a stranger's words.
    private static let longestName = 64

    func text(of target: Int) -> String {
        var path = ""
        var node = 0
        while node < target, node < nodes.count {
            guard let step = self.step(from: node, to: target) else { break }
            path += "/" + step.name
            node = step.node
        }
        return path
    }

    /// The value behind this name or position that is the target or contains it.
    private func step(from node: Int, to target: Int) -> (name: String, node: Int)? {
        var child = node + 1
        var position = 0
        switch nodes[node].kind {
        case .array:
            while child < nodes.count {
                let next = Int(nodes[child].next)
                if next == 0 || next > target { return (String(position), child) }
                child = next
                position += 1
            }
        case .object:
            while child < nodes.count {
                let value = child + 1
                // A name that is wrong is pointed at like its value.
                guard child != target, value < nodes.count else { return (name(child), target) }
                let next = Int(nodes[value].next)
                if next == 0 || next > target { return (name(child), value) }
                child = next
            }
        default: break
        }
        return nil
    }

    private func name(_ node: Int) -> String {
        let range = Int(nodes[node].start)..<max(Int(nodes[node].start), Int(nodes[node].end))
        let text = JSONText.unescaped(UnsafeRawBufferPointer(rebasing: bytes[range]))
        return Self.escaped(String(decoding: text.prefix(Self.longestName), as: UTF8.self))
    }

    static func escaped(_ name: String) -> String {
        var result = ""
        for character in name.unicodeScalars {
            switch character {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
