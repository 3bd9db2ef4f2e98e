/// A structured log: what a component writes its lines to.
///
///     let log = Log(service: "ingress", sink: .standardError())
///     log.info("listening", ["server.port": .int(port)])
///     let lane = log.with(["turnstile.partition": 7])
///     lane.error("the commit failed", error, ["turnstile.batch": .int(batch)])
///
/// A line of a level that is switched off costs one load and one comparison: message and fields are not even built.
/// Lines are at most `Log.lineLimit` bytes long; what is longer is cut off and marked.
public struct Log: Sendable {
    /// The longest line, its end included: what Linux writes into a pipe in one piece (`PIPE_BUF`), so that lines of
    /// several processes that share one never mix.
    public static let lineLimit = 4_096

    public let service: String
    /// What every line of this log carries.
    public let fields: LogFields
    public let sink: LogSink
    private let time: any TimeSource

    public init(service: String, sink: LogSink, fields: LogFields = [:], time: any TimeSource = SystemTime()) {
        self.service = service
        self.sink = sink
        self.fields = fields
        self.time = time
    }

    /// A log that writes nothing: for tests and for components whose user wants none.
    public static let none = Log(service: "", sink: LogSink(level: .error, format: .json) { _ in })

    /// The same log with fields added to every line.
    public func with(_ more: LogFields) -> Log {
        Log(service: service, sink: sink, fields: fields.merging(more), time: time)
    }

    /// Whether a line of this level would be written.
    public func isOn(_ level: LogLevel) -> Bool { sink.isOn(level) }

    public func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        if sink.isOn(.debug) { emit(.debug, message(), fields()) }
    }

    public func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        if sink.isOn(.info) { emit(.info, message(), fields()) }
    }

    public func warning(
        _ message: @autoclosure () -> String, _ error: (any Error)? = nil,
        _ fields: @autoclosure () -> LogFields = [:]
    ) {
        if sink.isOn(.warning) { emit(.warning, message(), Self.describing(error, fields())) }
    }

    public func error(
        _ message: @autoclosure () -> String, _ error: (any Error)? = nil,
        _ fields: @autoclosure () -> LogFields = [:]
    ) {
        if sink.isOn(.error) { emit(.error, message(), Self.describing(error, fields())) }
    }

    /// For a level that is only known at run time.
    public func write(
        _ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
    ) {
        if sink.isOn(level) { emit(level, message(), fields()) }
    }

    private static func describing(_ error: (any Error)?, _ fields: LogFields) -> LogFields {
        guard let error else { return fields }
        var described: LogFields = [
            "error.message": .describing(error), "error.type": .string(String(reflecting: type(of: error))),
        ]
        if let coded = error as? any CodedError { described["error.code"] = .string(coded.errorCode) }
        return described.merging(fields)
    }

    private func emit(_ level: LogLevel, _ message: String, _ more: LogFields) {
        let line = LogLine(
            time: time.wall, level: level, service: service, message: message, fields: fields.merging(more))
        withUnsafeTemporaryAllocation(byteCount: Self.lineLimit, alignment: 1) { memory in
            var buffer = LineBuffer(memory, reserve: LogLine.reserve)
            line.write(to: &buffer, style: sink.style)
            guard let missed = sink.write(buffer.bytes) else { return }
            // The line is out, and it is the first one after some that were not: say so.
            let note = LogLine(
                time: line.time, level: .warning, service: service, message: "log lines were dropped",
                fields: ["event.action": "log-dropped", "turnstile.dropped": .int(missed)])
            buffer = LineBuffer(memory, reserve: LogLine.reserve)
            note.write(to: &buffer, style: sink.style)
            _ = sink.write(buffer.bytes)
        }
    }
}
