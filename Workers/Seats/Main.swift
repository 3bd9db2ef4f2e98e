internal import Pipeline
internal import Runtime
internal import Workshop

/// A worker of the seats line: from the queues of its partitions to the journal.
///
///     turnstile-seats [--settings FILE]
///
/// TERM drains it: what is begun is finished, everything is given back, and it ends with 0.
@main
enum Main {
    static func main() {
        Program.run("turnstile-seats", service: "seats", run)
    }

    private static func run(_ program: Program) throws {
        let surroundings = try Surroundings(program)
        try surroundings.prepare()
        let log = program.log.with(["turnstile.worker": .string(surroundings.worker.text)])
        let loop = try WorkerLoop(surroundings.parts(LoopMetrics(program.metrics, log: log), log))
        program.shutdown.onRequest { reason in
            log.info("draining", ["turnstile.reason": .string(reason.description)])
            loop.drain()
        }
        let health = try HealthListener(
            port: program.settings[SeatsSection.self].httpPort, program.settings, metrics: program.metrics
        ) { loop.complaints }
        log.info("working", ["server.port": .int(health?.port ?? 0)])
        loop.wait()
        health?.stop()
        log.info("ended")
    }
}
