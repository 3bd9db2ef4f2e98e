internal import Runtime
internal import Simulation

/// `turnstile simulate`: lives through histories in simulated time; see `Simulator`.
enum SimulateCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        let options = arguments.simulation
        var simulator = Simulator(commands: options.commands)
        if let name = options.without {
            guard let mutation = Simulator.Mutation(rawValue: name) else {
                throw UsageError("there is no check “\(name)” to be taken away")
            }
            simulator.mutation = mutation
        }
        if options.trace {
            let report = try simulator.run(seed: options.first) { Terminal.line($0) }
            show(report, options)
            return report.failure == nil ? 0 : 1
        }
        let seeds = options.first..<options.first + options.seeds
        let start = SystemTime().monotonic
        let summary = try Campaign(simulator, seeds: seeds, threads: options.threads).run()
        let took = SystemTime().monotonic - start
        for report in summary.failures { show(report, options) }
        Terminal.line(
            "\(summary.histories) histories of \(summary.decided) commands and \(summary.fellDue) that fell due, "
                + "\(summary.simulated.components.seconds) s simulated in \(took.components.seconds) s, "
                + "\(summary.failures.isEmpty ? "all hold" : "\(summary.failures.count) failed"); "
                + "hash \(String(summary.hash, radix: 16))")
        return summary.failures.isEmpty ? 0 : 1
    }

    private static func show(_ report: Simulator.Report, _ options: Arguments.Simulation) {
        guard let failure = report.failure else {
            Terminal.line("seed \(report.seed) holds; hash \(String(report.hash, radix: 16))")
            return
        }
        let commands = options.commands.map { " --commands \($0)" } ?? ""
        Terminal.line("seed \(report.seed) failed after \(report.duration.components.seconds) s: \(failure)")
        let without = options.without.map { " --without \($0)" } ?? ""
        Terminal.line("  again: turnstile simulate --first \(report.seed) --seeds 1\(commands)\(without) --trace")
    }
}
