internal import Sealing

/// The tree of RFC 6962: inner nodes are SHA-256 over 0x01 and both children, and the left subtree is the largest full
/// one.
enum MerkleTree {
    /// Of no leaves at all: SHA-256 of nothing.
    static let emptyRoot = SHA256.hash([])

    static func root(of leaves: [Digest]) -> Digest {
        var level = leaves
        while level.count > 1 { climb(&level) }
        return level.first ?? emptyRoot
    }

    /// The neighbours on the way from a leaf to the root, the lowest first.
    static func path(of index: Int, in leaves: [Digest]) -> [Digest] {
        var path: [Digest] = []
        var level = leaves
        var position = index
        while level.count > 1 {
            if position ^ 1 < level.count { path.append(level[position ^ 1]) }
            climb(&level)
            position /= 2
        }
        return path
    }

    /// The root that a leaf and its path lead to; nil where the path does not have the length that it must have.
    static func root(of leaf: Digest, at index: Int, of count: Int, path: [Digest]) -> Digest? {
        guard index >= 0, index < count else { return nil }
        var node = leaf
        var rest = path[...]
        var (position, width) = (index, count)
        while width > 1 {
            if position ^ 1 < width {
                guard let neighbour = rest.popFirst() else { return nil }
                node = position & 1 == 0 ? parent(node, neighbour) : parent(neighbour, node)
            }
            position /= 2
            width = (width + 1) / 2
        }
        return rest.isEmpty ? node : nil
    }

    /// Nodes to their parents; the last of an odd number goes up as it is.
    private static func climb(_ level: inout [Digest]) {
        for index in 0..<level.count / 2 { level[index] = parent(level[2 * index], level[2 * index + 1]) }
        if level.count % 2 == 1 { level[level.count / 2] = level[level.count - 1] }
        level.removeLast(level.count / 2)
    }

    private static func parent(_ left: Digest, _ right: Digest) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Digest.count, alignment: 1) { bytes in
            bytes[0] = 0x01
            left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[1..<33]).copyMemory(from: $0) }
            right.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[33...]).copyMemory(from: $0) }
            return SHA256.hash(UnsafeRawBufferPointer(bytes))
        }
    }
}
