internal import Runtime

/// The gateway: an nginx with the project's configuration.
struct GatewayServer: Sendable {
    static let name = "gateway"

    let home: Home
    let ports: Ports
    let configuration: Configuration
    let account: Account?
    private let section: GatewaySection
    private let ingresses: Int
    private let queries: Int
    /// How long the processes behind it keep a connection that is not used.
    private let idleTimeout: Duration

    init(home: Home, ports: Ports, configuration: Configuration, settings: Settings) throws(SetupError) {
        self.home = home
        self.ports = ports
        self.configuration = configuration
        section = settings[GatewaySection.self]
        ingresses = settings[SupervisorSection.self].ingresses
        queries = settings[SupervisorSection.self].queries
        idleTimeout = settings[HTTPSection.self].idleTimeout
        try CertificateFiles.check(section)
        account = try Account.forServer("www-data", package: "nginx-light")
        try home.requireReachable(by: account)
    }

    var url: String { "http://127.0.0.1:\(ports.gateway)" }

    private var hasTLS: Bool { !section.certificate.isEmpty }

    /// Where TLS is served; nil without a certificate.
    var secureURL: String? {
        guard hasTLS else { return nil }
        let host: String
        switch section.tlsAddress {
        case "0.0.0.0", "::": host = "127.0.0.1"
        case let address where address.contains(":"): host = "[\(address)]"
        case let address: host = address
        }
        return "https://\(host):\(section.tlsPort)"
    }

    var neededPorts: [(name: String, port: Int)] {
        let tls = hasTLS ? [("the gateway's TLS", section.tlsPort)] : []
        return [("the gateway", ports.gateway)] + tls
    }

    private var folder: String { home.folder(Self.name) }
    private var file: String { home.generated("nginx.conf") }
    private var certificate: String { home.generated("gateway.crt") }
    private var key: String { home.generated("gateway.key") }

    func prepare() throws(SetupError) {
        try Files.makeFolder(folder, mode: 0o750, owner: account)
        try copyCertificate()
        // Where there is none of the one kind, the other one answers what both can.
        let ingressPorts = (0..<ingresses).map(ports.ingress)
        let queryPorts = (0..<queries).map(ports.query)
        let streamPorts = (0..<queries).map(ports.stream)
        let text = try configuration.template("gateway/nginx.conf").filled([
            "gateway": "\(ports.gateway)", "tls": tls, "folder": folder,
            "ingresses": servers(ingressPorts, .judged),
            "ingressesAnyway": ingresses > 0 ? servers(ingressPorts, .lastResort) : "",
            "queries": servers(queryPorts, .judged), "queriesAnyway": servers(queryPorts, .unjudged),
            "streams": servers(streamPorts, .judged), "streamsAnyway": servers(streamPorts, .unjudged),
            "ready": servers(ingresses > 0 ? ingressPorts : queryPorts, .unjudged),
            "described": queries > 0 || ingresses == 0 ? "query" : "ingress", "idle": "\(idleSeconds)s",
            "strangerRate": "\(section.strangerRate)", "strangerBurst": burst,
            "strangerConnections": "\(section.strangerConnections)", "subDomains": subDomains,
        ])
        try Files.write(text, to: file)
    }

    private var burst: String { section.strangerBurst == 0 ? "" : " burst=\(section.strangerBurst) nodelay" }

    /// What stands in front of the domain, where it is one label.
    private var subDomains: String {
        guard !section.domain.isEmpty else { return "" }
        let domain = section.domain.replacing(".", with: "\\.")
        return "\"~^(?<label>[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)\\.\(domain)$\" $label;"
    }

    /// A connection is let go of well before the other side closes it: a request that meets the close is lost.
    private var idleSeconds: Int64 { max(1, min(30, idleTimeout.components.seconds / 2)) }

    /// Whether a server that fails is left out for a while.
    private enum Judgement: String {
        case judged = "max_fails=2 fail_timeout=2s"
        case unjudged = "max_fails=0"
        /// Not judged, and asked only when all others are left out.
        case lastResort = "max_fails=0 backup"
    }

    /// A group cannot be empty: one whose only server is out of service answers like one whose servers are all away.
    private func servers(_ ports: [Int], _ judgement: Judgement) -> String {
        guard !ports.isEmpty else { return "server 127.0.0.1:\(self.ports.ingress(0)) down;" }
        return ports.map { "server 127.0.0.1:\($0) \(judgement.rawValue);" }.joined(separator: "\n        ")
    }

    private var tls: String {
        guard hasTLS else { return "" }
        let address = section.tlsAddress.contains(":") ? "[\(section.tlsAddress)]" : section.tlsAddress
        return """

                    listen \(address):\(section.tlsPort) ssl http2;
                    ssl_certificate \(certificate);
                    ssl_certificate_key \(key);
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_session_cache shared:tls:5m;
            """
    }

    /// The gateway's account can read neither where keys belong.
    private func copyCertificate() throws(SetupError) {
        guard hasTLS else { return }
        try Files.write(try Files.read(section.certificate), to: certificate, mode: 0o600, owner: account)
        try Files.write(try Files.read(section.key), to: key, mode: 0o600, owner: account)
    }

    func process() -> ProcessSpec {
        let port = ports.gateway
        return ProcessSpec(
            name: Self.name, executable: "/usr/sbin/nginx", arguments: ["-p", folder, "-c", file, "-e", "stderr"],
            directory: folder, account: account,
            // Graceful: what is being answered is answered.
            stopSignal: .quit, stopTimeout: .seconds(10), startTimeout: .seconds(20),
            // A certificate that was renewed meanwhile; where it cannot be read, the last one is good enough.
            beforeStart: { try? copyCertificate() },
            isReady: { Probe.answersOK(port: port, path: "/healthz") })
    }
}
