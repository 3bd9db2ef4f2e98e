internal import Glibc
internal import TestSupport
import Testing

@testable import Supervisor

@Suite struct HomeTests {
    @Test func aRelativePathIsRefused() {
        let error = #expect(throws: SetupError.self) { try Home(path: "data") }
        #expect(error?.description.contains("TURNSTILE_HOME is “data”") == true)
    }

    @Test(arguments: ["/tmp/a b", "/tmp/it's", "/tmp/{{port}}", "/tmp/ä", "/tmp/a;b", "/tmp/a\nb"])
    func aPathThatConfigurationFilesCouldMistakeIsRefused(path: String) {
        let error = #expect(throws: SetupError.self) { try Home(path: path) }
        #expect(error?.description.contains("letters, digits and") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"))
    func aFolderOfSomebodyElseIsRefused() throws {
        let folder = try TemporaryFolder()
        #expect(chown(folder.path, 64_000, 64_000) == 0)
        let error = #expect(throws: SetupError.self) { try Home(path: folder.path).prepared() }
        #expect(error?.description.contains("belongs to another user") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "only root's folders are open to root alone"))
    func aFolderThatAnAccountCannotPassIsFound() throws {
        let folder = try TemporaryFolder()
        let nobody = try #require(Account.named("nobody"))
        try Files.makeFolder(folder.file("closed"), mode: 0o700)
        try Files.makeFolder(folder.file("open"), mode: 0o755)
        #expect(Home.closedFolder(above: folder.file("closed/program"), to: nobody) == folder.file("closed"))
        #expect(Home.closedFolder(above: folder.file("open/program"), to: nobody) == nil)
    }

    @Test func aFileIsNeverWrittenThroughALink() throws {
        let folder = try TemporaryFolder()
        try folder.write("precious", to: "victim")
        for name in ["file", "file.new"] { #expect(symlink(folder.file("victim"), folder.file(name)) == 0) }
        try Files.write("text", to: folder.file("file"))
        #expect(try folder.read("victim") == "precious")
        #expect(try folder.read("file") == "text")
    }

    @Test func aFolderThatIsALinkIsRefused() throws {
        let folder = try TemporaryFolder()
        try Files.makeFolder(folder.file("victim"))
        #expect(symlink(folder.file("victim"), folder.file("link")) == 0)
        #expect(throws: SetupError.self) { try Files.makeFolder(folder.file("link")) }
    }

    @Test func theLockIsItsOwnersAloneAndForgetsItsHolder() throws {
        let folder = try TemporaryFolder()
        let home = try Home(path: folder.file("home")).prepared()
        do {
            let lock = try #require(try SupervisorLock.take(in: home))
            var status = stat()
            #expect(stat(home.lockFile, &status) == 0 && status.st_mode & 0o777 == 0o600)
            withExtendedLifetime(lock) {}
        }
        #expect(try Files.read(home.lockFile).isEmpty)
    }

    @Test func aLockThatAStrangerHoldsNamesNobodyToStop() throws {
        let folder = try TemporaryFolder()
        let home = try Home(path: folder.file("home")).prepared()
        // Process 1 runs another program than this one.
        try Files.write("1\n", to: home.lockFile)
        let descriptor = open(home.lockFile, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        let error = #expect(throws: SetupError.self) { try SupervisorLock.holder(of: home) }
        #expect(error?.description.contains("not by a supervisor of Turnstile") == true)
    }

    @Test func aFolderWithOtherThingsInItIsRefusedAndLeftAlone() throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "thesis.txt")
        let error = #expect(throws: SetupError.self) { try Home(path: folder.path).prepared() }
        #expect(error?.description.contains("set TURNSTILE_HOME to a folder of its own") == true)
        #expect(throws: SetupError.self) { try Home(path: folder.path).remove() }
        #expect(try folder.read("thesis.txt") == "mine")
    }

    @Test func anEmptyFolderIsTakenAndCanBeRemoved() throws {
        let folder = try TemporaryFolder()
        let home = try Home(path: folder.path).prepared()
        #expect(Files.exists(home.folder("log")))
        try home.remove()
        #expect(!Files.exists(folder.path))
    }

    @Test func aHomeThatAnAccountCannotReachIsRefusedWithTheFolderThatBarsIt() throws {
        let folder = try TemporaryFolder()
        try Files.makeFolder(folder.file("closed"), mode: 0o700)
        let home = try Home(path: folder.file("closed/home"))
        let stranger = Account(name: "stranger", user: 64_000, group: 64_000)
        let error = #expect(throws: SetupError.self) { try home.requireReachable(by: stranger) }
        #expect(error?.description.contains("cannot enter \(folder.file("closed"))") == true)
        try home.requireReachable(by: nil)
    }

    @Test func oneSupervisorAtMostHasTheLock() throws {
        let folder = try TemporaryFolder()
        let home = try Home(path: folder.file("home")).prepared()
        #expect(try SupervisorLock.holder(of: home) == nil)
        do {
            let lock = try #require(try SupervisorLock.take(in: home))
            #expect(try SupervisorLock.take(in: home) == nil)
            #expect(try SupervisorLock.holder(of: home) == getpid())
            withExtendedLifetime(lock) {}
        }
        #expect(try SupervisorLock.holder(of: home) == nil)
    }

    @Test func secretsAreMadeOnceAndReadableByTheirOwnerAlone() throws {
        let folder = try TemporaryFolder()
        let home = try Home(path: folder.file("home")).prepared()
        let first = try Secrets.load(from: home)
        let second = try Secrets.load(from: home)
        #expect(first.postgresPassword == second.postgresPassword)
        #expect(first.postgresPassword != first.brokerPassword)
        #expect(first.postgresPassword.count == 48)
        var status = stat()
        #expect(stat(home.secretsFile, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func keysThatAnEarlierVersionDidNotMakeAreAddedAndStay() throws {
        let folder = try TemporaryFolder()
        let home = try Home(path: folder.file("home")).prepared()
        try Files.write(#"{"postgresPassword": "p", "brokerPassword": "b"}"#, to: home.secretsFile)
        let first = try Secrets.load(from: home)
        #expect(first.postgresPassword == "p")
        func keys(_ secrets: Secrets) -> [String] {
            [
                secrets.signingSeed, secrets.requestKey, secrets.ticketSeed, secrets.sandboxKey,
                secrets.sandboxWebhookSecret,
            ].compactMap { $0 }
        }
        #expect(Set(keys(first)).count == 5 && keys(first).allSatisfy { $0.count == 64 })
        let second = try Secrets.load(from: home)
        #expect(keys(second) == keys(first))
    }

    @Test func brokenSecretsAreAnErrorThatNamesTheFile() throws {
        let folder = try TemporaryFolder()
        let home = try Home(path: folder.file("home")).prepared()
        try Files.write("{", to: home.secretsFile)
        let error = #expect(throws: SetupError.self) { try Secrets.load(from: home) }
        #expect(error?.description.contains(home.secretsFile) == true)
    }
}

@Suite struct PortsTests {
    @Test(arguments: [0, 80, 1023, 65_496, 70_000, -1])
    func aBaseOutOfRangeIsRefused(base: Int) {
        let error = #expect(throws: SetupError.self) { try Ports(base: base) }
        #expect(error?.description.contains("TURNSTILE_PORT_BASE is \(base)") == true)
    }

    @Test func allPortsLieWithinTheSpanAndDiffer() throws {
        let ports = try Ports(base: 9000)
        let servers = [
            ports.gateway, ports.postgres, ports.amqp, ports.amqpManagement, ports.epmd,
            ports.erlangDistribution, ports.sandbox,
        ]
        let faces = (0..<3).flatMap {
            [ports.ingress($0), ports.query($0), ports.stream($0), ports.internalListener($0), ports.payments($0)]
        }
        let all = servers + faces + (0..<12).map(ports.seats) + (0..<4).map(ports.desk)
        #expect(Set(all).isSubset(of: 9000..<9000 + Ports.span) && Set(all).count == all.count)
    }

    @Test func theFirstProcessesKeepThePortsThatTheyHad() throws {
        let ports = try Ports(base: 9000)
        #expect((0..<3).map(ports.ingress) == [9001, 9004, 9005])
        #expect((0..<3).map(ports.query) == [9002, 9006, 9007])
        #expect((0..<3).map(ports.stream) == [9008, 9009, 9015])
        #expect((0..<3).map(ports.internalListener) == [9003, 9036, 9037])
    }

    @Test func aPortInUseIsRefusedWithItsNumberAndWhoNeedsIt() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        #expect(withLoopback(0) { bind(listener, $0, $1) } == 0 && listen(listener, 1) == 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        let port = Int(in_port_t(bigEndian: address.sin_port))
        let error = #expect(throws: SetupError.self) { try Ports.requireFree(port, for: "the gateway") }
        #expect(error?.description.contains("port \(port), which the gateway needs") == true)
    }
}

@Suite struct TemplateTests {
    private func template(_ text: String) throws -> Template {
        let folder = try TemporaryFolder()
        return try Template(reading: try folder.write(text, to: "file.conf"))
    }

    @Test func valuesTakeTheirPlaces() throws {
        let filled = try template("port {{port}}\nagain {{port}} {{…}}\n").filled(["port": "80"])
        #expect(filled == "port 80\nagain 80 {{…}}\n")
    }

    @Test(arguments: [
        ("{{port}}", [:], "nothing is known of {{port}}"), ("{{port", ["port": "80"], "a {{ has no }}"),
        ("none", ["port": "80"], "has no place for port"),
    ])
    func aFileAndValuesThatDoNotFitAreRefused(text: String, values: [String: String], message: String) throws {
        let template = try template(text)
        let error = #expect(throws: SetupError.self) { try template.filled(values) }
        #expect(error?.description.contains(message) == true)
    }
}

@Suite struct RestartBackoffTests {
    @Test func waitsDoubleUpToTheMostAndStartAnewAfterAHealthyRun() {
        var backoff = RestartBackoff(first: .seconds(1), most: .seconds(5), healthyAfter: .seconds(60))
        let waits = (0..<4).map { _ in backoff.died(afterRunning: .seconds(59)) }
        #expect(waits == [1, 2, 4, 5].map { .seconds($0) })
        #expect(backoff.died(afterRunning: .seconds(60)) == .seconds(1))
    }
}
