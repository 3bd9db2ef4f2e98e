/// Gathers an answer as its parts come, within bounds.
struct AnswerIntake {
    private static let headerBytes = 64 << 10
    private static let mostHeaders = 256

    private let limit: Int
    private var headers: [(name: String, value: String)] = []
    private var headerBytes = 0
    private var body: [UInt8] = []
    /// What comes behind the body in lines of headers is not part of the head.
    private var hasBegunBody = false
    /// The library takes a head that breaks off for one that ends.
    private(set) var hasWholeHead = false
    private(set) var isTooLarge = false

    init(limit: Int) { self.limit = limit }

    /// A line of the head, with its end. The head of an interim answer is thrown away when the next one begins.
    ///
    /// - Returns: false when there is no more room.
    mutating func header(_ line: UnsafeRawBufferPointer) -> Bool {
        guard !hasBegunBody else { return true }
        headerBytes += line.count
        guard headerBytes <= Self.headerBytes, headers.count < Self.mostHeaders else {
            isTooLarge = true
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            headers = []
            hasWholeHead = false
        } else if line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) {
            hasWholeHead = true
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            headers.append((name, Self.trimmed(line[(colon + 1)...])))
        }
        return true
    }

    /// - Returns: false when there is no more room.
    mutating func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
        hasBegunBody = true
        guard bytes.count <= limit - body.count else {
            isTooLarge = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    func answer(status: Int) -> HTTPAnswer { HTTPAnswer(status: status, headers: headers, body: body) }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        var rest = bytes.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return String(decoding: rest, as: UTF8.self)
    }
}
