internal import Cashier
internal import Payments
internal import Pipeline
internal import Runtime
internal import Supervisor

enum ReconcileCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        let providers = try Providers(try arguments.installationSettings(), metrics: Metrics())
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
