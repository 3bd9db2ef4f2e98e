/// The private RabbitMQ of an installation, with an Erlang port mapper of its own, so that neither meets another
/// broker of the machine.
public struct BrokerServer: Sendable {
    public static let name = "rabbitmq"
    public static let portMapperName = "epmd"
    static let user = "turnstile"

    let home: Home
    let ports: Ports
    let configuration: Configuration
    let password: String
    let account: Account?

    init(home: Home, ports: Ports, configuration: Configuration, password: String) throws(SetupError) {
        self.home = home
        self.ports = ports
        self.configuration = configuration
        self.password = password
        account = try Account.forServer("rabbitmq", package: "rabbitmq-server")
        try home.requireReachable(by: account)
    }

    private var folder: String { home.folder(Self.name) }
    private var configurationFile: String { home.generated("rabbitmq.conf") }
    private var pluginsFile: String { home.generated("enabled_plugins") }

    var url: String { "amqp://\(Self.user):\(password)@127.0.0.1:\(ports.amqp)/%2F" }
    var managementURL: String { "http://\(Self.user):\(password)@127.0.0.1:\(ports.amqpManagement)" }

    func prepare() throws(SetupError) {
        try Files.makeFolder(folder, mode: 0o750, owner: account)
        let text = try configuration.template("broker/rabbitmq.conf").filled([
            "amqp": "\(ports.amqp)", "management": "\(ports.amqpManagement)", "password": password,
        ])
        try Files.write(text, to: configurationFile, mode: 0o600, owner: account)
        try Files.write("[rabbitmq_management].\n", to: pluginsFile, owner: account)
    }

    func portMapper() -> ProcessSpec {
        let (port, home) = (ports.epmd, home)
        return ProcessSpec(
            name: Self.portMapperName, executable: "/usr/bin/epmd", arguments: ["-port", "\(port)"],
            environment: ["ERL_EPMD_ADDRESS": "127.0.0.1"], directory: folder, account: account,
            stopTimeout: .seconds(5), startTimeout: .seconds(10),
            // A node that finds no port mapper while ours is being restarted starts one of its own in the background.
            beforeStart: { Leftovers.endStrays(named: "epmd", of: home) }, isReady: { Probe.answers(port: port) })
    }

    func process() -> ProcessSpec {
        let (amqp, management) = (ports.amqp, ports.amqpManagement)
        return ProcessSpec(
            name: Self.name, executable: "/usr/lib/rabbitmq/bin/rabbitmq-server", environment: environment,
            directory: folder, account: account, stopTimeout: .seconds(60), startTimeout: .seconds(120),
            isReady: { Probe.answersAMQP(port: amqp) && Probe.answers(port: management) })
    }

    /// The environment of the node, and of `rabbitmqctl` where it shall reach this node.
    public var environment: [String: String] {
        [
            "HOME": folder,
            // The data belongs to the node of this name: it must not depend on the ports. The name meets no other,
            // since the port mapper is this installation's own.
            "RABBITMQ_NODENAME": "turnstile@localhost",
            "RABBITMQ_DIST_PORT": "\(ports.erlangDistribution)",
            "ERL_EPMD_PORT": "\(ports.epmd)",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONFIG_FILE": configurationFile,
            "RABBITMQ_ENABLED_PLUGINS_FILE": pluginsFile,
            "RABBITMQ_MNESIA_BASE": "\(folder)/mnesia",
            "RABBITMQ_LOG_BASE": "\(folder)/log",
            // The machine's own /etc/rabbitmq belongs to the broker that Debian's package starts.
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            // Makes the start script become the node instead of its parent: the process that is watched is the node.
            "RUNNING_UNDER_SYSTEMD": "1",
        ]
    }
}
