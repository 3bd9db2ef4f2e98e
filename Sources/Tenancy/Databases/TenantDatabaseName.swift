public import Ticketing

/// What a tenant's database is called: `desk_` and the id's 32 digits, so that those that belong to tenants are told
/// from all others on a server.
public enum TenantDatabaseName {
    private static let prefix = "desk_"

    public static func of(_ tenant: TenantId) -> String {
        prefix
            + [tenant.high, tenant.low].map { half in
                let digits = String(half, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
    }

    public static func isOne(_ name: String) -> Bool {
        let digits = name.utf8.dropFirst(prefix.utf8.count)
        return name.hasPrefix(prefix) && digits.count == 32
            && digits.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
                default: false
                }
            }
    }
}
