internal import Foundation
internal import Supervisor
internal import TestSupport
import Testing

/// `turnstile up` and its siblings, as a user meets them: the built program, real servers, a home of its own.
@Suite(.serialized) struct InstallationTests {
    private struct Installation: Sendable {
        let folder: TemporaryFolder
        let environment: [String: String]
        var home: String { folder.file("home") }

        init() throws {
            folder = try TemporaryFolder("installation")
            environment = [
                "TURNSTILE_HOME": folder.file("home"),
                // Below the kernel's range for outgoing connections, and beside the one that Config/test draws from.
                "TURNSTILE_PORT_BASE": "\(10_000 + Int.random(in: 0..<250) * 32)",
            ]
        }

        func turnstile(_ arguments: String...) throws -> Tool.Outcome {
            try Tool.run(try Tool.built("turnstile"), arguments, environment: environment)
        }

        func up() throws -> Tool.Outcome {
            try turnstile("up", "--detach", "--not-durable", "--config", "\(Tool.packageFolder)/Config")
        }

        func run() throws -> RunFile? { try RunFile.read(of: try Home(path: home)) }

        func pid(of name: String) throws -> Int32? { try run()?.processes.first { $0.name == name }?.pid }
    }

    private func waitUntil(_ what: String, _ isTrue: () throws -> Bool) throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while !(try isTrue()) {
            guard clock.now < deadline else { throw SetupError("waited in vain until \(what)") }
            usleep(20_000)
        }
    }

    @Test func aWholeLife() async throws {
        try await onThread {
            let installation = try Installation()
            defer { _ = try? installation.turnstile("reset", "--yes") }

            let first = try installation.up()
            try #require(first.code == 0, "\(first.output)\(first.error)")
            let run = try #require(try installation.run())
            #expect(Set(run.processes.map(\.name)) == ["epmd", "rabbitmq", "postgres", "gateway"])
            #expect(run.processes.allSatisfy { kill($0.pid, 0) == 0 })
            let gateway = try #require(run.gateway)
            let health = try Tool.run("/usr/bin/curl", ["-sf", "\(gateway)/healthz"])
            #expect(health.output == "{\"status\":\"alive\"}\n")

            let second = try installation.up()
            #expect(second.code == 0 && second.output.contains("is up already"))
            let status = try installation.turnstile("status")
            #expect(status.code == 0 && status.output.contains("postgres"))
            #expect(!status.output.contains(run.postgres), "passwords are not shown")

            for name in ["postgres", "rabbitmq", "gateway", "epmd"] {
                let old = try #require(try installation.pid(of: name))
                kill(old, SIGKILL)
                try waitUntil("\(name) is back") { try installation.pid(of: name).map { $0 != old } ?? false }
            }
            let log = try installation.folder.read("home/log/turnstile.log")
            #expect(log.contains("signal 9"), "the log says why a process ended")

            let stop = try installation.turnstile("stop")
            #expect(stop.code == 0 && stop.output == "stopped\n")
            #expect(try installation.run() == nil)
            let left = try Tool.run("/usr/bin/pgrep", ["-f", installation.home])
            #expect(left.output.isEmpty, "processes are left: \(left.output)")
            #expect(try installation.turnstile("status").code == 3)
            #expect(try installation.turnstile("stop").output.contains("nothing is running"))

            let again = try installation.up()
            #expect(again.code == 0, "\(again.output)\(again.error)")
        }
    }

    @Test func aPortInUseIsOneClearLineAndNothingIsLeftRunning() async throws {
        try await onThread {
            let installation = try Installation()
            defer { _ = try? installation.turnstile("reset", "--yes") }
            let base = try #require(installation.environment["TURNSTILE_PORT_BASE"].flatMap { Int($0) })
            let listener = try Tool.start(
                "/usr/bin/perl",
                [
                    "-MIO::Socket::INET", "-e",
                    "my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => \(base), Listen => 1);"
                        + "$| = 1; print 'on'; sleep 1000",
                ])
            defer { kill(listener.pid, SIGKILL) }
            try waitUntil("the port is taken") { try listener.output() == "on" }
            let outcome = try installation.up()
            #expect(outcome.code == 1)
            #expect(outcome.error.contains("port \(base), which the gateway needs, cannot be used"))
            #expect(outcome.error.split(separator: "\n").count == 1)
            #expect(try Tool.run("/usr/bin/pgrep", ["-f", installation.home]).output.isEmpty)
        }
    }

    @Test func aServerThatDoesNotComeUpIsOneClearLineAndTheOthersAreStoppedAgain() async throws {
        try await onThread {
            let installation = try Installation()
            defer { _ = try? installation.turnstile("reset", "--yes") }
            try #require(try installation.up().code == 0)
            _ = try installation.turnstile("stop")
            let settings = installation.folder.file("home/postgres/local.conf")
            try Data("no_such_setting = 1\n".utf8).write(to: URL(filePath: settings))
            let outcome = try installation.up()
            #expect(outcome.code == 1)
            #expect(outcome.error.contains("postgres exited with code 1 instead of coming up"))
            #expect(outcome.error.contains("\(installation.home)/log/postgres.log"))
            #expect(try Tool.run("/usr/bin/pgrep", ["-f", installation.home]).output.isEmpty)
        }
    }

    @Test func resetAsksAndWithoutATerminalRefuses() async throws {
        try await onThread {
            let installation = try Installation()
            _ = try Home(path: installation.home).prepared()
            let refused = try installation.turnstile("reset")
            #expect(refused.code == 1 && refused.error.contains("add --yes"))
            #expect(FileManager.default.fileExists(atPath: installation.home))
            #expect(try installation.turnstile("reset", "--yes").code == 0)
            #expect(!FileManager.default.fileExists(atPath: installation.home))
        }
    }

    @Test(arguments: [
        (["fly"], 64, "there is no command “fly”"), (["up", "--fast"], 64, "does not take “--fast”"),
        ([], 64, "a command is missing"), (["up", "--config"], 64, "--config needs a folder"),
    ])
    func aCommandLineThatCannotBeUnderstoodIsExplained(words: [String], code: Int32, message: String) async throws {
        try await onThread {
            let outcome = try Tool.run(try Tool.built("turnstile"), words)
            #expect(outcome.code == code)
            #expect(outcome.error.contains(message))
        }
    }

    @Test(arguments: [("TURNSTILE_PORT_BASE", "high"), ("TURNSTILE_PORT_BASE", "80"), ("TURNSTILE_HOME", "here")])
    func aVariableThatCannotBeUsedIsNamed(variable: String, value: String) async throws {
        try await onThread {
            let outcome = try Tool.run(
                try Tool.built("turnstile"), ["status"], environment: [variable: value])
            #expect(outcome.code == 1)
            #expect(outcome.error.contains("\(variable) is") && outcome.error.contains(value))
        }
    }
}
