/// A data type of the server, by its object id. The ids of the built-in types are the same on every server.
public struct PostgresType: Sendable, Hashable {
    public let oid: UInt32

    @inlinable public init(oid: UInt32) {
        self.oid = oid
    }

    @inlinable public static var bool: PostgresType { PostgresType(oid: 16) }
    @inlinable public static var bytea: PostgresType { PostgresType(oid: 17) }
    @inlinable public static var name: PostgresType { PostgresType(oid: 19) }
    @inlinable public static var int8: PostgresType { PostgresType(oid: 20) }
    @inlinable public static var int2: PostgresType { PostgresType(oid: 21) }
    @inlinable public static var int4: PostgresType { PostgresType(oid: 23) }
    @inlinable public static var text: PostgresType { PostgresType(oid: 25) }
    @inlinable public static var json: PostgresType { PostgresType(oid: 114) }
    @inlinable public static var float4: PostgresType { PostgresType(oid: 700) }
    @inlinable public static var float8: PostgresType { PostgresType(oid: 701) }
    @inlinable public static var unknown: PostgresType { PostgresType(oid: 705) }
    @inlinable public static var bpchar: PostgresType { PostgresType(oid: 1042) }
    @inlinable public static var varchar: PostgresType { PostgresType(oid: 1043) }
    @inlinable public static var timestamptz: PostgresType { PostgresType(oid: 1184) }
    @inlinable public static var uuid: PostgresType { PostgresType(oid: 2950) }
    @inlinable public static var jsonb: PostgresType { PostgresType(oid: 3802) }

    @inlinable public static var boolArray: PostgresType { PostgresType(oid: 1000) }
    @inlinable public static var jsonArray: PostgresType { PostgresType(oid: 199) }
    @inlinable public static var nameArray: PostgresType { PostgresType(oid: 1003) }
    @inlinable public static var bpcharArray: PostgresType { PostgresType(oid: 1014) }
    @inlinable public static var varcharArray: PostgresType { PostgresType(oid: 1015) }
    @inlinable public static var byteaArray: PostgresType { PostgresType(oid: 1001) }
    @inlinable public static var int2Array: PostgresType { PostgresType(oid: 1005) }
    @inlinable public static var int4Array: PostgresType { PostgresType(oid: 1007) }
    @inlinable public static var textArray: PostgresType { PostgresType(oid: 1009) }
    @inlinable public static var int8Array: PostgresType { PostgresType(oid: 1016) }
    @inlinable public static var float4Array: PostgresType { PostgresType(oid: 1021) }
    @inlinable public static var float8Array: PostgresType { PostgresType(oid: 1022) }
    @inlinable public static var timestamptzArray: PostgresType { PostgresType(oid: 1185) }
    @inlinable public static var uuidArray: PostgresType { PostgresType(oid: 2951) }
    @inlinable public static var jsonbArray: PostgresType { PostgresType(oid: 3807) }
}

extension PostgresType {
    /// The type of the elements, for the built-in arrays that can be read.
    @usableFromInline var element: PostgresType? {
        switch self {
        case .boolArray: .bool
        case .byteaArray: .bytea
        case .int2Array: .int2
        case .int4Array: .int4
        case .int8Array: .int8
        case .float4Array: .float4
        case .float8Array: .float8
        case .textArray: .text
        case .nameArray: .name
        case .varcharArray: .varchar
        case .bpcharArray: .bpchar
        case .timestamptzArray: .timestamptz
        case .uuidArray: .uuid
        case .jsonArray: .json
        case .jsonbArray: .jsonb
        default: nil
        }
    }
}

extension PostgresType: CustomStringConvertible {
    /// The name as it stands in SQL, for errors.
    public var description: String {
        Self.names[self] ?? Self.otherNames[oid] ?? "type with oid \(oid)"
    }

    private static let names: [PostgresType: String] = {
        let scalars: [(PostgresType, PostgresType?, String)] = [
            (.bool, .boolArray, "boolean"), (.bytea, .byteaArray, "bytea"), (.name, .nameArray, "name"),
            (.int8, .int8Array, "bigint"), (.int2, .int2Array, "smallint"), (.int4, .int4Array, "integer"),
            (.text, .textArray, "text"), (.json, .jsonArray, "json"), (.float4, .float4Array, "real"),
            (.float8, .float8Array, "double precision"), (.unknown, nil, "unknown"),
            (.bpchar, .bpcharArray, "character"),
            (.varchar, .varcharArray, "character varying"),
            (.timestamptz, .timestamptzArray, "timestamp with time zone"),
            (.uuid, .uuidArray, "uuid"), (.jsonb, .jsonbArray, "jsonb"),
        ]
        var names: [PostgresType: String] = [:]
        for (scalar, array, name) in scalars {
            names[scalar] = name
            if let array { names[array] = name + "[]" }
        }
        return names
    }()

    /// Types that are not supported, but often met by mistake.
    private static let otherNames: [UInt32: String] = [
        18: "\"char\"", 26: "oid", 869: "inet", 1082: "date", 1083: "time", 1114: "timestamp without time zone",
        1186: "interval",
        1700: "numeric", 2249: "record", 2278: "void",
    ]
}
