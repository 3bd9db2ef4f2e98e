internal import Foundation
internal import Postgres
internal import TestSupport
import Testing

@testable internal import Supervisor

/// `turnstile up` and its siblings, as a user meets them: the built program, real servers, a home of its own.
@Suite(.serialized) struct InstallationTests {
    private func expectNothingRuns(_ installation: Installation, except taken: Int? = nil) throws {
        let left = Leftovers.pids(of: try Home(path: installation.home))
        #expect(left.isEmpty, "processes are left: \(left)")
        for port in installation.ports.base..<installation.ports.base + Ports.span where port != taken {
            #expect(!Probe.answers(port: port), "somebody listens on \(port)")
        }
    }

    @Test func aWholeLife() async throws {
        try await onThread {
            let installation = try Installation()
            defer { _ = try? installation.turnstile("reset", "--yes") }

            let first = try installation.up()
            try #require(first.code == 0, "\(first.output)\(first.error)")
            let run = try #require(try installation.run())
            #expect(
                Set(run.processes.map(\.name)) == [
                    "epmd", "rabbitmq", "postgres", "seats-1", "desk-1", "sandbox-1", "payments-1", "ingress-1",
                    "query-1",
                    "gateway",
                ])
            #expect(run.processes.allSatisfy { kill($0.pid, 0) == 0 })
            let gateway = try #require(run.gateway)
            let health = try Tool.run("/usr/bin/curl", ["-sf", "\(gateway)/healthz"])
            #expect(health.output == "{\"status\":\"alive\"}\n")

            let second = try installation.up()
            #expect(second.code == 0 && second.output.contains("is up already"))
            let status = try installation.turnstile("status")
            #expect(status.code == 0 && status.output.contains("postgres"))
            #expect(!status.output.contains(run.postgres), "passwords are not shown")

            for name in [
                "postgres", "rabbitmq", "seats-1", "desk-1", "sandbox-1", "ingress-1", "query-1", "gateway", "epmd",
            ] {
                let old = try #require(try installation.pid(of: name))
                kill(old, SIGKILL)
                try installation.waitUntil("\(name) is back") {
                    try installation.pid(of: name).map { $0 != old } ?? false && installation.answers(name)
                }
            }
            let log = try installation.folder.read("home/log/turnstile.log")
            #expect(log.contains("signal 9"), "the log says why a process ended")

            let stop = try installation.turnstile("stop")
            #expect(stop.code == 0 && stop.output == "stopped\n")
            #expect(try installation.run() == nil)
            try expectNothingRuns(installation)
            #expect(try installation.turnstile("status").code == 3)
            #expect(try installation.turnstile("stop").output.contains("nothing is running"))

            let again = try installation.up()
            #expect(again.code == 0, "\(again.output)\(again.error)")
        }
    }

    @Test func whatServersKeepOutlivesAStopAndAMoveToOtherPortsBesideAnotherInstallation() async throws {
        try await onThread {
            let before = try Installation()
            defer { _ = try? before.turnstile("reset", "--yes") }
            guard try before.up().code == 0 else { throw SetupError("it does not come up") }
            let keys = try before.run()?.keys
            let queue = "/api/queues/%2F/kept"
            #expect(
                try before.manage("PUT", queue, #"{"durable": true, "arguments": {"x-queue-type": "quorum"}}"#) == "201"
            )
            _ = try before.turnstile("stop")

            let after = try before.moved()
            let beside = try Installation()
            defer { _ = try? beside.turnstile("reset", "--yes") }
            guard try after.up().code == 0, try beside.up().code == 0 else { throw SetupError("they do not come up") }
            #expect(try after.run()?.keys == keys, "the demo tenant's keys stay the same")
            #expect(try after.query("SELECT count(*) = 4 FROM api_key"))
            #expect(try after.manage("GET", queue) == "200")
            #expect(try beside.manage("GET", queue) == "404")
            #expect(try beside.query("SELECT count(*) = 4 FROM api_key"))
            #expect(try beside.run()?.keys != keys)
        }
    }

    @Test func aClusterThatIsDamagedIsNeverTakenForAnEmptyOne() async throws {
        try await onThread {
            let installation = try Installation()
            defer { _ = try? installation.turnstile("reset", "--yes") }
            guard try installation.up().code == 0 else { throw SetupError("it does not come up") }
            _ = try installation.turnstile("stop")
            let version = installation.folder.file("home/postgres/data/PG_VERSION")
            try FileManager.default.removeItem(atPath: version)
            let outcome = try installation.up()
            #expect(outcome.code == 1 && outcome.error.contains("is no database cluster"))
            try Data("15\n".utf8).write(to: URL(filePath: version))
            #expect(chmod(version, 0o644) == 0)
            #expect(try installation.up().code == 0)
            #expect(try installation.query("SELECT count(*) = 4 FROM api_key"), "all that was in it is there")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can mount a small disk"))
    func aFullDiskIsOneClearLine() async throws {
        try await onThread {
            let folder = try TemporaryFolder("disk")
            guard try Tool.run("/bin/mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", folder.path]).code == 0 else {
                throw SetupError("cannot mount a tmpfs")
            }
            defer { _ = try? Tool.run("/bin/umount", ["-l", folder.path]) }
            let outcome = try Tool.run(
                try Tool.built("turnstile"), ["up", "--detach", "--config", "\(Tool.packageFolder)/Config"],
                environment: ["TURNSTILE_HOME": folder.file("home")])
            #expect(outcome.code == 1)
            #expect(outcome.error.contains("MiB of disk left and at least 1024 MiB are needed"))
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
            try installation.waitUntil("the port is taken") { try listener.output() == "on" }
            let outcome = try installation.up()
            #expect(outcome.code == 1)
            #expect(outcome.error.contains("port \(base), which the gateway needs, cannot be used"))
            #expect(outcome.error.split(separator: "\n").count == 1)
            try expectNothingRuns(installation, except: base)
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
            try expectNothingRuns(installation)
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

    @Test func mistakesAreToldBeforeThereIsAHome() async throws {
        try await onThread {
            let elsewhere = try Installation()
            let config = try elsewhere.turnstile("up", "--detach", "--config", "Nowhere")
            #expect(config.code == 1 && config.error.contains("/Nowhere is not the project's Config folder"))
            #expect(config.error.contains("error: /"), "the path is absolute")
            #expect(!FileManager.default.fileExists(atPath: elsewhere.home))

            let missing = elsewhere.folder.file("missing.pem")
            let installation = try Installation([
                "TURNSTILE_GATEWAY_CERTIFICATE": missing, "TURNSTILE_GATEWAY_KEY": "/etc/passwd",
            ])
            let first = try installation.up()
            #expect(first.code == 1 && first.error.contains("gateway.certificate") && first.error.contains(missing))
            #expect(!FileManager.default.fileExists(atPath: installation.home))

            try elsewhere.folder.write("-----BEGIN CERTIFICATE-----\n", to: "good.pem")
            let other = try Installation([
                "TURNSTILE_GATEWAY_CERTIFICATE": elsewhere.folder.file("good.pem"),
                "TURNSTILE_GATEWAY_KEY": "/etc/passwd",
            ])
            let second = try other.up()
            #expect(second.code == 1 && second.error.contains("gateway.key: /etc/passwd is not in PEM"))
        }
    }

    @Test func statusNamesWhatAKilledSupervisorLeft() async throws {
        try await onThread {
            let installation = try Installation()
            let home = try Home(path: installation.home).prepared()
            let left = try ChildProcess.spawn(
                ProcessSpec(name: "left", executable: "/bin/sleep", arguments: ["60"], directory: home.path),
                home: home)
            defer {
                left.send(SIGKILL)
                waitpid(left.pid, nil, 0)
            }
            let status = try installation.turnstile("status")
            #expect(status.code == 3 && status.output.contains("sleep (\(left.pid))"), "\(status.output)")
            #expect(status.output.contains("the next start ends"))
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
            let lines = outcome.error.split(separator: "\n")
            #expect(lines.count == 2 && lines.last?.contains("--help") == true, "the error does not scroll away")
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
