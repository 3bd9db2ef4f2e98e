public import Runtime

extension PostgresSettings {
    /// How the settings file's section `postgres` wants connections to be, to the server of that URL.
    public init(_ section: PostgresSection, url: String) throws(PostgresError) {
        try self.init(url)
        connectTimeout = section.connectTimeout
        statementTimeout = section.statementTimeout
        lockTimeout = section.lockTimeout
        idleInTransactionTimeout = section.idleInTransactionTimeout
        tcpUserTimeout = section.keepaliveTimeout
    }
}

extension PostgresPool.Options {
    /// How the settings file's section `postgres` wants a pool to be.
    public init(_ section: PostgresSection) {
        self.init()
        size = section.poolSize
        acquireTimeout = section.poolWait
        firstBackoff = section.reconnectFirst
        maximumBackoff = max(section.reconnectFirst, section.reconnectMost)
    }
}
