/// A whole script, such as a migration file, whose author is trusted as the author of the program is.
///
/// It may hold several statements, and only `run(script:)` takes it: it is no `SQL`, so that no statement with
/// parameters, and no part of one, is ever made from a string.
///
///     try connection.run(script: SQLScript(trusted: migration.script))
public struct SQLScript: Sendable {
    let statements: SQL

    /// Never build one from input.
    public init(trusted text: String) {
        statements = SQL(composed: text)
    }

    /// The text, as shown in errors.
    public var text: String { statements.text }
}
