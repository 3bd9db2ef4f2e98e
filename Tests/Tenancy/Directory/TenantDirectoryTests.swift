internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import TestSupport
internal import Testing
internal import Wire

@testable import Tenancy

/// A directory with its tables and its exchange, each behind a proxy that can misbehave.
private struct Scene: Sendable {
    let tables: ControlTables
    let database: FaultProxy
    let broker: FaultProxy
    let virtualHost: TestBroker
    let directory: TenantDirectory
    let metrics = Metrics()
    let told = Lock<[TenantPlace]>([])

    /// - Parameter look: how often the table is asked without a reason.
    static func with(
        look: Duration = .seconds(600), before: @escaping @Sendable (ControlTables) throws -> Void = { _ in },
        _ body: @escaping @Sendable (Scene) throws -> Void
    ) async throws {
        try await TestBroker.withVirtualHost { virtualHost in
            let database = try TestDatabase()
            let result = Result {
                let tables = try ControlTables(database.settings)
                try before(tables)
                let scene = try Scene(tables, virtualHost, look: look)
                defer { scene.stop() }
                try body(scene)
            }
            try database.drop()
            try result.get()
        }
    }

    private init(_ tables: ControlTables, _ virtualHost: TestBroker, look: Duration) throws {
        self.tables = tables
        self.virtualHost = virtualHost
        var database = tables.settings
        self.database = try FaultProxy(to: UInt16(database.hosts[0].port))
        database.hosts = [.init("127.0.0.1", port: Int(self.database.port))]
        database.encryption = .disable
        var broker = try ConnectionSettings.patient(url: virtualHost.url)
        self.broker = try FaultProxy(to: broker.port)
        broker.host = "127.0.0.1"
        broker.port = self.broker.port
        var options = TenantDirectory.Options()
        options.look = look
        directory = try TenantDirectory(
            database: database, broker: broker, options: options,
            backoff: Backoff(first: .milliseconds(10), limit: .milliseconds(50)), metrics: metrics, log: .none)
        directory.onChange { [told] place in told.withLock { $0.append(place) } }
    }

    /// Starts it and waits until it listens: then everything that is told is heard.
    func start() throws {
        try directory.start()
        try waitUntilHeard()
        try #require(directory.waitUntilLoaded(for: .seconds(30)))
    }

