internal import API
internal import HTTPServer
internal import Pipeline
internal import Postgres
internal import RabbitMQ
internal import Runtime
internal import Ticketing
internal import Wire

/// What operators ask of an installation by HTTP.
struct OperateRoutes: Sendable {
    let mover: EventMover
    let log: Log
    private let moving = Lock(0)
    private static let mostMoves = 4

    init(database: PostgresSettings, broker: ConnectionSettings, log: Log) {
        mover = EventMover(database: database, broker: broker)
        self.log = log
    }

    func add(to door: inout Door) {
        door.on(.dedicate) { try move($0, .dedicate) }
        door.on(.undedicate) { try move($0, .undedicate) }
    }

    /// A move takes its time: each has a thread, and there are few at once.
    private func move(_ call: Call, _ goal: EventMover.Goal) throws(Fault) {
        guard let event = EventId(text: call.id) else { throw .notFound }
        let isFree = moving.withLock { moving in
            guard moving < Self.mostMoves else { return false }
            moving += 1
            return true
        }
        guard isFree else { throw .unavailable("Other events are being moved.") }
        do {
            _ = try OwnedThread(name: "move") {
                defer { moving.withLock { $0 -= 1 } }
                do {
                    let partition = try mover.move(event, goal)
                    log.info("an event has moved", ["turnstile.event": .string(event.text)])
                    call.answer(Response(.ok, .json, .bytes(Self.body(event, partition))))
                } catch let error as MoveError {
                    call.refuse(Fault(error))
                } catch {
                    log.warning("an event could not be moved", error)
                    call.refuse(.unavailable("The database or the broker is away: ask again."))
                }
            }
        } catch {
            moving.withLock { $0 -= 1 }
            throw .unavailable("The process has no thread to spare.")
        }
    }

    private static func body(_ event: EventId, _ partition: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("eventId")
        writer.id(event)
        writer.key("partition")
        writer.integer(partition)
        writer.endObject()
        return writer.bytes
    }
}

extension Fault {
    fileprivate init(_ error: MoveError) {
        switch error {
        case .noSuchEvent: self = .notFound
        case .noSpare, .busy: self.init(.conflict, "\(error).")
        case .noLine, .tooSlow, .unheard: self = .unavailable("\(error).")
        }
    }
}
