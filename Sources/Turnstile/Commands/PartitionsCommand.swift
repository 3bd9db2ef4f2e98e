internal import Pipeline
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Supervisor
internal import Ticketing
internal import Wire

/// `turnstile partitions`.
enum PartitionsCommand {
    static func run(_ arguments: Arguments) throws -> Int32 {
        do {
            let database = try arguments.databaseSettings()
            switch arguments.partitions {
            case .list: try list(database)
            case .dedicate(let event): try move(event, .dedicate, database, arguments)
            case .undedicate(let event): try move(event, .undedicate, database, arguments)
            }
            return ExitCode.success.rawValue
        } catch let error as PostgresError where error.isConnectionLost {
            throw ProgramFailure(.unavailable, "\(error)")
        } catch let error as RabbitMQError {
            throw ProgramFailure(.unavailable, "\(error)")
        }
    }

    private static func move(
        _ event: EventId, _ goal: EventMover.Goal, _ database: PostgresSettings, _ arguments: Arguments
    ) throws {
        guard let url = try arguments.broker ?? RunFile.read(of: arguments.home)?.amqp else {
            throw ProgramFailure(.unavailable, "nothing is running in \(arguments.home.path): name a --broker, too")
        }
        let mover = EventMover(database: database, broker: try ConnectionSettings(url: url))
        let partition = try mover.move(event, goal)
        Terminal.line("\(event.text) is decided in partition \(partition)")
    }

    private static func list(_ database: PostgresSettings) throws {
        let connection = try PostgresConnection.connect(database)
        defer { connection.close() }
        var rows = [["line", "partition", "owner", "epoch", "batches", "decisions", "whose"]]
        for row in try connection.query(Self.seats) {
            let (number, owner, epoch, batches, decisions, event) = try row.decode(
                (Int, String?, Int64, Int64, Int64, PostgresUUID?).self)
            let guest = event.map { EventId(high: $0.high, low: $0.low).text } ?? "-"
            rows.append(["seats", "\(number)", owner ?? "-", "\(epoch)", "\(batches)", "\(decisions)", guest])
        }
        for row in try connection.query(Self.desks) {
            let (number, owner, epoch, tenants) = try row.decode((Int, String?, Int64, Int64).self)
            // Each tenant's own database has its batches and decisions.
            rows.append(["desk", "\(number)", owner ?? "-", "\(epoch)", "-", "-", "tenants: \(tenants)"])
        }
        Terminal.table(rows)
    }

    private static let seats: SQL = """
        SELECT number, owner, epoch, batch_no, next_seq - 1,
            (SELECT event FROM event_route WHERE event_route.partition = number
                AND number >= (SELECT partitions FROM line WHERE name = partition.line) LIMIT 1)
        FROM partition WHERE line = 'seats' ORDER BY number
        """

    private static let desks: SQL = """
        SELECT number, owner, epoch, (SELECT count(*) FROM account WHERE account.partition = number)
        FROM partition WHERE line = 'desk' ORDER BY number
        """
}
