internal import Glibc
internal import Runtime
internal import Synchronization
internal import TestSupport

@testable internal import Supervisor

/// The gateway as an installation has it, in front of stubs.
final class GatewayScene {
    let home: Home
    let ports: Ports
    private let folder: TemporaryFolder
    private let gateway: GatewayServer
    private let process: ChildProcess
    private(set) var ingresses: [StubFace] = []
    private(set) var queries: [StubFace] = []
    private(set) var streams: [StubFace] = []

    private static let serial = Atomic<Int>(Int.random(in: 0..<1_000))

    /// Runs `body` on a thread of its own.
    ///
    /// - Parameter environment: settings by their variables.
    static func with(
        ingresses: Int = 2, queries: Int = 2, environment: [String: String] = [:],
        _ body: @escaping @Sendable (GatewayScene) throws -> Void
    ) async throws {
        try await onThread {
            let scene = try GatewayScene(ingresses, queries, environment)
            defer { scene.stop() }
            try body(scene)
        }
    }

    static func settings(
        ingresses: Int, queries: Int, environment: [String: String] = [:]
    ) throws -> Settings {
        var all = [
            "TURNSTILE_SUPERVISOR_INGRESSES": "\(ingresses)", "TURNSTILE_SUPERVISOR_QUERIES": "\(queries)",
            // Limits are tested by themselves.
            "TURNSTILE_GATEWAY_STRANGER_RATE": "100000", "TURNSTILE_GATEWAY_STRANGER_BURST": "100000",
        ]
        all.merge(environment) { $1 }
        return try Settings.load(file: nil, environment: all, sections: StandardSections.all)
    }

    /// Below the range from which the kernel takes ports for outgoing connections, and above what others draw from.
    private static func freePorts() throws -> Ports {
        for _ in 0..<36 {
            let slot = serial.wrappingAdd(1, ordering: .relaxed).newValue % 36
            let ports = try Ports(base: 31_300 + slot * Ports.span)
            if (try? Ports.requireFree(ports.gateway, for: "a test")) != nil { return ports }
        }
        throw SetupError("no ports are free")
    }

    private init(_ ingressCount: Int, _ queryCount: Int, _ environment: [String: String]) throws {
        folder = try TemporaryFolder("gateway")
        home = try Home(path: folder.file("home")).prepared()
        ports = try Self.freePorts()
        gateway = try GatewayServer(
            home: home, ports: ports, configuration: try Configuration(path: "\(Tool.packageFolder)/Config"),
            settings: try Self.settings(ingresses: ingressCount, queries: queryCount, environment: environment))
        try gateway.prepare()
        process = try ChildProcess.spawn(gateway.process(), home: home)
        for index in 0..<ingressCount { ingresses.append(try StubFace("ingress-\(index)", port: ports.ingress(index))) }
        for index in 0..<queryCount {
            queries.append(try StubFace("query-\(index)", port: ports.query(index)))
            streams.append(try StubFace("stream-\(index)", port: ports.stream(index)))
        }
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(20)
        while !gateway.process().isReady() {
            guard clock.now < deadline else {
                throw SetupError("the gateway does not come up: \((try? Files.read(home.log(of: "gateway"))) ?? "")")
            }
            usleep(10_000)
        }
    }

    /// Of two servers of each kind, the one is started anew and the other one is gone.
    func leave(only index: Int) throws {
        for face in [ingresses[1 - index], queries[1 - index], streams[1 - index]] { face.stop() }
        ingresses[index].stop()
        queries[index].stop()
        streams[index].stop()
        ingresses[index] = try StubFace("ingress-\(index)", port: ports.ingress(index))
        queries[index] = try StubFace("query-\(index)", port: ports.query(index))
        streams[index] = try StubFace("stream-\(index)", port: ports.stream(index))
    }

    var url: String { gateway.url }
    var secureURL: String? { gateway.secureURL }

    func client() throws -> RawHTTPClient { try RawHTTPClient(port: UInt16(ports.gateway)) }

    /// - Parameter body: sent with its length.
    func exchange(
        _ method: String, _ target: String, headers: [String] = [], body: String = ""
    ) throws -> RawHTTPResponse {
        try client().exchange(method, target, headers: headers, body: body)
    }

    /// Who answered, by name; the status where nobody did.
    func whoAnswers(_ method: String, _ target: String) throws -> String {
        let answer = try exchange(method, target)
        return answer["X-Stub"] ?? "\(answer.status)"
    }

    /// Asks the gateway to end as the supervisor does.
    ///
    /// - Returns: how long it took; nil when it has not ended in its time.
    func quit(within patience: Duration) -> Duration? {
        process.send(gateway.process().stopSignal.number)
        let clock = ContinuousClock()
        let start = clock.now
        return process.waitForEnd(within: patience).map { _ in clock.now - start }
    }

    private func stop() {
        process.send(SIGTERM)
        if process.waitForEnd(within: .seconds(10)) == nil {
            process.send(SIGKILL)
            _ = process.waitForEnd(within: .seconds(10))
        }
        process.endGroup()
        for face in ingresses + queries + streams { face.stop() }
    }
}
