internal import FoundationEssentials
internal import Glibc

/// The Postgres and the RabbitMQ that a test run shares. `Config/test` starts them and names them in the file that
/// `TURNSTILE_TEST_SERVERS` points to.
public struct TestServers: Sendable, Codable {
    /// A connection string for the maintenance database, as a role that may create databases.
    public let postgres: String
    /// An AMQP URL with the broker's administrator.
    public let amqp: String
    /// The management plugin's URL, with the same user.
    public let amqpManagement: String

    public static let shared: Result<TestServers, MissingTestServers> = load()

    /// The shared servers; throws what to do when there are none, so that a test fails rather than passes unseen.
    public static func require() throws -> TestServers { try shared.get() }

    private static func load() -> Result<TestServers, MissingTestServers> {
        guard let path = getenv("TURNSTILE_TEST_SERVERS").map({ String(cString: $0) }) else {
            return .failure(MissingTestServers(reason: "TURNSTILE_TEST_SERVERS is not set"))
        }
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            return .success(try JSONDecoder().decode(TestServers.self, from: data))
        } catch {
            return .failure(MissingTestServers(reason: "\(path): \(error)"))
        }
    }
}

public struct MissingTestServers: Error, CustomStringConvertible {
    let reason: String
    public var description: String { "no servers to test against (\(reason)): run Config/test" }
}
