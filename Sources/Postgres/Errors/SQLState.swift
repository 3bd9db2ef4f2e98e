/// The five characters by which the server classifies an error. Named are those that callers act on.
public struct SQLState: Sendable, Hashable, CustomStringConvertible {
    public let code: String

    public init(_ code: String) {
        self.code = code
    }

    public var description: String { code }

    /// The first two characters: the class, such as `23` for integrity violations.
    public var classCode: Substring { code.prefix(2) }

    // Integrity.
    public static let notNullViolation = SQLState("23502")
    public static let foreignKeyViolation = SQLState("23503")
    public static let uniqueViolation = SQLState("23505")
    public static let checkViolation = SQLState("23514")
    public static let exclusionViolation = SQLState("23P01")

    // Transactions and locks.
    public static let serializationFailure = SQLState("40001")
    public static let deadlockDetected = SQLState("40P01")
    public static let lockNotAvailable = SQLState("55P03")
    public static let inFailedTransaction = SQLState("25P02")
    public static let readOnlyTransaction = SQLState("25006")
    public static let idleInTransactionTimeout = SQLState("25P03")
    /// A statement timeout, or somebody cancelled the statement.
    public static let queryCanceled = SQLState("57014")

    // The server's state.
    public static let adminShutdown = SQLState("57P01")
    public static let crashShutdown = SQLState("57P02")
    /// The server starts, stops or recovers.
    public static let cannotConnectNow = SQLState("57P03")
    public static let idleSessionTimeout = SQLState("57P05")
    public static let tooManyConnections = SQLState("53300")
    public static let diskFull = SQLState("53100")
    public static let outOfMemory = SQLState("53200")

    // Access.
    public static let invalidPassword = SQLState("28P01")
    public static let invalidAuthorization = SQLState("28000")
    public static let insufficientPrivilege = SQLState("42501")

    // Names and types.
    public static let undefinedDatabase = SQLState("3D000")
    public static let duplicateDatabase = SQLState("42P04")
    public static let undefinedTable = SQLState("42P01")
    public static let undefinedColumn = SQLState("42703")
    public static let undefinedFunction = SQLState("42883")
    public static let duplicateTable = SQLState("42P07")
    public static let duplicateObject = SQLState("42710")
    public static let syntaxError = SQLState("42601")
    public static let objectInUse = SQLState("55006")
    public static let featureNotSupported = SQLState("0A000")
    public static let undefinedStatement = SQLState("26000")

    // Values.
    public static let divisionByZero = SQLState("22012")
    public static let numericValueOutOfRange = SQLState("22003")
    public static let dateTimeOutOfRange = SQLState("22008")
    /// A text holds a byte that the server's encoding has no place for, such as zero.
    public static let invalidTextCharacter = SQLState("22021")
    public static let invalidBinaryRepresentation = SQLState("22P03")
    public static let raisedException = SQLState("P0001")
}
