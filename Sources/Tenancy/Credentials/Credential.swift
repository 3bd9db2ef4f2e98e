public import Ticketing

/// Whose an account is, and how they prove it.
public struct Credential: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public let tenant: TenantId
    public let clientName: String
    public let officialEmail: String
    /// Argon2id, with its salt and its cost.
    public let passwordHash: String

    public init(tenant: TenantId, clientName: String, officialEmail: String, passwordHash: String) {
        self.tenant = tenant
        self.clientName = clientName
        self.officialEmail = officialEmail
        self.passwordHash = passwordHash
    }

    /// Personal data and hashes are for no log.
    public var description: String { "a credential" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
