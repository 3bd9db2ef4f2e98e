/// The gateway: an nginx with the project's configuration.
struct GatewayServer: Sendable {
    static let name = "gateway"

    let home: Home
    let ports: Ports
    let configuration: Configuration
    let account: Account?

    init(home: Home, ports: Ports, configuration: Configuration) throws(SetupError) {
        self.home = home
        self.ports = ports
        self.configuration = configuration
        account = try Account.forServer("www-data", package: "nginx-light")
        try home.requireReachable(by: account)
    }

    var url: String { "http://127.0.0.1:\(ports.gateway)" }

    private var folder: String { home.folder(Self.name) }
    private var file: String { home.generated("nginx.conf") }

    func prepare() throws(SetupError) {
        try Files.makeFolder(folder, mode: 0o750, owner: account)
        let text = try configuration.template("gateway/nginx.conf").filled([
            "gateway": "\(ports.gateway)", "folder": folder,
        ])
        try Files.write(text, to: file)
    }

    func process() -> ProcessSpec {
        let port = ports.gateway
        return ProcessSpec(
            name: Self.name, executable: "/usr/sbin/nginx", arguments: ["-p", folder, "-c", file, "-e", "stderr"],
            directory: folder, account: account,
            // Graceful: what is being answered is answered.
            stopSignal: .quit, stopTimeout: .seconds(10), startTimeout: .seconds(20),
            isReady: { Probe.answersOK(port: port, path: "/healthz") })
    }
}
