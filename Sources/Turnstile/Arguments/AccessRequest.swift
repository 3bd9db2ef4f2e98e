internal import Tenancy

/// What `turnstile tenants` and `turnstile keys` shall do.
enum AccessRequest {
    case createTenant(name: String)
    case listTenants
    case examineTenants
    case createKey(NewKey)
    /// Of all tenants, and of none, where none is named.
    case listKeys(tenant: String?)
    case revokeKey(id: String)

    struct NewKey {
        /// Nil for a key that runs the installation.
        var tenant: String?
        var scopes: [Scope]
        var name: String
        var rateLimit: Int32?
    }
}

/// Reads the words behind `tenants` and `keys`.
struct AccessReader {
    private var rest: ArraySlice<String>
    private(set) var database: String?

    private static let nameLength = 1...200

    init(_ words: ArraySlice<String>) { rest = words }

    mutating func tenants() throws -> AccessRequest {
        switch rest.popFirst() {
        case "create":
            let name = try name(of: "the new tenant", rest.popFirst())
            try options("tenants create") { _, _ in false }
            return .createTenant(name: name)
        case "list":
            try options("tenants list") { _, _ in false }
            return .listTenants
        case "doctor":
            try options("tenants doctor") { _, _ in false }
            return .examineTenants
        default: throw UsageError("turnstile tenants can do three things: create, list and doctor")
        }
    }

    mutating func keys() throws -> AccessRequest {
        switch rest.popFirst() {
        case "create": return try newKey()
        case "list":
            var tenant: String?
            try options("keys list") { word, reader in
                guard word == "--tenant" else { return false }
                tenant = try reader.name(of: "--tenant", reader.rest.popFirst())
                return true
            }
            return .listKeys(tenant: tenant)
        case "revoke":
            guard let text = rest.popFirst(), text.hasPrefix("key_") else {
                throw UsageError("turnstile keys revoke needs the id of a key, such as keys list shows")
            }
            try options("keys revoke") { _, _ in false }
            // Whoever has nothing but the key itself may give that.
            return .revokeKey(id: String(text.prefix { $0 != "." }))
        default: throw UsageError("turnstile keys can do three things: create, list and revoke")
        }
    }

    private mutating func newKey() throws -> AccessRequest {
        var (tenant, name): (String?, String?)
        var scopes: [Scope] = []
        var operates = false
        var rateLimit: Int32?
        try options("keys create") { word, reader in
            switch word {
            case "--tenant": tenant = try reader.name(of: word, reader.rest.popFirst())
            case "--name": name = try reader.name(of: word, reader.rest.popFirst())
            case "--scopes": scopes = try Self.scopes(reader.rest.popFirst())
            case "--operate": operates = true
            case "--rate-limit":
                rateLimit = Int32(try Arguments.number(word, reader.rest.popFirst(), 1...UInt64(Int32.max)))
            default: return false
            }
            return true
        }
        if operates {
            guard tenant == nil, scopes.isEmpty else {
                throw UsageError("a key that runs the installation is no tenant's and has no other scope")
            }
            scopes = [.operate]
        } else if tenant == nil || scopes.isEmpty {
            throw UsageError("turnstile keys create needs --tenant and --scopes, or --operate")
        }
        let usual = scopes.map(\.rawValue).joined(separator: " and ")
        return .createKey(
            AccessRequest.NewKey(tenant: tenant, scopes: scopes, name: name ?? usual, rateLimit: rateLimit))
    }

    /// Takes all that is left: `--database` here, what else there is by `take`, which says whether it knows the word.
    private mutating func options(
        _ command: String, take: (String, inout AccessReader) throws -> Bool
    ) throws {
        while let word = rest.popFirst() {
            if word == "--database" {
                guard let url = rest.popFirst() else { throw UsageError("--database needs a URL") }
                database = url
            } else if !(try take(word, &self)) {
                throw UsageError("turnstile \(command) does not take “\(word)”")
            }
        }
    }

    private func name(of what: String, _ text: String?) throws -> String {
        guard let text, Self.nameLength.contains(text.unicodeScalars.count), !text.hasPrefix("--") else {
            throw UsageError("\(what) needs a name of 1 to \(Self.nameLength.upperBound) characters")
        }
        return text
    }

    private static func scopes(_ text: String?) throws -> [Scope] {
        let allowed = Scope.allCases.filter { $0 != .operate && $0 != .desk }
        let words = (text ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let scopes = try words.map { word in
            guard let scope = Scope(rawValue: String(word)), allowed.contains(scope) else {
                let hint =
                    word == Scope.operate.rawValue ? "; a key that runs the installation is made by --operate" : ""
                throw UsageError(
                    "“\(word)” is no scope of a tenant's key: there are "
                        + allowed.map(\.rawValue).joined(separator: ", ") + hint)
            }
            return scope
        }
        guard Set(scopes).count == scopes.count else { throw UsageError("--scopes names a scope twice") }
        return scopes
    }
}
