internal import API
internal import Cashier
internal import HTTPServer
internal import Payments
internal import Runtime
internal import Sealing
internal import Ticketing
internal import Wire

/// Takes in what payment providers tell: believes what is signed, finds out which payment it is about, and passes it on
/// to the event's partition. A provider is answered 200 once the broker, or the database, has it safely; until then it
/// sends it again.
///
/// Checking may take its time (a certificate may have to be fetched, a name looked up), so it has threads of its own.
final class WebhookClerk: Sendable {
    private let reception: Reception
    private let providers: Providers
    private let clues: WebhookClues
    private let limiter = ForgerLimiter()
    private let metrics: WebhookMetrics
    private let waiting = Mail<(call: Call, provider: any PaymentProvider)>(bound: 2_000)
    private let threads = Lock<[OwnedThread]>([])
    private let time = SystemTime()
    private let log: Log

    init(
        reception: Reception, providers: Providers, clues: WebhookClues, metrics: WebhookMetrics, log: Log
    ) {
        self.reception = reception
        self.providers = providers
        self.clues = clues
        self.metrics = metrics
        self.log = log
    }

    func start() throws {
        for number in 1...2 {
            let thread = try OwnedThread(name: "webhooks-\(number)") { [self] in
                while let (call, provider) = waiting.take() { take(call, from: provider) }
            }
            threads.withLock { $0.append(thread) }
        }
    }

    /// What waits is told that it was not taken.
    func stop() {
        for (call, _) in waiting.close() { call.refuse(.unavailable("This process is stopping.")) }
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    func add(to door: inout Door) {
        door.on(.webhook) { [self] call in
            guard let provider = providers[call.id] else {
                throw Fault(
                    .notFound,
                    "“\(call.id.prefix(40))” is no payment provider that is set up here: \(providers.inWords).")
            }
            if let pause = limiter.pause(of: call.origin, at: time.monotonic) {
                metrics.count(call.id, "limited")
                throw Fault(
                    .rateLimited, "Too much came from this address that was not signed as it should be.",
                    headers: ["Retry-After": "\(pause)"])
            }
            guard waiting.put((call, provider)) else { throw Fault.unavailable("Too much is waiting to be checked.") }
        }
    }

    private func take(_ call: Call, from provider: any PaymentProvider) {
        let message: ProviderMessage
        do throws(WebhookRefusal) {
            message = try provider.read(
                Webhook(headers: call.signatures, body: call.body, receivedAt: time.wall))
        } catch {
            metrics.count(provider.name, error.code.rawValue)
            guard error.code != .unavailable else { return call.refuse(.unavailable(error.reason)) }
            limiter.note(call.origin, at: time.monotonic)
            return call.refuse(Fault(.invalidRequest, error.reason))
        }
        do {
            try pass(message, call, provider)
        } catch let failure as IntakeFailure {
            call.refuse(Fault(failure))
        } catch {
            log.warning("a webhook cannot be kept", error)
            call.refuse(.unavailable("The database is away: nothing can be looked up at the moment."))
        }
    }

    private func pass(_ message: ProviderMessage, _ call: Call, _ provider: any PaymentProvider) throws {
        if message.wantsFetch, let subject = try clues.subject(of: message, at: provider.name) {
            try clues.look(at: subject)
        }
        if case .other = message.news {
            metrics.count(provider.name, "ignored")
            return call.answer(Response(.ok, .json, .text("{\"ignored\":true}\n")))
        }
        guard let subject = try clues.subject(of: message, at: provider.name) else {
            // It is about nothing that anybody here knows: a person has to look at it.
            try clues.keepStray(message, of: provider.name)
            metrics.count(provider.name, "stray")
            return call.answer(Self.taken)
        }
        let command = WireCommand(
            id: Self.id(of: message, at: provider.name), tenant: subject.tenant, event: subject.event,
            content: Content(message.command(about: subject)), replyTo: reception.name, trace: call.trace)
        var line: [UInt8] = []
        command.appendLine(to: &line)
        try reception.take(
            Intake<Asker>.Arrival(
                id: command.id, key: subject.event, isFirstToGo: false, line: line,
                keyed: Entry<Asker>.Keyed(command: .seats(command), body: line), waiter: .provider(call), wait: 0))
        metrics.count(provider.name, "taken")
    }

    static let taken = Response(.ok, .json, .text("{\"received\":true}\n"))

    /// The same message has the same id, however often it comes: a UUID of version 8.
    private static func id(of message: ProviderMessage, at provider: String) -> CommandId {
        let digest = SHA256.hash { hash in
            hash.update(Array("turnstile.webhook \(provider) ".utf8))
            hash.update(Array(message.id.utf8))
        }
        return digest.withUnsafeBytes { bytes in
            let high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
            let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return CommandId(high: high & ~0xF000 | 0x8000, low: low & ~(0b11 << 62) | 0b10 << 62)
        }
    }
}

/// What became of webhooks.
struct WebhookMetrics: Sendable {
    private let all: MetricFamily<Counter>

    init(_ metrics: Metrics) {
        all = metrics.counters(
            "turnstile_webhooks_total", "Messages of payment providers, by what became of them.",
            labels: ["provider", "outcome"])
    }

    func count(_ provider: String, _ outcome: String) { all.with(provider, outcome).add() }
}
