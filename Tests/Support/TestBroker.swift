internal import FoundationEssentials
internal import Glibc
public import RabbitMQ

/// A virtual host of a test's own on the shared broker, deleted when the test is over.
public struct TestBroker: Sendable {
    /// The AMQP URL of the virtual host.
    public let url: String
    public let virtualHost: String
    private let management: ManagementClient

    /// Each has queues, workers and programs of its own; more at once would only wait for one another, and a test
    /// that is about seconds would not have them.
    private static let turns = AsyncSemaphore(max(4, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// Runs `body`, on a thread of its own, with a new virtual host.
    public static func withVirtualHost<Value: Sendable>(
        _ body: @escaping @Sendable (TestBroker) throws -> Value
    ) async throws -> Value {
        await turns.take()
        defer { turns.giveBack() }
        return try await onThread("test broker") {
            let broker = try create()
            let result = Result { try body(broker) }
            // A test that failed says why; what goes wrong afterwards must not hide it.
            let deleted = Result { try broker.delete() }
            let value = try result.get()
            try deleted.get()
            return value
        }
    }

    private static func create() throws -> TestBroker {
        let servers = try TestServers.require()
        let management = try ManagementClient(url: servers.amqpManagement)
        let name = "test-\(UUID().uuidString.lowercased())"
        _ = try management.request("PUT", "/api/vhosts/\(name)", body: "{}")
        let everything = #"{"configure": ".*", "write": ".*", "read": ".*"}"#
        _ = try management.request("PUT", "/api/permissions/\(name)/\(management.user)", body: everything)
        guard let slash = servers.amqp.lastIndex(of: "/") else {
            throw TestBrokerError("no virtual host in the AMQP URL")
        }
        return TestBroker(url: servers.amqp[..<slash] + "/" + name, virtualHost: name, management: management)
    }

    private func delete() throws {
        _ = try management.request("DELETE", "/api/vhosts/\(virtualHost)")
    }

    /// What the management API answers, as JSON text. `{vhost}` in the path stands for the test's virtual host.
    public func manage(_ method: String, _ path: String, body: String? = nil) throws -> String {
        try management.request(method, path.replacing("{vhost}", with: virtualHost), body: body)
    }
}

extension ConnectionSettings {
    /// For what a test does beside the matter: where many tests start at once, a broker with a slow disk may need
    /// longer for a queue than anybody would wait in production.
    public static func patient(url: String) throws(RabbitMQError) -> ConnectionSettings {
        var settings = try ConnectionSettings(url: url)
        settings.connectTimeout = .seconds(60)
        settings.replyTimeout = .seconds(60)
        return settings
    }
}

struct TestBrokerError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The management plugin's HTTP API over a plain blocking socket: no thread or descriptor outlives a request, so that
/// fault tests can count theirs.
struct ManagementClient: Sendable {
    let user: String
    private let authorization: String
    private let port: UInt16

    init(url: String) throws {
        guard let parts = URLComponents(string: url), let user = parts.user, let password = parts.password,
            let port = parts.port.flatMap({ UInt16(exactly: $0) })
        else { throw TestBrokerError("cannot read the management URL") }
        self.user = user
        authorization = Data("\(user):\(password)".utf8).base64EncodedString()
        self.port = port
    }

    func request(_ method: String, _ path: String, body: String? = nil) throws -> String {
        let text = """
            \(method) \(path) HTTP/1.0\r
            Host: 127.0.0.1\r
            Authorization: Basic \(authorization)\r
            Content-Type: application/json\r
            Content-Length: \(body?.utf8.count ?? 0)\r
            \r
            \(body ?? "")
            """
        let descriptor = try connectToLoopback(port: port)
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let request = [UInt8](text.utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw TestBrokerError("the management API took no request (errno \(errno))")
        }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            if count == 0 { break }
            guard count > 0 else { throw TestBrokerError("the management API did not answer (errno \(errno))") }
            answer += piece[..<count]
        }
        let response = String(decoding: answer, as: UTF8.self)
        guard let end = response.firstRange(of: "\r\n\r\n"), response.hasPrefix("HTTP/1.") else {
            throw TestBrokerError("the management API answered no HTTP")
        }
        let status = response.dropFirst(9).prefix(3)
        guard status.hasPrefix("2") else {
            throw TestBrokerError("\(method) \(path): \(status) \(response[end.upperBound...])")
        }
        return String(response[end.upperBound...])
    }
}

/// A blocking TCP connection to a port of this machine.
func connectToLoopback(port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TestBrokerError("no socket (errno \(errno))") }
    let result = withLoopback(port: port) { connect(descriptor, $0, $1) }
    guard result == 0 else {
        let code = errno
        close(descriptor)
        throw TestBrokerError("cannot connect to port \(port) (errno \(code))")
    }
    return descriptor
}

func withLoopback<Value>(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafeBytes(of: &address) { bytes in
        bytes.withMemoryRebound(to: sockaddr.self) { pointer in
            guard let base = pointer.baseAddress else { preconditionFailure("an address has no memory") }
            return body(base, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
