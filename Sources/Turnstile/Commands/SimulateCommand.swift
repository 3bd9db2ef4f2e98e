internal import Runtime
internal import Simulation

/// `turnstile simulate`: lives through histories in simulated time; see `Simulator` and `DeskSimulator`.
enum SimulateCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        let options = arguments.simulation
        let simulators = try simulators(options)
        if options.trace {
            let reports = try simulators.map { simulator in
                try simulator.run(seed: options.first) { Terminal.line("\(simulator.line.rawValue) \($0)") }
            }
            for report in reports { show(report, options) }
            return reports.allSatisfy { $0.failure == nil } ? 0 : 1
        }
        let seeds = options.first..<options.first + options.seeds
        let start = SystemTime().monotonic
        let summary = try Campaign(simulators, seeds: seeds, threads: options.threads).run()
        let took = SystemTime().monotonic - start
        for report in summary.failures { show(report, options) }
        Terminal.line(
            "\(summary.histories) histories of \(summary.decided) commands and \(summary.fellDue) that fell due, "
                + "\(summary.simulated.components.seconds) s simulated in \(took.components.seconds) s, "
                + "\(summary.failures.isEmpty ? "all hold" : "\(summary.failures.count) failed"); "
                + "hash \(String(summary.hash, radix: 16))")
        return summary.failures.isEmpty ? 0 : 1
    }

    /// One of each line that is meant. A check that is taken away is taken from every line that has it.
    private static func simulators(_ options: Arguments.Simulation) throws -> [any LineSimulator] {
        var seats = Simulator(commands: options.commands)
        var desk = DeskSimulator(commands: options.commands)
        if let name = options.without {
            seats.mutation = Simulator.Mutation(rawValue: name)
            desk.mutation = DeskSimulator.Mutation(rawValue: name)
        }
        var all: [any LineSimulator] = []
        if options.line != .desk, options.without == nil || seats.mutation != nil { all.append(seats) }
        if options.line != .seats, options.without == nil || desk.mutation != nil { all.append(desk) }
        guard !all.isEmpty else { throw UsageError("there is no check “\(options.without ?? "")” to be taken away") }
        return all
    }

    private static func show(_ report: Simulator.Report, _ options: Arguments.Simulation) {
        guard let failure = report.failure else {
            Terminal.line("\(report.line.rawValue), seed \(report.seed), holds; hash \(String(report.hash, radix: 16))")
            return
        }
        let commands = options.commands.map { " --commands \($0)" } ?? ""
        let line = report.line.rawValue
        Terminal.line("\(line), seed \(report.seed), failed after \(report.duration.components.seconds) s: \(failure)")
        let without = options.without.map { " --without \($0)" } ?? ""
        let again = "turnstile simulate --line \(line) --first \(report.seed) --seeds 1\(commands)\(without) --trace"
        Terminal.line("  again: \(again)")
    }
}
