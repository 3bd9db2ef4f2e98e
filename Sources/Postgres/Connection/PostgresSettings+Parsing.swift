internal import CPostgres

extension PostgresSettings {
    /// Reads a `postgres://` URL or a connection string of `keyword=value` pairs, as `psql` takes them.
    ///
    /// Several hosts, `connect_timeout`, `keepalives…`, `tcp_user_timeout`, `target_session_attrs`, `sslmode` and
    /// `application_name` find their place in the fields; what else libpq knows goes to `other`.
    public init(_ text: String) throws(PostgresError) {
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &complaint) else {
            // libpq's complaint quotes the text, and with it perhaps the password.
            PQfreemem(complaint)
            throw PostgresError(
                .invalidSettings,
                "cannot be read as a URL (postgres://user@host:port/database?application_name=…) "
                    + "or as keyword=value pairs that libpq knows")
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        try self.init(values: values)
    }

    private init(values: [String: String]) throws(PostgresError) {
        var values = values
        let names = values.removeValue(forKey: "host") ?? values.removeValue(forKey: "hostaddr") ?? "localhost"
        let ports = (values.removeValue(forKey: "port") ?? "5432").split(
            separator: ",", omittingEmptySubsequences: false)
        let list = names.split(separator: ",", omittingEmptySubsequences: false)
        guard ports.count == 1 || ports.count == list.count else {
            throw PostgresError(
                .invalidSettings, "\(list.count) hosts, but \(ports.count) ports: give one, or one for each")
        }
        var hosts: [Host] = []
        for (index, name) in list.enumerated() {
            let text = ports.count == 1 ? ports[0] : ports[index]
            guard let port = text.isEmpty ? 5432 : Int(text), 1...65535 ~= port else {
                throw PostgresError(.invalidSettings, "a port is a number from 1 to 65535")
            }
            hosts.append(Host(name.isEmpty ? "localhost" : String(name), port: port))
        }
        self.init(
            hosts: hosts, user: values.removeValue(forKey: "user"), password: values.removeValue(forKey: "password"),
            database: values.removeValue(forKey: "dbname"))

        if let name = values.removeValue(forKey: "application_name") { applicationName = name }
        if let seconds = try Self.number("connect_timeout", from: &values), seconds > 0 {
            connectTimeout = .seconds(seconds)
        }
        if let milliseconds = try Self.number("tcp_user_timeout", from: &values) {
            tcpUserTimeout = .milliseconds(milliseconds)
        }
        if let idle = try Self.number("keepalives_idle", from: &values) { keepalive?.idle = .seconds(idle) }
        if let interval = try Self.number("keepalives_interval", from: &values) {
            keepalive?.interval = .seconds(interval)
        }
        if let count = try Self.number("keepalives_count", from: &values) { keepalive?.count = count }
        if try Self.number("keepalives", from: &values) == 0 { keepalive = nil }
        if let text = values.removeValue(forKey: "target_session_attrs") {
            targetSession = try Self.choice("target_session_attrs", text)
        }
        if let text = values.removeValue(forKey: "sslmode") { encryption = try Self.choice("sslmode", text) }
        other = values
    }

    private static func number(
        _ key: String, from values: inout [String: String]
    ) throws(PostgresError) -> Int? {
        guard let text = values.removeValue(forKey: key) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw PostgresError(.invalidSettings, "\(key) must be a whole number, not “\(text)”")
        }
        return number
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String, _ text: String
    ) throws(PostgresError) -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw PostgresError(.invalidSettings, "\(key) must be one of \(known), not “\(text)”")
        }
        return value
    }
}

extension PostgresSettings {
    /// What libpq is told for one host.
    func parameters(for host: Host) -> [(keyword: String, value: String)] {
        var list: [String: String] = ["gssencmode": "disable"]
        list.merge(other) { _, given in given }
        list["host"] = host.name
        list["port"] = String(host.port)
        list["user"] = user
        list["password"] = password
        list["dbname"] = database
        list["application_name"] = applicationName
        list["client_encoding"] = "UTF8"
        list["target_session_attrs"] = targetSession.rawValue
        list["sslmode"] = encryption.rawValue
        list["keepalives"] = keepalive == nil ? "0" : "1"
        if let keepalive {
            list["keepalives_idle"] = Self.wholeSeconds(keepalive.idle)
            list["keepalives_interval"] = Self.wholeSeconds(keepalive.interval)
            list["keepalives_count"] = String(keepalive.count)
        }
        list["tcp_user_timeout"] = String(tcpUserTimeout.wholeMilliseconds)
        var options = other["options"].map { [$0] } ?? []
        let limits = [
            ("statement_timeout", statementTimeout), ("lock_timeout", lockTimeout),
            ("idle_in_transaction_session_timeout", idleInTransactionTimeout),
        ]
        for (name, limit) in limits {
            if let limit { options.append("-c \(name)=\(limit.wholeMilliseconds)") }
        }
        if !options.isEmpty { list["options"] = options.joined(separator: " ") }
        return list.map { (keyword: $0.key, value: $0.value) }
    }

    private static func wholeSeconds(_ duration: Duration) -> String {
        String(max(1, duration.wholeMilliseconds / 1000))
    }
}

extension Duration {
    /// In the range of a C `int`, and never 0 for a time above 0: zero means “for ever” to most that take it.
    var wholeMilliseconds: Int {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
