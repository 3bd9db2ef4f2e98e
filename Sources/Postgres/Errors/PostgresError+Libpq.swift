internal import CPostgres

/// The one place where what libpq reports becomes a `PostgresError`.
extension PostgresError {
    /// What a failed result says.
    init(result: OpaquePointer, statement: SQL?) {
        func field(_ code: UInt8) -> String? {
            PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
        }
        var facts = Facts(code: .server, message: "")
        facts.message = field(DiagnosticField.message) ?? Self.tidied(PQresultErrorMessage(result))
        facts.sqlState = field(DiagnosticField.sqlState).map(SQLState.init)
        facts.detail = field(DiagnosticField.detail)
        facts.hint = field(DiagnosticField.hint)
        facts.context = field(DiagnosticField.context)
        facts.schema = field(DiagnosticField.schema)
        facts.table = field(DiagnosticField.table)
        facts.column = field(DiagnosticField.column)
        facts.constraint = field(DiagnosticField.constraint)
        facts.statement = statement.map { Self.shortened($0.text) }
        let severity = field(DiagnosticField.severity)
        if facts.sqlState == nil || severity == "FATAL" || severity == "PANIC" {
            // Without a state it is libpq that speaks: it lost the connection. After FATAL the server has closed it.
            facts.code = .connectionLost
            facts.isConnectionLost = true
        } else if facts.sqlState == .undefinedStatement
            || facts.sqlState == .featureNotSupported && field(DiagnosticField.function) == "RevalidateCachedQuery"
        {
            facts.code = .stalePlan
            facts.isRetryable = true
        } else if let state = facts.sqlState {
            facts.isRetryable = Self.retryable.contains(state)
        }
        self.init(facts)
    }

    private static let retryable: Set<SQLState> = [.serializationFailure, .deadlockDetected, .lockNotAvailable]

    /// What is known about a connection in use that broke: the server's last words, if any, or what libpq says.
    static func lost(
        _ handle: OpaquePointer, farewell: (state: SQLState, message: String)?, statement: SQL?
    ) -> PostgresError {
        let said = farewell?.message ?? tidied(PQerrorMessage(handle))
        var facts = Facts(code: .connectionLost, message: said.isEmpty ? "the connection was lost" : said)
        facts.sqlState = farewell?.state
        facts.statement = statement.map { shortened($0.text) }
        facts.isConnectionLost = true
        return PostgresError(facts)
    }

    /// What libpq says about an attempt to connect, with errors in their verbose form, which has the SQLSTATE.
    static func connecting(_ handle: OpaquePointer, to host: PostgresSettings.Host) -> PostgresError {
        let said = String(cString: PQerrorMessage(handle))
        let lines = said.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
            .map { $0.drop(while: { $0 == " " || $0 == "\t" }) }
        var message = lines.joined(separator: " ")
        var state: SQLState?
        // “… failed: FATAL:  28P01: password authentication failed …”; the words are in the server's language.
        if let mark = message.firstRange(of: ":  ") {
            let rest = message[mark.upperBound...]
            let code = rest.prefix(5)
            let isState = code.utf8.count == 5 && code.utf8.allSatisfy { (48...57) ~= $0 || (65...90) ~= $0 }
            if isState, rest.dropFirst(5).hasPrefix(": ") {
                state = SQLState(String(code))
                message.removeSubrange(mark.upperBound..<message.index(mark.upperBound, offsetBy: 7))
            }
        }
        if message.isEmpty { message = "cannot connect to \(host)" }
        let wrongSession = state == nil && (said.contains("session is ") || said.contains("server is "))
        var facts = Facts(
            code: state != nil ? .refusedByServer : wrongSession ? .wrongSession : .connectFailed, message: message)
        facts.sqlState = state
        facts.isConnectionLost = true
        // A wrong password or name stays wrong; everything else may pass.
        facts.isRetryable = state.map { $0.classCode == "57" || $0.classCode == "53" } ?? true
        return PostgresError(facts)
    }

    /// A statement in an error is there to be recognised, not to fill the log.
    static func shortened(_ text: String) -> String {
        let limit = 500
        guard text.utf8.count > limit else { return text }
        return String(text.prefix(limit)) + "…"
    }

    private static func tidied(_ text: UnsafePointer<CChar>?) -> String {
        guard let text else { return "" }
        return String(cString: text).split(separator: "\n").map { $0.drop(while: { $0 == " " || $0 == "\t" }) }
            .joined(separator: " ")
    }
}

/// The keys of an error's fields (`PG_DIAG_…`, which are macros of characters and so not seen by Swift).
private enum DiagnosticField {
    static let severity = UInt8(ascii: "V")
    static let sqlState = UInt8(ascii: "C")
    static let message = UInt8(ascii: "M")
    static let detail = UInt8(ascii: "D")
    static let hint = UInt8(ascii: "H")
    static let context = UInt8(ascii: "W")
    static let schema = UInt8(ascii: "s")
    static let table = UInt8(ascii: "t")
    static let column = UInt8(ascii: "c")
    static let constraint = UInt8(ascii: "n")
    static let function = UInt8(ascii: "R")
}
