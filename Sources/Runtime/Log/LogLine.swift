internal import CLinux
internal import Glibc

/// One line, and how it is written down.
struct LogLine {
    let time: Timestamp
    let level: LogLevel
    let service: String
    let message: String
    let fields: LogFields

    /// What a line keeps for its end.
    static let reserve = 32

    private static let pid = Int64(getpid())

    func write(to buffer: inout LineBuffer, style: LogStyle) {
        switch style {
        case .json: writeJSON(to: &buffer)
        case .text(let colour): writeText(to: &buffer, colour: colour)
        }
    }

    // MARK: JSON with ECS names

    private func writeJSON(to buffer: inout LineBuffer) {
        buffer.append("{\"@timestamp\":\"")
        buffer.append(time)
        buffer.append("\"")
        member("log.level", .string(level.name), to: &buffer)
        member("message", .string(message), to: &buffer)
        member("ecs.version", "1.6.0", to: &buffer)
        member("service.name", .string(service), to: &buffer)
        member("process.pid", .int(Self.pid), to: &buffer)
        member("process.thread.name", .text(Self.threadName()), to: &buffer)
        for (name, value) in fields.items {
            member(Self.reserved(name) ? "labels." + name : name, value, to: &buffer)
        }
        buffer.close(buffer.truncated ? ",\"log.truncated\":true}\n" : "}\n")
    }

    /// Writes `,"name":value`, or nothing at all when there is no room left.
    private func member(_ name: String, _ value: LogValue, to buffer: inout LineBuffer) {
        guard makeRoom(for: name, in: &buffer) else { return }
        buffer.append(",\"")
        buffer.append(escaping: name, quoted: true, limit: Self.nameLimit)
        buffer.append("\":")
        switch value {
        case .string, .text, .time: quoted(value, to: &buffer)
        case .double(let number) where !number.isFinite: quoted(.string(number.description), to: &buffer)
        default: bare(value, to: &buffer)
        }
    }

    // MARK: Text for people

    private func writeText(to buffer: inout LineBuffer, colour: Bool) {
        if colour { buffer.append("\u{1B}[2m") }
        let clock = buffer.count
        buffer.append(time)
        // Of 2026-11-20T09:05:00.000250Z, 09:05:00.000 is kept.
        buffer.keep(from: clock + 11, to: clock + 23, at: clock)
        if colour { buffer.append("\u{1B}[0m") }
        buffer.append(" ")
        if colour { buffer.append(level.colour) }
        buffer.append(level.label)
        if colour { buffer.append("\u{1B}[0m") }
        buffer.append(" ")
        buffer.append(escaping: service, quoted: false, limit: Self.nameLimit)
        let thread = Self.threadName()
        buffer.append("[")
        thread.withUnsafeBytes { buffer.append(escaping: $0, quoted: false, limit: Self.nameLimit) }
        buffer.append("] ")
        if colour && level >= .warning { buffer.append("\u{1B}[1m") }
        buffer.append(escaping: message, quoted: false)
        if colour && level >= .warning { buffer.append("\u{1B}[0m") }
        for (name, value) in fields.items {
            guard makeRoom(for: name, in: &buffer) else { continue }
            buffer.append(colour ? " \u{1B}[2m" : " ")
            buffer.append(escaping: name, quoted: true, limit: Self.nameLimit)
            buffer.append(colour ? "=\u{1B}[0m" : "=")
            switch value {
            case .string(let text) where Self.isWord(text.utf8): bare(value, to: &buffer)
            case .text(let bytes) where Self.isWord(bytes): bare(value, to: &buffer)
            case .string, .text: quoted(value, to: &buffer)
            default: bare(value, to: &buffer)
            }
        }
        buffer.close(buffer.truncated ? (colour ? "\u{1B}[0m …(cut off)\n" : " …(cut off)\n") : "\n")
    }

    private static func isWord(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") && $0 != 0x7F }
    }

    // MARK: Values

    private static let nameLimit = 160

    /// Whether there is room for the name, for punctuation and for a number or a few characters. So that what is
    /// written after this check always ends as it must.
    private func makeRoom(for name: String, in buffer: inout LineBuffer) -> Bool {
        if buffer.room >= min(name.utf8.count * 6, Self.nameLimit) + 64 { return true }
        buffer.markTruncated()
        return false
    }

    private func quoted(_ value: LogValue, to buffer: inout LineBuffer) {
        buffer.append("\"")
        // One byte is kept for the quote at the end.
        let limit = min(LineBuffer.stringLimit, buffer.room - 1)
        switch value {
        case .string(let text): buffer.append(escaping: text, quoted: true, limit: limit)
        case .text(let bytes):
            bytes.withUnsafeBytes { buffer.append(escaping: $0, quoted: true, limit: limit) }
        default: bare(value, to: &buffer)
        }
        buffer.append("\"")
    }

    private func bare(_ value: LogValue, to buffer: inout LineBuffer) {
        switch value {
        case .string(let text): buffer.append(escaping: text, quoted: false)
        case .text(let bytes): bytes.withUnsafeBytes { buffer.append(escaping: $0, quoted: false) }
        case .int(let number): buffer.append(number)
        case .bool(let flag): buffer.append(flag ? "true" : "false")
        case .time(let time): buffer.append(time)
        case .double(let number): buffer.append(escaping: number.description, quoted: false)
        case .duration(let duration):
            let microseconds = duration.microseconds
            if microseconds < 0 { buffer.append("-") }
            buffer.append(Int64(clamping: microseconds.magnitude / 1_000_000))
            buffer.append(".")
            buffer.append(Int64(microseconds.magnitude % 1_000_000), minimumDigits: 6)
        }
    }

    /// Whether the line itself has a member of this name, which a field must not appear to be.
    private static func reserved(_ name: String) -> Bool {
        switch name {
        case "@timestamp", "log.level", "message", "ecs.version", "service.name", "process.pid", "process.thread.name",
            "log.truncated":
            true
        default: false
        }
    }

    private static func threadName() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            buffer.initialize(repeating: 0)
            buffer.withMemoryRebound(to: CChar.self) { _ = clinux_get_thread_name($0.baseAddress) }
            count = buffer.firstIndex(of: 0) ?? 0
        }
    }
}

extension LogLevel {
    fileprivate var label: StaticString {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO "
        case .warning: "WARN "
        case .error: "ERROR"
        }
    }

    fileprivate var colour: StaticString {
        switch self {
        case .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .warning: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        }
    }
}
