internal import FoundationEssentials

/// The project's `Config` folder: templates, schema and settings.
public struct Configuration: Sendable {
    public let path: String

    public init(path: String) throws(SetupError) {
        self.path = path
        let shown = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        guard Files.exists("\(path)/schema") else {
            throw SetupError("\(shown) is not the project's Config folder: it has no schema in it (give --config)")
        }
    }

    func template(_ name: String) throws(SetupError) -> Template { try Template(reading: "\(path)/\(name)") }

    public var schema: String { "\(path)/schema" }
    /// Of tenants' databases.
    public var tenantSchema: String { "\(schema)/tenant" }
    public var settingsFile: String { "\(path)/turnstile.json5" }
}
