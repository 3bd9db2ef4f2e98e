internal import Runtime
internal import Ticketing
public import Wire

/// What everybody with a copy of the directory is told of a place: one line of JSON.
///
///     {"v":1,"tenant":"tnt_…","subDomain":"acme","status":"active","store":"main","database":"desk_…","partition":3,
///     "version":17,"changedAt":"2026-11-20T09:05:00.000000Z"}
public enum DirectoryLine {
    /// The exchange that lines are told on: fanout, and nobody keeps what nobody hears.
    public static let exchange = "turnstile.directory"

    /// Appends the line with its newline.
    public static func append(_ place: TenantPlace, to bytes: inout [UInt8]) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []
        writer.raw(#"{"v":1"#)
        writer.field("tenant", place.tenant)
        writer.key("subDomain")
        writer.string(place.subDomain)
        writer.key("status")
        writer.word(place.status.word)
        writer.key("store")
        writer.string(place.store)
        writer.key("database")
        writer.string(place.database)
        writer.field("partition", place.partition)
        writer.field("version", place.version)
        writer.field("changedAt", Time(microseconds: place.changedAt.microseconds))
        writer.endObject()
        writer.endLine()
        bytes = writer.bytes
    }
}

/// Reads messages of the directory. One for each thread.
public struct DirectoryDecoder: ~Copyable {
    private var tape = JSONTape()

    public init() {}

    /// Reads line by line, in order.
    public mutating func decode(
        message: UnsafeRawBufferPointer, _ each: (Result<TenantPlace, Malformed>) throws -> Void
    ) rethrows {
        try tape.lines(of: message, { $0.place() }, each)
    }
}

extension TenantPlace.Status {
    var word: StaticString {
        switch self {
        case .requested: "requested"
        case .active: "active"
        }
    }

    fileprivate init?(_ word: UnsafeRawBufferPointer) {
        let named = Self.allCases.first { status in
            let word = word
            return status.word.withUTF8Buffer { word.elementsEqual($0) }
        }
        guard let named else { return nil }
        self = named
    }
}

extension Form {
    fileprivate mutating func place() -> TenantPlace? {
        guard var line = object(0) else { return nil }
        version(in: &line)
        let tenant = required("tenant", in: &line) { $0.id($1, TenantId.self) }
        let subDomain = required("subDomain", in: &line) { form, node in
            form.reading(node, otherwise: "must be a label of a host name, in small letters") { bytes in
                SubDomain(String(decoding: bytes, as: UTF8.self))?.text
            }
        }
        let status = required("status", in: &line) { form, node in
            form.reading(node, otherwise: "must be requested or active") { TenantPlace.Status($0) }
        }
        let store = required("store", in: &line) { $0.text($1, 1...64) }
        let database = required("database", in: &line) { $0.text($1, 1...63) }
        let partition = required("partition", in: &line) { $0.count($1, 0...65_535) }
        let version = required("version", in: &line) { $0.integer($1, 1...999_999_999_999_999_999) }
        let changedAt = required("changedAt", in: &line) { $0.time($1) }
        finish(line)
        guard problems.isEmpty, let tenant, let subDomain, let status, let store, let database, let partition,
            let version, let changedAt
        else { return nil }
        return TenantPlace(
            tenant: tenant, subDomain: subDomain, status: status, store: store, database: database,
            partition: partition, version: version, changedAt: Timestamp(microseconds: changedAt.microseconds))
    }
}
