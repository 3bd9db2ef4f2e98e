internal import TestSupport

enum RabbitMQBenchmark {
    static func run(_ servers: TestServers) async throws {}
}
