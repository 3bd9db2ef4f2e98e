internal import Foundation
internal import Postgres
internal import Synchronization
internal import TestSupport

@testable internal import Supervisor

/// An installation of the built program, with a home and ports of its own.
struct Installation: Sendable {
    let folder: TemporaryFolder
    let ports: Ports
    var home: String { folder.file("home") }
    /// Settings by their variables.
    private let settings: [String: String]
    var environment: [String: String] {
        ["TURNSTILE_HOME": home, "TURNSTILE_PORT_BASE": "\(ports.base)"].merging(settings) { $1 }
    }

    init(_ settings: [String: String] = [:]) throws {
        try self.init(in: try TemporaryFolder("installation"), settings)
    }

    private init(in folder: TemporaryFolder, _ settings: [String: String]) throws {
        self.folder = folder
        self.settings = settings
        ports = try Self.unusedPorts()
    }

    /// A range that no other installation of this run has, and that nobody else listens in. All are below the
    /// kernel's range for outgoing connections, and beside the one that Config/test draws from.
    private static func unusedPorts() throws -> Ports {
        for _ in 0..<slots {
            let slot = serial.wrappingAdd(1, ordering: .relaxed).newValue % slots
            let ports = try Ports(base: 10_000 + slot * Ports.span)
            if (ports.base..<ports.base + Ports.span).allSatisfy({ (try? Ports.requireFree($0, for: "a test")) != nil })
            {
                return ports
            }
        }
        throw SetupError("no range of ports is free")
    }
    private static let slots = 200
    /// Begins anywhere, so that two runs of the tests at once rarely meet.
    private static let serial = Atomic(Int.random(in: 0..<slots))

    /// The same home on other ports.
    func moved() throws -> Installation { try Installation(in: folder, settings) }

    /// Whether the server of that name does its work.
    func answers(_ name: String) -> Bool {
        switch name {
        case "postgres": (try? query("SELECT true")) == true
        case "rabbitmq": Probe.answersAMQP(port: ports.amqp) && Probe.answers(port: ports.amqpManagement)
        case "desk-1": Probe.answersOK(port: ports.desk(0), path: "/readyz")
        case "seats-1": Probe.answersOK(port: ports.seats(0), path: "/readyz")
        case "sandbox-1": Probe.answersOK(port: ports.sandbox, path: "/readyz")
        case "ingress-1": Probe.answersOK(port: ports.ingress(0), path: "/readyz")
        case "ingress-2": Probe.answersOK(port: ports.ingress(1), path: "/readyz")
        case "query-1": Probe.answersOK(port: ports.query(0), path: "/readyz")
        case "query-2": Probe.answersOK(port: ports.query(1), path: "/readyz")
        case "gateway": Probe.answersOK(port: ports.gateway, path: "/healthz")
        default: Probe.answers(port: ports.epmd)
        }
    }

    /// The one Boolean that the statement returns.
    func query(_ statement: SQL) throws -> Bool {
        let url = try run()?.postgres ?? ""
        let connection = try PostgresConnection.connect(try PostgresSettings(url))
        defer { connection.close() }
        return try connection.query(statement).one().get(0)
    }

    /// The status that the broker's management answers a request with.
    func manage(_ method: String, _ path: String, _ body: String = "{}") throws -> String {
        let url = try run()?.amqpManagement ?? ""
        return try Tool.run(
            "/usr/bin/curl",
            [
                "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, "-H", "Content-Type: application/json",
                "-d", body, url + path,
            ]
        ).output
    }

    func turnstile(_ arguments: String...) throws -> Tool.Outcome {
        try Tool.run(try Tool.built("turnstile"), arguments, environment: environment)
    }

    func up() throws -> Tool.Outcome {
        try turnstile("up", "--detach", "--not-durable", "--config", "\(Tool.packageFolder)/Config")
    }

    func run() throws -> RunFile? { try RunFile.read(of: try Home(path: home)) }

    func pid(of name: String) throws -> Int32? { try run()?.processes.first { $0.name == name }?.pid }

    func waitUntil(_ what: String, _ isTrue: () throws -> Bool) throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while !(try isTrue()) {
            guard clock.now < deadline else { throw SetupError("waited in vain until \(what)") }
            usleep(20_000)
        }
    }
}
