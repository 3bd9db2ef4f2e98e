internal import Cashier
internal import Payments
internal import Pipeline
internal import Runtime
internal import Supervisor

enum ReconcileCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        let providers = try Providers(try arguments.providerSettings(), metrics: Metrics())
        return try Proof.run(arguments, "reconcile") { database in
            let report = try Reconciliation.run(database, providers: providers) {
                Terminal.line("  \($0) payments so far")
            }
            Terminal.line(
                "compared \(report.payments) payments with the books, and \(report.asked) with their providers")
            Terminal.line("looked at:")
            for promise in report.promises + [Self.promise] { Terminal.line("  \(promise)") }
            if !report.open.amounts.isEmpty { Terminal.line("open:") }
            for open in report.open.amounts {
                let money = open.currency.isEmpty ? "" : ", \(open.amount) \(open.currency) in minor units"
                Terminal.line("  \(open.count) \(open.what)\(money)")
            }
            return report.findings
        }
    }

    private static let promise = "every payment is at its provider what it is here, and its refunds too"
}

extension Arguments {
    /// Where the providers are and what they are asked with, as the installation's processes have it.
    fileprivate func providerSettings() throws -> Settings {
        let generated = home.generated("turnstile.json5")
        let file = Files.exists(generated) ? generated : "\(configFolder)/turnstile.json5"
        var environment = ProcessEnvironment.current
        if let sandbox = try RunFile.read(of: home)?.sandbox {
            environment.merge(try Stack.sandboxEnvironment(of: home, url: sandbox)) { own, _ in own }
        }
        return try Settings.load(
            file: Files.exists(file) ? file : nil, environment: environment,
            sections: StandardSections.all, others: .passedOver)
    }
}
