internal import Supervisor

/// What is where, for a person.
enum Summary {
    static func show(_ status: InstallationStatus, home: Home, stop: String = "Config/run --stop") {
        guard let run = status.run else {
            Terminal.line("process \(status.supervisor) is starting or stopping; its log: \(home.log(of: "turnstile"))")
            return
        }
        Terminal.line("")
        for (name, address) in addresses(run) { Terminal.line("  \(padded(name, to: 12))\(address)") }
        Terminal.line("")
        for process in run.processes { Terminal.line("  \(padded(process.name, to: 12))pid \(process.pid)") }
        Terminal.line("")
        if let gateway = run.gateway { Terminal.line("  try: curl \(gateway)/healthz") }
        Terminal.line("  addresses, passwords and keys: \(home.runFile)")
        Terminal.line("  logs: \(home.folder("log"))")
        Terminal.line("  stop: \(stop)")
    }

    private static func addresses(_ run: RunFile) -> [(String, String)] {
        func all(_ urls: [String]?, or first: String?) -> String? {
            guard let urls, !urls.isEmpty else { return first }
            return urls.joined(separator: " ")
        }
        return [
            ("gateway", run.gateway), ("", run.gatewayTLS), ("ingress", all(run.ingresses, or: run.ingress)),
            ("query", all(run.queries, or: run.query)), ("internal", all(run.internals, or: run.internal)),
            ("sandbox", run.sandbox),
            ("postgres", withoutPassword(run.postgres)), ("broker", withoutPassword(run.amqp)),
            ("demo show", run.demo?.showId),
        ].compactMap { name, address in address.map { (name, $0) } }
    }

    /// `scheme://user@host…`: what is shown on a terminal ends up in screenshots.
    private static func withoutPassword(_ url: String) -> String {
        guard let at = url.lastIndex(of: "@"), let scheme = url.firstRange(of: "://"),
            let colon = url[scheme.upperBound..<at].firstIndex(of: ":")
        else { return url }
        return String(url[..<colon] + url[at...])
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
