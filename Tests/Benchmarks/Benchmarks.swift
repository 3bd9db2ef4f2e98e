internal import Glibc
internal import TestSupport

/// Measures what README promises. `Config/bench` builds it in release, starts the servers and runs it.
@main
enum Benchmarks {
    static let all: [(name: String, run: @Sendable (TestServers) async throws -> Void)] = [
        ("rabbitmq", RabbitMQBenchmark.run),
        ("postgres", PostgresBenchmark.run),
        ("http", HTTPBenchmark.run),
        ("ticketing", TicketingBenchmark.run),
        ("desk", DeskBenchmark.run),
        ("wire", WireBenchmark.run),
        ("worker", SeatsBenchmark.run),
        ("latency", SeatsLatencyBenchmark.run),
        ("memory", SeatsMemoryBenchmark.run),
        ("unwind", SeatsUnwindBenchmark.run),
        ("ingress", IngressBenchmark.run),
        ("deskline", DeskLineBenchmark.run),
        ("webhooks", WebhookBenchmark.run),
        ("checkins", CheckInBenchmark.run),
        ("eta", EtaBenchmark.run),
        ("core", CoreBenchmark.run),
        ("query", QueryBenchmark.run),
        ("streams", StreamBenchmark.run),
        ("sealing", SealingBenchmark.run),
        ("store", StoreBenchmark.run),
    ]

    static func main() async {
        do {
            try await run(wanted: Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("error: \(error)")
            exit(1)
        }
    }

    private static func run(wanted: [String]) async throws {
        if let unknown = wanted.first(where: { name in !all.contains { $0.name == name } }) {
            print("no benchmark “\(unknown)”; there are: \(all.map(\.name).joined(separator: ", "))")
            exit(2)
        }
        let servers = try TestServers.require()
        for benchmark in all where wanted.isEmpty || wanted.contains(benchmark.name) {
            print("== \(benchmark.name)")
            try await benchmark.run(servers)
            // Into a file or a pipe, print gathers what is written.
            fflush(nil)
        }
    }
}
