import Desk
import Pipeline
import Postgres
import Schema
import Sealing
import Tenancy
import TestSupport
import Testing
import Ticketing
import Wire

@testable import DeskLine

/// Journals as the worker does, in times of its own: batches are decided one after another and committed to the
/// tenant's database.
final class DeskRecorder {
    /// 2026-06-01T12:00:00Z.
    static let start = Time(microseconds: 1_780_315_200_000_000)
    static let settings = DeskSettings(
        classes: [DeskSettings.Class(name: "A", minutes: 3), DeskSettings.Class(name: "B", minutes: 9)], agents: 2,
        softAssignSeconds: 60)

    let request: DeskWireCommand
    private let partition: Int
    private let store: PostgresDeskStore
    private let settings: PostgresSettings
    private var state: DeskState?
    private var head = (number: UInt64(0), sequence: UInt64(1), chain: Digest.zero)
    private(set) var now = DeskRecorder.start
    private var commands: UInt64
    private(set) var answers: [DeskAnswer] = []

    var tenant: TenantId { request.tenant }

    /// An account whose database is there and empty.
    init(_ number: UInt64, in scene: DeskScene) throws {
        request = DeskScript.request(number, Self.settings)
        commands = number << 16
        partition = Keys.partition(of: request.tenant, among: scene.partitions)
        let worker = WorkerId("recorder-\(number)")
        let control = try PostgresControlStore.connect(
            scene.database, for: worker, as: "control", stores: scene.stores)
        let wish = Errand.Wish.request(
            id: request.id, subDomain: "desk-\(number)", payload: try #require(DeskScript.payload(request)),
            replyTo: nil)
        let errand = Errand(number: 1, tenant: request.tenant, partition: partition, epoch: 0, wish: wish)
        guard case .requested(let account, _) = try control.run(errand),
            let settings = scene.stores.settings(store: account.store, database: account.database),
            let maintenance = scene.stores.maintenance(store: account.store)
        else { throw NoScene() }
        self.settings = settings
        let server = try PostgresConnection.connect(maintenance)
        try server.run(script: "CREATE DATABASE \(PostgresIdentifier(account.database)) TEMPLATE template0")
        server.close()
        let connection = try PostgresConnection.connect(settings)
        let migrations = try Migration.read(folder: "\(Tool.packageFolder)/Config/schema/tenant")
        _ = try Migrator.migrate(connection, to: migrations)
        // Its own times are others than the clock's.
        try connection.execute("SELECT prepare_week($1)", Int32(Keys.week(of: Self.start)))
        try connection.execute("INSERT INTO line (name, partitions, spares) VALUES ('desk', 1, 0)")
        try connection.execute("INSERT INTO partition (line, number) VALUES ('desk', $1)", Int32(partition))
        connection.close()
        let visit = Visit(
            number: 1, tenant: request.tenant, partition: partition, epoch: 1, store: account.store,
            database: account.database, wish: .open(at: Self.start))
        store = try PostgresDeskStore.connect(
            scene.stores, visit, for: worker, silence: .seconds(2),
            key: try SigningKey(seed: [UInt8](repeating: 7, count: 32)), migrations: migrations)
        guard case .opened = store.run(visit) else { throw NoScene() }
        try record([request, DeskScript.ready(number)])
        _ = try control.run(
            Errand(number: 2, tenant: request.tenant, partition: partition, epoch: 0, wish: .activate))
    }

    struct NoScene: Error {}

    func close() { store.close() }
    func pass(seconds: Int64) { now = Time(microseconds: now.microseconds + seconds * 1_000_000) }

    /// Decides them in one batch, with what is due by then.
    func record(_ commands: [DeskWireCommand]) throws {
        var batch = DeskBatch(
            tenant: request.tenant, partition: partition, epoch: 1, number: head.number + 1, at: now,
            firstSequence: head.sequence, previousChain: head.chain)
        var arrears = DeskBook.arrears(of: request.tenant, batch: batch.number)
        state?.fallDue(through: DeskTime(now), arrears: &arrears)
        var flight = TenantLane.Flight(batch: batch)
        flight.add(arrears.decisions)
        batch = flight.batch
        for command in commands {
            let decision = DeskBook.decide(
                command.order, id: command.id, tenant: command.tenant, at: now, state: &state, arrears: &arrears)
            batch.entries.append(
                DeskEntry(
                    id: command.id, payload: try #require(DeskScript.payload(command)),
                    verdict: .decided(try #require(decision)), trace: nil))
        }
        batch.due = state?.nextDue
        guard !batch.entries.isEmpty else { return }
        let visit = Visit(
            number: batch.number + 1, tenant: request.tenant, partition: partition, epoch: 1, store: "main",
            database: "", wish: .commit(batch))
        switch store.run(visit) {
        case .committed(let chain, let answers):
            head = (batch.number, head.sequence + UInt64(batch.entries.count), chain)
            self.answers = Array(answers.suffix(commands.count))
        case let outcome: throw Refused(outcome: "\(outcome)")
        }
    }

    struct Refused: Error {
        let outcome: String
    }

    /// Decides one, and says what it came to.
    @discardableResult
    func ask(_ command: DeskCommand) throws -> CommandId {
        commands += 1
        let wire = DeskWireCommand(
            id: DeskScript.id(commands), tenant: tenant, order: .existing(command), replyTo: "ingress-1")
        try record([wire])
        return wire.id
    }

    func ticket(_ id: CommandId) -> DeskTicketId { DeskTicketId(command: DeskCommandId(id), index: 0) }

    /// Everything that can become of tickets and slots, over some minutes.
    func live() throws {
        let first = try ask(.createTicket(class: "A"))
        try ask(.createTicket(class: "B"))
        let slot = try ask(.validateEta(class: "B"))
        try ask(.validateEta(class: "B"))
        try ask(.allocateSlot(DeskSlotId(ticket(slot)), class: "B"))
        let cancelled = try ask(.createTicket(class: "B"))
        try ask(.cancel(ticket(cancelled)))
        for _ in 0..<8 { try ask(.createTicket(class: "A")) }
        // Two of them are worked on, one is resolved before its time, one slot lapses.
        pass(seconds: 70)
        try ask(.resolve(ticket(first)))
        for _ in 0..<4 { try ask(.createTicket(class: "B")) }
        pass(seconds: 60)
        try record([])
        try ask(.setSettings(Self.settings))
        pass(seconds: 60)
        try ask(.createTicket(class: "B"))
        try ask(.validateEta(class: "B"))
        try ask(.createTicket(class: "Z"))
    }
}
