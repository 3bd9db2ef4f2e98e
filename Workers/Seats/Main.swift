internal import Pipeline
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Sealing

/// A worker of the seats line: from the queues of its partitions to the journal.
///
///     turnstile-seats [--settings FILE]
///
/// TERM drains it: what is begun is finished, everything is given back, and it ends with 0.
@main
enum Main {
    static func main() {
        do {
            let signals = try Signals.install()
            let arguments = CommandLine.arguments.dropFirst()
            guard arguments.isEmpty || (arguments.count == 2 && arguments.first == "--settings") else {
                throw WorkerFailure(.usage, "usage: turnstile-seats [--settings FILE]")
            }
            let settings = try Settings.load(
                file: arguments.last, environment: ProcessEnvironment.current, sections: StandardSections.all,
                others: .passedOver)
            let log = settings[LogSection.self].log(service: "seats")
            do {
                try run(settings, log, signals.shutdown)
                ExitCode.success.exit()
            } catch {
                log.error("the worker cannot work", error)
                ((error as? WorkerFailure)?.code ?? .failure).exit()
            }
        } catch let failure as WorkerFailure {
            failure.report()
        } catch {
            WorkerFailure(error is SettingsError ? .badSettings : .failure, "\(error)").report()
        }
    }

    private static func run(_ settings: Settings, _ log: Log, _ shutdown: ShutdownSignal) throws {
        let surroundings = try Surroundings(settings)
        let metrics = Metrics()
        metrics.addProcess(log: log)
        try surroundings.prepare()
        let log = log.with(["turnstile.worker": .string(surroundings.worker.text)])
        let loop = try WorkerLoop(surroundings.parts(LoopMetrics(metrics, log: log), log))
        shutdown.onRequest { reason in
            log.info("draining", ["turnstile.reason": .string(reason.description)])
            loop.drain()
        }
        let health = try HealthListener(settings, metrics: metrics) { loop.complaints }
        log.info("working", ["server.port": .int(health?.port ?? 0)])
        loop.wait()
        health?.stop()
        log.info("ended")
    }
}
