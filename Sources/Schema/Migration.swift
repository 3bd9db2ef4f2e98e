internal import FoundationEssentials

/// One step of a database's schema: a file `0007-name.sql`.
public struct Migration: Sendable, Equatable {
    public let number: Int
    public let name: String
    public let script: String

    public init(number: Int, name: String, script: String) {
        self.number = number
        self.name = name
        self.script = script
    }

    /// Reads the steps of a folder, which are numbered 1, 2, 3 … without a gap.
    public static func read(folder: String) throws(SchemaError) -> [Migration] {
        let files: [String]
        do {
            files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }.sorted()
        } catch {
            throw SchemaError(.unreadable, "cannot read the folder \(folder): \(error)")
        }
        var migrations: [Migration] = []
        for file in files {
            guard let match = file.wholeMatch(of: /([0-9]{4})-([a-z0-9-]+)\.sql/), let number = Int(match.1) else {
                throw SchemaError(.misnamed, "\(folder)/\(file): a migration is named like 0001-tenants.sql")
            }
            guard number == migrations.count + 1 else {
                throw SchemaError(
                    .misnamed,
                    "\(folder)/\(file): expected number \(migrations.count + 1), since none may be left "
                        + "out or given twice"
                )
            }
            let data: Data
            do {
                data = try Data(contentsOf: URL(filePath: "\(folder)/\(file)"))
            } catch {
                throw SchemaError(.unreadable, "cannot read \(folder)/\(file): \(error)")
            }
            migrations.append(
                Migration(number: number, name: String(match.2), script: String(decoding: data, as: UTF8.self)))
        }
        return migrations
    }
}

/// A database's schema cannot be brought to what this program needs.
public struct SchemaError: Error, Sendable, CustomStringConvertible {
    public struct Code: Sendable, Hashable {
        let name: String
        public static let unreadable = Code(name: "unreadable")
        public static let misnamed = Code(name: "misnamed")
        /// A step that the database has taken reads otherwise today.
        public static let altered = Code(name: "altered")
        /// The database has taken steps that this program does not know: it is of an older version.
        public static let newer = Code(name: "newer")
    }

    public let code: Code
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
