/// A response after negotiation: the bytes that go out, and the headers that follow from them.
struct Outgoing: Sendable {
    enum Payload: Sendable {
        case none
        case own([UInt8])
        case shared(SharedBytes)

        var count: Int {
            switch self {
            case .none: 0
            case .own(let bytes): bytes.count
            case .shared(let bytes): bytes.count
            }
        }
    }

    var status: HTTPStatus
    var headers: HTTPHeaders
    var contentType: ContentType?
    var payload: Payload
    /// The tag of `payload`.
    var tag: EntityTag?
    /// Whether the payload is compressed, and says so.
    var isGzip = false
    /// Whether a client with other wishes would have got other bytes.
    var varies = false

    /// Chooses the form of the body. `acceptsGzip` is asked only when there is a choice.
    init(_ response: Response, _ settings: CompressionSettings, acceptsGzip: @autoclosure () -> Bool) {
        status = response.status
        headers = response.headers
        contentType = response.contentType
        tag = response.tag
        guard !status.forbidsBody else {
            payload = .none
            contentType = nil
            return
        }
        switch response.body.storage {
        case .none:
            payload = .none
            contentType = nil
        case .prepared(let body):
            payload = .shared(body.identity)
            guard let gzip = body.gzip else { break }
            varies = true
            if acceptsGzip() { use(gzip) }
        case .own(let bytes):
            payload = .own(bytes)
            guard compresses(response, settings) else { break }
            varies = true
            if acceptsGzip() { bytes.withUnsafeBytes { compress($0, settings) } }
        case .shared(let bytes):
            payload = .shared(bytes)
            guard compresses(response, settings) else { break }
            varies = true
            if acceptsGzip() { compress(bytes.bytes, settings) }
        }
    }

    private func compresses(_ response: Response, _ settings: CompressionSettings) -> Bool {
        settings.level != nil && response.body.count >= settings.minimumBytes
            && response.contentType?.compresses == true
            && response.headers["Content-Encoding"] == nil
    }

    private mutating func compress(_ bytes: UnsafeRawBufferPointer, _ settings: CompressionSettings) {
        guard let level = settings.level, let gzip = Gzip.compress(bytes, level: level), gzip.count < bytes.count else {
            return
        }
        use(gzip)
    }

    private mutating func use(_ gzip: SharedBytes) {
        payload = .shared(gzip)
        isGzip = true
        tag = tag?.compressed
    }

    /// Makes a 304 of it when `ifNoneMatch` names the tag of these bytes.
    mutating func revalidate(_ ifNoneMatch: String) {
        guard let tag else { return }
        if status == .notModified {
            // Made by a handler, which does not know in which form the client has the body.
            if !tag.matches(ifNoneMatch), tag.compressed.matches(ifNoneMatch) { self.tag = tag.compressed }
        } else if status == .ok, tag.matches(ifNoneMatch) {
            // The payload stays for its length, which the library states; it sends no body with a 304.
            status = .notModified
            contentType = nil
            isGzip = false
        }
    }

    /// Calls `body` for each header that goes out, but those that are the library's.
    func forEachHeader(_ body: (_ name: String, _ value: String) -> Void) {
        if let contentType { body("Content-Type", contentType.value) }
        if isGzip { body("Content-Encoding", "gzip") }
        if varies { body("Vary", "Accept-Encoding") }
        if let tag { body("ETag", tag.description) }
        for field in headers.fields { body(field.name, field.value) }
    }

    /// The whole answer as bytes for a connection that ends with it, for when the library can send none.
    func closing(reason: String) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(reason)\r\nConnection: close\r\nContent-Length: \(payload.count)\r\n"
        forEachHeader { text += "\($0): \($1)\r\n" }
        text += "\r\n"
        var bytes = Array(text.utf8)
        switch payload {
        case .none: break
        case .own(let body): bytes += body
        case .shared(let body): bytes += body.bytes
        }
        return bytes
    }
}
