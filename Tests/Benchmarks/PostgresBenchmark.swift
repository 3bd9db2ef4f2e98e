internal import TestSupport

enum PostgresBenchmark {
    static func run(_ servers: TestServers) async throws {}
}
