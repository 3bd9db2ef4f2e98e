/// What travels beside a message's body. Each of the texts holds at most 255 bytes.
///
/// One pointer wide: a copy costs a reference count, however many properties are set.
public struct MessageProperties: Sendable {
    struct Fields: Sendable, Equatable {
        var contentType: String?
        var contentEncoding: String?
        var headers: FieldTable?
        var isPersistent: Bool?
        var priority: UInt8?
        var correlationID: String?
        var replyTo: String?
        var expiration: String?
        var messageID: String?
        var timestamp: UInt64?
        var type: String?
        var userID: String?
        var appID: String?
    }

    private final class Storage: @unchecked Sendable {
        // because: written only while `isKnownUniquelyReferenced`, so never while another thread can see it
        var fields: Fields
        init(_ fields: Fields) { self.fields = fields }
    }

    private var storage: Storage?

    /// No property at all: the message does not survive a restart of the broker.
    public init() {}

    init(_ fields: Fields) {
        storage = Storage(fields)
    }

    /// Written to disk before it is confirmed, as every command must be.
    public static func persistent(contentType: String? = nil, messageID: String? = nil) -> MessageProperties {
        MessageProperties(Fields(contentType: contentType, isPersistent: true, messageID: messageID))
    }

    var fields: Fields {
        get { storage?.fields ?? Fields() }
        _modify {
            let own: Storage
            if let storage, isKnownUniquelyReferenced(&self.storage) {
                own = storage
            } else {
                own = Storage(fields)
                storage = own
            }
            yield &own.fields
        }
    }

    var isEmpty: Bool { storage == nil }

    public var contentType: String? {
        get { storage?.fields.contentType }
        set { fields.contentType = newValue }
    }
    public var contentEncoding: String? {
        get { storage?.fields.contentEncoding }
        set { fields.contentEncoding = newValue }
    }
    public var headers: FieldTable? {
        get { storage?.fields.headers }
        set { fields.headers = newValue }
    }
    /// Delivery mode 2.
    public var isPersistent: Bool {
        get { storage?.fields.isPersistent ?? false }
        set { fields.isPersistent = newValue }
    }
    public var priority: UInt8? {
        get { storage?.fields.priority }
        set { fields.priority = newValue }
    }
    public var correlationID: String? {
        get { storage?.fields.correlationID }
        set { fields.correlationID = newValue }
    }
    public var replyTo: String? {
        get { storage?.fields.replyTo }
        set { fields.replyTo = newValue }
    }
    /// Milliseconds that the message may wait in a queue, as text.
    public var expiration: String? {
        get { storage?.fields.expiration }
        set { fields.expiration = newValue }
    }
    public var messageID: String? {
        get { storage?.fields.messageID }
        set { fields.messageID = newValue }
    }
    /// Whole seconds since 1970-01-01T00:00:00Z.
    public var timestamp: UInt64? {
        get { storage?.fields.timestamp }
        set { fields.timestamp = newValue }
    }
    public var type: String? {
        get { storage?.fields.type }
        set { fields.type = newValue }
    }
    /// The broker refuses a message whose user is not the connection's.
    public var userID: String? {
        get { storage?.fields.userID }
        set { fields.userID = newValue }
    }
    public var appID: String? {
        get { storage?.fields.appID }
        set { fields.appID = newValue }
    }
}

extension MessageProperties: Equatable {
    public static func == (left: MessageProperties, right: MessageProperties) -> Bool {
        left.storage === right.storage || left.fields == right.fields
    }
}
