extension ConnectionSettings {
    /// Reads `amqp://user:password@host:port/virtual-host`, with `%`-escapes. What is left out keeps its default.
    ///
    /// The virtual host of `amqp://host` is `/`, that of `amqp://host/` has an empty name, as the specification of
    /// these URLs has it.
    public init(url: String) throws(RabbitMQError) {
        self.init()
        let scheme = "amqp://"
        guard url.lowercased().hasPrefix(scheme) else {
            throw Self.invalid(
                url.lowercased().hasPrefix("amqps://")
                    ? "the scheme “amqps” (TLS) is not supported; use “amqp”" : "it must begin with “amqp://”")
        }
        let rest = url.dropFirst(scheme.count)
        if rest.contains(where: { $0 == "?" || $0 == "#" }) {
            throw Self.invalid("parameters after “?” or “#” are not supported")
        }
        let slash = rest.firstIndex(of: "/")
        var authority = rest[..<(slash ?? rest.endIndex)]
        if let slash {
            let path = rest[rest.index(after: slash)...]
            if path.contains("/") { throw Self.invalid("a “/” in the virtual host must be written as “%2F”") }
            virtualHost = try Self.unescape(path, "virtual host")
        }
        if let at = authority.lastIndex(of: "@") {
            let credentials = authority[..<at]
            authority = authority[authority.index(after: at)...]
            let colon = credentials.firstIndex(of: ":")
            user = try Self.unescape(credentials[..<(colon ?? credentials.endIndex)], "user")
            if let colon {
                password = try Self.unescape(credentials[credentials.index(after: colon)...], "password")
            }
        }
        try readAuthority(authority)
    }

    private mutating func readAuthority(_ authority: Substring) throws(RabbitMQError) {
        let portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw Self.invalid("a “]” is missing after the host") }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw Self.invalid("after “]” only a port may follow") }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = try Self.unescape(authority[..<colon], "host")
            portText = authority[authority.index(after: colon)...]
        } else {
            if !authority.isEmpty { host = try Self.unescape(authority, "host") }
            portText = nil
        }
        if host.isEmpty { throw Self.invalid("the host is empty") }
        guard let portText else { return }
        guard let number = UInt16(portText), number != 0 else {
            throw Self.invalid("the port must be a number from 1 to 65535")
        }
        port = number
    }

    private static func unescape(_ text: Substring, _ part: String) throws(RabbitMQError) -> String {
        var bytes: [UInt8] = []
        var input = text.utf8.makeIterator()
        while let byte = input.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = input.next().flatMap(digit), let low = input.next().flatMap(digit) else {
                throw invalid("a “%” in the \(part) must be followed by two hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid("the \(part) is not UTF-8") }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func invalid(_ reason: String) -> RabbitMQError {
        RabbitMQError(.invalidSettings, "reading the AMQP URL", reason)
    }
}
