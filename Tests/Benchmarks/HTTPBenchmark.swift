internal import TestSupport

enum HTTPBenchmark {
    static func run(_ servers: TestServers) async throws {}
}
