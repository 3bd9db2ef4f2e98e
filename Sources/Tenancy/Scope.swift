/// What a key allows.
public enum Scope: String, Sendable, Hashable, CaseIterable {
    /// See what there is.
    case read
    /// Send buyers' commands.
    case produce
    /// Change the catalogue, cancel, report.
    case manage
    /// Run the installation; belongs to no tenant.
    case operate
    /// Use the tenant's desk: what a session allows, and no key.
    case desk
}
