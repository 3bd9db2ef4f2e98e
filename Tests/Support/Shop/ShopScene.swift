internal import Glibc
internal import Postgres
internal import RabbitMQ
internal import Sealing
internal import Tenancy

/// A seats line with a worker, and the programs that serve it over HTTP: everything but a gateway.
public struct ShopScene: Sendable {
    public let seats: SeatsScene
    public let keys: Keys
    /// Of a tenant that has nothing.
    public let strangers: Keys

    public struct Keys: Sendable {
        public let produce: String
        public let manage: String
        public let read: String
    }

    /// Runs `body` on a thread of its own, beside a worker in this process.
    public static func with<Value: Sendable>(
        partitions: Int = 4, spares: Int = 2, worker: Bool = true,
        _ body: @escaping @Sendable (ShopScene) throws -> Value
    ) async throws -> Value {
        try await SeatsScene.with(partitions: partitions, spares: spares) { seats in
            let scene = try ShopScene(seats)
            return worker ? try seats.withWorker { _ in try body(scene) } : try body(scene)
        }
    }

    public init(_ seats: SeatsScene) throws {
        self.seats = seats
        (keys, strangers) = try seats.withConnection { connection in
            let store = TenantStore(connection)
            func keys(of name: String) throws -> Keys {
                let tenant = try store.createTenant(named: name)
                return Keys(
                    produce: try store.createKey(named: "p", of: tenant, scopes: [.produce, .read]).text,
                    manage: try store.createKey(named: "m", of: tenant, scopes: [.manage, .read]).text,
                    read: try store.createKey(named: "r", of: tenant, scopes: [.read]).text)
            }
            return (try keys(of: "shop"), try keys(of: "stranger"))
        }
    }

    /// A key that operates the installation.
    public func operatorKey() throws -> String {
        try seats.withConnection { try TenantStore($0).createKey(named: "o", of: nil, scopes: [.operate]).text }
    }

    /// A program that runs, and where it listens.
    package final class Process {
        package let running: Tool.Running
        package let port: Int
        /// Of the listener that no gateway leads to; 0 where there is none.
        package let internalPort: Int
        package var pid: Int32 { running.pid }

        init(_ running: Tool.Running, _ port: Int, internalPort: Int) {
            self.running = running
            self.port = port
            self.internalPort = internalPort
        }

        deinit { kill(running.pid, SIGKILL) }

        /// Ends as an operator ends it.
        package func drain() throws -> Int32 {
            kill(pid, SIGTERM)
            return try running.outcome(within: .seconds(60)).code
        }

        package func killNow() throws {
            kill(pid, SIGKILL)
            _ = try running.outcome(within: .seconds(10))
        }
    }

    package func startIngress(
        port: Int? = nil, _ environment: [String: String] = [:], isReady: Bool = true
    ) throws -> Process {
        let internalPort = try Self.freePort()
        let ports = ["TURNSTILE_INGRESS_INTERNAL_PORT": "\(internalPort)"].merging(environment) { $1 }
        return try start("turnstile-ingress", port, "TURNSTILE_INGRESS_PORT", ports, isReady, internalPort)
    }

    package func startQuery(port: Int? = nil, streamPort: Int, _ environment: [String: String] = [:]) throws -> Process
    {
        let ports = ["TURNSTILE_QUERY_STREAM_PORT": "\(streamPort)"].merging(environment) { $1 }
        return try start("turnstile-query", port, "TURNSTILE_QUERY_PORT", ports, true)
    }

    private func start(
        _ program: String, _ port: Int?, _ variable: String, _ environment: [String: String], _ isReady: Bool,
        _ internalPort: Int = 0
    ) throws -> Process {
        // Workers make the queues in their own time; a test begins when they are there.
        let broker = try Connection.open(try ConnectionSettings.patient(url: seats.brokerURL))
        try seats.declare(on: broker)
        broker.close()
        let port = try port ?? Self.freePort()
        var all = [
            "TURNSTILE_POSTGRES_URL": seats.databaseURL, "TURNSTILE_RABBITMQ_URL": seats.brokerURL,
            "TURNSTILE_API_REQUEST_KEY": String(repeating: "11", count: 32),
            "TURNSTILE_API_TICKET_SEED": String(repeating: "22", count: 32), variable: "\(port)",
            // A busy machine is not what most tests are about.
            "TURNSTILE_INGRESS_CONFIRM_TIMEOUT": "30s",
        ]
        all.merge(environment) { $1 }
        let process = Process(
            try Tool.start(try Tool.built(program), environment: all), port, internalPort: internalPort)
        if isReady {
            try seats.waitUntil("\(program) is ready") {
                (try? ShopClient(port: port, key: "").get("/readyz").status) == 200
            }
        }
        return process
    }

    public static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard code else { throw RawHTTPError("no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
