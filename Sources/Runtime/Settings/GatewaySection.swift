/// The section `gateway`.
public struct GatewaySection: SettingsSection {
    public static let name = "gateway"
    public static let documentation = "The one address that all callers use."

    public let certificate: String
    public let key: String
    public let tlsAddress: String
    public let tlsPort: Int
    public let domain: String
    public let strangerRate: Int
    public let strangerBurst: Int
    public let strangerConnections: Int

    public init(_ read: SectionReader) {
        let path = (
            words: "that is empty or an absolute path",
            isGood: { (text: String) in text.isEmpty || text.first == "/" }
        )
        certificate = read.text(
            "certificate", default: "", length: 0...4_096, form: path,
            "A file with a certificate and its chain (PEM): with one, TLS is served beside plain HTTP.")
        key = read.text(
            "key", default: "", length: 0...4_096, form: path, "The file with the certificate's private key (PEM).")
        tlsAddress = read.text(
            "tlsAddress", default: "127.0.0.1", length: 1...64,
            form: (words: "that is an address in figures", isGood: Self.isAddress),
            "The address that TLS is served on: 0.0.0.0 for all of IPv4.")
        tlsPort = read.integer("tlsPort", default: 8_443, in: 1_024...65_535, "The port that TLS is served on.")
        domain = read.text(
            "domain", default: "localhost", length: 0...253,
            form: (words: "that is empty or a host name in small letters", isGood: Self.isDomain),
            """
            What tenants of the desk have their host names under: “acme” is at acme.localhost. Its DNS has to lead all \
            of them here. Empty: nobody has a host name.
            """)
        strangerRate = read.integer(
            "strangerRate", default: 100, in: 1...1_000_000, unit: "requests a second",
            "What one address may send without a key. Requests with a key have the key's own limit.")
        strangerBurst = read.integer(
            "strangerBurst", default: 200, in: 0...1_000_000, unit: "requests",
            "How many of those it may send ahead of its rate.")
        strangerConnections = read.integer(
            "strangerConnections", default: 100, in: 1...100_000, unit: "requests",
            "How many of those may be under way at once.")
    }

    /// It becomes part of an expression in the gateway's configuration.
    private static func isDomain(_ text: String) -> Bool {
        text.isEmpty
            || text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                            UInt8(ascii: "-"):
                            true
                        default: false
                        }
                    }
            }
    }

    /// It becomes part of the gateway's configuration.
    private static func isAddress(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "."),
                UInt8(ascii: ":"):
                true
            default: false
            }
        }
    }
}
