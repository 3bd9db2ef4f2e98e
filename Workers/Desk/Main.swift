internal import DeskLine
internal import Pipeline
internal import Runtime
internal import Workshop

/// A worker of the desk line: from the queues of its partitions to the databases of its tenants; it also makes these.
///
///     turnstile-desk [--settings FILE]
///
/// TERM drains it: what is begun is finished, everything is given back, and it ends with 0.
@main
enum Main {
    static func main() {
        Program.run("turnstile-desk", service: "desk", run)
    }

    private static func run(_ program: Program) throws {
        let surroundings = try Surroundings(program)
        try surroundings.prepare()
        let log = program.log.with(["turnstile.worker": .string(surroundings.worker.text)])
        let loop = try DeskLoop(surroundings.parts(DeskLoopMetrics(program.metrics, log: log), log))
        let accounts = try surroundings.accounts(program, log)
        program.shutdown.onRequest { reason in
            log.info("draining", ["turnstile.reason": .string(reason.description)])
            loop.drain()
        }
        let health = try HealthListener(
            port: program.settings[DeskSection.self].httpPort, program.settings, metrics: program.metrics
        ) { loop.complaints + accounts.status.complaints }
        log.info("working", ["server.port": .int(health?.port ?? 0)])
        loop.wait()
        if !accounts.stop(within: .seconds(8)) { log.warning("what was under way is left to another runner") }
        health?.stop()
        log.info("ended")
    }
}