    func waitUntilHeard() throws {
        try wait(until: "the exchange has a queue with a consumer") {
            let queues = try virtualHost.manage("GET", "/api/queues/{vhost}")
            return queues.contains(#""consumers":1"#) && queues.contains(#""exclusive":true"#)
        }
    }

    func tell(_ places: TenantPlace...) throws {
        var bytes: [UInt8] = []
        for place in places { DirectoryLine.append(place, to: &bytes) }
        try tell(String(decoding: bytes, as: UTF8.self))
    }

    func tell(_ text: String) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.raw(#""properties":{},"routing_key":"","payload_encoding":"string","payload":"#.utf8)
        writer.string(text)
        writer.endObject()
        let body = String(decoding: writer.bytes, as: UTF8.self)
        let answer = try virtualHost.manage(
            "POST", "/api/exchanges/{vhost}/\(DirectoryLine.exchange)/publish", body: body)
        try #require(answer.contains(#""routed":true"#))
    }

    func metric(_ name: String) -> Double? {
        String(decoding: metrics.text(), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    func stop() {
        directory.stop()
        database.stop()
        broker.stop()
    }
}

@Suite struct TenantDirectoryTests {
    @Test func whatIsThereIsReadAndWhatIsToldIsHeard() async throws {
        try await Scene.with(before: { try $0.insert(place(1, version: 0, status: .requested)) }) { scene in
            #expect(scene.directory.complaints == ["the tenant directory has not been read yet"])
            try scene.start()
            #expect(scene.directory.isLoaded && scene.directory.complaints.isEmpty)
            let first = try #require(scene.directory[place(1, version: 1).tenant])
            #expect(first.version == 1 && first.status == .requested && first.partition == 1)

            // The table is not looked at for ten minutes: what is known now was told.
            let active = try scene.tables.activate(first)
            let second = try scene.tables.insert(place(2, version: 0))
            try scene.tell(active, second)
            try wait(until: "both are heard") { scene.directory.version == 3 }
            #expect(scene.directory.place(subDomain: "tenant-1") == active && scene.directory[second.tenant] == second)
            #expect(scene.directory.places(in: 2) == [second] && scene.directory.all == [active, second])
            #expect(scene.told.withLock { $0 } == [first, active, second], "each once, in order")
            #expect(
                scene.metric("turnstile_directory_version") == 3 && scene.metric("turnstile_directory_tenants") == 2)
            #expect(scene.metric("turnstile_directory_lag_seconds_count") == 2, "what was there before came not late")
        }
    }

    @Test func aLostMessageIsFoundWhenTheNextOneIsHeard() async throws {
        try await Scene.with { scene in
            try scene.start()
            let lost = try scene.tables.insert(place(1, version: 0))
            let heard = try scene.tables.insert(place(2, version: 0))
            try scene.tell(heard)
            try wait(until: "the gap is filled") { scene.directory.version == 2 }
            #expect(scene.directory[lost.tenant] == lost && scene.directory[heard.tenant] == heard)
            #expect(Set(scene.told.withLock { $0 }) == [lost, heard])
        }
    }

    @Test func aLostMessageIsFoundByTheRegularLook() async throws {
        try await Scene.with(look: .milliseconds(50)) { scene in
            try scene.start()
            let lost = try scene.tables.insert(place(1, version: 0))
            try wait(until: "the table is looked at") { scene.directory[lost.tenant] == lost }
        }
    }

    @Test func whatWasToldWhileTheBrokerWasAwayIsReadOnceItIsBack() async throws {
        try await Scene.with { scene in
            let first = try scene.tables.insert(place(1, version: 0))
            try scene.start()
            scene.broker.refuse()
            let missed = try scene.tables.insert(place(2, version: 0))
            #expect(scene.directory[first.tenant] == first, "it goes on answering")
            #expect(scene.directory[missed.tenant] == nil)
            scene.broker.forward()
            try wait(until: "the connection is back and the table was read") { scene.directory.version == 2 }
            #expect(scene.directory[missed.tenant] == missed)
            try scene.waitUntilHeard()
            let later = try scene.tables.insert(place(3, version: 0))
            try scene.tell(later)
            try wait(until: "it is heard again") { scene.directory[later.tenant] == later }
        }
    }

    @Test func whileTheDatabaseIsAwayWhatIsToldIsHeard() async throws {
        try await Scene.with(look: .milliseconds(50)) { scene in
            let first = try scene.tables.insert(place(1, version: 0))
            try scene.start()
            for isSilent in [true, false] {
                if isSilent { scene.database.freeze() } else { scene.database.refuse() }
                let told = try scene.tables.insert(place(isSilent ? 2 : 3, version: 0))
                try scene.tell(told)
                try wait(until: "it is heard") { scene.directory[told.tenant] == told }
                #expect(scene.directory[first.tenant] == first && scene.directory.complaints.isEmpty)
            }
            scene.database.forward()
            let untold = try scene.tables.insert(place(4, version: 0))
            try wait(until: "the table is looked at again") { scene.directory[untold.tenant] == untold }
        }
    }

    @Test func whoStartsWhileTheDatabaseIsAwayKnowsThatNothingIsKnown() async throws {
        try await Scene.with(look: .milliseconds(50)) { scene in
            scene.database.refuse()
            let first = try scene.tables.insert(place(1, version: 0))
            try scene.directory.start()
            try scene.waitUntilHeard()
            let told = try scene.tables.insert(place(2, version: 0))
            try scene.tell(told)
            try wait(until: "what is told is known") { scene.directory[told.tenant] == told }
            #expect(!scene.directory.isLoaded && scene.directory[first.tenant] == nil)
            scene.database.forward()
            try wait(until: "it is read") { scene.directory.isLoaded }
            #expect(scene.directory.all.map(\.tenant) == [first.tenant, told.tenant])
        }
    }

    @Test func aMessageThatIsNoneIsCountedAndTheNextIsHeard() async throws {
        try await Scene.with { scene in
            try scene.start()
            try scene.tell("nonsense\n")
            let told = try scene.tables.insert(place(1, version: 0))
            try scene.tell(told)
            try wait(until: "the good one is heard") { scene.directory[told.tenant] == told }
            #expect(scene.metric("turnstile_directory_malformed_total") == 1)
        }
    }

    @Test func itStopsWhileTheDatabaseIsSilent() async throws {
        try await Scene.with(look: .milliseconds(20)) { scene in
            try scene.start()
            scene.database.freeze()
            // That it waits for an answer by then is likely, and that it ends either way is what is asked.
            let before = SystemTime().monotonic
            scene.directory.stop()
            #expect(SystemTime().monotonic - before < .seconds(4), "the wait is interrupted, and not sat out")
        }
    }
}
