import Glibc
import Runtime
import Synchronization
import TestSupport
import Testing
import Wire

/// Help desks that ask for tickets over HTTP, take some of them back, and try again under the same key what failed for
/// a moment. What they were answered they keep.
final class DeskCrowd: Sendable {
    /// What one tenant was told.
    struct Told {
        /// Tickets that were promised, with the end of their limits.
        var promised: [String: String] = [:]
        var cancelled: Set<String> = []
        var refused = 0
    }

    private struct State {
        var told: [Told]
        var troubles: [String: Int] = [:]
        /// Requests that were accepted, and decided later than anybody waited.
        var accepted: [(tenant: Int, request: String)] = []
        var lastDecision: [Int: MonotonicTime] = [:]
    }

    private static let kinds = ["GOLD", "SILVER", "BRONZE"]

    private let ports: [Int]
    private let tokens: [String]
    private let count: Int
    private let next = Atomic<Int>(0)
    private let finished = Atomic<Int>(0)
    private let state: Lock<State>

    init(ports: [Int], tenants: [DeskScene.Tenant], count: Int) {
        self.ports = ports
        tokens = tenants.map(\.token)
        self.count = count
        state = Lock(State(told: Array(repeating: Told(), count: tenants.count)))
    }

    var done: Int { finished.load(ordering: .acquiring) }
    var told: [Told] { state.withLock { $0.told } }
    var troubles: [String: Int] { state.withLock { $0.troubles } }
    /// How many of a tenant's requests were accepted, and not decided while their sender waited.
    func accepted(of tenant: Int) -> Int { state.withLock { $0.accepted.count { $0.tenant == tenant } } }

    /// How many tenants were answered a decision after that time.
    func served(after time: MonotonicTime) -> Int {
        state.withLock { $0.lastDecision.values.count { $0 > time } }
    }

    /// One of the threads that ask.
    func ask(_ number: Int) {
        let connection = DeskConnection(port: ports[number % ports.count])
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            do {
                try ask(index, connection)
            } catch {
                state.withLock { $0.troubles[String("\(error)".prefix(200)), default: 0] += 1 }
            }
            finished.wrappingAdd(1, ordering: .releasing)
        }
    }

    private func ask(_ index: Int, _ connection: DeskConnection) throws {
        let tenant = index % tokens.count
        let kind = Self.kinds[index / tokens.count % Self.kinds.count]
        let answer = try connection.patiently(
            "POST", "/v1/desk/tickets", tokens[tenant], key: "t-\(index)", body: #"{"ticketType":"\#(kind)"}"#)
        if answer.status == 202 {
            guard let request = answer[header: "Request-Id"] else { throw Trouble(answer) }
            return state.withLock { $0.accepted.append((tenant, request)) }
        }
        let ticket = try note(answer, of: tenant)
        guard let ticket, index % 10 == 0 else { return }
        let cancelled = try connection.patiently(
            "DELETE", "/v1/desk/tickets/\(ticket)", tokens[tenant], key: "c-\(index)")
        switch cancelled.status {
        case 200: state.withLock { _ = $0.told[tenant].cancelled.insert(ticket) }
        // Nobody waits for that, and it is told below whether it has happened.
        case 202:
            guard let request = cancelled[header: "Request-Id"] else { throw Trouble(cancelled) }
            state.withLock { $0.accepted.append((tenant, request)) }
        default: throw Trouble(cancelled)
        }
    }

    /// - Returns: the ticket, where one was promised.
    private func note(_ answer: ShopClient.Answer, of tenant: Int) throws -> String? {
        if answer.status == 409, answer.code == "sla-cannot-be-met", answer["earliest"] != nil {
            state.withLock {
                $0.told[tenant].refused += 1
                $0.lastDecision[tenant] = SystemTime().monotonic
            }
            return nil
        }
        guard answer.status == 201, let ticket = answer["ticketId"], let resolveBy = answer["resolveBy"] else {
            throw Trouble(answer)
        }
        state.withLock {
            $0.told[tenant].promised[ticket] = resolveBy
            $0.lastDecision[tenant] = SystemTime().monotonic
        }
        return ticket
    }

    /// Asks what has become of everything that was accepted and not answered at once.
    func hearTheRest() throws {
        let accepted = state.withLock { $0.accepted }
        let connection = DeskConnection(port: ports[0])
        for (tenant, request) in accepted {
            var answer = try connection.patiently("GET", "/v1/requests/\(request)", tokens[tenant])
            for _ in 0..<600 where answer["status"] == "pending" {
                usleep(100_000)
                answer = try connection.patiently("GET", "/v1/requests/\(request)", tokens[tenant])
            }
            guard answer.status == 200, answer["status"] == "decided", let status = answer["outcome/status"] else {
                throw Trouble(answer)
            }
            state.withLock { state in
                switch status {
                case "201":
                    state.told[tenant].promised[answer["outcome/body/ticketId"] ?? ""] =
                        answer["outcome/body/resolveBy"]
                case "200": state.told[tenant].cancelled.insert(answer["outcome/body/ticketId"] ?? "")
                case "409": state.told[tenant].refused += 1
                default: state.troubles["a decision \(status)", default: 0] += 1
                }
            }
        }
    }

    struct Trouble: Error, CustomStringConvertible {
        let description: String
        init(_ text: String) { description = text }
        init(_ answer: ShopClient.Answer) { description = "\(answer.status) \(answer.text)" }
    }
}

/// A connection that is opened anew when it has ended. Answers are not held against the interface's description: of so
/// many that would take longer than all else, and other tests do it.
private final class DeskConnection {
    private let port: Int
    private var client: RawHTTPClient?

    init(port: Int) { self.port = port }

    /// Tries again, under the same key, while nothing can be accepted.
    func patiently(
        _ method: String, _ path: String, _ token: String, key: String? = nil, body: String = ""
    ) throws -> ShopClient.Answer {
        var headers = ["Authorization: Bearer \(token)"]
        if let key { headers += ["Idempotency-Key: \(key)", "Prefer: wait=2"] }
        if !body.isEmpty { headers.append("Content-Type: application/json") }
        var last = "nothing"
        for _ in 0..<600 {
            do {
                let client = try client ?? RawHTTPClient(port: UInt16(port), timeout: 30)
                self.client = client
                let answer = ShopClient.Answer(try client.exchange(method, path, headers: headers, body: body))
                if answer[header: "Connection"]?.lowercased() == "close" { self.client = nil }
                guard answer.status == 503 || answer.status == 429 else { return answer }
                last = "\(answer.status) \(answer.text)"
            } catch {
                client = nil
                last = "\(error)"
            }
            usleep(100_000)
        }
        throw DeskCrowd.Trouble("nothing but \(last)")
    }
}
